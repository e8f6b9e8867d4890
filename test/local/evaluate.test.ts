import { describe, expect, test } from "vitest";
import { decide, parsePolicy } from "../../local/iam/evaluate.ts";
import type { Need } from "../../local/parts.ts";
import { allow, QUEUE, SEND } from "./application.ts";
import type { Json } from "./assembly.ts";

function judge(statements: Json[], need: Need = SEND) {
  return decide(parsePolicy({ Statement: statements }, "policy"), need);
}

describe("a statement applies", () => {
  const cases: [string, Json, boolean][] = [
    ["to the action as written", allow({ Action: "sqs:SendMessage" }), true],
    ["to an action in any case", allow({ Action: "SQS:sendmessage" }), true],
    ["to any action of a list", allow({ Action: ["sqs:Get", "sqs:SendMessage"] }), true],
    ["not to another action", allow({ Action: "sqs:SendMessageBatch" }), false],
    ["with * in the action", allow({ Action: "sqs:Send*" }), true],
    ["with ? as one character", allow({ Action: "sqs:SendMessag?" }), true],
    ["with ? never as none", allow({ Action: "sqs:SendMessage?" }), false],
    ["to all but NotAction", allow({ Action: undefined, NotAction: "sqs:Get*" }), true],
    ["not to a NotAction", allow({ Action: undefined, NotAction: ["a:b", "sqs:Send*"] }), false],
    ["to the resource as written", allow({ Resource: QUEUE }), true],
    ["not to a resource in another case", allow({ Resource: QUEUE.toUpperCase() }), false],
    ["not to a longer resource", allow({ Resource: `${QUEUE}2` }), false],
    ["with a dot as a dot", allow({ Resource: QUEUE.replace("app-Work", "app.*") }), false],
    ["with * over the colons", allow({ Resource: "arn:aws:sqs:*:app-Work" }), true],
    ["to all but NotResource", allow({ Resource: undefined, NotResource: `${QUEUE}2` }), true],
    ["not to a NotResource", allow({ Resource: undefined, NotResource: `${QUEUE}*` }), false],
  ];
  test.each(cases)("%s", (_, statement, expected) => {
    expect(judge([statement]).allowed).toBe(expected);
  });
});

describe("conditions", () => {
  const rule = "arn:aws:events:us-east-1:000000000000:rule/bus/it";
  const cases: [string, Json, Record<string, string>, boolean][] = [
    ["StringEquals", { k: "a" }, { k: "a" }, true],
    ["StringEquals", { k: ["b", "a"] }, { K: "a" }, true],
    ["StringEquals", { k: "a*" }, { k: "ab" }, false],
    ["StringEquals", { k: "a" }, {}, false],
    ["StringEqualsIfExists", { k: "a" }, {}, true],
    ["StringEqualsIfExists", { k: "a" }, { k: "b" }, false],
    ["StringNotEquals", { k: ["a", "b"] }, { k: "b" }, false],
    ["StringNotEquals", { k: "a" }, { k: "b" }, true],
    ["StringNotEquals", { k: "a" }, {}, true],
    ["StringLike", { k: "a*" }, { k: "ab" }, true],
    ["StringNotLike", { k: "a*" }, { k: "ab" }, false],
    ["ArnEquals", { k: rule }, { k: rule }, true],
    ["ArnLike", { k: "arn:aws:events:*:*:rule/*" }, { k: rule }, true],
    ["ArnLike", { k: "arn:aws:*:rule/*" }, { k: rule }, false],
    ["ArnNotEquals", { k: rule }, { k: rule }, false],
    ["ArnNotLike", { k: "arn:aws:s3:::*" }, { k: rule }, true],
    ["Bool", { k: "false" }, { k: "true" }, false],
    ["Bool", { k: true }, { k: "true" }, true],
    ["NumericEquals", { k: 10 }, { k: "10.0" }, true],
    ["ForAllValues:StringEquals", { k: "a" }, {}, true],
    ["ForAllValues:StringEquals", { k: "a" }, { k: "b" }, false],
    ["ForAnyValue:StringLike", { k: "a?" }, { k: "ab" }, true],
    ["ForAnyValue:StringNotEquals", { k: "a" }, {}, false],
  ];
  test.each(cases)("%s %j of %j: %s", (operator, wanted, context, expected) => {
    const statement = allow({ Condition: { [operator]: wanted } });
    expect(judge([statement], { ...SEND, context }).allowed).toBe(expected);
  });

  test("all of them must hold", () => {
    const statement = allow({ Condition: { StringEquals: { a: "1", b: "2" } } });
    expect(judge([statement], { ...SEND, context: { a: "1", b: "2" } }).allowed).toBe(true);
    expect(judge([statement], { ...SEND, context: { a: "1" } }).allowed).toBe(false);
  });
});

describe("a decision", () => {
  test("is no without a statement, and says that nobody denied", () => {
    expect(judge([])).toEqual({ allowed: false, denied: false, by: null });
  });

  test("is no when one statement denies, whatever the others allow", () => {
    const deny = { Effect: "Deny", Action: "*", Resource: `${QUEUE}*` };
    const decision = judge([allow(), deny, allow({ Resource: QUEUE })]);
    expect(decision).toMatchObject({ allowed: false, denied: true });
    expect(decision.by?.statement).toBe("policy statement 2");
  });

  test("names the rule that fits most closely", () => {
    const close = allow({ Action: ["sqs:Send*", "sqs:SendMessage"], Resource: ["*", QUEUE] });
    const { by } = judge([allow(), close, allow({ Resource: QUEUE })]);
    expect([by?.statement, by?.action.text, by?.resource.text]).toEqual([
      "policy statement 2",
      "sqs:SendMessage",
      QUEUE,
    ]);
  });

  test.each<[string, Json, RegExp]>([
    ["an unknown operator", allow({ Condition: { DateLessThan: { k: "a" } } }), /DateLessThan/],
    ["an unknown element", allow({ NotPrincipal: "*" }), /NotPrincipal/],
    ["a policy variable", allow({ Resource: `\${aws:username}` }), /policy variables/],
    ["no action", allow({ Action: undefined }), /names no action/],
    ["no resource", allow({ Resource: undefined }), /no resource/],
  ])("is never made by a policy with %s", (_, statement, message) => {
    expect(() => judge([statement])).toThrow(message);
  });
});
