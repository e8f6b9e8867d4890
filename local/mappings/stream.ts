/**
 * The event source mapping of a table's stream: what Lambda does between DynamoDB Streams and a
 * function. A real stream has many shards, repeats itself, and knows no order between shards; the
 * engine has one shard and never repeats. So that code meets this here first, the records are dealt
 * to several shards by their partition key, and now and then a batch is delivered again.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Bell } from "../bell.ts";
import { BEGINNING, isAfter, type StreamRecord, type TableStream } from "../dynamo/stream.ts";
import {
  ACCOUNT,
  type Authorize,
  type Busy,
  type Clock,
  type Functions,
  type Need,
  type Outcome,
  type Principal,
  REGION,
  type Shelf,
  type State,
} from "../parts.ts";
import { type Filter, streamFilter } from "./filter.ts";
import { type GivenUp, parkedBatch } from "./parkedBatch.ts";
import { StreamLane } from "./streamLane.ts";
import { type StreamSettings, settingsOf } from "./streamSettings.ts";

const SHARDS = 4;
/** When nobody rings: something may have been written past the gateway. */
const POLL_MS = 1_000;
/** After a refusal or a fault; nothing is lost meanwhile. */
const AGAIN_MS = 1_000;
/** Beyond this the mapping reads no further: a laptop's memory is not a stream's. */
const WAITING_MAX = 50_000;

