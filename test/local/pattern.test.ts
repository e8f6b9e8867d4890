import { describe, expect, test } from "vitest";
import { compilePattern } from "../../local/pattern.ts";

describe("patterns", () => {
  const event = {
    source: "parley",
    detail: { n: 5, name: "Ada", ok: true, none: null, tags: ["vip", "new"], empty: [] },
    items: [{ k: 1 }, { k: 2 }],
  };

  test.each<[string, object, boolean]>([
    ["exact", { source: ["parley"] }, true],
    ["one of several", { source: ["other", "parley"] }, true],
    ["exact is by case", { source: ["Parley"] }, false],
    ["a number is not its text", { detail: { n: ["5"] } }, false],
    ["number", { detail: { n: [5] } }, true],
    ["boolean", { detail: { ok: [true] } }, true],
    ["null", { detail: { none: [null] } }, true],
    ["null is not missing", { detail: { missing: [null] } }, false],
    ["all fields must match", { source: ["parley"], detail: { n: [6] } }, false],
    ["an element of an array", { detail: { tags: ["new"] } }, true],
    ["no element of an array", { detail: { tags: ["old"] } }, false],
    ["an object in an array", { items: { k: [2] } }, true],
    ["prefix", { detail: { name: [{ prefix: "A" }] } }, true],
    ["prefix of a number", { detail: { n: [{ prefix: "5" }] } }, false],
    ["suffix", { detail: { name: [{ suffix: "da" }] } }, true],
    ["suffix not", { detail: { name: [{ suffix: "Da" }] } }, false],
    ["equals-ignore-case", { detail: { name: [{ "equals-ignore-case": "aDA" }] } }, true],
    ["anything-but", { detail: { name: [{ "anything-but": "Bob" }] } }, true],
    ["anything-but itself", { detail: { name: [{ "anything-but": ["Bob", "Ada"] }] } }, false],
    ["anything-but a number", { detail: { n: [{ "anything-but": [5] }] } }, false],
    ["anything-but of what is missing", { detail: { x: [{ "anything-but": "a" }] } }, false],
    ["anything-but prefix", { detail: { name: [{ "anything-but": { prefix: "A" } }] } }, false],
    ["anything-but suffix", { detail: { name: [{ "anything-but": { suffix: "x" } }] } }, true],
    ["exists", { detail: { n: [{ exists: true }] } }, true],
    ["exists, and is null", { detail: { none: [{ exists: true }] } }, true],
    ["exists is about leaves", { detail: [{ exists: true }] }, false],
    ["exists not", { detail: { missing: [{ exists: false }] } }, true],
    ["exists not, but it does", { detail: { n: [{ exists: false }] } }, false],
    ["exists not, in an object that does not", { gone: { n: [{ exists: false }] } }, true],
    ["exists not, under a text", { source: { n: [{ exists: false }] } }, true],
    ["exists, in an object that does not", { gone: { n: [{ exists: true }] } }, false],
    ["missing or a value", { detail: { n: [{ exists: false }, 5] } }, true],
    ["numeric equal", { detail: { n: [{ numeric: ["=", 5] }] } }, true],
    ["numeric below the edge", { detail: { n: [{ numeric: [">", 5] }] } }, false],
    ["numeric at the edge", { detail: { n: [{ numeric: [">=", 5, "<", 6] }] } }, true],
    ["numeric outside", { detail: { n: [{ numeric: [">", 0, "<", 5] }] } }, false],
    ["numeric of text", { detail: { name: [{ numeric: [">", 0] }] } }, false],
  ])("%s", (_, pattern, matches) => {
    expect(compilePattern(pattern)(event)).toBe(matches);
  });

  test.each<[string, unknown]>([
    ["nothing", {}],
    ["no object", "parley"],
    ["an empty array", { source: [] }],
    ["a bare value", { source: "parley" }],
    ["$or", { $or: [{ source: ["a"] }] }],
    ["wildcard", { source: [{ wildcard: "*" }] }],
    ["cidr", { source: [{ cidr: "10.0.0.0/8" }] }],
    ["prefix without text", { source: [{ prefix: { "equals-ignore-case": "a" } }] }],
    ["exists with a word", { source: [{ exists: "yes" }] }],
    ["two operators in one", { source: [{ prefix: "a", suffix: "b" }] }],
    ["anything-but nothing", { source: [{ "anything-but": [] }] }],
    ["anything-but wildcard", { source: [{ "anything-but": { wildcard: "*" } }] }],
    ["numeric with one word", { source: [{ numeric: [">"] }] }],
    ["numeric with text", { source: [{ numeric: [">", "1"] }] }],
    ["numeric with an unknown sign", { source: [{ numeric: ["!=", 1] }] }],
  ])("%s is refused when the rule is made", (_, pattern) => {
    expect(() => compilePattern(pattern)).toThrow(TypeError);
  });
});
