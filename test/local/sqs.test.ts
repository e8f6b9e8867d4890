/** Messages of the laptop's SQS, as the real SDK sees them over HTTP. */

import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { arn, failure, sqsLaptop } from "./sqsRig.ts";

const MIB = 1_048_576;
const MINUTE_MS = 60_000;

const laptop = sqsLaptop();

describe("sending", () => {
  it("gives back what was sent, with sums the SDK accepts", async () => {
    const url = laptop.queueUrl();
    const sent = await laptop.send(url, "caf\u00e9 \u{1F600}");
    const [message] = await laptop.receive(url);
    expect(message).toMatchObject({ Body: "caf\u00e9 \u{1F600}", MessageId: sent.MessageId });
    expect(message?.MD5OfBody).toBe(sent.MD5OfMessageBody);
    expect(message?.Attributes).toMatchObject({ ApproximateReceiveCount: "1", SenderId: "root" });
  });

  it("sums attributes as AWS does (recorded against AWS) and returns those asked for", async () => {
    const url = laptop.queueUrl("jobs", { VisibilityTimeout: 0 });
    const value = (StringValue: string) => ({ DataType: "String", StringValue });
    const sent = await laptop.send(url, "msg", {
      MessageAttributes: {
        Hello: value("There"),
        General: value("Kenobi"),
        "Help.Me": value("Me"),
      },
    });
    expect(sent.MD5OfMessageAttributes).toBe("4c360f3fdafd970e05fae2f149d997f5");
    const asked = async (...MessageAttributeNames: string[]) => {
      const [message] = await laptop.receive(url, { MessageAttributeNames });
      return [message?.MD5OfMessageAttributes, ...Object.keys(message?.MessageAttributes ?? {})];
    };
    expect(await asked("All")).toEqual([
      sent.MD5OfMessageAttributes,
      "Hello",
      "General",
      "Help.Me",
    ]);
    expect(await asked("Hello", "Foo")).toEqual(["a311262e065454b75da111d535b8dacd", "Hello"]);
    expect(await asked("Hel.*")).toEqual(["83fee93c1bcd8b9a5a923ffacdc636c7", "Hello", "Help.Me"]);
    expect(await asked("Foo")).toEqual([undefined]);
  });

  it("keeps binary attributes, and sums them as AWS does (recorded against AWS)", async () => {
    const url = laptop.queueUrl();
    const trace = "traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01";
    const attr1 = { DataType: "Binary", BinaryValue: Buffer.from(trace) };
    const sent = await laptop.send(url, "test", { MessageAttributes: { attr1 } });
    expect(sent.MD5OfMessageAttributes).toBe("8cbe4db156db8a94db8b801b7addb984");
    const [message] = await laptop.receive(url, { MessageAttributeNames: ["All"] });
    expect(Buffer.from(message?.MessageAttributes?.attr1?.BinaryValue ?? []).toString()).toBe(
      trace,
    );
  });

  it("refuses attributes without a known type, value or name", async () => {
    const url = laptop.queueUrl();
    const faulty = (name: string, DataType: string, StringValue: string) =>
      failure(laptop.send(url, "x", { MessageAttributes: { [name]: { DataType, StringValue } } }));
    for (const [name, type, value] of [
      ["a", "Text", "x"],
      ["a", "String", ""],
      ["a", "Number", "many"],
      ["AWS.a", "String", "x"],
      ["a..b", "String", "x"],
    ] as const) {
      expect(await faulty(name, type, value)).toMatchObject({ name: "InvalidParameterValue" });
    }
  });

  it("takes a message of 1 MiB and refuses one byte more, attributes included", async () => {
    const url = laptop.queueUrl();
    await laptop.send(url, "a".repeat(MIB));
    expect(await failure(laptop.send(url, "a".repeat(MIB + 1)))).toMatchObject({
      name: "InvalidParameterValue",
      status: 400,
    });
    const MessageAttributes = { k: { DataType: "String", StringValue: "v" } };
    await laptop.send(url, "a".repeat(MIB - 8), { MessageAttributes });
    const over = failure(laptop.send(url, "a".repeat(MIB - 7), { MessageAttributes }));
    expect(await over).toMatchObject({ name: "InvalidParameterValue" });
  });

  it("refuses characters XML does not have, and an empty body", async () => {
    const url = laptop.queueUrl();
    await laptop.send(url, "\t\n\r \u{10FFFF}");
    for (const body of ["\u0000", "\u001f", "\ufffe", "\ud800"]) {
      expect(await failure(laptop.send(url, body))).toMatchObject({
        name: "InvalidMessageContents",
      });
    }
    expect(await failure(laptop.send(url, ""))).toMatchObject({ name: "MissingParameter" });
  });

  it("delays up to 900 seconds and refuses 901", async () => {
    const url = laptop.queueUrl();
    await laptop.send(url, "later", { DelaySeconds: 900 });
    expect(await failure(laptop.send(url, "never", { DelaySeconds: 901 }))).toMatchObject({
      name: "InvalidParameterValue",
    });
    laptop.advance(899_000);
    expect(await laptop.bodies(url)).toEqual([]);
    laptop.advance(1_001);
    expect(await laptop.bodies(url)).toEqual(["later"]);
  });

  it("delays by the queue's own setting", async () => {
    const url = laptop.queueUrl("jobs", { DelaySeconds: 60 });
    await laptop.send(url, "later");
    await laptop.send(url, "now", { DelaySeconds: 0 });
    expect(await laptop.bodies(url, { VisibilityTimeout: 600 })).toEqual(["now"]);
    laptop.advance(MINUTE_MS);
    expect(await laptop.bodies(url)).toEqual(["later"]);
  });
});

