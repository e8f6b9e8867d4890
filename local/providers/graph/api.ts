/**
 * The Graph API as a business calls it (WhatsApp reference, sections 11.1, 12 and 16). What is not
 * imitated is refused in Meta's own error shape, so that nobody mistakes silence for success.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type BusinessNumber, fieldsOf, type Numbers } from "./numbers.ts";
import { metaJson } from "./webhook.ts";

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Problem {
  readonly message: string;
  readonly type?: "OAuthException" | "GraphMethodException";
  readonly code: number;
  readonly error_subcode?: number;
}

/** What Meta answers when `fields` is not given. */
const FIELDS_DEFAULT =
  "verified_name,code_verification_status,display_phone_number,quality_rating," +
  "platform_type,throughput";

/** Answers one request whose path starts with `/graph`. */
export function answerGraph(
  request: IncomingMessage,
  response: ServerResponse,
  numbers: Numbers,
): void {
  const { status, body } = answerOf(request, numbers);
  request.resume();
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
  response.end(metaJson(body));
}

function answerOf(request: IncomingMessage, numbers: Numbers): Answer {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const path = url.pathname.replace(/^\/graph(?=\/)/, "");
  const [version = "", id = "", ...edge] = path.split("/").slice(1);
  if (!/^v\d+\.\d+$/.test(version)) {
    return refusal(400, { message: `Unknown path components: ${path}`, code: 2500 });
  }
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const known = numbers.all().filter(({ accessToken }) => accessToken === token);
  if (known.length === 0) {
    const message = "Invalid OAuth access token - Cannot parse access token";
    return refusal(401, { message, code: 190 });
  }
  const number = known.find(({ phoneNumberId }) => phoneNumberId === id);
  if (number === undefined && !known.some(({ wabaId, appId }) => wabaId === id || appId === id)) {
    return unknownObject(request.method ?? "GET", id);
  }
  if (number === undefined || request.method !== "GET" || edge.length > 0) {
    const message = `(#100) ${request.method} ${path} is not simulated yet`;
    return refusal(501, { message, code: 100 });
  }
  return phoneNumber(number, url.searchParams.get("fields") ?? FIELDS_DEFAULT);
}

/** The requested fields in the order asked, and always the id. */
function phoneNumber(number: BusinessNumber, asked: string): Answer {
  const fields = fieldsOf(number);
  const names = [...new Set([...asked.split(",").map((name) => name.trim()), "id"])];
  const missing = names.find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) {
    const message = `(#100) Field ${missing} of a phone number is unknown or not simulated yet`;
    return refusal(400, { message, code: 100 });
  }
  return { status: 200, body: Object.fromEntries(names.map((name) => [name, fields[name]])) };
}

function unknownObject(method: string, id: string): Answer {
  const message =
    `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot ` +
    "be loaded due to missing permissions, or does not support this operation. Please read the " +
    "Graph API documentation at https://developers.facebook.com/docs/graph-api";
  return refusal(400, { message, type: "GraphMethodException", code: 100, error_subcode: 33 });
}

function refusal(status: number, problem: Problem): Answer {
  const { message, type = "OAuthException", ...codes } = problem;
  const fbtrace_id = `A${randomBytes(16).toString("base64url")}`;
  return { status, body: { error: { message, type, ...codes, fbtrace_id } } };
}
