import * as z from "zod";
import { type Callback, keptReasons, type Redrive, redriveStates } from "../domain/callbacks.ts";
import { givenTime, id, pageQuery, time } from "./shapes.ts";

export const callback = z.object({
  id: id("callback"),
  channelKey: z.string(),
  state: z.enum(["broken", "applied"]),
  reason: z.enum(keptReasons),
  detail: z.string(),
  pointer: z.string().describe("Where the part stands in the callback's body; empty: all of it"),
  raw: z.string().nullable().describe("The part as it came; null: only the archive has it"),
  archiveKey: z.string(),
  receivedAt: time,
  appliedAt: time.nullable(),
});

export const callbacksQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(["broken", "applied"]).optional().describe("broken when absent"),
});

export const redriveCreate = z.strictObject({
  from: givenTime.describe("Archived at or after this time"),
  to: givenTime.describe("Archived before this time"),
  state: z
    .enum(redriveStates)
    .optional()
    .describe("broken: only the callbacks that have a broken part; all when absent"),
});

export const redrive = z.object({
  id: id("redrive"),
  from: time,
  to: time,
  state: z.enum(redriveStates),
  status: z.enum(["running", "completed"]),
  callbacks: z.int().describe("Callbacks applied again so far"),
  kept: z.int().describe("Parts of them that still cannot be applied"),
  createdAt: time,
  completedAt: time.nullable(),
});

export function viewCallback(row: Callback): z.infer<typeof callback> {
  const { id, channelKey, state, reason, detail, pointer, raw, archiveKey } = row;
  const { receivedAt, appliedAt } = row;
  return {
    id,
    channelKey,
    state,
    reason,
    detail,
    pointer,
    raw,
    archiveKey,
    receivedAt,
    appliedAt,
  };
}

export function viewRedrive(row: Redrive): z.infer<typeof redrive> {
  const { id, from, to, status, callbacks, kept, createdAt, completedAt } = row;
  const state = row.state ?? "all";
  return { id, from, to, state, status, callbacks, kept, createdAt, completedAt };
}
