/** Filter criteria of event source mappings; rule by rule they are in pattern.test.ts. */

import { describe, expect, it } from "vitest";
import { queueFilter, streamFilter } from "../../local/mappings/filter.ts";

const filter = (...patterns: unknown[]) => {
  const matches = queueFilter({
    Filters: patterns.map((one) => ({ Pattern: JSON.stringify(one) })),
  });
  return (body: unknown) => matches({ body: JSON.stringify(body) });
};

describe("a filter of a queue", () => {
  it.each([
    ["an exact text", ["a"], "a", "ab"],
    ["an exact number", [1], 1, "1"],
    ["an exact boolean", [true], true, "true"],
    ["null", [null], null, undefined],
    ["any of several values", ["a", 2], 2, 3],
    ["a prefix", [{ prefix: "msg_" }], "msg_1", "cnv_1"],
    ["presence", [{ exists: true }], null, undefined],
    ["absence", [{ exists: false }], undefined, null],
    ["anything but a value", [{ "anything-but": "a" }], "b", "a"],
    ["anything but a list", [{ "anything-but": ["a", 1] }], "b", 1],
    ["anything but a value, where there is one", [{ "anything-but": "a" }], null, undefined],
    ["one element of a list", ["a"], ["b", "a"], ["b"]],
  ])("asks for %s", (_rule, pattern, yes, no) => {
    const matches = filter({ body: { field: pattern } });
    expect([matches({ field: yes }), matches({ field: no })]).toEqual([true, false]);
  });

  it("asks for every field, however deep", () => {
    const matches = filter({ body: { kind: ["a"], to: { id: [1] } } });
    expect(matches({ kind: "a", to: { id: 1 }, more: 1 })).toBe(true);
    expect(matches({ kind: "a", to: { id: 2 } })).toBe(false);
    expect(matches({ kind: "a", to: 1 })).toBe(false);
    expect(matches({ to: { id: 1 } })).toBe(false);
  });

  it("lets through what any of its patterns matches, and everything without patterns", () => {
    const matches = filter({ body: { n: [1] } }, { body: { n: [2] } });
    expect([1, 2, 3].map((n) => matches({ n }))).toEqual([true, true, false]);
    expect([filter()({}), queueFilter(undefined)({ body: "x" })]).toEqual([true, true]);
  });

  it("compares a body that is no JSON as the text it is", () => {
    const matches = queueFilter({ Filters: [{ Pattern: '{"body":["plain"]}' }] });
    expect([matches({ body: "plain" }), matches({ body: "other" })]).toEqual([true, false]);
    expect(queueFilter({ Filters: [{ Pattern: '{"body":{"n":[1]}}' }] })({ body: "no" })).toBe(
      false,
    );
  });

  it.each([
    [{ body: { n: [{ wildcard: "*x" }] } }, "wildcard"],
    [{ body: { n: [{ prefix: "x", exists: true }] } }, "prefix"],
    [{ body: { n: [] } }, "no empty arrays"],
  ])("refuses %j", (pattern, named) => {
    expect(() => filter(pattern)).toThrow(named);
  });
});

describe("a filter of a stream", () => {
  it.each<[string, object]>([
    ["numeric", { dynamodb: { NewImage: { n: { N: [{ numeric: ["=", 1] }] } } } }],
    ["wildcard", { dynamodb: { Keys: { pk: { S: [{ wildcard: "a*" }] } } } }],
    ["dynamdb", { dynamdb: { Keys: { pk: { S: ["a"] } } } }],
  ])("refuses what it does not know or can never match: %s", (message, pattern) => {
    const Filters = [{ Pattern: JSON.stringify(pattern) }];
    expect(() => streamFilter({ Filters })).toThrow(message);
  });

  it("may ask for a column of the name numeric", () => {
    const Pattern = '{"dynamodb":{"NewImage":{"numeric":{"S":["a"]}}}}';
    expect(() => streamFilter({ Filters: [{ Pattern }] })).not.toThrow();
  });
});
