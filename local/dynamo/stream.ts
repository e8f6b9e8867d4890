/**
 * The change stream of a table, read from the engine and told as Lambda tells it. DynamoDB Local
 * has one shard at a time and numbers that grow over all of them; readers follow a shard to its
 * children. Developer guide: "Change data capture for DynamoDB Streams".
 */
import * as z from "zod";
import { AwsError, type Clock, REGION } from "../parts.ts";
import type { Engine } from "./engine.ts";
import type { Expiry } from "./expiry.ts";
import { type Table, toEngine } from "./tables.ts";

/** "No more than two processes should read from the same stream shard at the same time." */
const READERS_MAX = 2;
const RECORDS_PER_READ = 1_000;

/**
 * The engine writes an empty map as a value without a type (`{}`, seen in 3.3.1), at any depth; AWS
 * writes `{"M": {}}`.
 */
function repaired(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const typed = Object.entries(value);
  if (typed.length === 0) return { M: {} };
  return Object.fromEntries(
    typed.map(([type, held]) => {
      if (type === "L" && Array.isArray(held)) return [type, held.map(repaired)];
      if (type === "M" && typeof held === "object" && held !== null) {
        return [type, mapped(held)];
      }
      return [type, held];
    }),
  );
}

const mapped = (row: object) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, repaired(value)]));

const Row = z
  .record(z.string(), z.record(z.string(), z.unknown()))
  .transform((row) => z.record(z.string(), z.record(z.string(), z.unknown())).parse(mapped(row)));

const StreamRecordBody = z.object({
  eventID: z.string(),
  eventName: z.enum(["INSERT", "MODIFY", "REMOVE"]),
  eventVersion: z.string(),
  dynamodb: z.object({
    /** Seconds. */
    ApproximateCreationDateTime: z.number(),
    Keys: Row,
    NewImage: Row.optional(),
    OldImage: Row.optional(),
    SequenceNumber: z.string(),
    SizeBytes: z.number(),
    StreamViewType: z.string(),
  }),
});

const Shards = z.object({
  StreamDescription: z.object({
    Shards: z.array(
      z.object({
        ShardId: z.string(),
        SequenceNumberRange: z.object({
          StartingSequenceNumber: z.string(),
          EndingSequenceNumber: z.string().optional(),
        }),
      }),
    ),
  }),
});
const Iterator = z.object({ ShardIterator: z.string() });
const Records = z.object({
  Records: z.array(StreamRecordBody),
  NextShardIterator: z.string().optional(),
});

type Shard = z.infer<typeof Shards>["StreamDescription"]["Shards"][number];

/** One element of `Records` in a function's event. */
export interface StreamRecord extends z.infer<typeof StreamRecordBody> {
  readonly eventSource: "aws:dynamodb";
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  /** Only when TTL deleted the row. */
  readonly userIdentity?: { readonly type: "Service"; readonly principalId: string };
}

/** Before every record. */
export const BEGINNING = "";

/** Sequence numbers have no sign and no fixed length. */
export function isAfter(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}

export class TableStream {
  readonly arn: string;
  readonly table: Table;
  readonly #engineArn: string;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #expiry: Expiry;
  readonly #listeners: (() => void)[] = [];

  /** `arn` is the template's name for the stream; the engine has one of its own. */
  constructor(parts: {
    engine: Engine;
    table: Table;
    arn: string;
    clock: Clock;
    expiry: Expiry;
  }) {
    if (parts.table.streamArn === null) {
      throw new Error(`The table ${parts.table.name} has no stream.`);
    }
    this.arn = parts.arn;
    this.#engineArn = toEngine(parts.table.streamArn);
    this.table = parts.table;
    this.#engine = parts.engine;
    this.#clock = parts.clock;
    this.#expiry = parts.expiry;
  }

  /** One more consumer, to be told when there is something to read. AWS would throttle a third. */
  attach(onWrite: () => void): void {
    if (this.#listeners.length === READERS_MAX) {
      throw new Error(`${this.arn} has ${READERS_MAX} consumers; a shard allows no more.`);
    }
    this.#listeners.push(onWrite);
  }

  /** Something was written to the table. */
  wake(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }

