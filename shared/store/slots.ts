import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Key } from "./keys.ts";
import { meaningOf, type Table } from "./table.ts";

/**
 * Paces a channel (GCRA): the row holds when its next slot is free. An idle channel takes the slot
 * with one write; a busy one adds itself behind the others with a second. Two that race meet in the
 * condition, and one of them queues behind the other.
 *
 * @param everyMs the distance of two slots
 * @returns how long to wait for the slot, ms
 */
export async function takeSlot(
  table: Table,
  key: Key,
  everyMs: number,
  now: number,
): Promise<number> {
  const idle = await updated(table, key, {
    UpdateExpression: "SET freeAt = :next",
    ConditionExpression: "attribute_not_exists(freeAt) OR freeAt <= :now",
    ExpressionAttributeValues: { ":next": now + everyMs, ":now": now },
  });
  if (idle !== null) return 0;
  const queued = await updated(table, key, {
    UpdateExpression: "SET freeAt = freeAt + :every",
    ConditionExpression: "attribute_exists(freeAt)",
    ExpressionAttributeValues: { ":every": everyMs },
  });
  return queued === null ? 0 : Math.max(0, queued - everyMs - now);
}

/** @returns when the slot after ours is free, or null when the condition does not hold */
async function updated(table: Table, key: Key, expressions: object): Promise<number | null> {
  try {
    const { Attributes: row } = await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: key,
        ReturnValues: "UPDATED_NEW",
        ...expressions,
      }),
    );
    return Number(row?.freeAt);
  } catch (error) {
    if (error instanceof Error && error.name === "ConditionalCheckFailedException") return null;
    throw meaningOf(error);
  }
}
