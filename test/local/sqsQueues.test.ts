/** Queues of the laptop's SQS, fair, FIFO and for dead letters, as the real SDK sees them. */

import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import type { AwsRequest } from "../../local/parts.ts";
import { arn, failure, sqsLaptop } from "./sqsRig.ts";

const MIB = 1_048_576;
const MINUTE_MS = 60_000;

const laptop = sqsLaptop();

describe("fair queues", () => {
  it("serve the group with the fewest messages in flight first", async () => {
    const url = laptop.queueUrl();
    for (let n = 0; n < 8; n += 1) {
      await laptop.send(url, `noisy ${n}`, { MessageGroupId: "noisy" });
    }
    await laptop.receive(url, { MaxNumberOfMessages: 4 });
    await laptop.send(url, "quiet 0", { MessageGroupId: "quiet" });
    await laptop.send(url, "quiet 1", { MessageGroupId: "quiet" });
    const [first, second, third] = await laptop.receive(url, { MaxNumberOfMessages: 3 });
    expect([first, second, third].map((message) => message?.Body)).toEqual([
      "quiet 0",
      "quiet 1",
      "noisy 4",
    ]);
    expect(first?.Attributes?.MessageGroupId).toBe("quiet");
  });

  it("take group ids of 128 characters and no deduplication ids", async () => {
    const url = laptop.queueUrl();
    await laptop.send(url, "job", { MessageGroupId: "g".repeat(128) });
    for (const more of [
      { MessageGroupId: "g".repeat(129) },
      { MessageGroupId: "two words" },
      { MessageDeduplicationId: "d" },
    ]) {
      expect(await failure(laptop.send(url, "job", more))).toMatchObject({
        name: "InvalidParameterValue",
      });
    }
  });
});

describe("FIFO queues", () => {
  const fifo = (url: string, group: string, body: string) =>
    laptop.send(url, body, { MessageGroupId: group, MessageDeduplicationId: `${group}-${body}` });

  it("give as many of one group as possible, in order, and lock the group meanwhile", async () => {
    const url = laptop.fifoUrl();
    await fifo(url, "a", "1");
    await fifo(url, "b", "1");
    await fifo(url, "a", "2");
    await fifo(url, "a", "3");
    const held = await laptop.receive(url, { MaxNumberOfMessages: 2 });
    expect(held.map((message) => message.Body)).toEqual(["1", "2"]);
    expect(held.map((message) => message.Attributes?.MessageGroupId)).toEqual(["a", "a"]);
    expect(
      (await laptop.receive(url)).map((message) => message.Attributes?.MessageGroupId),
    ).toEqual(["b"]);
    await laptop.drop(url, held[0]?.ReceiptHandle);
    expect(await laptop.bodies(url)).toEqual([]);
    await laptop.hide(url, held[1]?.ReceiptHandle, 0);
    expect(await laptop.bodies(url)).toEqual(["2", "3"]);
  });

  it("number their messages in growing order", async () => {
    const url = laptop.fifoUrl();
    const first = await fifo(url, "a", "1");
    const second = await fifo(url, "b", "2");
    expect(Number(BigInt(second.SequenceNumber!) > BigInt(first.SequenceNumber!))).toBe(1);
    expect((await laptop.receive(url))[0]?.Attributes).toMatchObject({
      SequenceNumber: first.SequenceNumber,
      MessageDeduplicationId: "a-1",
    });
  });

  it("drop a duplicate for five minutes, even when the first is gone", async () => {
    const url = laptop.fifoUrl();
    const first = await fifo(url, "a", "1");
    const [message] = await laptop.receive(url);
    await laptop.drop(url, message?.ReceiptHandle);
    laptop.advance(5 * MINUTE_MS - 1_000);
    expect(await fifo(url, "a", "1")).toMatchObject({ MessageId: first.MessageId });
    expect(await laptop.bodies(url)).toEqual([]);
    laptop.advance(1_001);
    await fifo(url, "a", "1");
    expect(await laptop.bodies(url)).toEqual(["1"]);
  });

  it("deduplicate in the queue or in the group, by content where set", async () => {
    const whole = laptop.fifoUrl({ ContentBasedDeduplication: true });
    await laptop.send(whole, "same", { MessageGroupId: "a" });
    await laptop.send(whole, "same", { MessageGroupId: "b" });
    expect(await laptop.bodies(whole)).toEqual(["same"]);
    const scope = { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };
    const perGroup = laptop.queueUrl("groups.fifo", {
      FifoQueue: true,
      ContentBasedDeduplication: true,
      ...scope,
    });
    await laptop.send(perGroup, "same", { MessageGroupId: "a" });
    await laptop.send(perGroup, "same", { MessageGroupId: "b" });
    await laptop.send(perGroup, "same", { MessageGroupId: "b" });
    expect(await laptop.bodies(perGroup)).toEqual(["same", "same"]);
  });

  it("need a group and a deduplication id, and no delay of a message's own", async () => {
    const url = laptop.fifoUrl();
    expect(await failure(laptop.send(url, "x"))).toMatchObject({ name: "MissingParameter" });
    for (const more of [
      { MessageGroupId: "g" },
      { MessageGroupId: "g", MessageDeduplicationId: "d", DelaySeconds: 2 },
    ]) {
      expect(await failure(laptop.send(url, "x", more))).toMatchObject({
        name: "InvalidParameterValue",
      });
    }
  });
});

