/** The event source mapping of a queue: what the function gets, and what stays in the queue. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { QueueMapping } from "../../local/mappings/queue.ts";
import { AwsError, type Need, type Outcome } from "../../local/parts.ts";
import type { Queue } from "../../local/sqs/queue.ts";
import { Sqs } from "../../local/sqs/sqs.ts";
import { memory } from "./sqsRig.ts";

interface Event {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

const ARN = "arn:aws:sqs:us-east-1:000000000000:jobs";
const FIFO = { FifoQueue: true, ContentBasedDeduplication: true };
const PARTIAL = { FunctionResponseTypes: ["ReportBatchItemFailures"] };
const DONE: Outcome = { ok: true, payload: null };
const BROKEN: Outcome = { ok: false, errorType: "Error", errorMessage: "no" };

let aheadMs = 0;
const clock = { now: () => Date.now() + aheadMs };
let sqs: Sqs;
let mapping: QueueMapping | null;
let events: Event[];
let used: string[];
let denied: Set<string>;

beforeEach(() => {
  sqs = new Sqs({ clock, state: memory(), baseUrl: () => "http://127.0.0.1:1" });
  mapping = null;
  events = [];
  used = [];
  denied = new Set();
});

afterEach(async () => {
  await mapping?.stop();
});

function mapped(
  queue: Queue,
  properties: Record<string, unknown> = {},
  handle: (event: Event) => Outcome | Promise<Outcome> = () => DONE,
): QueueMapping {
  mapping = new QueueMapping({
    queue,
    functionName: "worker",
    functions: {
      invoke: async (_name, event) => {
        events.push(event as Event);
        return handle(event as Event);
      },
    },
    principal: { name: "WorkerRole", arn: "arn:aws:sts::000000000000:assumed-role/WorkerRole/w" },
    authorize: (principal, needs: readonly Need[]) => {
      for (const { action, resource } of needs) {
        used.push(`${principal.name} ${action} ${resource}`);
        if (denied.has(action)) {
          throw new AwsError("AccessDeniedException", `not authorized to perform: ${action}`);
        }
      }
    },
    clock,
    properties,
  });
  return mapping;
}

function jobs(properties: Record<string, unknown> = {}, ...bodies: string[]): Queue {
  const queue = sqs.create(properties, properties.FifoQueue ? "jobs.fifo" : "jobs");
  for (const body of bodies) {
    queue.send(properties.FifoQueue ? { body, groupId: "g" } : { body });
  }
  return queue;
}

const seen = () => events.map((event) => event.Records.map((record) => record.body));
const idle = (queue: Queue) => {
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
};
const settled = (check: () => void) => vi.waitFor(check, { timeout: 3000, interval: 5 });

describe("the event", () => {
  it("has the records Lambda builds, and nothing else", async () => {
    const queue = jobs();
    const attributes = {
      kind: { dataType: "String", stringValue: "fact" },
      raw: { dataType: "Binary", binaryValue: "AAE=" },
    };
    const { messageId } = queue.send({ body: "hi", attributes, groupId: "t", senderId: "Api" });
    mapped(queue).start();
    await settled(() => expect(events).toHaveLength(1));
    expect(events[0]).toEqual({
      Records: [
        {
          messageId,
          receiptHandle: expect.any(String),
          body: "hi",
          attributes: {
            ApproximateReceiveCount: "1",
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: "Api",
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            MessageGroupId: "t",
          },
          messageAttributes: {
            kind: {
              dataType: "String",
              stringValue: "fact",
              stringListValues: [],
              binaryListValues: [],
            },
            raw: {
              dataType: "Binary",
              binaryValue: "AAE=",
              stringListValues: [],
              binaryListValues: [],
            },
          },
          md5OfBody: "49f68a5c8493ec2c0bf489821c21fc3b",
          eventSource: "aws:sqs",
          eventSourceARN: ARN,
          awsRegion: "us-east-1",
        },
      ],
    });
    await settled(() => idle(queue));
  });

  it("of a FIFO queue also has group, deduplication id and sequence number", async () => {
    mapped(jobs(FIFO, "hi")).start();
    await settled(() => expect(events).toHaveLength(1));
    expect(events[0]?.Records[0]).toMatchObject({
      attributes: {
        MessageGroupId: "g",
        MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
        SequenceNumber: expect.stringMatching(/^\d{20}$/),
      },
    });
  });
});

describe("batches", () => {
  it("hold BatchSize messages at most", async () => {
    mapped(jobs({}, "1", "2", "3", "4", "5"), { BatchSize: 2 }).start();
    await settled(() => expect(seen()).toEqual([["1", "2"], ["3", "4"], ["5"]]));
  });

  it("go at once when something is sent to an idle mapping", async () => {
    const queue = jobs();
    mapped(queue).start();
    const startedAt = performance.now();
    queue.send({ body: "now" });
    await settled(() => expect(seen()).toEqual([["now"]]));
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it("are gathered over several receives until the window is over", async () => {
    const bodies = Array.from({ length: 15 }, (_, n) => String(n));
    const queue = jobs({}, ...bodies);
    mapped(queue, { BatchSize: 20, MaximumBatchingWindowInSeconds: 100 }).start();
    await settled(() => expect(queue.counts().inFlight).toBe(15));
    queue.send({ body: "15" });
    await settled(() => expect(queue.counts().inFlight).toBe(16));
    expect(events).toEqual([]);
    aheadMs += 100_000;
    await settled(() => expect(seen()).toEqual([[...bodies, "15"]]));
  });

  it("go when they are full, before the window is over", async () => {
    const bodies = Array.from({ length: 12 }, (_, n) => String(n));
    mapped(jobs({}, ...bodies), { BatchSize: 12, MaximumBatchingWindowInSeconds: 300 }).start();
    await settled(() => expect(seen()).toEqual([bodies]));
  });

  it("never exceed the 6 MB of an invocation", async () => {
    const queue = jobs({}, ...Array.from({ length: 10 }, () => "a".repeat(1_000_000)));
    mapped(queue).start();
    await settled(() => idle(queue));
    expect(events.map((event) => event.Records.length)).toEqual([6, 4]);
  });

  it("run side by side up to the maximum concurrency", async () => {
    const held = Promise.withResolvers<Outcome>();
    const queue = jobs({}, "1", "2", "3");
    const concurrent = { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } };
    const running = mapped(queue, concurrent, () => held.promise);
    running.start();
    await settled(() => expect(seen()).toEqual([["1"], ["2"]]));
    expect(queue.counts()).toEqual({ visible: 1, inFlight: 2, delayed: 0 });
    expect(running.pending()).toEqual(["jobs: 2 batches with worker"]);
    expect(sqs.pending()).toEqual(["jobs: 1 visible, 2 in flight"]);
    held.resolve(DONE);
    await settled(() => expect(seen()).toEqual([["1"], ["2"], ["3"]]));
    await settled(() => idle(queue));
    expect([running.pending(), sqs.pending()]).toEqual([[], []]);
  });

  it("of one FIFO group follow each other", async () => {
    const held = Promise.withResolvers<Outcome>();
    mapped(jobs(FIFO, "1", "2"), { BatchSize: 1 }, () => held.promise).start();
    await settled(() => expect(seen()).toEqual([["1"]]));
    held.resolve(DONE);
    await settled(() => expect(seen()).toEqual([["1"], ["2"]]));
  });
});

describe("failures", () => {
  const failed = (...ids: unknown[]) => ({
    ok: true as const,
    payload: { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) },
  });

  async function leftAfter(
    properties: Record<string, unknown>,
    answer: (event: Event) => Outcome,
    queueProperties: Record<string, unknown> = {},
  ): Promise<number> {
    const queue = jobs({ VisibilityTimeout: 600, ...queueProperties }, "1", "2", "3");
    const running = mapped(queue, properties, answer);
    running.start();
    await settled(() => expect(events).toHaveLength(1));
    await settled(() => expect(running.pending()).toEqual([]));
    expect(queue.counts().visible).toBe(0);
    return queue.counts().inFlight;
  }

  it("of the handler keep the whole batch until its visibility ends", async () => {
    const outcomes = [BROKEN, DONE];
    const queue = jobs({ VisibilityTimeout: 600 }, "1", "2");
    mapped(queue, {}, () => outcomes.shift() ?? DONE).start();
    await settled(() => expect(sqs.pending()).toEqual(["jobs: 2 in flight"]));
    await settled(() => expect(events).toHaveLength(1));
    aheadMs += 600_000;
    await settled(() => idle(queue));
    expect(seen()).toEqual([
      ["1", "2"],
      ["1", "2"],
    ]);
  });

  it("that are listed stay, the others are deleted", async () => {
    expect(await leftAfter(PARTIAL, ({ Records }) => failed(Records[1]?.messageId))).toBe(1);
  });

  it("of none, or no answer at all, are success", async () => {
    for (const payload of [{ batchItemFailures: [] }, { batchItemFailures: null }, {}, null]) {
      events = [];
      expect(await leftAfter(PARTIAL, () => ({ ok: true, payload }))).toBe(0);
      await mapping?.stop();
    }
  });

  it("that name nobody in the batch, or cannot be read, keep the whole batch", async () => {
    const answers = [
      () => failed(""),
      () => failed(null),
      () => failed("somebody"),
      ({ Records }: Event) => failed(Records[0]?.messageId, "somebody"),
      () => ({ ok: true as const, payload: { batchItemFailures: [{ id: "x" }] } }),
      () => ({ ok: true as const, payload: { batchItemFailures: "x" } }),
      () => ({ ok: true as const, payload: "done" }),
    ];
    for (const answer of answers) {
      events = [];
      sqs = new Sqs({ clock, state: memory(), baseUrl: () => "http://127.0.0.1:1" });
      expect(await leftAfter(PARTIAL, answer)).toBe(3);
      await mapping?.stop();
    }
  });

  it("listed by a function that does not report them are ignored", async () => {
    expect(await leftAfter({}, ({ Records }) => failed(Records[1]?.messageId))).toBe(0);
  });

  it("in a FIFO queue keep the first failed and everything after it", async () => {
    const left = leftAfter(PARTIAL, ({ Records }) => failed(Records[1]?.messageId), FIFO);
    expect(await left).toBe(2);
  });

  it("end in the dead letter queue after the last delivery", async () => {
    const dead = sqs.create({}, "dead");
    const RedrivePolicy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 };
    const queue = jobs({ VisibilityTimeout: 0, RedrivePolicy }, "poison");
    mapped(queue, {}, () => BROKEN).start();
    await settled(() => expect(dead.counts().visible).toBe(1));
    expect(seen()).toEqual([["poison"], ["poison"]]);
    expect(sqs.pending()).toEqual([]);
  });
});

describe("filters", () => {
  const matching = (Pattern: unknown) => ({
    FilterCriteria: { Filters: [{ Pattern: JSON.stringify(Pattern) }] },
  });

  it("let through what they match and delete the rest", async () => {
    const queue = jobs({}, '{"kind":"a"}', '{"kind":"b"}', "plain", '{"kind":"a","n":2}');
    mapped(queue, matching({ body: { kind: ["a"] } })).start();
    await settled(() => idle(queue));
    expect(seen()).toEqual([['{"kind":"a"}', '{"kind":"a","n":2}']]);
  });

  it("with an operator nobody knows are refused at once", () => {
    const pattern = matching({ body: { n: [{ wildcard: "*" }] } });
    expect(() => mapped(jobs(), pattern)).toThrow("wildcard");
    mapping = null;
  });
});

describe("permissions", () => {
  it("are asked of the function's role, each as it is used", async () => {
    const queue = jobs({}, "1");
    mapped(queue).start();
    await settled(() => idle(queue));
    expect([...new Set(used)]).toEqual([
      `WorkerRole sqs:GetQueueAttributes ${ARN}`,
      `WorkerRole sqs:ReceiveMessage ${ARN}`,
      `WorkerRole sqs:DeleteMessage ${ARN}`,
    ]);
  });

  it("that are missing stop nothing but the mapping, which tries again", async () => {
    for (const action of ["sqs:GetQueueAttributes", "sqs:ReceiveMessage"]) {
      denied.add(action);
      const queue = jobs({}, "1");
      mapped(queue).start();
      await settled(() => expect(used.join()).toContain(action));
      expect([events, sqs.pending()]).toEqual([[], ["jobs: 1 visible"]]);
      denied.clear();
      await settled(() => expect(seen()).toEqual([["1"]]));
      await mapping?.stop();
      events = [];
    }
  });

  it("to delete, when missing, leave the batch in the queue", async () => {
    denied.add("sqs:DeleteMessage");
    const queue = jobs({}, "1");
    mapped(queue).start();
    await settled(() => expect(used.join()).toContain("sqs:DeleteMessage"));
    expect(queue.counts().inFlight).toBe(1);
  });
});

describe("settings", () => {
  it("that Lambda refuses, or that are not imitated, are refused", () => {
    const queue = jobs();
    for (const properties of [
      { BatchSize: 11 },
      { BatchSize: 10_001, MaximumBatchingWindowInSeconds: 1 },
      { MaximumBatchingWindowInSeconds: 301 },
      { ScalingConfig: { MaximumConcurrency: 1 } },
      { FunctionResponseTypes: ["Everything"] },
      { ProvisionedPollerConfig: {} },
    ]) {
      expect(() => mapped(queue, properties)).toThrow();
    }
    expect(() => mapped(jobs(FIFO), { MaximumBatchingWindowInSeconds: 1 })).toThrow("FIFO");
    mapping = null;
  });

  it("can switch the mapping off", () => {
    const queue = jobs({}, "1");
    mapped(queue, { Enabled: false }).start();
    expect([queue.hasConsumer, queue.counts().visible]).toEqual([false, 1]);
  });
});

it("stops after the invocations under way, and takes nothing more", async () => {
  const held = Promise.withResolvers<Outcome>();
  const queue = jobs({}, "1");
  const running = mapped(queue, {}, () => held.promise);
  running.start();
  await settled(() => expect(events).toHaveLength(1));
  const stopped = running.stop();
  queue.send({ body: "2" });
  held.resolve(DONE);
  await stopped;
  expect(seen()).toEqual([["1"]]);
  expect([queue.hasConsumer, queue.counts()]).toEqual([
    false,
    { visible: 1, inFlight: 0, delayed: 0 },
  ]);
});
