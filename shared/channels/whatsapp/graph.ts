import * as z from "zod/mini";
import { classOf } from "./errors.ts";

/** Where Meta's Graph API is, and which version is spoken. */
export interface GraphPlace {
  readonly url: string;
  readonly version: string;
}

/** Several of these follow one another within one request of a person. */
const TIMEOUT_MS = 4_000;

/** What Meta answers to a question about an account. */
export type GraphAnswer =
  | { readonly ok: true; readonly body: unknown }
  | {
      readonly ok: false;
      readonly status: number;
      readonly code: number | null;
      readonly kind: Refused;
    };

/**
 * `account`: the token, the permissions or the thing itself is the reason; it lasts until a person
 * acts. `later`: it may pass. `request`: we asked wrongly.
 */
type Refused = "account" | "later" | "request";

const errorSchema = z.looseObject({
  error: z.looseObject({ code: z.number(), error_subcode: z.optional(z.number()) }),
});

/**
 * Calls Meta about a number, an account or an app. The token is part of the header, or of a query
 * that nobody logs.
 *
 * @param path behind the version, with its query
 * @throws TypeError or a TimeoutError when nobody answers
 */
export async function callGraph(
  place: GraphPlace,
  token: string | null,
  call: {
    readonly method?: "GET" | "POST" | "DELETE";
    readonly path: string;
    readonly body?: object;
  },
): Promise<GraphAnswer> {
  const { method = "GET", path, body } = call;
  const response = await fetch(`${place.url}/${place.version}/${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const read = json(await response.text());
  if (response.ok && typeof read === "object" && read !== null) return { ok: true, body: read };
  const { status } = response;
  const error = errorSchema.safeParse(read).data?.error;
  return { ok: false, status, code: error?.code ?? null, kind: kindOf(status, error) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What stands before Meta answers an outage in HTML (section 11.1).
    return null;
  }
}

/** The subcode of "Object does not exist, or missing permissions" (section 11.2, 33 and 100). */
const UNKNOWN_OBJECT = 33;

function kindOf(
  status: number,
  error: { code: number; error_subcode?: number | undefined } | undefined,
): Refused {
  if (error === undefined) return status === 401 ? "account" : "later";
  if (error.code === 100 && error.error_subcode === UNKNOWN_OBJECT) return "account";
  switch (classOf(error.code, status)) {
    case "channel":
      return "account";
    case "retry":
      return "later";
    default:
      return status === 401 ? "account" : "request";
  }
}
