/**
 * TTL, which DynamoDB Local does not do: rows go some time after their expiry, by the moved clock,
 * and their stream record says that it was not a person. Developer guide: "Using time to live",
 * "DynamoDB Streams and time to live".
 */
import * as z from "zod";
import { AwsError, type Shelf, type State } from "../parts.ts";
import type { Engine } from "./engine.ts";
import type { Item } from "./request.ts";
import { keyOf, type Table } from "./tables.ts";

const DAY_MS = 86_400_000;
/** A stream keeps its records for a day, so a mark is of no use for longer. */
const MARK_MS = DAY_MS;
/** "Items with TTL values older than five years are not deleted." */
const TOO_OLD_MS = 5 * 365 * DAY_MS;

const Row = z.record(z.string(), z.record(z.string(), z.unknown()));
const Page = z.object({ Items: z.array(Row), LastEvaluatedKey: Row.optional() });

export class Expiry {
  readonly #engine: Engine;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #state: State;
  /** By row and its expiry: the real time it was deleted. */
  readonly #marks: Shelf<number>;

  constructor(engine: Engine, tables: ReadonlyMap<string, Table>, state: State) {
    this.#engine = engine;
    this.#tables = tables;
    this.#state = state;
    this.#marks = state.shelf("dynamo/expired");
  }

  /** Deletes what has expired; answers the names of the tables that lost rows. */
  async sweep(nowMs: number): Promise<string[]> {
    this.#forgetMarks();
    const swept: string[] = [];
    for (const table of this.#tables.values()) {
      if (
        table.expiryAttribute !== null &&
        (await this.#sweepTable(table, table.expiryAttribute, nowMs))
      ) {
        swept.push(table.name);
      }
    }
    return swept;
  }

  /** Whether the row with this last image was deleted by the sweep. */
  isExpired(table: Table, oldImage: Item): boolean {
    return this.#marks.get(markOf(table, oldImage)) !== undefined;
  }

  async #sweepTable(table: Table, attribute: string, nowMs: number): Promise<boolean> {
    let swept = false;
    let start: Item | undefined;
    do {
      const page = Page.parse(
        await this.#engine.call("Scan", {
          TableName: table.name,
          FilterExpression: "#expiry < :now AND #expiry > :tooOld",
          ProjectionExpression: ["#expiry", ...table.keys.map((_, at) => `#k${at}`)].join(", "),
          ExpressionAttributeNames: {
            "#expiry": attribute,
            ...Object.fromEntries(table.keys.map((name, at) => [`#k${at}`, name])),
          },
          ExpressionAttributeValues: {
            ":now": { N: String(Math.floor(nowMs / 1000)) },
            ":tooOld": { N: String(Math.floor((nowMs - TOO_OLD_MS) / 1000)) },
          },
          ...(start && { ExclusiveStartKey: start }),
        }),
      );
      // Marked before they are deleted: whoever reads the stream may be faster than we are.
      this.#state.atOnce(() => {
        for (const row of page.Items) {
          this.#marks.put(markOf(table, row), Date.now());
        }
      });
      for (const row of page.Items) {
        swept = (await this.#delete(table, attribute, row)) || swept;
      }
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return swept;
  }

  /** Only if nobody gave the row another expiry since it was read. */
  async #delete(table: Table, attribute: string, row: Item): Promise<boolean> {
    try {
      await this.#engine.call("DeleteItem", {
        TableName: table.name,
        Key: keyOf(table, row),
        ConditionExpression: "#expiry = :seen",
        ExpressionAttributeNames: { "#expiry": attribute },
        ExpressionAttributeValues: { ":seen": row[attribute] },
      });
      return true;
    } catch (error) {
      if (error instanceof AwsError && error.code === "ConditionalCheckFailedException") {
        this.#marks.remove(markOf(table, row));
        return false;
      }
      throw error;
    }
  }

  #forgetMarks(): void {
    const old = this.#marks.entries().filter(([, at]) => at < Date.now() - MARK_MS);
    this.#state.atOnce(() => {
      for (const [mark] of old) {
        this.#marks.remove(mark);
      }
    });
  }
}

function markOf(table: Table, row: Item): string {
  const expiry = table.expiryAttribute === null ? null : row[table.expiryAttribute];
  return JSON.stringify([table.name, ...table.keys.map((name) => row[name]), expiry]);
}
