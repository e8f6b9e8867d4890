import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadTemplate } from "../../local/template/load.ts";
import { assembly, type Json, one } from "./assembly.ts";

const ZERO_UUID = "00000000-0000-0000-0000-000000000000";

/** The value as an unknown type's property, beside a queue `Work` and a table `Truth`. */
function resolved(value: unknown, more: Json = {}): unknown {
  const template = one({
    ...more,
    Resources: {
      Work: { Type: "AWS::SQS::Queue" },
      Truth: { Type: "AWS::DynamoDB::GlobalTable" },
      Probe: { Type: "Test::Probe", Properties: { Value: value } },
    },
  });
  return template.resources("Test::Probe")[0]!.properties.Value;
}

const WORK_ARN = "arn:aws:sqs:us-east-1:000000000000:app-Work";

describe("intrinsic functions", () => {
  const conditions = {
    Parameters: { Stage: { Type: "String", Default: "prod" } },
    Conditions: {
      IsProd: { "Fn::Equals": [{ Ref: "Stage" }, "prod"] },
      IsDev: { "Fn::Not": [{ Condition: "IsProd" }] },
      Both: { "Fn::And": [{ Condition: "IsProd" }, { Condition: "IsDev" }] },
      Either: { "Fn::Or": [{ Condition: "IsProd" }, { Condition: "IsDev" }] },
    },
  };
  const cases: [string, unknown, unknown][] = [
    ["plain values stay", { a: [1, true, null, "x"] }, { a: [1, true, null, "x"] }],
    ["Ref of a resource", { Ref: "Truth" }, "app-Truth"],
    ["Ref of a queue", { Ref: "Work" }, "http://127.0.0.1:7001/000000000000/app-Work"],
    ["Ref of a parameter", { Ref: "Stage" }, "prod"],
    ["Ref of an unknown type", { Ref: "Other" }, "Ref:Other"],
    ["GetAtt as a list", { "Fn::GetAtt": ["Work", "Arn"] }, WORK_ARN],
    ["GetAtt with a dot", { "Fn::GetAtt": "Work.Arn" }, WORK_ARN],
    ["GetAtt of an unknown type", { "Fn::GetAtt": ["Other", "A.B"] }, "GetAtt:Other.A.B"],
    [
      "Join",
      { "Fn::Join": ["/", ["a", 1, { Ref: "AWS::NoValue" }, { Ref: "Truth" }]] },
      "a/1/app-Truth",
    ],
    ["Sub", { "Fn::Sub": `\${Truth} \${Work.Arn} \${!Raw}` }, `app-Truth ${WORK_ARN} \${Raw}`],
    [
      "Sub with variables",
      { "Fn::Sub": [`\${X}-\${AWS::Region}`, { X: { Ref: "Truth" } }] },
      "app-Truth-us-east-1",
    ],
    ["Split", { "Fn::Split": [":", "a:b"] }, ["a", "b"]],
    [
      "Select of a Split",
      { "Fn::Select": ["5", { "Fn::Split": [":", { "Fn::GetAtt": ["Work", "Arn"] }] }] },
      "app-Work",
    ],
    ["If true", { "Fn::If": ["IsProd", "yes", { Ref: "Nothing" }] }, "yes"],
    ["If false", { "Fn::If": ["IsDev", "yes", "no"] }, "no"],
    ["And", { "Fn::If": ["Both", "yes", "no"] }, "no"],
    ["Or", { "Fn::If": ["Either", "yes", "no"] }, "yes"],
    [
      "NoValue leaves out",
      { a: { Ref: "AWS::NoValue" }, b: [{ Ref: "AWS::NoValue" }, 1] },
      { b: [1] },
    ],
    ["account", { Ref: "AWS::AccountId" }, "000000000000"],
    ["partition", { Ref: "AWS::Partition" }, "aws"],
    ["suffix", { Ref: "AWS::URLSuffix" }, "amazonaws.com"],
    ["stack name", { Ref: "AWS::StackName" }, "app"],
    [
      "stack id",
      { Ref: "AWS::StackId" },
      `arn:aws:cloudformation:us-east-1:000000000000:stack/app/${ZERO_UUID}`,
    ],
  ];
  test.each(cases)("%s", (_, value, expected) => {
    const template = one({
      ...conditions,
      Resources: {
        Work: { Type: "AWS::SQS::Queue" },
        Truth: { Type: "AWS::DynamoDB::GlobalTable" },
        Other: { Type: "Test::Other" },
        Probe: { Type: "Test::Probe", Properties: { Value: value } },
      },
    });
    expect(template.resources("Test::Probe")[0]!.properties.Value).toEqual(expected);
  });

  test("the bootstrap version is harmless", () => {
    const type = "AWS::SSM::Parameter::Value<String>";
    const parameters = { BootstrapVersion: { Type: type, Default: "/cdk-bootstrap/x" } };
    expect(resolved("x", { Parameters: parameters })).toBe("x");
  });
});

