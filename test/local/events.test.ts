import {
  EventBridgeClient,
  ListRulesCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  ResourceNotFoundException,
} from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MovedClock } from "../../local/clock.ts";
import { EventBus } from "../../local/events/bus.ts";
import type { DeadLetter, Delivery } from "../../local/outbox.ts";
import { AwsError } from "../../local/parts.ts";
import { SqliteState } from "../../local/state.ts";
import { serveDoor } from "./doorServer.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:listener";
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:listeners.fifo";
const DEAD = "arn:aws:sqs:us-east-1:000000000000:dead";
const BUS_ARN = "arn:aws:events:us-east-1:000000000000:event-bus/facts";
const RULE_ARN = "arn:aws:events:us-east-1:000000000000:rule/facts/listen";

let state: SqliteState;
let clock: MovedClock;
let bus: EventBus;
let server: Awaited<ReturnType<typeof serveDoor>>;
let client: EventBridgeClient;
let delivered: { target: Delivery; arn: string }[];
let buried: DeadLetter[];
let refuse: () => Error | null | Promise<null>;

beforeEach(async () => {
  state = SqliteState.open(null);
  clock = new MovedClock(state);
  delivered = [];
  buried = [];
  refuse = () => null;
  bus = openBus();
  server = await serveDoor(bus);
  client = new EventBridgeClient(server.client);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await bus.stop();
  await server.close();
});

function openBus(): EventBus {
  const made = new EventBus({
    clock,
    state,
    deliver: async (target, arn) => {
      const error = await refuse();
      if (error) throw error;
      delivered.push({ target, arn });
    },
    bury: async (letter) => {
      await Promise.resolve();
      buried.push(letter);
    },
  });
  made.defineBus("facts");
  return made;
}

function rule(target: object = {}, more: object = {}) {
  return {
    EventBusName: "facts",
    EventPattern: { source: ["parley"], "detail-type": [{ prefix: "message." }] },
    State: "ENABLED",
    Targets: [{ Id: "Target0", Arn: FUNCTION, ...target }],
    ...more,
  };
}

const put = (...entries: PutEventsRequestEntry[]) =>
  client.send(new PutEventsCommand({ Entries: entries }));

function entry(more: PutEventsRequestEntry = {}): PutEventsRequestEntry {
  return {
    EventBusName: "facts",
    Source: "parley",
    DetailType: "message.received",
    Detail: '{"id":"msg_1"}',
    ...more,
  };
}

test("an event that matches a rule reaches its target in AWS's envelope", async () => {
  bus.defineRule(rule(), "listen");
  const Time = new Date("2026-05-01T10:00:00Z");
  const answer = await put(entry({ Time, Resources: ["arn:x"] }));
  expect(answer.FailedEntryCount).toBe(0);
  await vi.waitFor(() => expect(delivered).toHaveLength(1));
  expect(delivered[0]).toEqual({
    target: { arn: FUNCTION, roleArn: null, input: expect.any(String) },
    arn: RULE_ARN,
  });
  expect(JSON.parse(delivered[0]!.target.input)).toEqual({
    version: "0",
    id: answer.Entries?.[0]?.EventId,
    "detail-type": "message.received",
    source: "parley",
    account: "000000000000",
    time: "2026-05-01T10:00:00Z",
    region: "us-east-1",
    resources: ["arn:x"],
    detail: { id: "msg_1" },
  });
});

test("events go to every target of every rule that matches, on their own bus only", async () => {
  const queue = { Id: "q", Arn: QUEUE, SqsParameters: { MessageGroupId: "g" } };
  bus.defineRule(rule({}, { Targets: [{ Id: "f", Arn: FUNCTION }, queue] }), "both");
  bus.defineRule(rule({}, { EventBusName: BUS_ARN }), "by-arn");
  bus.defineRule(rule({}, { EventPattern: { source: ["other"] } }), "other");
  bus.defineRule(rule({}, { State: "DISABLED" }), "disabled");
  bus.defineRule(rule({}, { EventBusName: "default" }), "default-bus");
  await put(entry(), entry({ EventBusName: BUS_ARN, DetailType: "window.opened" }));
  await vi.waitFor(() => expect(bus.pending()).toEqual([]));
  expect(delivered.map(({ arn, target }) => [arn.split("rule/")[1], target.arn])).toEqual([
    ["facts/both", FUNCTION],
    ["facts/both", QUEUE],
    ["facts/by-arn", FUNCTION],
  ]);
  expect(delivered[1]?.target.sqsParameters).toEqual({ MessageGroupId: "g" });
  await put(entry({ EventBusName: undefined }));
  await vi.waitFor(() => expect(delivered.at(-1)?.arn).toMatch(/:rule\/default-bus$/));
});

test("one target gets events in the order they were put", async () => {
  bus.defineRule(rule(), "listen");
  const details = Array.from({ length: 30 }, (_, n) => JSON.stringify({ n }));
  for (let at = 0; at < 30; at += 10) {
    await put(...details.slice(at, at + 10).map((Detail) => entry({ Detail })));
  }
  await vi.waitFor(() => expect(delivered).toHaveLength(30));
  const seen = delivered.map(({ target }) => JSON.stringify(JSON.parse(target.input).detail));
  expect(seen).toEqual(details);
});

test("events put while their target is busy follow by themselves", async () => {
  bus.defineRule(rule(), "listen");
  const { promise: gate, resolve: open } = Promise.withResolvers<null>();
  refuse = () => gate;
  await put(entry());
  await put(entry());
  expect(bus.pending()).toHaveLength(2);
  open(null);
  await vi.waitFor(() => expect(delivered).toHaveLength(2));
});

