/**
 * Counts the request units AWS would charge. DynamoDB Local's own figures are right for reads but
 * not for writes (a transaction counts once, a refused condition not at all), so while the meter
 * runs, writes go one at a time and each is priced from the rows before and after it.
 */
import * as z from "zod";
import type { AwsReply } from "../parts.ts";
import type { Engine } from "./engine.ts";
import { type Touch, tableName, type Write } from "./request.ts";
import { keyOf, type Table } from "./tables.ts";
import { chargeOf, type Image, refusedCharge, type WriteCharge } from "./units.ts";

export interface Units {
  /** Index units included once. */
  readonly write: number;
  readonly read: number;
  /** The part of `write` that AWS may count twice; the upper bound is `write` plus this. */
  readonly indexWriteInTransactions: number;
}

export interface MeteredCall {
  readonly function: string;
  readonly operation: string;
  readonly table: string;
  readonly write: number;
  readonly read: number;
}

export interface UnitReport {
  readonly byFunction: Readonly<Record<string, Units>>;
  /** One line per call and table. */
  readonly calls: readonly MeteredCall[];
}

/** A request on its way to the engine. */
export interface Metered {
  /** Name of the principal. */
  readonly caller: string;
  readonly operation: string;
  readonly touches: readonly Touch[];
  readonly body: Buffer;
}

interface Row {
  readonly table: Table;
  readonly write: Write;
}

const READS = new Set(["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"]);

const Capacity = z.object({ TableName: z.string(), CapacityUnits: z.number() });
const Keys = z.looseObject({
  Keys: z.array(z.unknown()),
  ConsistentRead: z.boolean().optional(),
});
const ReadRequest = z.looseObject({
  ReturnConsumedCapacity: z.string().optional(),
  ConsistentRead: z.boolean().optional(),
  RequestItems: z.record(z.string(), Keys).optional(),
});
const ReadReply = z.looseObject({
  ConsumedCapacity: z.union([Capacity, z.array(Capacity)]).optional(),
});
const BatchReply = z.object({
  Responses: z.record(z.string(), z.array(z.unknown())),
  UnprocessedKeys: z.record(z.string(), Keys),
});
const Found = z.object({
  Item: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
const Refusal = z.looseObject({ __type: z.string().default("") });

export class Meter {
  readonly #engine: Engine;
  readonly #tables: ReadonlyMap<string, Table>;
  #running: boolean;
  #calls: (MeteredCall & Units)[] = [];
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine, tables: ReadonlyMap<string, Table>) {
    this.#engine = engine;
    this.#tables = tables;
    this.#running = false;
  }

  start(): void {
    this.#running = true;
  }

  stop(): void {
    this.#running = false;
  }

  /** What was counted since the last take. */
  take(): UnitReport {
    const calls = this.#calls;
    this.#calls = [];
    const byFunction: Record<string, Units> = {};
    for (const { function: name, ...units } of calls) {
      byFunction[name] = plus(byFunction[name], units);
    }
    return { byFunction, calls: calls.map(({ indexWriteInTransactions: _, ...call }) => call) };
  }

  /** Sends the request to the engine, counted when the meter runs. */
  async forward(request: Metered): Promise<AwsReply> {
    const free = request.operation === "DescribeTable";
    if (!this.#running || free || request.touches.some(({ table }) => !this.#tables.has(table))) {
      return await this.#engine.forward(request.operation, request.body);
    }
    if (READS.has(request.operation)) {
      return await this.#read(request);
    }
    const write = this.#lastWrite.then(() => this.#write(request));
    this.#lastWrite = write.catch(() => undefined);
    return await write;
  }

  async #read(request: Metered): Promise<AwsReply> {
    const asked = ReadRequest.parse(JSON.parse(request.body.toString()));
    const returned = (asked.ReturnConsumedCapacity ?? "NONE") !== "NONE";
    const body = returned ? asked : { ...asked, ReturnConsumedCapacity: "TOTAL" };
    const reply = await this.#engine.forward(request.operation, JSON.stringify(body));
    const { ConsumedCapacity, ...rest } = ReadReply.parse(JSON.parse(String(reply.body)));
    for (const { TableName, CapacityUnits } of [ConsumedCapacity ?? []].flat()) {
      const least = asked.ConsistentRead === true ? 1 : 0.5;
      const read = Math.max(least, CapacityUnits + missingUnits(asked, rest, TableName));
      this.#count(request, TableName, { read });
    }
    if (returned || ConsumedCapacity === undefined) {
      return reply;
    }
    const { "x-amz-crc32": _, ...headers } = reply.headers ?? {};
    return { ...reply, headers, body: JSON.stringify(rest) };
  }

  async #write(request: Metered): Promise<AwsReply> {
    const rows = request.touches.flatMap(({ table: name, write }) => {
      const table = this.#tables.get(name);
      return table === undefined || write === null ? [] : [{ table, write }];
    });
    const before = await this.#images(rows);
    const reply = await this.#engine.forward(request.operation, request.body);
    const done = reply.status === 200;
    if (!done && !isCharged(reply)) {
      return reply;
    }
    const after = done ? await this.#images(rows) : [];
    const transactional = request.operation === "TransactWriteItems";
    const charges = rows.map(({ table, write }, at) => {
      const old = before[at] ?? null;
      const charge = done
        ? chargeOf(table, old, after[at] ?? null, transactional)
        : refusedCharge(write, old, transactional);
      return { table: table.name, charge };
    });
    for (const [table, charge] of byTable(charges)) {
      const indexWriteInTransactions = transactional ? charge.indexes : 0;
      this.#count(request, table, {
        write: charge.table + charge.indexes,
        indexWriteInTransactions,
      });
    }
    return reply;
  }

  /** The rows as they are now; a row without its whole key has none, and will be refused. */
  #images(rows: readonly Row[]): Promise<Image[]> {
    return Promise.all(
      rows.map(async ({ table, write }) => {
        const key = keyOf(table, write.row);
        const body = JSON.stringify({ TableName: table.name, Key: key, ConsistentRead: true });
        const reply = await this.#engine.forward("GetItem", body);
        return Found.safeParse(JSON.parse(String(reply.body))).data?.Item ?? null;
      }),
    );
  }

  #count(request: Metered, table: string, units: Partial<Units>): void {
    this.#calls.push({
      function: request.caller,
      operation: request.operation,
      table,
      write: 0,
      read: 0,
      indexWriteInTransactions: 0,
      ...units,
    });
  }
}

