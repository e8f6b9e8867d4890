import type { CallbackPart } from "../../domain/callbacks.ts";
import * as wire from "./wire.ts";

export type Body = CallbackPart["body"];

/** One `value` of a callback that is about one number, and where it stands. */
export interface Value {
  readonly pointer: string;
  /** The number's id. */
  readonly route: string;
  /** The number itself, in digits. */
  readonly number: string;
  readonly contacts: readonly wire.WireContact[];
  readonly given: Readonly<Record<string, unknown>>;
}

/** Every element of a list of the value, by what `bodyOf` makes of it. */
export function elementsOf(
  { pointer, route, given }: Pick<Value, "pointer" | "route" | "given">,
  what: string,
  bodyOf: (element: unknown) => Body,
): CallbackPart[] {
  const at = `${pointer}/${what}`;
  const elements = wire.elementsSchema.safeParse(given[what]);
  if (!elements.success) return [unreadable(at, route, given[what], `${what} is not an array.`)];
  return (elements.data ?? []).map((raw, place) => {
    return { pointer: `${at}/${place}`, route, raw, body: bodyOf(raw) };
  });
}

export function unreadable(
  pointer: string,
  route: string | null,
  raw: unknown,
  detail: string,
): CallbackPart {
  return { pointer, route, raw, body: cannotRead(detail) };
}

export function cannotRead(detail: string): Body {
  return { kind: "unreadable", detail };
}

/** Where a shape did not fit. */
export function misfit(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[] }[];
}): string {
  return error.issues[0]?.path.join("/") ?? "";
}