describe("batches", () => {
  const batch = (QueueUrl: string, ...entries: [Id: string, MessageBody: string][]) =>
    laptop.client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: entries.map(([Id, MessageBody]) => ({ Id, MessageBody })),
      }),
    );

  it("send, hide and delete; one bad entry fails alone", async () => {
    const url = laptop.queueUrl();
    const sent = await batch(url, ["a", "one"], ["b", "\u0000"], ["c", "three"]);
    expect(sent.Successful?.map((entry) => entry.Id)).toEqual(["a", "c"]);
    expect(sent.Failed).toMatchObject([
      { Id: "b", Code: "InvalidMessageContents", SenderFault: true },
    ]);
    const handles = (await laptop.receive(url)).map((message) => message.ReceiptHandle);
    const entries = [...handles, "nonsense"].map((ReceiptHandle, n) => ({
      Id: `e${n}`,
      ReceiptHandle,
    }));
    const change = entries.map((entry) => ({ ...entry, VisibilityTimeout: 90 }));
    const hidden = await laptop.client.send(
      new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: change }),
    );
    expect(hidden.Failed).toMatchObject([{ Id: "e2", Code: "ReceiptHandleIsInvalid" }]);
    laptop.advance(MINUTE_MS);
    expect(await laptop.bodies(url)).toEqual([]);
    const gone = await laptop.client.send(
      new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries }),
    );
    expect(gone.Successful).toHaveLength(2);
    expect(gone.Failed).toMatchObject([{ Id: "e2", Code: "ReceiptHandleIsInvalid" }]);
    expect(laptop.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it("refuses what is wrong with the whole", async () => {
    const url = laptop.queueUrl();
    const eleven = Array.from({ length: 11 }, (_, n) => [`e${n}`, "x"] as [string, string]);
    const half = "a".repeat(MIB / 2);
    expect(await failure(batch(url))).toMatchObject({ name: "EmptyBatchRequest" });
    expect(await failure(batch(url, ...eleven))).toMatchObject({
      name: "TooManyEntriesInBatchRequest",
    });
    const twice = failure(batch(url, ["a", "x"], ["a", "y"]));
    expect(await twice).toMatchObject({ name: "BatchEntryIdsNotDistinct" });
    expect(await failure(batch(url, ["a:b", "x"]))).toMatchObject({ name: "InvalidBatchEntryId" });
    const long = failure(batch(url, ["a", half], ["b", `${half}a`]));
    expect(await long).toMatchObject({ name: "BatchRequestTooLong" });
    await batch(url, ["a", half], ["b", half]);
  });
});