describe("dead letters", () => {
  const withDeadLetters = (properties: Record<string, unknown> = {}) => {
    const dead = laptop.queueUrl("dead");
    const deadLetterTargetArn = arn("dead");
    const RedrivePolicy = { deadLetterTargetArn, maxReceiveCount: 2 };
    return {
      dead,
      url: laptop.queueUrl("jobs", { VisibilityTimeout: 0, RedrivePolicy, ...properties }),
    };
  };

  it("move after the last allowed receive; the move itself is no receive", async () => {
    const { url, dead } = withDeadLetters();
    const sent = await laptop.send(url, "poison");
    expect(await laptop.bodies(url)).toEqual(["poison"]);
    expect(await laptop.bodies(url)).toEqual(["poison"]);
    expect(laptop.counts("dead").visible).toBe(0);
    expect(await laptop.bodies(url)).toEqual([]);
    const [message] = await laptop.receive(dead);
    expect(message?.MessageId).toBe(sent.MessageId);
    expect(message?.Attributes).toMatchObject({
      ApproximateReceiveCount: "3",
      DeadLetterQueueSourceArn: arn("jobs"),
    });
  });

  it("never hide a healthy message behind an exhausted one", async () => {
    const { url } = withDeadLetters();
    await laptop.send(url, "poison");
    await laptop.bodies(url);
    await laptop.bodies(url);
    await laptop.send(url, "healthy");
    expect(await laptop.bodies(url, { MaxNumberOfMessages: 1 })).toEqual(["healthy"]);
  });

  it("are listed by source and moved back as new messages", async () => {
    const { url, dead } = withDeadLetters();
    await laptop.send(url, "poison");
    for (let n = 0; n < 3; n += 1) {
      await laptop.bodies(url);
    }
    const sources = new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead });
    expect((await laptop.client.send(sources)).queueUrls).toEqual([url]);
    const move = (input: { SourceArn: string; DestinationArn?: string }) =>
      laptop.client.send(new StartMessageMoveTaskCommand(input));
    expect((await move({ SourceArn: arn("dead") })).TaskHandle).toBeTruthy();
    expect((await laptop.receive(url))[0]?.Attributes?.ApproximateReceiveCount).toBe("1");
    expect(laptop.counts("dead").visible).toBe(0);
    expect(await failure(move({ SourceArn: arn("jobs") }))).toMatchObject({
      name: "InvalidParameterValue",
    });
    const nowhere = failure(move({ SourceArn: arn("dead"), DestinationArn: arn("none") }));
    expect(await nowhere).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
  });

  it("keep their age in a standard queue and start anew in a FIFO queue", async () => {
    for (const [suffix, left] of [
      ["", 0],
      [".fifo", 1],
    ] as const) {
      const kind = suffix ? { FifoQueue: true, ContentBasedDeduplication: true } : {};
      laptop.queueUrl(`dead${suffix}`, { ...kind, MessageRetentionPeriod: 90 });
      const RedrivePolicy = { deadLetterTargetArn: arn(`dead${suffix}`), maxReceiveCount: 1 };
      const url = laptop.queueUrl(`jobs${suffix}`, {
        ...kind,
        VisibilityTimeout: 60,
        RedrivePolicy,
      });
      await laptop.send(url, "poison", { MessageGroupId: "g" });
      await laptop.receive(url);
      laptop.advance(MINUTE_MS);
      await laptop.receive(url);
      expect(laptop.counts(`dead${suffix}`).visible).toBe(1);
      laptop.advance(MINUTE_MS);
      expect(laptop.counts(`dead${suffix}`).visible).toBe(left);
    }
  });

  it("can be moved to another queue", async () => {
    const { url, dead } = withDeadLetters();
    const other = laptop.queueUrl("other");
    await laptop.send(dead, "by hand");
    const input = { SourceArn: arn("dead"), DestinationArn: arn("other") };
    await laptop.client.send(new StartMessageMoveTaskCommand(input));
    expect([await laptop.bodies(url), await laptop.bodies(other)]).toEqual([[], ["by hand"]]);
  });

  it("accept the redrive policy as JSON text too", () => {
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: arn("dead"),
      maxReceiveCount: "3",
    });
    const { settings } = laptop.sqs.create({ RedrivePolicy }, "text");
    expect(settings.redrive).toEqual({ targetArn: arn("dead"), receivesMax: 3 });
  });
});

