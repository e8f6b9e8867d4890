import { describe, expect, test } from "vitest";
import { type Json, one } from "./assembly.ts";

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
const url = (name: string) => `http://127.0.0.1:7001/000000000000/${name}`;
const streamArn = arn("dynamodb", "table/app-It/stream/2026-01-01T00:00:00.000");

describe("names and attributes", () => {
  const cases: [type: string, properties: Json, ref: string, attributes: Json][] = [
    ["SQS::Queue", { FifoQueue: true }, url("app-It.fifo"), { QueueName: "app-It.fifo" }],
    ["SQS::Queue", { QueueName: "jobs" }, url("jobs"), { Arn: arn("sqs", "jobs") }],
    ["S3::Bucket", {}, "app-it", { Arn: "arn:aws:s3:::app-it" }],
    ["DynamoDB::GlobalTable", {}, "app-It", { StreamArn: streamArn }],
    ["Lambda::Function", {}, "app-It", { Arn: arn("lambda", "function:app-It") }],
    ["Lambda::EventSourceMapping", {}, "app-It", { Id: "app-It" }],
    ["IAM::Role", {}, "app-It", { Arn: "arn:aws:iam::000000000000:role/app-It" }],
    ["IAM::Role", { Path: "/a/" }, "app-It", { Arn: "arn:aws:iam::000000000000:role/a/app-It" }],
    ["Logs::LogGroup", {}, "app-It", { Arn: arn("logs", "log-group:app-It:*") }],
    ["ApiGatewayV2::Api", {}, "app-it", { ApiEndpoint: "http://127.0.0.1:7000" }],
    [
      "ApiGatewayV2::Api",
      { ProtocolType: "WEBSOCKET" },
      "app-it",
      { ApiEndpoint: "ws://127.0.0.1:7000" },
    ],
    ["SNS::Topic", {}, arn("sns", "app-It"), { TopicName: "app-It" }],
    ["Scheduler::Schedule", {}, "app-It", { Arn: arn("scheduler", "schedule/default/app-It") }],
    ["Scheduler::ScheduleGroup", { Name: "g" }, "g", { Arn: arn("scheduler", "schedule-group/g") }],
    ["Events::EventBus", { Name: "bus" }, "bus", { Arn: arn("events", "event-bus/bus") }],
    ["Events::Rule", {}, "app-It", { Arn: arn("events", "rule/app-It") }],
    ["Events::Rule", { EventBusName: "bus" }, "app-It", { Arn: arn("events", "rule/bus/app-It") }],
    ["SSM::Parameter", { Name: "/a/b", Value: "c" }, "/a/b", { Value: "c" }],
    ["CloudWatch::Alarm", {}, "app-It", { Arn: arn("cloudwatch", "alarm:app-It") }],
  ];
  test.each(cases)("%s %j has Ref %s", (type, properties, ref, attributes) => {
    const template = one({ Resources: { It: { Type: `AWS::${type}`, Properties: properties } } });
    const [it] = template.resources();
    expect(template.ref(it!)).toBe(ref);
    for (const [name, value] of Object.entries(attributes)) {
      expect(template.attribute(it!, name)).toBe(value);
    }
  });

  test("a secret's ARN ends in six characters that stay the same", () => {
    const secret = { Resources: { It: { Type: "AWS::SecretsManager::Secret" } } };
    const [a, b] = [one(secret), one(secret)].map((it) => it.ref(it.resources()[0]!));
    expect(a).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:app-It-[0-9a-f]{6}$/);
    expect(a).toBe(b);
  });

  test.each([
    ["AWS::S3::Bucket", 63],
    ["AWS::Lambda::Function", 64],
  ])("%s: an invented name keeps to %i characters and its hash", (type, lengthMax) => {
    const template = one({ Resources: { [`${"A".repeat(90)}1A2B3C4D`]: { Type: type } } });
    const name = template.ref(template.resources()[0]!);
    expect(name).toHaveLength(lengthMax);
    expect(name).toMatch(/-1a2b3c4d$/i);
  });
});
