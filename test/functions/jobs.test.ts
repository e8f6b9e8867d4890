import type { SQSRecord } from "aws-lambda";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { eachJob } from "../../functions/edge/batch.ts";
import { ingestJobOf, redriveJob } from "../../functions/edge/jobs.ts";
import { jobOf } from "../../functions/edge/webhooks.ts";
import type { Inbox, Job } from "../../shared/ports.ts";
import { redriveWith, WORKSPACE } from "../domain/things.ts";

function inMemory(): Inbox {
  const kept = new Map<string, Uint8Array>();
  return {
    put: async (key, bytes) => void kept.set(key, bytes),
    get: async (key) => kept.get(key) ?? Promise.reject(new Error(`There is no ${key}.`)),
  };
}

/** A job as SQS hands it to Lambda. */
const recordOf = ({ body, attributes }: Job): SQSRecord => ({
  messageId: "1",
  receiptHandle: "",
  body,
  attributes: {
    ApproximateReceiveCount: "1",
    SentTimestamp: "0",
    SenderId: "x",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: Object.fromEntries(
    Object.entries(attributes ?? {}).map(([name, stringValue]) => [
      name,
      { stringValue, dataType: "String" as const },
    ]),
  ),
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "",
  awsRegion: "us-east-1",
});

const NO_TEXT = 0xff;
const large = fc.constant(Buffer.alloc(800_000, NO_TEXT));

test("a callback's bytes reach ingest as they reached the door", async () => {
  const inbox = inMemory();
  const text = fc.string({ unit: "binary" }).map((given) => Buffer.from(given));
  const bytes = fc.oneof(
    { arbitrary: fc.uint8Array({ maxLength: 100 }).map((given) => Buffer.from(given)), weight: 10 },
    { arbitrary: text, weight: 10 },
    { arbitrary: large, weight: 1 },
  );
  const property = fc.asyncProperty(bytes, async (given) => {
    const job = await ingestJobOf(recordOf(await jobOf("local", given, async () => inbox)), inbox);
    if (job.kind !== "webhook") throw new Error("It is another job.");
    const { body, encoding, channelKey } = job.raw;
    expect(Buffer.from(body, encoding).equals(given)).toBe(true);
    expect(channelKey).toBe("local");
  });
  await fc.assert(property);
});

test("a step of a re-drive names it and its workspace", async () => {
  const job = await ingestJobOf(recordOf(redriveJob(WORKSPACE, redriveWith())), inMemory());
  const redriveId = redriveWith().id;
  expect(job).toEqual({ kind: "redrive", workspaceId: WORKSPACE, redriveId });
});

test.each<[string, Job]>([
  ["no attributes", { body: "x" }],
  ["another kind", { body: "x", attributes: { kind: "party" } }],
  ["half of its attributes", { body: "x", attributes: { kind: "webhook", channelKey: "local" } }],
  [
    "a body that is gone",
    {
      body: "inbox/x",
      attributes: { kind: "webhook", channelKey: "l", receivedAt: "x", encoding: "inbox" },
    },
  ],
])("a message with %s is no job", async (_, job) => {
  await expect(ingestJobOf(recordOf(job), inMemory())).rejects.toThrow();
});

test("a job that fails or must wait comes again, alone, and the log says why", async () => {
  const lines = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const done: string[] = [];
  const records = ["a", "b", "c", "d"].map((messageId) => ({
    ...recordOf({ body: "" }),
    messageId,
  }));
  const outcome = await eachJob(records, async ({ messageId }, place) => {
    if (messageId === "b") throw new Error("no", { cause: new TypeError("why") });
    done.push(`${messageId}${place}`);
    return messageId === "d" ? "later" : "done";
  });
  const [line] = lines.mock.calls.map(([text]) => JSON.parse(String(text)));
  lines.mockRestore();
  expect(outcome).toEqual({
    batchItemFailures: [{ itemIdentifier: "b" }, { itemIdentifier: "d" }],
  });
  expect(done).toEqual(["a0", "c2", "d3"]);
  expect(line).toMatchObject({
    level: "ERROR",
    messageId: "b",
    error: { name: "Error", message: "no", cause: { name: "TypeError", message: "why" } },
  });
});