describe("what is not imitated is an error that names its place", () => {
  const cases: [string, unknown, RegExp][] = [
    [
      "an unknown function",
      { "Fn::GetAZs": "" },
      /app\/Probe.Properties.Value: Fn::GetAZs is not imitated/,
    ],
    [
      "a reference to nothing",
      { a: [{ Ref: "Gone" }] },
      /app\/Probe.Properties.Value.a.0.Ref: refers to Gone/,
    ],
    ["an attribute of nothing", { "Fn::GetAtt": ["Gone", "Arn"] }, /refers to Gone/],
    [
      "an unknown attribute",
      { "Fn::GetAtt": ["Work", "Color"] },
      /Work \(AWS::SQS::Queue\) has no known attribute Color/,
    ],
    [
      "an unknown pseudo parameter",
      { Ref: "AWS::NotificationARNs" },
      /AWS::NotificationARNs is not imitated/,
    ],
    ["an import of nothing", { "Fn::ImportValue": "gone" }, /imports gone, which no stack exports/],
    ["a missing condition", { "Fn::If": ["Gone", 1, 2] }, /condition Gone/],
    ["a missing item", { "Fn::Select": [3, ["a"]] }, /no item 3/],
    ["an object where text is due", { "Fn::Join": ["", [{ a: 1 }]] }, /expected text/],
    ["a wrong number of arguments", { "Fn::Split": ["a"] }, /expected a list of 2/],
    ["a function beside other keys", { Ref: "Work", Other: 1 }, /stands beside other keys/],
    ["a dynamic reference", "{{resolve:ssm:/x}}", /dynamic references/],
  ];
  test.each(cases)("%s", (_, value, message) => {
    expect(() => resolved(value)).toThrow(message);
  });

  test("a parameter without a default, or of another type", () => {
    const parameters = { Bare: { Type: "String" }, Zones: { Type: "List<String>", Default: "a" } };
    const more = { Parameters: parameters };
    expect(() => resolved({ Ref: "Bare" }, more)).toThrow(/Bare has no default/);
    expect(() => resolved({ Ref: "Zones" }, more)).toThrow(/List<String>, which is not imitated/);
  });

  test("a circle of resources, which CDK synthesises without a word", () => {
    const queue = (other: string) => ({
      Type: "AWS::SQS::Queue",
      Properties: { Tag: { "Fn::Sub": `\${${other}.Arn}` } },
    });
    const circle = () => one({ Resources: { A: queue("B"), B: queue("A") } });
    expect(circle).toThrow("app: resources depend on each other: A -> B -> A");
  });

  test("a circle of conditions", () => {
    const conditions = {
      A: { "Fn::Not": [{ Condition: "B" }] },
      B: { "Fn::Not": [{ Condition: "A" }] },
    };
    const circle = () => resolved({ "Fn::If": ["A", 1, 2] }, { Conditions: conditions });
    expect(circle).toThrow(/Conditions.A: needs itself/);
  });
});

describe("resources", () => {
  test("come after what they depend on, and only when their condition holds", () => {
    const template = one({
      Conditions: { Never: { "Fn::Equals": ["a", "b"] } },
      Resources: {
        Last: { Type: "T", DependsOn: "Middle" },
        Middle: { Type: "T", Properties: { Of: { Ref: "First" } } },
        First: { Type: "T" },
        Absent: { Type: "T", Condition: "Never" },
      },
    });
    expect(template.resources().map((it) => it.logicalId)).toEqual(["First", "Middle", "Last"]);
  });

  test("are resolved when asked, and once", () => {
    const template = one({
      Resources: {
        Good: { Type: "Test::Good", Properties: { A: "b" } },
        Bad: { Type: "Test::Bad", Properties: { A: { "Fn::Cidr": [] } } },
      },
    });
    const [good] = template.resources("Test::Good");
    expect(good!.properties).toBe(good!.properties);
    expect(() => template.resources("Test::Bad")[0]!.properties).toThrow(/Fn::Cidr/);
  });
});

describe("several stacks", () => {
  const data = {
    Resources: { Truth: { Type: "AWS::DynamoDB::GlobalTable" } },
    Outputs: {
      TruthArn: {
        Value: { "Fn::GetAtt": ["Truth", "Arn"] },
        Export: { Name: { "Fn::Sub": `\${AWS::StackName}:TruthArn` } },
      },
    },
  };
  const api = {
    Resources: {
      Probe: { Type: "Test::Probe", Properties: { Arn: { "Fn::ImportValue": "data:TruthArn" } } },
    },
    Outputs: { Url: { Value: "http://x" } },
  };
  const stacks = { api: { after: ["data"], template: api }, data: { template: data } };

  test("are ordered by their dependencies and see each other's exports", () => {
    const template = loadTemplate(assembly(stacks));
    expect(template.stacks).toEqual(["data", "api"]);
    const arn = "arn:aws:dynamodb:us-east-1:000000000000:table/data-Truth";
    expect(template.resources("Test::Probe")[0]!.properties).toEqual({ Arn: arn });
    expect(template.output("TruthArn")).toBe(arn);
    expect(template.output("Url")).toBe("http://x");
  });

  test("an output that nobody has, or two have, is an error", () => {
    const twice = { ...stacks, other: { template: api } };
    expect(() => loadTemplate(assembly(stacks)).output("Gone")).toThrow(/0 stacks have it/);
    expect(() => loadTemplate(assembly(twice)).output("Url")).toThrow(/2 stacks have it/);
  });

  test("must not depend on each other in a circle", () => {
    const circle = {
      a: { after: ["b"], template: { Resources: {} } },
      b: { after: ["a"], template: { Resources: {} } },
    };
    expect(() => loadTemplate(assembly(circle))).toThrow(
      "stacks depend on each other: a -> b -> a",
    );
  });

  test("an asset is found by the key under which it would be uploaded", () => {
    const directory = assembly(stacks);
    const template = loadTemplate(directory);
    expect(template.asset("abc.zip")).toBe(join(directory, "asset.abc"));
    expect(() => template.asset("def.zip")).toThrow(/def.zip/);
  });

  test("an assembly without a stack, or of another shape, is refused", () => {
    expect(() => loadTemplate(assembly({}))).toThrow(/no stack/);
    const odd = assembly({ app: { template: { Resources: { A: {} } } } });
    expect(() => loadTemplate(odd)).toThrow(/app.template.json/);
  });
});
