import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod/mini";
import { type Timer, timerKinds, timerMinute, timerName } from "../domain/timers.ts";
import type { Timetable } from "../ports.ts";
import * as keys from "./keys.ts";
import { meaningOf, type Table } from "./table.ts";

const rowSchema = z.object({
  workspaceId: z.string(),
  kind: z.enum(timerKinds),
  id: z.string(),
  at: z.string(),
});

/**
 * What is armed, in the derived table: one row is put when a timer is armed and deleted when it has
 * fired, so what is left behind its time never fired. Nothing here is written per message.
 */
export class TableTimetable implements Timetable {
  readonly #derived: Table;

  constructor(derived: Table) {
    this.#derived = derived;
  }

  async keep(timer: Timer): Promise<void> {
    const { workspaceId, kind, id, at } = timer;
    const item = { ...keyOf(timer), workspaceId, kind, id, at };
    const { client, name } = this.#derived;
    await asked(client.send(new PutCommand({ TableName: name, Item: item })));
  }

  async drop(timer: Timer): Promise<void> {
    const { client, name } = this.#derived;
    await asked(client.send(new DeleteCommand({ TableName: name, Key: keyOf(timer) })));
  }

  async overdue(at: string, limit: number): Promise<Timer[]> {
    const shards = Array.from({ length: keys.TIMER_SHARDS }, (_, shard) => shard);
    const found = await Promise.all(
      shards.map((shard) => {
        const partition = keys.timersPartition(shard);
        return this.#derived.query(partition, { from: null, before: at, limit, descending: false });
      }),
    );
    return found.flat().map((row) => rowSchema.parse(row));
  }
}

function keyOf(timer: Timer): keys.Key {
  return keys.timerKey(timerName(timer), timer.id, timerMinute(timer));
}

async function asked(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    throw meaningOf(error);
  }
}
