import { isDeepStrictEqual } from "node:util";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod/mini";
import { unavailable } from "../domain/errors.ts";
import type { Conflict, Write } from "../ports.ts";
import type { Key } from "./keys.ts";
import { type Item, meaningOf } from "./table.ts";

/** One row to write and what must be true of the row that is there. */
export interface RowWrite {
  readonly table: string;
  readonly key: Key;
  /** null removes the row. */
  readonly item: Item | null;
  /** The revision it must have; null: there must be no such row. */
  readonly expected: number | null | "any";
  /** What a failed condition means, given the row that is there (absent: it is gone). */
  readonly refusal: (found: Item | undefined) => Conflict | "answered";
  /** A row that is there but ended counts as absent (epoch seconds in `expiresAt`). */
  readonly absentAfter?: number;
}

export type RowsOutcome = { ok: true } | { ok: false; conflicts: (Conflict | "answered")[] };

type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/**
 * All rows or none. A single row goes through the same call: a transaction of one costs two units
 * instead of one, but a retried request keeps its meaning, because the token below makes DynamoDB
 * answer the first outcome again for ten minutes (API reference, TransactWriteItems).
 */
export async function writeRows(
  client: DynamoDBDocumentClient,
  rows: readonly RowWrite[],
): Promise<RowsOutcome> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: rows.map(transactItem) }));
    return { ok: true };
  } catch (error) {
    const reasons = cancellation(error);
    if (reasons === null) throw meaningOf(error);
    return { ok: false, conflicts: conflictsOf(rows, reasons) };
  }
}

/**
 * One row by itself: one unit per KB instead of two. Without the token of a transaction a retry of
 * the SDK may meet its own write; then the row that is there is the one we wanted.
 */
export async function writeRow(
  client: DynamoDBDocumentClient,
  row: RowWrite,
): Promise<RowsOutcome> {
  const target = { TableName: row.table, ...conditionOf(row) };
  try {
    if (row.item === null) await client.send(new DeleteCommand({ ...target, Key: row.key }));
    else await client.send(new PutCommand({ ...target, Item: row.item }));
    return { ok: true };
  } catch (error) {
    const failed = conditionFailed.safeParse(error);
    if (!failed.success) throw meaningOf(error);
    const found = itemOf(failed.data);
    if (row.item !== null && found !== undefined && isDeepStrictEqual(found, row.item)) {
      return { ok: true };
    }
    return { ok: false, conflicts: [row.refusal(found)] };
  }
}

const conditionFailed = z.object({
  name: z.literal("ConditionalCheckFailedException"),
  Item: z.optional(z.record(z.string(), z.unknown())),
});

function transactItem(row: RowWrite): TransactItem {
  const target = { TableName: row.table, ...conditionOf(row) };
  return row.item === null
    ? { Delete: { ...target, Key: row.key } }
    : { Put: { ...target, Item: row.item } };
}

function conditionOf({ expected, absentAfter }: RowWrite) {
  if (expected === "any") return {};
  const found = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
  if (expected !== null) {
    return {
      ...found,
      ConditionExpression: "#rev = :rev",
      ExpressionAttributeNames: { "#rev": "rev" },
      ExpressionAttributeValues: { ":rev": expected },
    };
  }
  if (absentAfter === undefined) {
    return { ...found, ConditionExpression: "attribute_not_exists(pk)" };
  }
  return {
    ...found,
    ConditionExpression: "attribute_not_exists(pk) OR #until <= :now",
    ExpressionAttributeNames: { "#until": "expiresAt" },
    ExpressionAttributeValues: { ":now": absentAfter },
  };
}

/** CancellationReasons of the SDK's TransactionCanceledException, one per row. */
const cancelled = z.object({
  name: z.literal("TransactionCanceledException"),
  CancellationReasons: z.array(
    z.object({ Code: z.optional(z.string()), Item: z.optional(z.record(z.string(), z.unknown())) }),
  ),
});
type Reasons = z.infer<typeof cancelled>["CancellationReasons"];

function cancellation(error: unknown): Reasons | null {
  const parsed = cancelled.safeParse(error);
  if (parsed.success) return parsed.data.CancellationReasons;
  const conflict = error instanceof Error && error.name === "TransactionConflictException";
  return conflict ? [{ Code: "TransactionConflict" }] : null;
}

function conflictsOf(rows: readonly RowWrite[], reasons: Reasons): (Conflict | "answered")[] {
  const conflicts = reasons.flatMap((reason, place): (Conflict | "answered")[] => {
    switch (reason.Code) {
      case undefined:
      case "None":
        return [];
      case "ConditionalCheckFailed":
        return [rows[place]?.refusal(itemOf(reason)) ?? { reason: "busy" }];
      case "TransactionConflict":
        return [{ reason: "busy" }];
      case "ThrottlingError":
      case "ProvisionedThroughputExceeded":
        throw unavailable("The database is busy; try again in a moment.");
      default:
        throw new Error(`DynamoDB refused a row (${reason.Code}).`);
    }
  });
  return conflicts.length > 0 ? conflicts : [{ reason: "busy" }];
}

/** The document client converts results but not errors. */
function itemOf({ Item: found }: { Item?: Item | undefined }): Item | undefined {
  return found === undefined ? undefined : unmarshall(found as Parameters<typeof unmarshall>[0]);
}

/** The usual meaning of a failed condition. */
export function movedOn(noun: Write["noun"]): () => Conflict {
  return () => ({ reason: "moved", noun });
}