  /** Reads what came after a sequence number; `BEGINNING` for all that is kept. */
  readAfter(sequence: string): StreamReader {
    return new StreamReader(this.#engine, this.#engineArn, sequence, (body) => this.#tell(body));
  }

  partitionOf(record: StreamRecord): string {
    return JSON.stringify(record.dynamodb.Keys[this.table.keys[0] ?? ""]);
  }

  #tell(body: z.infer<typeof StreamRecordBody>): StreamRecord {
    const image = body.eventName === "REMOVE" ? body.dynamodb.OldImage : undefined;
    const expired = image !== undefined && this.#expiry.isExpired(this.table, image);
    // The engine writes real time; the cloud lives in the moved one.
    const offsetS = Math.floor((this.#clock.now() - Date.now()) / 1000);
    const createdAt = body.dynamodb.ApproximateCreationDateTime + offsetS;
    return {
      ...body,
      eventSource: "aws:dynamodb",
      awsRegion: REGION,
      eventSourceARN: this.arn,
      dynamodb: { ...body.dynamodb, ApproximateCreationDateTime: createdAt },
      ...(expired && {
        userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" },
      }),
    };
  }
}

export class StreamReader {
  readonly #engine: Engine;
  readonly #arn: string;
  readonly #tell: (body: z.infer<typeof StreamRecordBody>) => StreamRecord;
  readonly #finished = new Set<string>();
  #position: string;
  #open: { shardId: string; iterator: string } | null = null;

  constructor(
    engine: Engine,
    arn: string,
    position: string,
    tell: (body: z.infer<typeof StreamRecordBody>) => StreamRecord,
  ) {
    this.#engine = engine;
    this.#arn = arn;
    this.#position = position;
    this.#tell = tell;
  }

  /** Sequence number of the last record read. */
  get position(): string {
    return this.#position;
  }

  /** The next records in order; none when all is read. */
  async next(): Promise<StreamRecord[]> {
    try {
      for (;;) {
        this.#open ??= await this.#openShard();
        if (this.#open === null) {
          return [];
        }
        const { shardId, iterator } = this.#open;
        const body = { ShardIterator: iterator, Limit: RECORDS_PER_READ };
        const read = Records.parse(await this.#engine.call("GetRecords", body));
        const following = read.NextShardIterator;
        this.#open = following === undefined ? null : { shardId, iterator: following };
        if (following === undefined) {
          this.#finished.add(shardId);
        }
        this.#position = read.Records.at(-1)?.dynamodb.SequenceNumber ?? this.#position;
        if (read.Records.length > 0 || following !== undefined) {
          return read.Records.map((record) => this.#tell(record));
        }
      }
    } catch (error) {
      // Iterators age; the next read opens a new one at the same position.
      this.#open = null;
      throw error;
    }
  }

  /** The oldest shard that has not been read to its end. */
  async #openShard(): Promise<{ shardId: string; iterator: string } | null> {
    const body = { StreamArn: this.#arn };
    const { StreamDescription } = Shards.parse(await this.#engine.call("DescribeStream", body));
    const shard = StreamDescription.Shards.find((each) => !this.#isRead(each));
    if (shard === undefined) {
      return null;
    }
    const iterator = await this.#iteratorIn(shard).catch((error: unknown) => {
      if (error instanceof AwsError && error.code === "TrimmedDataAccessException") {
        return this.#iterator(shard.ShardId, { ShardIteratorType: "TRIM_HORIZON" });
      }
      throw error;
    });
    return { shardId: shard.ShardId, iterator };
  }

  #isRead(shard: Shard): boolean {
    const last = shard.SequenceNumberRange.EndingSequenceNumber;
    return (
      this.#finished.has(shard.ShardId) || (last !== undefined && !isAfter(last, this.#position))
    );
  }

  #iteratorIn(shard: Shard): Promise<string> {
    const first = shard.SequenceNumberRange.StartingSequenceNumber;
    return this.#iterator(
      shard.ShardId,
      isAfter(first, this.#position)
        ? { ShardIteratorType: "TRIM_HORIZON" }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: this.#position },
    );
  }

  async #iterator(shardId: string, from: object): Promise<string> {
    const body = { StreamArn: this.#arn, ShardId: shardId, ...from };
    return Iterator.parse(await this.#engine.call("GetShardIterator", body)).ShardIterator;
  }
}
