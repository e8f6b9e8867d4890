/**
 * The event an HTTP API hands its function, payload format 2.0 (API Gateway developer guide,
 * "Integrate with Lambda"): names of headers in lower case, repeated values joined by a comma,
 * cookies apart, and what is empty is absent.
 */

import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { ACCOUNT } from "../parts.ts";
import type { Match } from "./route.ts";

export interface Visit {
  readonly requestId: string;
  readonly apiId: string;
  readonly stage: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly match: Match;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * The only content types API Gateway hands over as text. Measured against AWS by others (ministack
 * pull request 766): a form, a missing type and `application/problem+json` arrive in base64.
 */
const TEXT_TYPE = /^\s*(text\/[^;]+|application\/(json|javascript|xml))\s*(;|$)/i;

/** Cookies have a member of their own. */
const NOT_FORWARDED = new Set(["connection", "cookie", "keep-alive", "transfer-encoding"]);

/** Throws URIError for a path whose percent encoding is broken. */
export function eventOf(
  request: IncomingMessage,
  body: Buffer,
  visit: Visit,
): APIGatewayProxyEventV2 {
  const { path, query } = splitUrl(request.url ?? "/");
  const cookies = cookiesOf(request);
  const queryStringParameters = queryOf(query);
  const pathParameters = decoded(visit.match.variables);
  const isBase64Encoded = body.length > 0 && !isText(request, body);
  return {
    version: "2.0",
    routeKey: visit.match.route.routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers: headersOf(request, visit.at),
    ...(!isEmpty(queryStringParameters) && { queryStringParameters }),
    requestContext: contextOf(request, path, visit),
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    ...(!isEmpty(pathParameters) && { pathParameters }),
    isBase64Encoded,
  };
}

export function splitUrl(url: string): { path: string; query: string } {
  const mark = url.indexOf("?");
  if (mark < 0) return { path: url, query: "" };
  return { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

export function sourceIpOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

function contextOf(
  request: IncomingMessage,
  path: string,
  { requestId, apiId, stage, at, match }: Visit,
): APIGatewayProxyEventV2["requestContext"] {
  const domainName = (request.headers.host ?? "").replace(/:\d+$/, "");
  return {
    accountId: ACCOUNT,
    apiId,
    domainName,
    domainPrefix: domainName.split(".")[0] ?? "",
    http: {
      method: request.method ?? "",
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: sourceIpOf(request),
      userAgent: request.headers["user-agent"] ?? "",
    },
    requestId,
    routeKey: match.route.routeKey,
    stage,
    time: commonLogTime(at),
    timeEpoch: at,
  };
}

/** Without those of the connection, and with those that API Gateway adds to every request. */
function headersOf(request: IncomingMessage, at: number): Record<string, string> {
  const sent = request.headersDistinct;
  const headers = Object.entries(sent)
    .filter(([name]) => !NOT_FORWARDED.has(name))
    .map(([name, values = []]) => [name, values.join(",")]);
  const forwardedFor = [...(sent["x-forwarded-for"] ?? []), sourceIpOf(request)].join(", ");
  const seconds = Math.floor(at / 1000).toString(16);
  return {
    ...Object.fromEntries(headers),
    "x-amzn-trace-id": `Root=1-${seconds}-${randomBytes(12).toString("hex")}`,
    "x-forwarded-for": forwardedFor,
    "x-forwarded-port": String(request.socket.localPort),
    "x-forwarded-proto": "http",
  };
}

function cookiesOf(request: IncomingMessage): string[] {
  return (request.headersDistinct.cookie ?? [])
    .flatMap((header) => header.split(";"))
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== "");
}

function queryOf(query: string): Record<string, string> {
  const parameters = new URLSearchParams(query);
  const names = [...new Set(parameters.keys())];
  return Object.fromEntries(names.map((name) => [name, parameters.getAll(name).join(",")]));
}

function decoded(variables: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(variables);
  return Object.fromEntries(entries.map(([name, value]) => [name, decodeURIComponent(value)]));
}

/** Bytes that are no UTF-8 would not survive as text, whatever their type says. */
function isText(request: IncomingMessage, body: Buffer): boolean {
  return TEXT_TYPE.test(request.headers["content-type"] ?? "") && isUtf8(body);
}

function isEmpty(record: Readonly<Record<string, string>>): boolean {
  return Object.keys(record).length === 0;
}

/** `12/Mar/2020:19:03:58 +0000`, the time of the common log format. */
function commonLogTime(at: number): string {
  const [date = "", time = ""] = new Date(at).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