test("a stopped bus ends the delivery under way and owes the rest to the next one", async () => {
  bus.defineRule(rule(), "listen");
  const { promise: gate, resolve: open } = Promise.withResolvers<null>();
  refuse = () => gate;
  await put(entry({ Detail: '{"n":1}' }), entry({ Detail: '{"n":2}' }));
  const stopped = bus.stop();
  open(null);
  await stopped;
  expect(delivered).toHaveLength(1);
  const restarted = openBus();
  restarted.start();
  await vi.waitFor(() => expect(delivered).toHaveLength(2));
  await restarted.stop();
});

test("recent keeps the last thousand events, matched or not", async () => {
  for (let batch = 0; batch < 101; batch += 1) {
    await put(
      ...Array.from({ length: 10 }, (_, n) => entry({ Detail: `{"n":${batch * 10 + n}}` })),
    );
  }
  const recent = bus.recent();
  expect(recent).toHaveLength(1_000);
  expect(recent[0]).toMatchObject({ bus: "facts", event: { detail: { n: 10 } } });
  expect(recent.at(-1)?.event.detail).toEqual({ n: 1_009 });
});

describe("PutEvents refuses as AWS does", () => {
  test("a bad entry fails alone, in its place, and the others go on", async () => {
    const answer = await put(
      entry({ Source: undefined }),
      entry({ DetailType: undefined }),
      entry({ Detail: undefined }),
      entry({ Detail: "{" }),
      entry({ Detail: "[1]" }),
      entry({ Source: "aws.s3" }),
      entry(),
    );
    expect(answer.FailedEntryCount).toBe(6);
    expect(answer.Entries?.map((one) => one.ErrorCode ?? typeof one.EventId)).toEqual([
      "InvalidArgument",
      "InvalidArgument",
      "InvalidArgument",
      "MalformedDetail",
      "MalformedDetail",
      "NotAuthorizedForSourceException",
      "string",
    ]);
    expect(answer.Entries?.[1]?.ErrorMessage).toBe(
      "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
    );
    expect(bus.recent()).toHaveLength(1);
  });

  test("a bus nobody made, and then nothing of the call is published", async () => {
    const call = put(entry(), entry({ EventBusName: "nowhere" }));
    await expect(call).rejects.toThrow(ResourceNotFoundException);
    expect(bus.recent()).toEqual([]);
  });

  test("no entries, and more than ten", async () => {
    const refused = { name: "ValidationException" };
    await expect(put()).rejects.toMatchObject(refused);
    await expect(put(...Array.from({ length: 11 }, () => entry()))).rejects.toMatchObject(refused);
  });

  test("a megabyte in all, and takes one byte less", async () => {
    const other = Buffer.byteLength("parley" + "message.received" + '{"t":""}');
    const Detail = JSON.stringify({ t: "x".repeat(1_048_576 - other) });
    await expect(put(entry({ Detail }))).rejects.toMatchObject({ name: "ValidationException" });
    expect((await put(entry({ Detail: Detail.replace("x", "") }))).FailedEntryCount).toBe(0);
  });

  test("an operation or a member that is not imitated: 501", async () => {
    const answer = { $metadata: { httpStatusCode: 501 } };
    await expect(client.send(new ListRulesCommand({}))).rejects.toMatchObject(answer);
    await expect(put(entry({ TraceHeader: "Root=1" }))).rejects.toMatchObject(answer);
  });
});

test("PutEvents needs its permission once per bus", async () => {
  await put(entry(), entry({ EventBusName: BUS_ARN }), entry({ EventBusName: undefined }));
  expect(server.asked).toEqual([
    { action: "events:PutEvents", resource: BUS_ARN },
    { action: "events:PutEvents", resource: BUS_ARN.replace("facts", "default") },
  ]);
  expect(bus.fail(new AwsError("AccessDeniedException", "no", 403)).status).toBe(400);
});

test("a failed delivery is tried again by itself, and after a restart", async () => {
  bus.defineRule(rule(), "listen");
  refuse = () => new Error("down");
  await put(entry());
  await vi.waitFor(() => expect(bus.pending()).toEqual([]));
  expect(delivered).toEqual([]);
  refuse = () => null;
  const restarted = openBus();
  restarted.start();
  clock.advance(5_000);
  await vi.waitFor(() => expect(delivered).toHaveLength(1));
  await restarted.stop();
});

test("a delivery that is out of retries goes to the target's dead letters", async () => {
  const DeadLetterConfig = { Arn: DEAD };
  bus.defineRule(rule({ DeadLetterConfig, RetryPolicy: { MaximumRetryAttempts: 0 } }), "listen");
  refuse = () => new Error("boom");
  await put(entry());
  await vi.waitFor(() => expect(buried).toHaveLength(1));
  expect(buried[0]).toMatchObject({
    queueArn: DEAD,
    roleArn: null,
    attributes: { RULE_ARN, TARGET_ARN: FUNCTION, ERROR_MESSAGE: "boom", RETRY_ATTEMPTS: "0" },
  });
  expect(JSON.parse(buried[0]!.body)).toMatchObject({ "detail-type": "message.received" });
});

describe("a rule that asks for more than is imitated stops the start", () => {
  test.each([
    ["a schedule", rule({}, { ScheduleExpression: "rate(1 minute)" })],
    ["fixed input", rule({ Input: "{}" })],
    ["an input path", rule({ InputPath: "$.detail" })],
    ["transformed input", rule({ InputTransformer: { InputTemplate: "x" } })],
    ["another target", rule({ Arn: "arn:aws:states:us-east-1:0:x" })],
    ["no pattern", rule({}, { EventPattern: undefined })],
    ["an unknown operator", rule({}, { EventPattern: { source: [{ wildcard: "a*" }] } })],
  ])("%s", (_, properties) => {
    expect(() => bus.defineRule(properties, "greedy")).toThrow();
  });
});
