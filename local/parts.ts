/**
 * The parts of the laptop cloud and what they ask of each other. Each part imitates one AWS service
 * strictly enough that code which works here works there; what it does not imitate it refuses
 * (501 NotImplemented), never accepts in silence. `cloud.ts` introduces the parts to each other.
 */

export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";

/** Milliseconds since the epoch, real time plus an offset that only grows. */
export interface Clock {
  now(): number;
}

/** Durable memory of the emulators: what is put is on disk before the call returns. */
export interface State {
  shelf<T>(name: string): Shelf<T>;
  /** One durable step: all of the puts and removes made inside it, or none. */
  atOnce<T>(work: () => T): T;
}

/** One kind of thing by key, in order of key; values are plain JSON. */
export interface Shelf<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  remove(key: string): void;
  entries(): [string, T][];
}

/** Who calls: a role of the template, or `root` (the laptop itself: seeds, tests, pages). */
export interface Principal {
  /** `root`, or the logical id of the IAM role. */
  readonly name: string;
  /** As AWS prints it in AccessDenied messages. */
  readonly arn: string;
}

/** One thing IAM must allow for a call to happen. */
export interface Need {
  /** Exact, for example `sqs:SendMessage`. */
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request, as `{"iam:PassedToService": "scheduler.amazonaws.com"}`. */
  readonly context?: Readonly<Record<string, string>>;
}

/** Throws AccessDenied unless the principal's policies allow every need; records what was used. */
export type Authorize = (principal: Principal, needs: readonly Need[]) => void;

/** An SDK call as it came over HTTP, signed by `principal`. */
export interface AwsRequest {
  readonly principal: Principal;
  readonly method: string;
  /** Path without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `X-Amz-Target` without the service prefix, such as `SendMessage`; null for REST services. */
  readonly operation: string | null;
}

export interface AwsReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One AWS service on the gateway. */
export interface Door {
  /** The permissions that the request needs; throws AwsError (501) for an unknown operation. */
  needs(request: AwsRequest): Need[];
  serve(request: AwsRequest): AwsReply | Promise<AwsReply>;
  /** The service's own way to say an error on the wire. */
  fail(error: AwsError, request: AwsRequest): AwsReply;
}

/** An error that the SDK must see with this code. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** More members of the error body, for example CancellationReasons. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, more: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.more = more;
  }
}

/** A part that may have work under way or due now; settle waits until nobody does. */
export interface Busy {
  /** One line per thing that is still pending, for people; empty when idle. */
  pending(): string[];
}

/** Runs the deployed functions. */
export interface Functions {
  /** Runs one invocation to its end; `payload` is what the handler returned, through JSON. */
  invoke(functionName: string, event: unknown): Promise<Outcome>;
}

export type Outcome =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string };

/** A resolved resource of the template. */
export interface Resource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** Properties with every intrinsic resolved. */
  readonly properties: Readonly<Record<string, unknown>>;
}