describe("queues", () => {
  it("are found by name, on the gateway's own host", async () => {
    const url = laptop.queueUrl();
    expect(url).toBe(`${laptop.origin}/000000000000/jobs`);
    const found = await laptop.client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
    expect(found.QueueUrl).toBe(url);
    laptop.queueUrl("others");
    const listed = await laptop.client.send(new ListQueuesCommand({ QueueNamePrefix: "job" }));
    expect(listed.QueueUrls).toEqual([url]);
  });

  it("that do not exist are QueueDoesNotExist, with the older code beside it", async () => {
    const missing = failure(laptop.send(`${laptop.origin}/000000000000/none`, "x"));
    expect(await missing).toEqual({
      name: "QueueDoesNotExist",
      code: "AWS.SimpleQueueService.NonExistentQueue",
      status: 400,
    });
    const byName = laptop.client.send(new GetQueueUrlCommand({ QueueName: "none" }));
    await expect(byName).rejects.toBeInstanceOf(QueueDoesNotExist);
  });

  it("tell their settings and counts", async () => {
    const url = laptop.fifoUrl({ VisibilityTimeout: 180, ContentBasedDeduplication: true });
    await laptop.send(url, "one", { MessageGroupId: "a" });
    await laptop.send(url, "two", { MessageGroupId: "b" });
    await laptop.receive(url, { MaxNumberOfMessages: 1 });
    const attributes = async (...names: string[]) =>
      (
        await laptop.client.send(
          new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names as "All"[] }),
        )
      ).Attributes;
    expect(await attributes("All")).toMatchObject({
      QueueArn: arn("jobs.fifo"),
      VisibilityTimeout: "180",
      MaximumMessageSize: String(MIB),
      MessageRetentionPeriod: "345600",
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesNotVisible: "1",
      FifoQueue: "true",
      ContentBasedDeduplication: "true",
      DeduplicationScope: "queue",
    });
    expect(await attributes("DelaySeconds")).toEqual({ DelaySeconds: "0" });
    expect(await attributes()).toBeUndefined();
    expect(await failure(attributes("Color"))).toMatchObject({ name: "InvalidAttributeName" });
  });

  it("are purged once a minute", async () => {
    const url = laptop.queueUrl();
    await laptop.send(url, "one");
    await laptop.client.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await laptop.bodies(url)).toEqual([]);
    expect(
      await failure(laptop.client.send(new PurgeQueueCommand({ QueueUrl: url }))),
    ).toMatchObject({
      name: "PurgeQueueInProgress",
      status: 403,
    });
    laptop.advance(MINUTE_MS);
    await laptop.client.send(new PurgeQueueCommand({ QueueUrl: url }));
  });

  it("come from the template only; what is not imitated is refused, never accepted", async () => {
    const url = laptop.queueUrl();
    const create = failure(laptop.client.send(new CreateQueueCommand({ QueueName: "new" })));
    expect(await create).toMatchObject({ name: "NotImplemented", status: 501 });
    const attempt = failure(laptop.receive(url, { ReceiveRequestAttemptId: "again" }));
    expect(await attempt).toMatchObject({ name: "NotImplemented", status: 501 });
    expect(() => laptop.sqs.create({ Colour: "blue" }, "bad")).toThrow("Colour");
    expect(() => laptop.sqs.create({ FifoQueue: true }, "bad")).toThrow(".fifo");
    expect(() => laptop.sqs.create({ DelaySeconds: 901 }, "bad")).toThrow("DelaySeconds");
  });
});