interface Parts {
  readonly stream: TableStream;
  readonly functions: Functions;
  readonly functionName: string;
  /** The function's role. */
  readonly principal: Principal;
  readonly authorize: Authorize;
  readonly clock: Clock;
  readonly state: State;
  readonly seed: number;
  readonly parkTo: (bucketArn: string, key: string, body: Buffer, principal: Principal) => void;
  /** Of the AWS::Lambda::EventSourceMapping. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export class StreamMapping implements Busy {
  readonly #parts: Parts;
  readonly #id: string;
  readonly #settings: StreamSettings;
  readonly #passes: Filter<StreamRecord>;
  readonly #random: () => number;
  readonly #lanes: readonly StreamLane[];
  /** By lane: everything up to this sequence number is done, also after a crash. */
  readonly #checkpoints: Shelf<string>;
  readonly #bell = new Bell();
  readonly #pause = new Bell();
  #readTo = BEGINNING;
  /** Calls to read; those up to `#answered` found the end of the stream. */
  #rung = 1;
  #answered = 0;
  #trouble: string | null = null;
  #stopped: boolean;
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    const settings = settingsOf(parts.properties);
    this.#parts = parts;
    this.#settings = settings;
    this.#stopped = false;
    this.#id = idOf(`${parts.stream.arn} ${parts.functionName}`);
    this.#passes = streamFilter(settings.FilterCriteria);
    this.#random = randomOf(parts.seed);
    this.#checkpoints = parts.state.shelf(`stream/${this.#id}`);
    const count = SHARDS * settings.ParallelizationFactor;
    this.#lanes = Array.from({ length: count }, (_, lane) => this.#laneOf(lane));
    this.#prepareCheckpoints();
    parts.stream.attach(() => {
      this.#rung += 1;
      this.#bell.ring();
    });
  }

  start(): void {
    this.#running = Promise.all([this.#read(), ...this.#lanes.map((lane) => lane.run())]);
  }

  /** Resolves when the invocations under way have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#bell.ring();
    this.#pause.ring();
    for (const lane of this.#lanes) {
      lane.stop();
    }
    await this.#running;
  }

  pending(): string[] {
    const name = `stream ${this.#parts.stream.table.name} to ${this.#parts.functionName}`;
    const size = this.#size();
    const trouble = this.#trouble === null ? "" : `: ${this.#trouble}`;
    if (size > 0) {
      return [`${name}: ${size} records${trouble}`];
    }
    return this.#rung > this.#answered ? [`${name}: not read to its end${trouble}`] : [];
  }

  async #read(): Promise<void> {
    const allowedTo = (...actions: string[]): void => {
      const resource = this.#parts.stream.arn;
      const needs = actions.map((action) => ({ action: `dynamodb:${action}`, resource }));
      this.#parts.authorize(this.#parts.principal, needs);
    };
    const starts = this.#lanes.map((_, lane) => this.#checkpointOf(lane));
    this.#readTo = starts.reduce((least, each) => (isAfter(least, each) ? each : least));
    const reader = this.#parts.stream.readAfter(this.#readTo);
    while (!this.#stopped) {
      const answering = this.#rung;
      const records = await this.#insist(() => {
        // Lambda looks for new shards all the time, so it needs all four all the time.
        allowedTo("DescribeStream", "ListStreams", "GetShardIterator", "GetRecords");
        return reader.next();
      });
      this.#deal(records ?? []);
      if (records?.length === 0) {
        this.#answered = answering;
      }
      if (this.#rung === this.#answered || this.#size() > WAITING_MAX) {
        await this.#bell.wait(POLL_MS);
      }
    }
  }

  /** Tries until it works or the mapping stops; null then. */
  async #insist<T>(work: () => T | Promise<T>): Promise<T | null> {
    while (!this.#stopped) {
      try {
        const result = await work();
        this.#trouble = null;
        return result;
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : String(error);
        await this.#pause.wait(AGAIN_MS);
      }
    }
    return null;
  }

  #deal(records: readonly StreamRecord[]): void {
    for (const record of records) {
      const sequence = record.dynamodb.SequenceNumber;
      const place = this.#placeOf(record);
      if (isAfter(sequence, this.#checkpointOf(place)) && this.#passes(record)) {
        this.#lanes[place]?.add(record);
      }
      this.#readTo = sequence;
    }
  }

  #placeOf(record: StreamRecord): number {
    return crc32(this.#parts.stream.partitionOf(record)) % this.#lanes.length;
  }

  #laneOf(place: number): StreamLane {
    const settings = this.#settings;
    return new StreamLane(
      {
        batchSize: settings.BatchSize,
        windowMs: settings.MaximumBatchingWindowInSeconds * 1_000,
        bisects: settings.BisectBatchOnFunctionError,
        retriesMax: settings.MaximumRetryAttempts < 0 ? null : settings.MaximumRetryAttempts,
        reportsItems: settings.FunctionResponseTypes.includes("ReportBatchItemFailures"),
      },
      {
        invoke: (records) => this.#invoke(records),
        park: (given) => this.#park(place, given),
        checkpoint: (sequence) => this.#checkpoint(place, sequence),
        random: this.#random,
      },
    );
  }

  async #invoke(Records: readonly StreamRecord[]): Promise<Outcome> {
    try {
      return await this.#parts.functions.invoke(this.#parts.functionName, { Records });
    } catch (error) {
      // Whatever keeps the function from running is tried again like its own failure.
      return { ok: false, errorType: "InvokeFailed", errorMessage: String(error) };
    }
  }

  /** Without a destination AWS discards; with one that refuses, the shard waits. */
  async #park(
    place: number,
    given: Pick<GivenUp, "records" | "invocations" | "functionFailed">,
  ): Promise<boolean> {
    const bucketArn = this.#settings.DestinationConfig?.OnFailure.Destination;
    if (bucketArn === undefined) {
      return true;
    }
    const { clock, functionName, stream, principal, authorize, parkTo } = this.#parts;
    const { key, body } = parkedBatch({
      ...given,
      mappingId: this.#id,
      shardId: `shardId-${String(place % SHARDS).padStart(20, "0")}-${this.#id.slice(0, 8)}`,
      functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionName}`,
      streamArn: stream.arn,
      nowMs: clock.now(),
    });
    const needs: Need[] = [
      { action: "s3:PutObject", resource: `${bucketArn}/${key}` },
      { action: "s3:ListBucket", resource: bucketArn },
    ];
    const parked = await this.#insist(() => {
      authorize(principal, needs);
      parkTo(bucketArn, key, body, principal);
      return true;
    });
    return parked === true;
  }

  /** Idle lanes move along, so that a restart need not read on from their last record. */
  #checkpoint(place: number, sequence: string): void {
    this.#parts.state.atOnce(() => {
      this.#lanes.forEach((lane, each) => {
        if (each === place) {
          this.#checkpoints.put(this.#keyOf(each), sequence);
        } else if (lane.size === 0 && isAfter(this.#readTo, this.#checkpointOf(each))) {
          this.#checkpoints.put(this.#keyOf(each), this.#readTo);
        }
      });
    });
  }

  /** With another number of lanes a key may be in another lane: all go back to the slowest. */
  #prepareCheckpoints(): void {
    const lanes = this.#lanes.map((_, place) => this.#keyOf(place));
    const saved = this.#checkpoints.entries();
    if (lanes.every((key) => saved.some(([known]) => known === key))) {
      return;
    }
    const least = saved.reduce<string | null>(
      (slowest, [, each]) => (slowest === null || isAfter(slowest, each) ? each : slowest),
      null,
    );
    this.#parts.state.atOnce(() => {
      for (const [key] of saved) {
        this.#checkpoints.remove(key);
      }
      for (const key of lanes) {
        this.#checkpoints.put(key, least ?? BEGINNING);
      }
    });
  }

  #keyOf(place: number): string {
    return `${place} of ${this.#lanes.length}`;
  }

  #checkpointOf(place: number): string {
    return this.#checkpoints.get(this.#keyOf(place)) ?? BEGINNING;
  }

  #size(): number {
    return this.#lanes.reduce((total, lane) => total + lane.size, 0);
  }
}

/** The same UUID at every start, since the parked objects and the checkpoints are under it. */
function idOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
