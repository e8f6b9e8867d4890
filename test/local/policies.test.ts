import { describe, expect, test } from "vitest";
import type { Iam } from "../../local/iam/grants.ts";
import { allow, att, FN_ARN, iamOf, SEND, TIMER_ROLE_ARN } from "./application.ts";
import type { Json } from "./assembly.ts";

const noPlaintext = (resource: unknown) => ({
  Effect: "Deny",
  Principal: { AWS: "*" },
  Action: "*",
  Resource: resource,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

const admit = (service: string, action: string, resource: unknown) => ({
  Effect: "Allow",
  Principal: { Service: service },
  Action: action,
  Resource: resource,
});
const policy = (type: string, properties: Json) => ({
  Type: `AWS::${type}`,
  Properties: properties,
});

/** A policy on each kind of resource that can have one. */
const ADMISSIONS = {
  OnWork: policy("SQS::QueuePolicy", {
    Queues: [{ Ref: "Work" }],
    PolicyDocument: {
      Statement: [
        noPlaintext("*"),
        {
          ...admit("sns.amazonaws.com", "sqs:SendMessage", att("Work")),
          Condition: { ArnEquals: { "aws:SourceArn": { Ref: "Mail" } } },
        },
      ],
    },
  }),
  OnMail: policy("SNS::TopicPolicy", {
    Topics: [{ Ref: "Mail" }],
    PolicyDocument: {
      Statement: [admit("ses.amazonaws.com", "sns:Publish", { Ref: "Mail" })],
    },
  }),
  OnFiles: policy("S3::BucketPolicy", {
    Bucket: { Ref: "Files" },
    PolicyDocument: { Statement: [admit("ses.amazonaws.com", "s3:PutObject", "*")] },
  }),
  OnBus: policy("Events::EventBusPolicy", {
    EventBusName: { Ref: "Bus" },
    Statement: admit("ses.amazonaws.com", "events:PutEvents", att("Bus")),
  }),
  OnKeys: policy("SecretsManager::ResourcePolicy", {
    SecretId: { Ref: "Keys" },
    ResourcePolicy: {
      Statement: [admit("ses.amazonaws.com", "secretsmanager:GetSecretValue", "*")],
    },
  }),
};

describe("resource policies", () => {
  const permission = (more: Json = {}) => ({
    Type: "AWS::Lambda::Permission",
    Properties: {
      Action: "lambda:InvokeFunction",
      FunctionName: att("Fn"),
      Principal: "apigateway.amazonaws.com",
      SourceArn: "arn:aws:execute-api:us-east-1:000000000000:web/*/*",
      ...more,
    },
  });
  const invoke = { action: "lambda:InvokeFunction", resource: FN_ARN };
  const route = "arn:aws:execute-api:us-east-1:000000000000:web/$default/GET/v1";

  test("API Gateway invokes a function only with its permission, for that API", () => {
    const by = (iam: Iam, source: string) => () =>
      iam.authorizeService("apigateway.amazonaws.com", invoke, source);
    expect(by(iamOf(), route)).toThrow(/apigateway.amazonaws.com is not authorized/);
    const iam = iamOf({ Allowed: permission() });
    expect(by(iam, route)).not.toThrow();
    expect(by(iam, route.replace(":web/", ":other/"))).toThrow(/not authorized/);
    expect(() => iam.authorizeService("events.amazonaws.com", invoke, route)).toThrow();
    expect(iam.denied().map((it) => it.principal)).toContain("events.amazonaws.com");
  });

  test("a permission may be limited to an account, and name its function by name", () => {
    const foreign = { FunctionName: { Ref: "Fn" }, SourceAccount: "111111111111" };
    const own = { FunctionName: { Ref: "Fn" }, SourceAccount: { Ref: "AWS::AccountId" } };
    const by = (iam: Iam) => () => iam.authorizeService("apigateway.amazonaws.com", invoke, route);
    expect(by(iamOf({ Allowed: permission(foreign) }))).toThrow();
    expect(by(iamOf({ Allowed: permission(own) }))).not.toThrow();
  });

  test("queues, topics, buckets, buses and secrets admit whom their policies name", () => {
    const iam = iamOf(ADMISSIONS);
    const topic = "arn:aws:sns:us-east-1:000000000000:app-Mail";
    iam.authorizeService("sns.amazonaws.com", SEND, topic);
    expect(() => iam.authorizeService("sns.amazonaws.com", SEND, `${topic}2`)).toThrow();
    const bus = "arn:aws:events:us-east-1:000000000000:event-bus/app-Bus";
    const secret = iam
      .grants()
      .find((grant) => grant.action.startsWith("secretsmanager"))!.resource;
    for (const [action, resource] of [
      ["sns:Publish", topic],
      ["s3:PutObject", "arn:aws:s3:::app-files/mail/1"],
      ["events:PutEvents", bus],
      ["secretsmanager:GetSecretValue", secret],
    ] as const) {
      iam.authorizeService("ses.amazonaws.com", { action, resource }, "arn:aws:ses:rule");
    }
    // What `*` means in a resource policy ends with the resource that it is attached to.
    const other = { action: "s3:PutObject", resource: "arn:aws:s3:::other/mail/1" };
    expect(() => iam.authorizeService("ses.amazonaws.com", other, "arn:aws:ses:rule")).toThrow();
  });

  test("a Deny wins over the role's own policy, and one for plaintext spares the loopback", () => {
    const onWork = (statement: Json) => ({
      OnWork: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: { Queues: [{ Ref: "Work" }], PolicyDocument: { Statement: [statement] } },
      },
    });
    const plain = iamOf(onWork(noPlaintext(att("Work"))));
    expect(() => plain.authorize(plain.principalOf("FnRole"), [SEND])).not.toThrow();
    const account = { AWS: "arn:aws:iam::000000000000:root" };
    const deny = { Effect: "Deny", Principal: account, Action: "sqs:*", Resource: att("Work") };
    const closed = iamOf(onWork(deny));
    expect(() => closed.authorize(closed.principalOf("FnRole"), [SEND])).toThrow(
      /sqs:SendMessage on resource: .* with an explicit deny$/,
    );
  });

  test("an Allow that names the role is enough, one that names the account is not", () => {
    const admitting = (arn: unknown) => {
      const statement = allow({ Action: "sqs:PurgeQueue", Principal: { AWS: arn } });
      const properties = { Queues: [{ Ref: "Work" }], PolicyDocument: { Statement: statement } };
      const iam = iamOf({ OnWork: { Type: "AWS::SQS::QueuePolicy", Properties: properties } });
      const purge = { ...SEND, action: "sqs:PurgeQueue" };
      return () => iam.authorize(iam.principalOf("FnRole"), [purge]);
    };
    expect(admitting(att("FnRole"))).not.toThrow();
    expect(admitting("arn:aws:iam::000000000000:root")).toThrow(/not authorized/);
    expect(admitting("000000000000")).toThrow(/not authorized/);
  });

  test("one that belongs to nothing is refused at the start", () => {
    const stray = permission({ FunctionName: "gone" });
    expect(() => iamOf({ Stray: stray })).toThrow("app/Stray: no AWS::Lambda::Function is gone");
  });

  test("a role is assumed only by the service that it trusts", () => {
    const iam = iamOf();
    const assume = { action: "sts:AssumeRole", resource: TIMER_ROLE_ARN };
    const schedule = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/a";
    iam.authorizeService("scheduler.amazonaws.com", assume, schedule);
    expect(() => iam.authorizeService("lambda.amazonaws.com", assume, FN_ARN)).toThrow();
  });
});