/**
 * "If you perform a read operation on an item that doesn't exist, DynamoDB still consumes read
 * throughput": the engine forgets this in a batch (and for a query that finds nothing).
 */
function missingUnits(asked: z.infer<typeof ReadRequest>, answer: unknown, table: string): number {
  const batch = BatchReply.safeParse(answer).data;
  const named = Object.entries(asked.RequestItems ?? {}).find(
    ([name]) => tableName(name) === table,
  );
  if (batch === undefined || named === undefined) {
    return 0;
  }
  const [name, { Keys: keys, ConsistentRead }] = named;
  const found = batch.Responses[name]?.length ?? 0;
  const left = batch.UnprocessedKeys[name]?.Keys.length ?? 0;
  return (keys.length - found - left) * (ConsistentRead === true ? 1 : 0.5);
}

/** Only a refused condition and a cancelled transaction cost; a request that is wrong is free. */
function isCharged(reply: AwsReply): boolean {
  const { __type: type } = Refusal.parse(JSON.parse(String(reply.body)));
  return /#(ConditionalCheckFailed|TransactionCanceled)Exception$/.test(type);
}

function byTable(charges: { table: string; charge: WriteCharge }[]): Map<string, WriteCharge> {
  const totals = new Map<string, WriteCharge>();
  for (const { table, charge } of charges) {
    const total = totals.get(table) ?? { table: 0, indexes: 0 };
    totals.set(table, {
      table: total.table + charge.table,
      indexes: total.indexes + charge.indexes,
    });
  }
  return totals;
}

function plus(total: Units | undefined, more: Units): Units {
  return {
    write: (total?.write ?? 0) + more.write,
    read: (total?.read ?? 0) + more.read,
    indexWriteInTransactions:
      (total?.indexWriteInTransactions ?? 0) + more.indexWriteInTransactions,
  };
}
