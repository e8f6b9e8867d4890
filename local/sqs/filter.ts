/**
 * The FilterCriteria of an SQS event source mapping: a message goes to the function when one of the
 * patterns matches; the others are deleted (Lambda guide, "Using event filtering with an Amazon SQS
 * event source"). A pattern we cannot judge is refused when the cloud starts, not ignored.
 */

import * as z from "zod";

export const filterCriteria = z.strictObject({
  Filters: z.array(z.strictObject({ Pattern: z.string() })).default([]),
});

/** What a record must be like to pass. */
export type Filter = (record: { readonly body: string }) => boolean;

type Rule = (value: unknown) => boolean;

const literal = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const rule = z.union([
  literal.transform(
    (wanted): Rule =>
      (value) =>
        value === wanted,
  ),
  z.strictObject({ prefix: z.string() }).transform(
    ({ prefix }): Rule =>
      (value) =>
        typeof value === "string" && value.startsWith(prefix),
  ),
  z.strictObject({ exists: z.boolean() }).transform(
    ({ exists }): Rule =>
      (value) =>
        (value !== undefined) === exists,
  ),
  z
    .strictObject({
      "anything-but": z.union([literal.transform((one) => [one]), z.array(literal)]),
    })
    .transform(
      (but): Rule =>
        (value) =>
          value !== undefined && !but["anything-but"].some((one) => one === value),
    ),
]);
const alternatives = z.array(rule).min(1);

/** Throws on an operator it does not know. */
export function filterOf(criteria: z.infer<typeof filterCriteria> | undefined): Filter {
  const patterns = (criteria?.Filters ?? []).map(({ Pattern }) => matcher(JSON.parse(Pattern), ""));
  if (patterns.length === 0) {
    return () => true;
  }
  return (record) => {
    const seen = { ...record, body: jsonOrText(record.body) };
    return patterns.some((matches) => matches(seen));
  };
}

/** An object asks for each of its fields; a list says which values one field may have. */
function matcher(pattern: unknown, path: string): Rule {
  if (Array.isArray(pattern)) {
    const rules = alternatives.safeParse(pattern);
    if (!rules.success) {
      throw new Error(`filter pattern ${path}: ${JSON.stringify(pattern)} is not understood`);
    }
    return (value) => {
      const values = Array.isArray(value) ? value : [value];
      return values.some((one) => rules.data.some((matches) => matches(one)));
    };
  }
  const fields = Object.entries(z.record(z.string(), z.unknown()).parse(pattern)).map(
    ([name, inner]) => ({ name, matches: matcher(inner, `${path}.${name}`) }),
  );
  return (value) => {
    const known = z.record(z.string(), z.unknown()).safeParse(value);
    return fields.every(({ name, matches }) => matches(known.data?.[name]));
  };
}

/** A body that is not JSON stays the text it is, which only a list of texts can match. */
function jsonOrText(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return body;
    }
    throw error;
  }
}
