import { isDeepStrictEqual } from "node:util";

/**
 * Event patterns, of EventBridge's rules and of Lambda's event filters: an object says what each
 * named field must hold, an array which values will do. A field that is an array matches when one
 * of its elements does. What is not imitated is a TypeError when the rule is made, not an event
 * that nobody gets.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export type Matcher = (event: unknown) => boolean;

/** Whether one value of a field will do. */
type Test = (value: unknown) => boolean;

export function compilePattern(pattern: unknown): Matcher {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0) {
    throw new TypeError("An event pattern is an object with at least one field.");
  }
  const fields = Object.entries(pattern).map(([name, expected]) => {
    if (name.startsWith("$")) throw new TypeError(`The operator ${name} is not imitated.`);
    const matches = Array.isArray(expected) ? compileLeaf(expected) : compileNested(expected);
    return (event: Record<string, unknown>) => matches(event[name]);
  });
  // What is not there, or no object, has none of the fields, and a pattern may ask for just that.
  return (event) => fields.every((matches) => matches(isRecord(event) ? event : {}));
}

function compileNested(pattern: unknown): Matcher {
  const matches = compilePattern(pattern);
  return (value) => (Array.isArray(value) ? value.some(matches) : matches(value));
}

function compileLeaf(expected: readonly unknown[]): Matcher {
  if (expected.length === 0) throw new TypeError("An event pattern has no empty arrays.");
  const absent = expected.some((one) => isDeepStrictEqual(one, { exists: false }));
  const tests = expected
    .filter((one) => !isDeepStrictEqual(one, { exists: false }))
    .map((one) => compileTest(one));
  return (value) => {
    const leaves = leavesOf(value);
    if (leaves.length === 0) return absent;
    return leaves.some((leaf) => tests.some((test) => test(leaf)));
  };
}

/** A field that is missing, empty or an object is no leaf, so `exists` does not see it. */
function leavesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return value === undefined || isRecord(value) ? [] : [value];
}

function compileTest(expected: unknown): Test {
  if (!isRecord(expected)) return (value) => value === expected;
  const [operator, operand] = onlyEntry(expected);
  switch (operator) {
    case "prefix":
    case "suffix":
    case "equals-ignore-case":
      return compileText(operator, operand);
    case "exists":
      if (operand !== true) throw unknownOperator(expected);
      return () => true;
    case "numeric":
      return compileNumeric(operand);
    case "anything-but":
      return compileAnythingBut(operand);
    default:
      throw unknownOperator(expected);
  }
}

function compileText(operator: "prefix" | "suffix" | "equals-ignore-case", operand: unknown): Test {
  if (typeof operand !== "string") throw unknownOperator({ [operator]: operand });
  const test = {
    prefix: (value: string) => value.startsWith(operand),
    suffix: (value: string) => value.endsWith(operand),
    "equals-ignore-case": (value: string) => value.toLowerCase() === operand.toLowerCase(),
  }[operator];
  return (value) => typeof value === "string" && test(value);
}

function compileAnythingBut(operand: unknown): Test {
  if (isRecord(operand)) {
    const [operator, texts] = onlyEntry(operand);
    if (operator !== "prefix" && operator !== "suffix" && operator !== "equals-ignore-case") {
      throw unknownOperator({ "anything-but": operand });
    }
    const refused = listOf(texts).map((text) => compileText(operator, text));
    return (value) => !refused.some((test) => test(value));
  }
  const refused = listOf(operand);
  if (refused.length === 0 || refused.some((one) => typeof one === "object")) {
    throw unknownOperator({ "anything-but": operand });
  }
  return (value) => !refused.includes(value);
}

const COMPARE = {
  "=": (value: number, limit: number) => value === limit,
  "<": (value: number, limit: number) => value < limit,
  "<=": (value: number, limit: number) => value <= limit,
  ">": (value: number, limit: number) => value > limit,
  ">=": (value: number, limit: number) => value >= limit,
} as const;

/** `[">", 0, "<=", 5]`: one or two comparisons, both of which must hold. */
function compileNumeric(operand: unknown): Test {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw unknownOperator({ numeric: operand });
  }
  const tests = operand.flatMap((comparison: unknown, index) => {
    if (index % 2 === 1) return [];
    const limit: unknown = operand[index + 1];
    if (!isComparison(comparison) || typeof limit !== "number") {
      throw unknownOperator({ numeric: operand });
    }
    return [(value: number) => COMPARE[comparison](value, limit)];
  });
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

function isComparison(text: unknown): text is keyof typeof COMPARE {
  return typeof text === "string" && Object.hasOwn(COMPARE, text);
}

function onlyEntry(operation: Record<string, unknown>): [string, unknown] {
  const [entry, ...more] = Object.entries(operation);
  if (entry === undefined || more.length > 0) throw unknownOperator(operation);
  return entry;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownOperator(operation: unknown): TypeError {
  return new TypeError(`The event pattern ${JSON.stringify(operation)} is not imitated.`);
}
