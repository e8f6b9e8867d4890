import type * as z from "zod";
import { DomainError, type ErrorCode, type Violation } from "../../shared/domain/errors.ts";

/** What a route answers, before it becomes an API Gateway response. */
export interface Reply {
  readonly status: number;
  /** JSON; absent for 204. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An HTTP API response, payload format 2.0. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Decided once for every code. */
const statusOf: Readonly<Record<ErrorCode, { status: number; title: string }>> = {
  malformed_json: { status: 400, title: "The body is not JSON" },
  invalid_request: { status: 422, title: "The request is not valid" },
  invalid_cursor: { status: 422, title: "The cursor does not belong to this list" },
  agent_required: { status: 422, title: "This needs a key that acts for an agent" },
  unauthenticated: { status: 401, title: "Who are you?" },
  forbidden: { status: 403, title: "You may not do this" },
  not_found: { status: 404, title: "Not found" },
  too_large: { status: 413, title: "The body is too large" },
  identity_taken: { status: 409, title: "Another contact has this identity" },
  contact_merged: { status: 409, title: "This contact is part of another one now" },
  not_mergeable: { status: 409, title: "These contacts cannot become one" },
  number_taken: { status: 409, title: "This number is connected already" },
  channel_key_taken: { status: 409, title: "This channel key is in use" },
  channel_disconnected: { status: 409, title: "The channel was disconnected" },
  content_not_supported: { status: 422, title: "This channel cannot send that" },
  conversation_moved: { status: 412, title: "Something newer came in" },
  idempotency_key_required: { status: 400, title: "Send an Idempotency-Key" },
  not_cancellable: { status: 409, title: "Too late to cancel" },
  not_retryable: { status: 409, title: "This message cannot be sent again" },
  window_closed: { status: 409, title: "Free messages are over; a template is needed" },
  name_taken: { status: 409, title: "Something else has this name" },
  name_locked: { status: 409, title: "The name cannot be used again yet" },
  not_editable: { status: 409, title: "It cannot be changed as it is now" },
  edit_limit: { status: 409, title: "It was changed too often" },
  provider_refused: { status: 422, title: "The provider does not take it" },
  channel_broken: { status: 409, title: "The channel's access does not work" },
  stale: { status: 412, title: "Changed since you read it" },
  in_progress: { status: 409, title: "The same request is still in progress" },
  idempotency_key_reused: { status: 422, title: "The Idempotency-Key was used for another body" },
  unavailable: { status: 503, title: "Try again in a moment" },
};

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["in_progress", "unavailable"]);
const RETRY_AFTER_S = "2";

export function responseOf({ status, body, headers }: Reply): HttpResponse {
  return {
    statusCode: status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: body === undefined ? "" : JSON.stringify(body),
  };
}

/** A problem document (RFC 9457). What is not the caller's business says nothing about us. */
export function problemOf(error: unknown, requestId: string): HttpResponse {
  const known = error instanceof DomainError ? error : null;
  const { status, title } =
    known === null
      ? { status: 500, title: "Something went wrong on our side" }
      : statusOf[known.code];
  const code = known?.code ?? "internal";
  const retryable = known === null || RETRYABLE.has(known.code);
  const detail = known?.message ?? `Try again; if it stays so, tell us this id: ${requestId}.`;
  const body = {
    type: `urn:parley:problem:${code}`,
    title,
    status,
    code,
    detail,
    errors: known?.violations ?? [],
    requestId,
    retryable,
    ...known?.more,
  };
  const headers: Record<string, string> = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(status === 503 ? { "retry-after": RETRY_AFTER_S } : {}),
  };
  return { statusCode: status, headers, body: JSON.stringify(body) };
}

/** Reads the JSON of a body; an absent one is an empty object. */
export function bodyOf(text: string | undefined, isBase64Encoded: boolean): unknown {
  const plain = isBase64Encoded ? Buffer.from(text ?? "", "base64").toString("utf8") : text;
  if (plain === undefined || plain.trim() === "") return {};
  try {
    return JSON.parse(plain);
  } catch (cause) {
    throw new DomainError("malformed_json", "Send a body that is valid JSON.", { cause });
  }
}

/** Parses what a person sent; every violation is named with its place. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, base: "" | "/query" | "/path"): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const all = result.error.issues.flatMap((issue) => violationsOf(issue, base));
  const violations = all.slice(0, VIOLATIONS_MAX);
  const [first] = violations;
  const detail = `${first?.pointer ?? ""}: ${first?.detail ?? "not valid"}`;
  throw new DomainError("invalid_request", detail, { violations });
}

/** A request may break the same rule a thousand times; this many are told. */
const VIOLATIONS_MAX = 50;

function violationsOf(issue: z.core.$ZodIssue, base: string): Violation[] {
  const pointer = base + issue.path.map((step) => `/${escaped(String(step))}`).join("");
  if (issue.code !== "unrecognized_keys") {
    return [{ pointer, code: issue.code, detail: issue.message }];
  }
  return issue.keys.map((key) => ({
    pointer: `${pointer}/${escaped(key)}`,
    code: "unknown_field",
    detail: "There is no such field; remove it.",
  }));
}

/** RFC 6901. */
function escaped(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}
