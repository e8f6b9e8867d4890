/**
 * The FilterCriteria of an event source mapping: a record goes to the function when one of the
 * patterns matches; of the others, those of a queue are deleted and those of a stream passed over
 * (Lambda guide, "Lambda event filtering"). A pattern we cannot judge is refused when the cloud
 * starts, not ignored.
 */

import * as z from "zod";
import type { StreamRecord } from "../dynamo/stream.ts";
import { parseJson } from "../json.ts";
import { compilePattern } from "../pattern.ts";

export const filterCriteria = z.strictObject({
  Filters: z.array(z.strictObject({ Pattern: z.string() })).default([]),
});

type FilterCriteria = z.infer<typeof filterCriteria> | undefined;

/** What a record must be like to pass; no patterns let everything through. */
export type Filter<T> = (record: T) => boolean;

/** A body that is JSON is matched by its fields, any other only by a list of texts. */
export function queueFilter(criteria: FilterCriteria): Filter<{ readonly body: string }> {
  const passes = filterOf(patternsOf(criteria));
  return (record) => passes({ ...record, body: parseJson(record.body) ?? record.body });
}

const ofStream = z.strictObject({
  eventName: z.unknown(),
  dynamodb: z.unknown(),
  userIdentity: z.unknown(),
});

/** DynamoDB writes numbers as texts, so that a numeric rule would match nothing: it is refused. */
export function streamFilter(criteria: FilterCriteria): Filter<StreamRecord> {
  const patterns = patternsOf(criteria, (name, value) => {
    if (name !== "numeric" || !Array.isArray(value)) return value;
    throw new TypeError(`The numeric rule ${JSON.stringify(value)} matches nothing of a stream.`);
  });
  return filterOf(patterns.map((pattern) => ofStream.partial().parse(pattern)));
}

function filterOf(patterns: readonly unknown[]): Filter<unknown> {
  const matchers = patterns.map(compilePattern);
  return (record) => matchers.length === 0 || matchers.some((matches) => matches(record));
}

function patternsOf(
  criteria: FilterCriteria,
  look?: (name: string, value: unknown) => unknown,
): unknown[] {
  return (criteria?.Filters ?? []).map(({ Pattern }) => JSON.parse(Pattern, look));
}
