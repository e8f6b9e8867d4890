/**
 * Filter criteria of a stream's event source mapping. A record passes when one of the patterns
 * matches. Lambda guide: "Event filter rule syntax"; numbers of DynamoDB are strings there, so its
 * numeric rules match nothing and are refused here, like every rule this does not know.
 */
import * as z from "zod";
import type { StreamRecord } from "../dynamo/stream.ts";

type Test = (value: unknown) => boolean;

export const FilterCriteria = z.strictObject({
  Filters: z.array(z.strictObject({ Pattern: z.string() })),
});

const Scalar = z.union([z.string(), z.boolean(), z.null()]);
const Exists = z.strictObject({ exists: z.boolean() });
const Prefix = z.strictObject({ prefix: z.string() });
const AnythingBut = z.strictObject({ "anything-but": z.union([Scalar, z.array(Scalar)]) });
const Pattern = z.strictObject({
  eventName: z.unknown(),
  dynamodb: z.unknown(),
  userIdentity: z.unknown(),
});

/** Throws on a pattern this does not know; no criteria let everything through. */
export function filterOf(
  criteria: z.infer<typeof FilterCriteria> | undefined,
): (record: StreamRecord) => boolean {
  const patterns = (criteria?.Filters ?? []).map((filter) => {
    return nodeOf(Pattern.partial().parse(JSON.parse(filter.Pattern)));
  });
  return (record) => patterns.length === 0 || patterns.some((matches) => matches(record));
}

function nodeOf(pattern: unknown): Test {
  if (Array.isArray(pattern)) {
    const rules = pattern.map(ruleOf);
    return (value) => rules.some((matches) => matches(value));
  }
  const members = Object.entries(z.record(z.string(), z.unknown()).parse(pattern));
  const tests = members.map(([name, inner]) => ({ name, matches: nodeOf(inner) }));
  return (value) => tests.every(({ name, matches }) => matches(memberOf(value, name)));
}

function ruleOf(rule: unknown): Test {
  const scalar = Scalar.safeParse(rule);
  if (scalar.success) {
    return (value) => value === scalar.data;
  }
  const exists = Exists.safeParse(rule).data?.exists;
  if (exists !== undefined) {
    return (value) => (value !== undefined) === exists;
  }
  const prefix = Prefix.safeParse(rule).data?.prefix;
  if (prefix !== undefined) {
    return (value) => typeof value === "string" && value.startsWith(prefix);
  }
  const refused = AnythingBut.safeParse(rule).data?.["anything-but"];
  if (refused !== undefined) {
    const all: unknown[] = [refused].flat();
    return (value) => value !== undefined && !all.includes(value);
  }
  throw new Error(`The laptop does not know the filter rule ${JSON.stringify(rule)}.`);
}

function memberOf(value: unknown, name: string): unknown {
  return z.record(z.string(), z.unknown()).safeParse(value).data?.[name];
}
