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
}

/** A send that is refused in the answer, by a code of the error table. */
export class GraphRefusal extends Error {
  readonly code: number;

  /** @param details what is wrong with this very request */
  constructor(code: number, details: string) {
    super(details);
    this.name = "GraphRefusal";
    this.code = code;
  }

  answer(): Answer {
    const { code, message: details } = this;
    const { httpStatus, title } = knownError(code);
    const error_data = { messaging_product: "whatsapp", details } as const;
    return refusal(httpStatus, { message: `(#${code}) ${title}`, code, error_data });
  }
}

export function refusal(status: number, problem: Problem): Answer {
  const { message, type = "OAuthException", ...rest } = problem;
  const fbtrace_id = `A${randomBytes(16).toString("base64url")}`;
  return { status, body: { error: { message, type, ...rest, fbtrace_id } } };
}
