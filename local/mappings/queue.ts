/**
 * A queue as the event source of a function. The pollers belong to Lambda and work with the
 * rights of the function's role. What the function does not finish stays in the queue until its
 * visibility timeout ends; after enough deliveries the queue makes it a dead letter (Lambda
 * guide, with-sqs).
 */

import * as z from "zod";
import { Bell } from "../bell.ts";
import {
  type Authorize,
  AwsError,
  type Busy,
  type Clock,
  type Functions,
  type Outcome,
  type Principal,
  REGION,
} from "../parts.ts";
import { type Message, md5, systemAttributes } from "../sqs/message.ts";
import type { Queue, Received } from "../sqs/queue.ts";
import { type Filter, filterCriteria, queueFilter } from "./filter.ts";

const RECEIVE_MAX = 10;
/** What one synchronous invocation carries. */
const PAYLOAD_MAX_BYTES = 6 * 1024 * 1024;
/** Room for the parts of a record that are known only once it is received. */
const RECEIPT_BYTES = 256;
/** AWS starts with five invocations at once and grows; a laptop does not. */
const CONCURRENCY_DEFAULT = 5;
const DENIED_PAUSE_MS = 1000;
const IDLE_MS = 20_000;
/** A clock that moves ends a batching window: noticed that fast. */
const RECHECK_MS = 50;

const mapping = z
  .strictObject({
    EventSourceArn: z.string().optional(),
    FunctionName: z.string().optional(),
    Enabled: z.boolean().default(true),
    BatchSize: z.coerce.number().int().min(1).max(10_000).default(10),
    MaximumBatchingWindowInSeconds: z.coerce.number().int().min(0).max(300).default(0),
    ScalingConfig: z
      .strictObject({ MaximumConcurrency: z.coerce.number().int().min(2).max(1000) })
      .default({ MaximumConcurrency: CONCURRENCY_DEFAULT }),
    FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).default([]),
    FilterCriteria: filterCriteria.optional(),
    Tags: z.array(z.unknown()).optional(),
  })
  .refine((given) => given.BatchSize <= 10 || given.MaximumBatchingWindowInSeconds >= 1, {
    error: "a batch size over 10 needs a batching window of at least 1 second",
  });

export interface QueueMappingParts {
  readonly queue: Queue;
  readonly functions: Functions;
  readonly functionName: string;
  /** The function's role. */
  readonly principal: Principal;
  readonly authorize: Authorize;
  readonly clock: Clock;
  /** Resolved properties of AWS::Lambda::EventSourceMapping. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export class QueueMapping implements Busy {
  readonly #parts: QueueMappingParts;
  readonly #settings: z.infer<typeof mapping>;
  readonly #accepts: Filter<{ body: string }>;
  readonly #work = new Bell();
  readonly #stopping = new Bell();
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #polling: Promise<void> = Promise.resolve();

  /** Throws on properties that Lambda would refuse or that are not imitated. */
  constructor(parts: QueueMappingParts) {
    this.#parts = parts;
    this.#settings = mapping.parse(parts.properties);
    this.#accepts = queueFilter(this.#settings.FilterCriteria);
    const { BatchSize, MaximumBatchingWindowInSeconds } = this.#settings;
    if (parts.queue.settings.fifo && (BatchSize > 10 || MaximumBatchingWindowInSeconds > 0)) {
      throw new Error(`${parts.queue.name}: a FIFO queue has batches of 10 and no batching window`);
    }
  }

  start(): void {
    if (this.#settings.Enabled) {
      this.#polling = this.#poll();
    }
  }

