import { describe, expect, test } from "vitest";
import { type Grant, Iam, ROOT } from "../../local/iam/grants.ts";
import { loadTemplate } from "../../local/template/load.ts";
import { allow, iamOf, SEND, TIMER_ROLE_ARN, trust } from "./application.ts";
import { assembly, type Json } from "./assembly.ts";

const SESSION = "arn:aws:sts::000000000000:assumed-role/app-FnRole/app-Fn";

function grantOf(iam: Iam, action: string): Grant {
  return iam.grants().find((grant) => grant.action === action)!;
}

describe("roles", () => {
  test("are known by logical id and by ARN, and named as AWS names their session", () => {
    const iam = iamOf();
    expect(iam.principalOf("FnRole")).toEqual({ name: "FnRole", arn: SESSION });
    expect(iam.principalOf(TIMER_ROLE_ARN).name).toBe("TimerRole");
    expect(() => iam.principalOf("Nobody")).toThrow(/no such role/);
    const nobody = { name: "Nobody", arn: "arn:x" };
    expect(() => iam.authorize(nobody, [SEND])).toThrow(/no such role/);
  });

  test("may do what their inline and attached policies say, and nothing else", () => {
    const iam = iamOf();
    const fn = iam.principalOf("FnRole");
    const put = { action: "s3:PutObject", resource: "arn:aws:s3:::app-files/raw/1" };
    iam.authorize(fn, [SEND, put]);
    const elsewhere = { ...put, resource: "arn:aws:s3:::app-files/other" };
    expect(() => iam.authorize(fn, [SEND, elsewhere])).toThrow(
      `User: ${SESSION} is not authorized to perform: s3:PutObject` +
        " on resource: arn:aws:s3:::app-files/other",
    );
    expect(iam.denied()).toEqual([
      {
        at: "2026-01-02T00:00:00.000Z",
        principal: "FnRole",
        action: "s3:PutObject",
        resource: "arn:aws:s3:::app-files/other",
      },
    ]);
  });

  test("keep the latest thousand of their refusals", () => {
    const iam = iamOf();
    const timer = iam.principalOf("TimerRole");
    for (let count = 0; count < 1001; count += 1) {
      const need = { ...SEND, resource: `arn:${count}` };
      expect(() => iam.authorize(timer, [need])).toThrow(/not authorized/);
    }
    expect(iam.denied()).toHaveLength(1000);
    expect(iam.denied()[0]!.resource).toBe("arn:1");
  });

  test("of one logical id in two stacks cannot be told apart", () => {
    const role = {
      Type: "AWS::IAM::Role",
      Properties: { AssumeRolePolicyDocument: trust("lambda.amazonaws.com") },
    };
    const stack = { template: { Resources: { Role: role } } };
    const template = loadTemplate(assembly({ a: stack, b: stack }));
    expect(() => new Iam(template)).toThrow("two stacks have a role Role");
  });

  test("may use a managed policy of the template, attached from either side", () => {
    const document = { Statement: allow({ Action: "sqs:ReceiveMessage" }) };
    const role = (arns: unknown[]) => ({
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
        ManagedPolicyArns: arns,
      },
    });
    const iam = iamOf({
      A: role([{ Ref: "Shared" }]),
      B: role([]),
      C: role([]),
      Shared: { Type: "AWS::IAM::ManagedPolicy", Properties: { PolicyDocument: document } },
      ForB: {
        Type: "AWS::IAM::ManagedPolicy",
        Properties: { PolicyDocument: document, Roles: [{ Ref: "B" }] },
      },
    });
    const receive = [{ ...SEND, action: "sqs:ReceiveMessage" }];
    iam.authorize(iam.principalOf("A"), receive);
    iam.authorize(iam.principalOf("B"), receive);
    expect(() => iam.authorize(iam.principalOf("C"), receive)).toThrow(/not authorized/);
  });

  test("root may do everything", () => {
    const iam = iamOf();
    iam.authorize(ROOT, [{ action: "any:Thing", resource: "*" }]);
    expect(iam.denied()).toEqual([]);
  });

  test("pass a role only to the service that the condition names", () => {
    const iam = iamOf();
    const pass = (service: string) => ({
      action: "iam:PassRole",
      resource: TIMER_ROLE_ARN,
      context: { "iam:PassedToService": service },
    });
    const fn = iam.principalOf("FnRole");
    iam.authorize(fn, [pass("scheduler.amazonaws.com")]);
    expect(() => iam.authorize(fn, [pass("lambda.amazonaws.com")])).toThrow(/iam:PassRole/);
  });

  test.each<[string, Json, RegExp]>([
    ["a foreign managed policy", { ManagedPolicyArns: ["arn:aws:iam::aws:policy/Admin"] }, /Admin/],
    ["a permissions boundary", { PermissionsBoundary: "arn:x" }, /boundaries are not imitated/],
  ])("with %s are refused at the start", (_, properties, message) => {
    const role = { AssumeRolePolicyDocument: trust("lambda.amazonaws.com"), ...properties };
    expect(() => iamOf({ Odd: { Type: "AWS::IAM::Role", Properties: role } })).toThrow(message);
  });

  test("a policy for a role that is not there is refused at the start", () => {
    const stray = { Roles: ["gone"], PolicyDocument: { Statement: allow() } };
    expect(() => iamOf({ Stray: { Type: "AWS::IAM::Policy", Properties: stray } })).toThrow(/gone/);
  });
});

describe("grants", () => {
  test("are one per action and resource, and count their use", () => {
    const iam = iamOf();
    const fn = iam.principalOf("FnRole");
    const get = { action: "s3:GetObject", resource: "arn:aws:s3:::app-files/raw/1" };
    iam.authorize(fn, [get]);
    iam.authorize(fn, [get, SEND]);
    const used = iam.grants().map((grant) => [grant.kind, grant.action, grant.used]);
    expect(used).toEqual([
      ["identity", "sqs:SendMessage", 1],
      ["identity", "s3:GetObject", 2],
      ["identity", "s3:PutObject", 0],
      ["identity", "iam:PassRole", 0],
      ["identity", "secretsmanager:GetSecretValue", 0],
      ["trust", "sts:AssumeRole", 0],
      ["trust", "sts:AssumeRole", 0],
    ]);
    expect(grantOf(iam, "iam:PassRole").text).toBe(
      `FnRole may iam:PassRole on ${TIMER_ROLE_ARN}` +
        " if StringEquals iam:PassedToService scheduler.amazonaws.com",
    );
  });

  test("have ids of their own that are the same at every start", () => {
    const [first, second] = [iamOf(), iamOf()].map((iam) => iam.grants().map((grant) => grant.id));
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(first!.length);
  });

  test("can be withdrawn one by one and given back", () => {
    const iam = iamOf();
    const fn = iam.principalOf("FnRole");
    const file = "arn:aws:s3:::app-files/raw/1";
    const restore = iam.withdraw(grantOf(iam, "s3:PutObject").id);
    const put = { action: "s3:PutObject", resource: file };
    expect(() => iam.authorize(fn, [put])).toThrow(/s3:PutObject/);
    iam.authorize(fn, [{ action: "s3:GetObject", resource: file }]);
    restore();
    iam.authorize(fn, [put]);
    expect(() => iam.withdraw("gone")).toThrow(/no such grant/);
  });
});