describe("permissions", () => {
  const needs = (operation: string, input: unknown) =>
    laptop.sqs
      .needs({ operation, body: Buffer.from(JSON.stringify(input)) } as AwsRequest)
      .map(({ action, resource }) => `${action} ${resource}`);

  it("name the action without Batch on the queue, whether it exists or not", () => {
    const QueueUrl = laptop.queueUrl();
    expect(needs("SendMessageBatch", { QueueUrl })).toEqual([`sqs:SendMessage ${arn("jobs")}`]);
    expect(needs("ReceiveMessage", { QueueUrl })).toEqual([`sqs:ReceiveMessage ${arn("jobs")}`]);
    expect(needs("GetQueueUrl", { QueueName: "none" })).toEqual([`sqs:GetQueueUrl ${arn("none")}`]);
    expect(needs("ListQueues", {})).toEqual(["sqs:ListQueues *"]);
  });

  it("of a move cover taking from one queue and sending to the other", () => {
    laptop.queueUrl("dead");
    const RedrivePolicy = { deadLetterTargetArn: arn("dead"), maxReceiveCount: 2 };
    laptop.queueUrl("jobs", { RedrivePolicy });
    expect(needs("StartMessageMoveTask", { SourceArn: arn("dead") })).toEqual([
      `sqs:StartMessageMoveTask ${arn("dead")}`,
      `sqs:ReceiveMessage ${arn("dead")}`,
      `sqs:DeleteMessage ${arn("dead")}`,
      `sqs:GetQueueAttributes ${arn("dead")}`,
      `sqs:SendMessage ${arn("jobs")}`,
    ]);
  });
});

describe("a restart", () => {
  it("loses nothing; what was in flight is visible", async () => {
    const url = laptop.fifoUrl();
    const ids = { MessageGroupId: "g", MessageDeduplicationId: "d" };
    const sent = await laptop.send(url, "job", ids);
    await laptop.receive(url, { VisibilityTimeout: 600 });
    laptop.restart();
    laptop.fifoUrl();
    laptop.sqs.recover();
    expect(await laptop.send(url, "job", ids)).toMatchObject({ MessageId: sent.MessageId });
    const next = await laptop.send(url, "next", { ...ids, MessageDeduplicationId: "e" });
    expect(BigInt(next.SequenceNumber!)).toBeGreaterThan(BigInt(sent.SequenceNumber!));
    const [message] = await laptop.receive(url);
    expect(message?.Body).toBe("job");
    expect(message?.Attributes?.ApproximateReceiveCount).toBe("2");
  });

  it("does not bring back what was deleted, nor show what is delayed", async () => {
    const url = laptop.queueUrl();
    await laptop.send(url, "done");
    const [message] = await laptop.receive(url);
    await laptop.drop(url, message?.ReceiptHandle);
    await laptop.send(url, "later", { DelaySeconds: 60 });
    laptop.restart();
    laptop.queueUrl();
    laptop.sqs.recover();
    expect(laptop.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
  });
});
