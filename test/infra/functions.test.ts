import { describe, expect, test } from "vitest";
import { functions } from "../../shared/grants.ts";
import { ENV, type FunctionName, type ResourceName } from "../../shared/topology.ts";
import { type Declared, synthesise } from "./synthesised.ts";

const prod = synthesise("prod");
const names = Object.keys(functions) as FunctionName[];

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

const ofFunction = (type: string, name: string) =>
  prod.the(type, `${name.charAt(0).toUpperCase()}${name.slice(1)}Function`);
const lambdaOf = (name: string) => ofFunction("AWS::Lambda::Function", name);
const roleOf = (name: string) => ofFunction("AWS::IAM::Role", name);
const statementsOf = (role: Declared): Statement[] =>
  role.Properties.Policies[0].PolicyDocument.Statement;

/** Which construct a resource of a statement belongs to, for example `Archive/raw/*`. */
const CONSTRUCTS: Record<ResourceName, string> = {
  truth: "Truth",
  derived: "Derived",
  archive: "Archive",
  keys: "Keys",
  apps: "secret:parley-prod/apps/",
  bus: "Bus",
  ingest: "IngestJobQueue",
  facts: "FactsJobQueue",
  send: "SendJobQueue",
  timers: "schedule/parley-prod-timers/",
  timerRole: "TimersRole",
};
const DEAD_SENDS = "SendJobDeadLetters";
const readable = (resource: unknown): string => {
  const text = JSON.stringify(resource);
  if (text.includes(`:${CONSTRUCTS.apps}*`)) return CONSTRUCTS.apps;
  if (text.includes(`:${CONSTRUCTS.timers}*`)) return CONSTRUCTS.timers;
  const construct = [...Object.values(CONSTRUCTS), DEAD_SENDS].find((each) =>
    new RegExp(`${each}[0-9A-F]{8}`).test(text),
  );
  const suffix = /"(\/[^"]+)"\]\]\}$/.exec(text)?.[1] ?? "";
  const stream = text.includes("StreamArn") ? ".stream" : "";
  return `${construct ?? "own log"}${stream}${suffix}`;
};
const allowed = (role: Declared): string[] =>
  statementsOf(role)
    .flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((on) => `${action} ${readable(on)}`)),
    )
    .sort();

test("exactly the functions of the topology are deployed", () => {
  const deployed = prod.of("AWS::Lambda::Function").map((each) => each.Properties.FunctionName);
  expect(deployed).toHaveLength(names.length);
  expect(new Set(deployed)).toEqual(new Set(names.map((name) => `parley-prod-${name}`)));
});

describe.each(names)("%s", (name) => {
  const properties = lambdaOf(name).Properties;

  test("runs Node 24 on arm64 with the memory and timeout of the topology", () => {
    expect(properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      MemorySize: functions[name].memoryMb,
      Timeout: functions[name].timeoutS,
    });
    expect(properties.ReservedConcurrentExecutions).toBeUndefined();
    expect(properties.TracingConfig).toBeUndefined();
  });

  test("writes JSON to a log group of its own that forgets", () => {
    const log = ofFunction("AWS::Logs::LogGroup", name);
    expect(properties.LoggingConfig).toEqual({ LogFormat: "JSON", LogGroup: { Ref: log.id } });
    expect(log.Properties.RetentionInDays).toBe(90);
  });

  test("has a role of its own, for Lambda to assume, with one inline policy only", () => {
    const role = roleOf(name);
    expect(properties.Role).toEqual({ "Fn::GetAtt": [role.id, "Arn"] });
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    expect(role.Properties.Policies).toHaveLength(1);
    expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: "sts:AssumeRole",
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
      },
    ]);
  });

  test("may do what the topology says, write its log, be fed by its source, nothing else", () => {
    const granted = functions[name].grants.flatMap(({ on, part, actions }) =>
      actions.map((action) => {
        const suffix = part === undefined ? "" : on === "archive" ? `/${part}*` : `/index/${part}`;
        return `${action} ${CONSTRUCTS[on]}${suffix}`;
      }),
    );
    const log = ["logs:CreateLogStream own log", "logs:PutLogEvents own log"];
    const expected = [...granted, ...log, ...(FED[name] ?? [])];
    expect(allowed(roleOf(name))).toEqual([...new Set(expected)].sort());
  });

  test("is told where to find what it may use, and no more", () => {
    const { NODE_OPTIONS, POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE, ...own } =
      properties.Environment.Variables;
    expect({ NODE_OPTIONS, POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE }).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      POWERTOOLS_SERVICE_NAME: name,
      POWERTOOLS_METRICS_NAMESPACE: "Parley",
    });
    const { grants, providers = [] } = functions[name];
    const used = new Set(grants.map((grant) => grant.on));
    const expected = [
      ENV.stage,
      ...[...used].map((on) => ENV[on]),
      ...(used.has("truth") ? [ENV.inboxShards] : []),
      ...(providers.includes("graph") ? [ENV.graphUrl, ENV.graphVersion] : []),
    ];
    expect(new Set(Object.keys(own))).toEqual(new Set(expected));
    expect(own.STAGE).toBe("prod");
  });

  test("rings an alarm when it throws", () => {
    const errors = prod
      .of("AWS::CloudWatch::Alarm")
      .find((each) => each.Properties.AlarmName === `prod-${name}-errors`);
    expect(errors?.Properties).toMatchObject({
      Namespace: "AWS/Lambda",
      MetricName: "Errors",
      Dimensions: [{ Name: "FunctionName", Value: { Ref: lambdaOf(name).id } }],
      Threshold: 0,
    });
  });
});

/** What the service that invokes a function needs of the function's role. */
const FED: Partial<Record<FunctionName, string[]>> = {
  ingest: poll("IngestJobQueue"),
  relay: poll("FactsJobQueue"),
  send: [...poll("SendJobQueue"), ...poll(DEAD_SENDS)],
  publish: [
    "dynamodb:DescribeStream Truth.stream",
    "dynamodb:GetRecords Truth.stream",
    "dynamodb:GetShardIterator Truth.stream",
    "dynamodb:ListStreams Truth.stream",
    "s3:PutObject Archive/aws/lambda/*",
    "s3:ListBucket Archive",
  ],
};

function poll(queue: string): string[] {
  return ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map((a) => `sqs:${a} ${queue}`);
}

test.each(["send", "tick"])("%s, which talks to Meta, knows where Meta is", (name) => {
  expect(lambdaOf(name).Properties.Environment.Variables).toMatchObject({
    GRAPH_URL: "https://graph.facebook.com",
    GRAPH_VERSION: "v25.0",
  });
});

test("no function has a dead letter queue, layer, VPC or permission beyond HTTP", () => {
  for (const name of names) {
    const { DeadLetterConfig, Layers, VpcConfig } = lambdaOf(name).Properties;
    expect([DeadLetterConfig, Layers, VpcConfig]).toEqual([undefined, undefined, undefined]);
  }
  expect(prod.of("AWS::IAM::Policy")).toEqual([]);
});