describe("receiving", () => {
  it("hides a message for the visibility timeout and counts each receive", async () => {
    const url = laptop.queueUrl("jobs", { VisibilityTimeout: 30 });
    await laptop.send(url, "job");
    const [first] = await laptop.receive(url);
    expect(await laptop.bodies(url)).toEqual([]);
    laptop.advance(30_000);
    const [second] = await laptop.receive(url);
    expect(second?.Attributes?.ApproximateReceiveCount).toBe("2");
    expect(second?.Attributes?.ApproximateFirstReceiveTimestamp).toBe(
      first?.Attributes?.ApproximateFirstReceiveTimestamp,
    );
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
  });

  it("wakes a long poll at once when something is sent, given back, or due", async () => {
    const url = laptop.queueUrl();
    const poll = async (start: () => unknown) => {
      const waiting = laptop.receive(url, { WaitTimeSeconds: 20, VisibilityTimeout: 1 });
      await until(() => laptop.sqs.queue(arn("jobs")).hasConsumer);
      const startedAt = performance.now();
      await start();
      const [message] = await waiting;
      expect(performance.now() - startedAt).toBeLessThan(500);
      return message;
    };
    const message = await poll(() => laptop.send(url, "hello"));
    await poll(() => laptop.hide(url, message?.ReceiptHandle, 0));
    expect((await poll(() => laptop.advance(1_000)))?.Attributes?.ApproximateReceiveCount).toBe(
      "3",
    );
  });

  it("ends a long poll with nothing when the clock has passed its time", async () => {
    const url = laptop.queueUrl("jobs", { ReceiveMessageWaitTimeSeconds: 20 });
    const waiting = laptop.bodies(url);
    await until(() => laptop.sqs.queue(arn("jobs")).hasConsumer);
    laptop.advance(20_000);
    expect(await waiting).toEqual([]);
  });

  it("answers only the system attributes asked for, by either name of the list", async () => {
    const url = laptop.queueUrl("jobs", { VisibilityTimeout: 0 });
    await laptop.send(url, "job", {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
    });
    const asked = async (input: Partial<ReceiveMessageCommandInput>) =>
      (await laptop.receive(url, { MessageSystemAttributeNames: [], ...input }))[0]?.Attributes;
    expect(await asked({})).toBeUndefined();
    expect(await asked({ AttributeNames: ["SenderId" as never] })).toEqual({ SenderId: "root" });
    expect(await asked({ MessageSystemAttributeNames: ["AWSTraceHeader"] })).toEqual({
      AWSTraceHeader: "Root=1",
    });
  });

  it("refuses numbers out of range", async () => {
    const url = laptop.queueUrl();
    for (const input of [
      { MaxNumberOfMessages: 0 },
      { MaxNumberOfMessages: 11 },
      { WaitTimeSeconds: 21 },
      { VisibilityTimeout: 43_201 },
    ]) {
      expect(await failure(laptop.receive(url, input))).toMatchObject({
        name: "InvalidParameterValue",
      });
    }
  });

  it("forgets a message when its retention is over", async () => {
    const url = laptop.queueUrl("jobs", { MessageRetentionPeriod: 60 });
    await laptop.send(url, "old");
    await laptop.receive(url, { VisibilityTimeout: 600 });
    laptop.advance(59_000);
    expect(laptop.counts().inFlight).toBe(1);
    laptop.advance(1_001);
    expect(laptop.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });
});

describe("receipt handles", () => {
  it("of a standard queue delete only by the latest, and never fail for being old", async () => {
    const url = laptop.queueUrl("jobs", { VisibilityTimeout: 10 });
    await laptop.send(url, "job");
    const [first] = await laptop.receive(url);
    laptop.advance(10_000);
    const [second] = await laptop.receive(url);
    await laptop.drop(url, first?.ReceiptHandle);
    expect(laptop.counts().inFlight).toBe(1);
    laptop.advance(10_000);
    await laptop.drop(url, second?.ReceiptHandle);
    await laptop.drop(url, second?.ReceiptHandle);
    expect(laptop.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it("of a FIFO queue expire with the visibility timeout", async () => {
    const url = laptop.fifoUrl({ ContentBasedDeduplication: true });
    await laptop.send(url, "job", { MessageGroupId: "g" });
    const [message] = await laptop.receive(url, { VisibilityTimeout: 10 });
    laptop.advance(10_000);
    expect(await failure(laptop.drop(url, message?.ReceiptHandle))).toMatchObject({
      name: "InvalidParameterValue",
      status: 400,
    });
  });

  it("that this queue never gave out are not valid", async () => {
    const url = laptop.queueUrl();
    expect(await failure(laptop.drop(url, "nonsense"))).toEqual({
      name: "ReceiptHandleIsInvalid",
      code: "ReceiptHandleIsInvalid",
      status: 404,
    });
  });

  it("change visibility by 0 to 43,200 seconds, twelve hours at most", async () => {
    const url = laptop.queueUrl();
    await laptop.send(url, "job");
    const [message] = await laptop.receive(url);
    await laptop.hide(url, message?.ReceiptHandle, 43_190);
    laptop.advance(11_000);
    const over = failure(laptop.hide(url, message?.ReceiptHandle, 43_190));
    expect(await over).toMatchObject({ name: "InvalidParameterValue" });
    const long = failure(laptop.hide(url, message?.ReceiptHandle, 43_201));
    expect(await long).toMatchObject({ name: "InvalidParameterValue" });
    await laptop.hide(url, message?.ReceiptHandle, 0);
    expect(await failure(laptop.hide(url, message?.ReceiptHandle, 5))).toMatchObject({
      name: "MessageNotInflight",
      code: "AWS.SimpleQueueService.MessageNotInflight",
    });
    expect(await laptop.bodies(url)).toEqual(["job"]);
    laptop.sqs.queue(arn("jobs")).purge();
    expect(await failure(laptop.hide(url, message?.ReceiptHandle, 5))).toMatchObject({
      name: "InvalidParameterValue",
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((done) => setImmediate(done));
  }
}