  /** Takes nothing more, and waits for the invocations under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#stopping.ring();
    this.#work.ring();
    await this.#polling;
    await Promise.all(this.#running);
  }

  pending(): string[] {
    const { queue, functionName } = this.#parts;
    const count = this.#running.size;
    return count > 0 ? [`${queue.name}: ${count} batches with ${functionName}`] : [];
  }

  async #poll(): Promise<void> {
    const stopListening = this.#parts.queue.onWork(() => this.#work.ring());
    while (!this.#stop.signal.aborted) {
      if (this.#may("sqs:GetQueueAttributes") && this.#may("sqs:ReceiveMessage")) {
        await this.#step();
      } else {
        await this.#stopping.wait(DENIED_PAUSE_MS);
      }
    }
    stopListening();
  }

  /**
   * One batch, or a wait for work. Between looking and waiting nothing else runs: no ring is
   * missed.
   */
  async #step(): Promise<void> {
    const { BatchSize, ScalingConfig } = this.#settings;
    const free = this.#running.size < ScalingConfig.MaximumConcurrency;
    const first = free ? this.#receive(BatchSize, PAYLOAD_MAX_BYTES) : [];
    if (first.length === 0) {
      await this.#work.wait(IDLE_MS);
      return;
    }
    const batch = await this.#filled(first);
    const run = this.#run(batch).finally(() => {
      this.#running.delete(run);
      this.#work.ring();
    });
    this.#running.add(run);
  }

  /** Waits for more until the batch is full, its payload is, or the batching window is over. */
  async #filled(first: readonly Received[]): Promise<Received[]> {
    const { BatchSize, MaximumBatchingWindowInSeconds } = this.#settings;
    const { queue, clock } = this.#parts;
    const endsAt = clock.now() + MaximumBatchingWindowInSeconds * 1000;
    const batch = [...first];
    for (;;) {
      const leftMs = endsAt - clock.now();
      if (batch.length >= BatchSize || leftMs <= 0 || this.#stop.signal.aborted) {
        return batch;
      }
      const bytes = batch.reduce((sum, message) => sum + this.#bytesOf(message), 0);
      const more = this.#receive(BatchSize - batch.length, PAYLOAD_MAX_BYTES - bytes);
      batch.push(...more);
      if (more.length === 0 && queue.counts().visible > 0) {
        return batch;
      }
      if (more.length === 0) {
        await this.#work.wait(Math.min(leftMs, RECHECK_MS));
      }
    }
  }

  /** What the function wants to see; what the filter leaves out is deleted. */
  #receive(max: number, bytes: number): Received[] {
    const room = { bytes, bytesOf: (message: Message) => this.#bytesOf(message) };
    for (;;) {
      const received = this.#parts.queue.receive({ max: Math.min(max, RECEIVE_MAX), room });
      const wanted = received.filter((message) => this.#accepts(recordOf(message, this.#arn)));
      this.#delete(received.filter((message) => !wanted.includes(message)));
      if (wanted.length > 0 || received.length === 0) {
        return wanted;
      }
    }
  }

  async #run(batch: readonly Received[]): Promise<void> {
    const { functions, functionName, queue } = this.#parts;
    const event = { Records: batch.map((message) => recordOf(message, this.#arn)) };
    const outcome = await functions.invoke(functionName, event);
    const partial = this.#settings.FunctionResponseTypes.length > 0;
    this.#delete(finished(batch, outcome, { partial, fifo: queue.settings.fifo }));
  }

  #delete(messages: readonly Received[]): void {
    if (messages.length === 0 || !this.#may("sqs:DeleteMessage")) {
      return;
    }
    for (const { receipt } of messages) {
      // Refused when the function outlived the visibility timeout of a FIFO queue: it comes again.
      refusedBy(() => this.#parts.queue.remove(receipt));
    }
  }

  /** False when the role lacks the permission; `authorize` has then recorded it. */
  #may(action: string): boolean {
    const { authorize, principal } = this.#parts;
    return !refusedBy(() => authorize(principal, [{ action, resource: this.#arn }]));
  }

  #bytesOf(message: Message): number {
    return Buffer.byteLength(JSON.stringify(recordOf(message, this.#arn))) + RECEIPT_BYTES;
  }

  get #arn(): string {
    return this.#parts.queue.arn;
  }
}

/** True when AWS says no; anything else is a fault of ours and is thrown on. */
function refusedBy(work: () => void): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof AwsError) {
      return true;
    }
    throw error;
  }
}

const partialResponse = z
  .looseObject({
    batchItemFailures: z.array(z.looseObject({ itemIdentifier: z.string() })).nullish(),
  })
  .nullish();

/**
 * The messages to delete. Lambda guide, "Success and failure conditions" of partial batch
 * responses: no failures named, or no response, is success of all; a response that cannot be
 * read, or names a message that is not in the batch, is failure of all. In a FIFO queue what
 * follows a failure has failed too.
 */
function finished(
  batch: readonly Received[],
  outcome: Outcome,
  { partial, fifo }: { partial: boolean; fifo: boolean },
): readonly Received[] {
  if (!outcome.ok) {
    return [];
  }
  if (!partial) {
    return batch;
  }
  const response = partialResponse.safeParse(outcome.payload);
  const failures = response.data?.batchItemFailures ?? [];
  const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
  const ids = new Set(batch.map(({ id }) => id));
  if (!response.success || [...failed].some((id) => !ids.has(id))) {
    return [];
  }
  const firstFailed = batch.findIndex(({ id }) => failed.has(id));
  return fifo && firstFailed >= 0
    ? batch.slice(0, firstFailed)
    : batch.filter(({ id }) => !failed.has(id));
}

interface SqsRecord {
  readonly body: string;
  readonly [name: string]: unknown;
}

/** One element of `Records`, as Lambda builds it (Lambda guide, with-sqs, example event). */
function recordOf(message: Message, queueArn: string): SqsRecord {
  const attributes = Object.entries(message.attributes).map(([name, attribute]) => [
    name,
    { ...attribute, stringListValues: [], binaryListValues: [] },
  ]);
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: md5(message.body),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: REGION,
  };
}
