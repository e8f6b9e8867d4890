/** What the Graph API answers, and its way to say no (section 11.1). */
import { randomBytes } from "node:crypto";
import { knownError } from "./errorTable.ts";

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** `lost`: done, but the connection breaks. `slow`: done, but answered late. */
  readonly manner?: "lost" | "slow";
}

interface Problem {
  readonly message: string;
  readonly type?: "OAuthException" | "GraphMethodException";
  readonly code: number;
  readonly error_subcode?: number;
  readonly error_data?: { readonly messaging_product: "whatsapp"; readonly details: string };
  readonly is_transient?: boolean;
  readonly error_user_title?: string;
  readonly error_user_msg?: string;
}

/** A call that is refused in the answer, by a code of the error table. */
export class GraphRefusal extends Error {
  readonly code: number;
  /** What management calls are told instead of details; undefined for everything else. */
  readonly subcode: number | null | undefined;

  /**
   * @param details what is wrong with this very request
   * @param subcode of a management call (section 8.5); null when Meta has none
   */
  constructor(code: number, details: string, subcode?: number | null) {
    super(details);
    this.name = "GraphRefusal";
    this.code = code;
    this.subcode = subcode;
  }

  answer(): Answer {
    const { code, subcode, message: details } = this;
    const { httpStatus, title } = knownError(code);
    if (subcode !== undefined) {
      return refusal(httpStatus, {
        message: title,
        code,
        ...(subcode !== null && { error_subcode: subcode }),
        is_transient: false,
        error_user_title: title,
        error_user_msg: details,
      });
    }
    const error_data = { messaging_product: "whatsapp", details } as const;
    return refusal(httpStatus, { message: `(#${code}) ${title}`, code, error_data });
  }
}

export function refusal(status: number, problem: Problem): Answer {
  const { message, type = "OAuthException", ...rest } = problem;
  const fbtrace_id = `A${randomBytes(16).toString("base64url")}`;
  return { status, body: { error: { message, type, ...rest, fbtrace_id } } };
}
