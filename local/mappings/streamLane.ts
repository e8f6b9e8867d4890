/**
 * One shard of a stream as a function meets it: batches in order, one at a time, a failed batch
 * tried again until it is given up, and nothing later before it. Lambda guide: "Configuring partial
 * batch response with DynamoDB and Lambda", "Retain discarded records for a DynamoDB event source".
 */
import * as z from "zod";
import { Bell } from "../bell.ts";
import type { StreamRecord } from "../dynamo/stream.ts";
import type { Outcome } from "../parts.ts";

/** "Lambda passes up to 6 MB in each batch." */
const BATCH_BYTES_MAX = 6 * 1024 * 1024;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2_000;
/** AWS says nothing about how often; often enough to meet it in an afternoon's work. */
const REPEATS_PER_BATCH = 1 / 20;

export interface LaneSettings {
  readonly batchSize: number;
  readonly windowMs: number;
  readonly bisects: boolean;
  /** Failures after which a batch is given up; null for never. */
  readonly retriesMax: number | null;
  readonly reportsItems: boolean;
}

/** What a lane asks of its mapping. */
export interface LaneHost {
  invoke(records: readonly StreamRecord[]): Promise<Outcome>;
  /** Keeps what was given up; answers false when it could not before the stop. */
  park(given: {
    records: readonly StreamRecord[];
    invocations: number;
    functionFailed: boolean;
  }): Promise<boolean>;
  /** Everything up to here is done. */
  checkpoint(sequence: string): void;
  /** From 0 up to 1. */
  random(): number;
}

/** How an invocation ended: the number of leading records that are done, or a failure of all. */
type Verdict = { readonly done: number; readonly functionFailed: boolean };

interface Waiting {
  readonly record: StreamRecord;
  readonly bytes: number;
}

const Report = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

export class StreamLane {
  readonly #settings: LaneSettings;
  readonly #host: LaneHost;
  readonly #arrivals = new Bell();
  readonly #backOff = new Bell();
  #waiting: Waiting[] = [];
  #waitingSinceMs = 0;
  #delivering = 0;
  #stopped: boolean;

  constructor(settings: LaneSettings, host: LaneHost) {
    this.#settings = settings;
    this.#host = host;
    this.#stopped = false;
  }

  /** Records read and not yet done. */
  get size(): number {
    return this.#waiting.length + this.#delivering;
  }

  add(record: StreamRecord): void {
    if (this.#waiting.length === 0) {
      this.#waitingSinceMs = performance.now();
    }
    this.#waiting.push({ record, bytes: Buffer.byteLength(JSON.stringify(record)) });
    this.#arrivals.ring();
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const dueMs = this.#dueInMs();
      if (dueMs > 0) {
        await this.#arrivals.wait(dueMs);
        continue;
      }
      const batch = this.#takeBatch();
      this.#delivering = batch.length;
      await this.#deliver(batch);
      this.#delivering = 0;
      this.#waitingSinceMs = performance.now();
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#arrivals.ring();
    this.#backOff.ring();
  }

  /** A batch leaves when it is full, or when its first record has waited for the window. */
  #dueInMs(): number {
    if (this.#waiting.length === 0) {
      return RETRY_MAX_MS;
    }
    const full = this.#waiting.length >= this.#settings.batchSize;
    return full ? 0 : this.#waitingSinceMs + this.#settings.windowMs - performance.now();
  }

  #takeBatch(): StreamRecord[] {
    let bytes = 0;
    const over = this.#waiting.findIndex((waiting, at) => {
      bytes += waiting.bytes;
      return at > 0 && (at >= this.#settings.batchSize || bytes > BATCH_BYTES_MAX);
    });
    const batch = this.#waiting.splice(0, over < 0 ? this.#waiting.length : over);
    return batch.map((waiting) => waiting.record);
  }

  async #deliver(batch: readonly StreamRecord[]): Promise<void> {
    let rest = batch;
    let invocations = 0;
    let repeated = false;
    while (!this.#stopped && rest.length > 0) {
      const { done, functionFailed } = await this.#attempt(rest);
      invocations += 1;
      if (done === rest.length && !repeated && this.#host.random() < REPEATS_PER_BATCH) {
        // As if the answer had been lost after the work was done.
        repeated = true;
        continue;
      }
      if (done > 0) {
        this.#settle(rest.slice(0, done));
        rest = rest.slice(done);
        invocations = 0;
        continue;
      }
      if (functionFailed && this.#settings.bisects && rest.length > 1) {
        // "Splitting batches doesn't consume the retry quota."
        await this.#backOff.wait(RETRY_FIRST_MS);
        const half = Math.ceil(rest.length / 2);
        await this.#deliver(rest.slice(0, half));
        return await this.#deliver(rest.slice(half));
      }
      if (this.#settings.retriesMax !== null && invocations > this.#settings.retriesMax) {
        if (await this.#host.park({ records: rest, invocations, functionFailed })) {
          this.#settle(rest);
        }
        return;
      }
      await this.#backOff.wait(Math.min(RETRY_FIRST_MS * 2 ** (invocations - 1), RETRY_MAX_MS));
    }
  }

  async #attempt(records: readonly StreamRecord[]): Promise<Verdict> {
    const outcome = await this.#host.invoke(records);
    if (!outcome.ok) {
      return { done: 0, functionFailed: true };
    }
    if (!this.#settings.reportsItems) {
      return { done: records.length, functionFailed: false };
    }
    // An answer of nothing is a success, one that cannot be read is a failure of the whole batch.
    const report = Report.safeParse(outcome.payload ?? {});
    const failed = report.data?.batchItemFailures?.map((failure) => failure.itemIdentifier) ?? [];
    const places = failed.map((sequence) => {
      return records.findIndex((record) => record.dynamodb.SequenceNumber === sequence);
    });
    if (!report.success || places.includes(-1)) {
      return { done: 0, functionFailed: false };
    }
    return { done: Math.min(records.length, ...places), functionFailed: false };
  }

  #settle(records: readonly StreamRecord[]): void {
    this.#delivering -= records.length;
    const last = records.at(-1);
    if (last !== undefined) {
      this.#host.checkpoint(last.dynamodb.SequenceNumber);
    }
  }
}
