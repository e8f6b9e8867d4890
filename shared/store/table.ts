import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  BatchGetCommand,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { unavailable } from "../domain/errors.ts";
import type { Freshness } from "../ports.ts";
import type { Key, Partition } from "./keys.ts";

export type Item = Record<string, unknown>;

/** DynamoDB takes at most 100 keys in a batch. */
const BATCH_MAX = 100;
/** How often keys that DynamoDB left unprocessed are asked for again. */
const BATCH_ATTEMPTS_MAX = 5;

/** Errors that may not happen again: throttled, too busy, not reached (SDK error names). */
const PASSING = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "InternalServerError",
  "ServiceUnavailable",
  "TimeoutError",
  "TransactionInProgressException",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
]);

/** What a failed call means: `unavailable` when it may pass, else the error itself. */
export function meaningOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return PASSING.has(error.name) || PASSING.has(code)
    ? unavailable("The database did not answer; try again in a moment.", error)
    : error;
}

export interface QueryOptions {
  readonly from: string | null;
  readonly limit: number;
  readonly descending: boolean;
  /** Ends the range of sort keys; the end of the partition, when absent. */
  readonly before?: string;
}

/** Reads of one table. */
export class Table {
  readonly name: string;
  readonly client: DynamoDBDocumentClient;

  constructor(client: DynamoDBDocumentClient, name: string) {
    this.client = client;
    this.name = name;
  }

  async get(key: Key, freshness: Freshness = "strict"): Promise<Item | null> {
    const { Item: item } = await this.#ask(() =>
      this.client.send(
        new GetCommand({
          TableName: this.name,
          Key: key,
          ConsistentRead: freshness === "strict",
        }),
      ),
    );
    return item ?? null;
  }

  /** Rows that exist among `keys`, in no particular order. */
  async getAll(keys: readonly Key[], freshness: Freshness = "loose"): Promise<Item[]> {
    const items: Item[] = [];
    for (let start = 0; start < keys.length; start += BATCH_MAX) {
      items.push(...(await this.#batch(keys.slice(start, start + BATCH_MAX), freshness)));
    }
    return items;
  }

  /**
   * At most `limit` rows of a partition whose sort key comes after (descending: before) `from`. A
   * query ends at 1 MB (developer guide, "Paginating table query results"), so it is asked again
   * until there are enough; every answer but the last holds a row, so this ends.
   */
  async query(partition: Partition, options: QueryOptions): Promise<Item[]> {
    const input = queryInput(this.name, partition, options);
    const skName = sortKeyOf(partition);
    const items: Item[] = [];
    let more: Item | undefined;
    do {
      const command = new QueryCommand({ ...input, ExclusiveStartKey: more });
      const reply = await this.#ask(() => this.client.send(command));
      items.push(...(reply.Items ?? []).filter((item) => item[skName] !== options.from));
      more = reply.LastEvaluatedKey;
    } while (more !== undefined && items.length < options.limit);
    return items.slice(0, options.limit);
  }

  async #batch(keys: readonly Key[], freshness: Freshness): Promise<Item[]> {
    const items: Item[] = [];
    let left: readonly Item[] = keys.map((key) => ({ ...key }));
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === BATCH_ATTEMPTS_MAX) throw unavailable("The database is busy; try again.");
      const request = { Keys: [...left], ConsistentRead: freshness === "strict" };
      const reply = await this.#ask(() =>
        this.client.send(new BatchGetCommand({ RequestItems: { [this.name]: request } })),
      );
      items.push(...(reply.Responses?.[this.name] ?? []));
      left = reply.UnprocessedKeys?.[this.name]?.Keys ?? [];
    }
    return items;
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw meaningOf(error);
    }
  }
}

export function sortKeyOf({ index }: Partition): string {
  return index === null ? "sk" : `${index}sk`;
}

function queryInput(
  table: string,
  { pk, index, prefix }: Partition,
  { from, limit, descending, before = `${prefix}\uffff` }: QueryOptions,
): QueryCommandInput {
  const pkName = index === null ? "pk" : `${index}pk`;
  // One comparison on the sort key is all that a key condition allows, so a prefix is a range; a
  // range includes its ends, so one row more is asked for and `from` itself is left out.
  const low = descending ? prefix : (from ?? prefix);
  const high = descending ? (from ?? before) : before;
  return {
    TableName: table,
    ...(index === null ? {} : { IndexName: index }),
    KeyConditionExpression: "#pk = :pk AND #sk BETWEEN :low AND :high",
    ExpressionAttributeNames: { "#pk": pkName, "#sk": sortKeyOf({ pk, index, prefix }) },
    ExpressionAttributeValues: { ":pk": pk, ":low": low === "" ? " " : low, ":high": high },
    ScanIndexForward: !descending,
    Limit: from === null ? limit : limit + 1,
  };
}
