import type * as z from "zod";
import { DomainError, notFound } from "../../shared/domain/errors.ts";
import { type IdKind, isId } from "../../shared/domain/id.ts";
import type { Permission } from "../../shared/domain/permissions.ts";
import type { Page, PageRequest, Scope } from "../../shared/ports.ts";
import type { Reply } from "./http.ts";

/** `public`: without a key; `anyone`: whoever has a valid one. */
export type Access = "public" | "anyone" | Permission;

/** What one request brings to its verb. */
export interface Call<Params, Query, Body> {
  readonly scope: Scope;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The revision in If-Match, or null. */
  readonly expectedRev: number | null;
  readonly pages: Pages;
}

/** Turns cursors into positions and back, for one list and one filter. */
export interface Pages {
  request(query: { limit?: number | undefined; cursor?: string | undefined }): Promise<PageRequest>;
  reply<T>(page: Page<T>, view: (item: T) => unknown): Promise<Reply>;
}

/** How a route is told to clients. */
export interface RouteFacts {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** Which id each path parameter is; anything else is an unknown id. */
  readonly params?: Readonly<Record<string, IdKind>>;
  /** Path parameters that are no ids. */
  readonly named?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly reply: {
    readonly status: number;
    /** When there was nothing to make. */
    readonly elseStatus?: number;
    readonly schema: z.ZodType | null;
  };
  /** Repeats with the same Idempotency-Key are answered the same (POST); sends insist on one. */
  readonly once?: boolean | "required";
  /** Answers an ETag and honours If-Match. */
  readonly revised?: boolean;
}

type Parsed<T> = T extends z.ZodType ? z.infer<T> : Record<string, never>;
type Named<T> = T extends z.ZodType ? z.infer<T> : object;
type Ids<T> = T extends Readonly<Record<string, IdKind>> ? { [K in keyof T]: string } : object;

/** A route whose verb is hidden behind `run`, so that all routes fit one table. */
export interface Route extends RouteFacts {
  run(call: Call<unknown, unknown, unknown>): Promise<unknown>;
  render(result: unknown, call: Call<unknown, unknown, unknown>): Reply | Promise<Reply>;
}

/** Declares a route: path, permission, schema and verb side by side. */
export function route<const F extends RouteFacts, R>(
  facts: F,
  verb: (
    call: Call<Ids<F["params"]> & Named<F["named"]>, Parsed<F["query"]>, Parsed<F["body"]>>,
  ) => Promise<R>,
  reply: (
    result: R,
    call: Call<Ids<F["params"]> & Named<F["named"]>, Parsed<F["query"]>, Parsed<F["body"]>>,
  ) => Reply | Promise<Reply>,
): Route {
  // The one place where types are put back: `answer` parses with the very schemas of `facts`.
  return { ...facts, run: verb as Route["run"], render: reply as Route["render"] };
}

/** The ids in a path; one that cannot exist is answered as one that does not. */
export function idsOf(
  kinds: Readonly<Record<string, IdKind>> | undefined,
  given: Readonly<Record<string, string | undefined>> | undefined,
): Record<string, string> {
  const entries = Object.entries(kinds ?? {}).map(([name, kind]) => {
    const value = given?.[name] ?? "";
    if (!isId(kind, value)) throw notFound(kind);
    return [name, value];
  });
  return Object.fromEntries(entries);
}

/** The revision in an If-Match header: an ETag of ours, or `*` for any. */
export function revOf(header: string | undefined): number | null {
  if (header === undefined || header.trim() === "*") return null;
  const [, digits] = /^"(\d{1,15})"$/.exec(header.trim()) ?? [];
  if (digits === undefined) {
    throw new DomainError("stale", "If-Match is no ETag of this resource; read it again.");
  }
  return Number(digits);
}

export function etag(row: { readonly rev: number }): Record<string, string> {
  return { etag: `"${row.rev}"` };
}
