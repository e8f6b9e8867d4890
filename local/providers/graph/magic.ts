/**
 * Numbers that make things go wrong on purpose: `+447700` and six digits. 2000NN is something odd,
 * everything else the error code that the digits spell.
 */
import { type ErrorRow, errorRow, knownError } from "./errorTable.ts";

export type Magic =
  | { readonly kind: "error"; readonly error: ErrorRow }
  /** Accepted, but the answer is lost or late; or accepted and held back for its quality. */
  | { readonly kind: "lost" | "slow" | "held" }
  /** Meta knows the user by another number than the one dialled (section 15, 3 to 5). */
  | { readonly kind: "otherWaId"; readonly waId: string };

const ODD: Readonly<Record<string, Magic>> = {
  "200001": { kind: "lost" },
  "200002": { kind: "error", error: knownError(2) },
  "200003": { kind: "slow" },
  "200004": { kind: "held" },
  "200005": { kind: "error", error: knownError(190) },
  "200006": { kind: "otherWaId", waId: "447700900006" },
};

/** @param digits a dialled number without its plus */
export function magicOf(digits: string): Magic | null {
  const [, tail] = /^447700(\d{6})$/.exec(digits) ?? [];
  if (tail === undefined) return null;
  const odd = ODD[tail];
  if (odd !== undefined) return odd;
  const error = errorRow(Number(tail));
  return error === undefined ? null : { kind: "error", error };
}
