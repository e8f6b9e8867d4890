/** The values that are sent for the variables of a template, and for its header (section 7.3). */
import * as z from "zod";
import { GraphRefusal } from "./answer.ts";
import type { TemplateParameter } from "./frame.ts";
import { type MediaKind, mediaOf } from "./mediaFrame.ts";

export interface MediaNamed {
  readonly kind: MediaKind;
  readonly id?: string | undefined;
  readonly link?: string | undefined;
  readonly filename?: string | undefined;
  /** Recorded. */
  readonly voice?: boolean | undefined;
}

/** The value of every variable, by name. */
export function textValues(
  names: readonly string[],
  parameters: readonly TemplateParameter[],
  at: "header" | "body",
): ReadonlyMap<string, string> {
  const [given, expected] = [parameters.length, names.length];
  if (given !== expected) {
    const details = `${at}: number of localizable_params (${given}) does not match the expected`;
    throw new GraphRefusal(132000, `${details} number of params (${expected})`);
  }
  const values = new Map<string, string>();
  for (const [place, parameter] of parameters.entries()) {
    const expectedName = names[place] ?? "";
    const isPosition = /^\d+$/.test(expectedName);
    const { parameter_name: named } = parameter;
    const name = isPosition && named === undefined ? expectedName : named;
    if (typeof name !== "string" || !names.includes(name)) {
      const details = "a parameter_name is expected for every named variable";
      throw new GraphRefusal(132012, `${at}: ${details}, and none for a position`);
    }
    values.set(name, checkedText(wordsOf(parameter, at), name));
  }
  if (values.size === expected) return values;
  throw new GraphRefusal(132012, `${at}: a parameter_name is given twice`);
}

const currencySchema = z.looseObject({
  currency: z.strictObject({
    fallback_value: z.string(),
    code: z.string().regex(/^[A-Z]{3}$/),
    amount_1000: z.int(),
  }),
});
const dateSchema = z.looseObject({ date_time: z.looseObject({ fallback_value: z.string() }) });

function wordsOf(parameter: TemplateParameter, at: string): unknown {
  const { type, text } = parameter;
  if (type === "text") return text;
  const currency = type === "currency" ? currencySchema.safeParse(parameter).data : undefined;
  const date = type === "date_time" ? dateSchema.safeParse(parameter).data : undefined;
  const words = currency?.currency.fallback_value ?? date?.date_time.fallback_value;
  if (words !== undefined && at === "body") return words;
  throw new GraphRefusal(132012, `${at}: Format mismatch, expected TEXT, received ${type}`);
}

function checkedText(text: unknown, name: string): string {
  if (typeof text === "string" && text.trim() !== "" && !/[\n\r\t]| {5,}/.test(text)) return text;
  const details = "cannot be empty or have new-line/tab characters or more than 4 spaces";
  throw new GraphRefusal(132018, `Param text of ${name} ${details} in a row`);
}

const mediaSchema = mediaOf({ filename: z.string().optional() });
const KINDS: Readonly<Partial<Record<string, MediaKind>>> = {
  IMAGE: "image",
  VIDEO: "video",
  DOCUMENT: "document",
};
const placeSchema = z.looseObject({
  location: z.looseObject({
    latitude: z.union([z.number(), z.string()]),
    longitude: z.union([z.number(), z.string()]),
    name: z.string(),
    address: z.string(),
  }),
});

/** A header without words always takes its one value (132012 otherwise). */
export function headerValue(
  format: string,
  parameters: readonly TemplateParameter[],
): { text: string | null; media: MediaNamed | null } {
  const [parameter, ...more] = parameters;
  const mismatch = new GraphRefusal(
    132012,
    `header: Format mismatch, expected ${format}, received ${parameter?.type ?? "UNKNOWN"}`,
  );
  if (parameter?.type.toUpperCase() !== format || more.length > 0) throw mismatch;
  if (format === "LOCATION") {
    const place = placeSchema.safeParse(parameter).data?.location;
    if (place === undefined) throw mismatch;
    return { text: `${place.name}, ${place.address}`, media: null };
  }
  const kind = KINDS[format];
  const media = mediaSchema.safeParse(kind === undefined ? null : parameter[kind]).data;
  if (kind === undefined || media === undefined) throw mismatch;
  return { text: null, media: { kind, ...media } };
}
