/**
 * From what a function returned to an HTTP response, by the rules of payload format 2.0 (API
 * Gateway guide, "Lambda function response for format 2.0"), and the gateway's own answers.
 */

import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { validateHeaderName, validateHeaderValue } from "node:http";
import * as z from "zod";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
  /** Why the gateway answered itself, for the access log. */
  readonly error?: string;
}

/** What the gateway says when it answers itself. */
const REFUSALS = {
  400: "Bad Request",
  404: "Not Found",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

/** The connection is the gateway's: these never reach the client as the function wrote them. */
const CONNECTION_HEADERS = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

const header = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const proxyResponse = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), header).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

export function newRequestId(): string {
  return randomBytes(11).toString("base64");
}

export function refusal(status: keyof typeof REFUSALS, error?: string): Reply {
  return {
    status,
    headers: { "content-type": "application/json" },
    cookies: [],
    body: Buffer.from(JSON.stringify({ message: REFUSALS[status] })),
    error: error ?? REFUSALS[status],
  };
}

/** The reply a function's result stands for; 500 when it claims to be one and is not valid. */
export function replyOf(payload: unknown): Reply {
  if (typeof payload !== "object" || payload === null || !("statusCode" in payload)) {
    return plainReply(payload);
  }
  const parsed = proxyResponse.safeParse(payload);
  if (!parsed.success) return refusal(500, z.prettifyError(parsed.error));
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const wanted = lowerCase(headers ?? {});
  const fault = invalidHeader(wanted, cookies ?? []);
  if (fault !== undefined) return refusal(500, fault);
  return {
    status: statusCode,
    headers: { "content-type": "text/plain;charset=UTF-8", ...wanted },
    cookies: cookies ?? [],
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

export function send(response: ServerResponse, reply: Reply, requestId: string): void {
  const bodiless = reply.status === 204 || reply.status === 304;
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
  if (reply.cookies.length > 0) response.setHeader("set-cookie", reply.cookies);
  response.setHeader("apigw-requestid", requestId);
  if (bodiless) response.removeHeader("content-type");
  else response.setHeader("content-length", reply.body.length);
  response.writeHead(reply.status).end(bodiless ? undefined : reply.body);
}

/** What API Gateway answers when no route matches. */
export function answerNotFound(response: ServerResponse): void {
  send(response, refusal(404), newRequestId());
}

/** Without a status code the result itself is the body. */
function plainReply(payload: unknown): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    cookies: [],
    body: Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)),
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(entries.filter(([name = ""]) => !CONNECTION_HEADERS.has(name)));
}

function invalidHeader(
  headers: Readonly<Record<string, string>>,
  cookies: readonly string[],
): string | undefined {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    for (const cookie of cookies) validateHeaderValue("set-cookie", cookie);
    return undefined;
  } catch (error) {
    return String(error);
  }
}
