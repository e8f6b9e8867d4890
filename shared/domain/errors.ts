/**
 * What can go wrong and is the caller's business. The list is closed: the HTTP status of each code
 * is decided once, in functions/edge/http.ts.
 */
export type ErrorCode =
  | "malformed_json"
  | "invalid_request"
  | "invalid_cursor"
  | "agent_required"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "too_large"
  | "identity_taken"
  | "contact_merged"
  | "not_mergeable"
  | "number_taken"
  | "channel_key_taken"
  | "channel_disconnected"
  | "stale"
  | "in_progress"
  | "idempotency_key_reused"
  | "content_not_supported"
  | "conversation_moved"
  | "idempotency_key_required"
  | "not_cancellable"
  | "not_editable"
  | "not_retryable"
  | "window_closed"
  | "name_taken"
  | "name_locked"
  | "edit_limit"
  | "provider_refused"
  | "channel_broken"
  | "unavailable";

/** One violation in a request: where (JSON pointer), which rule, and what to do. */
export interface Violation {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** An expected refusal; `message` says what to do next, `more` joins the problem document. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly violations: readonly Violation[];
  readonly more: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    detail: {
      violations?: readonly Violation[];
      more?: Readonly<Record<string, unknown>>;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: detail.cause });
    this.name = "DomainError";
    this.code = code;
    this.violations = detail.violations ?? [];
    this.more = detail.more ?? {};
  }
}

/** The same answer for what does not exist and for what belongs to another workspace. */
export function notFound(what: string): DomainError {
  return new DomainError("not_found", `There is no ${what} with this id.`);
}

export function invalid(pointer: string, code: string, detail: string): DomainError {
  return new DomainError("invalid_request", detail, { violations: [{ pointer, code, detail }] });
}

/** Something we depend on did not answer; trying again later may help. */
export function unavailable(message: string, cause?: unknown): DomainError {
  return new DomainError("unavailable", message, { cause });
}
