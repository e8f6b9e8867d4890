import * as z from "zod";
import { type Channel, capabilitiesOf, channelKinds } from "../domain/channels.ts";
import { id, time } from "./shapes.ts";

export const channel = z.object({
  id: id("channel"),
  kind: z.enum(channelKinds),
  name: z.string(),
  address: z.string(),
  status: z.enum(["connected", "pending", "broken", "paused"]),
  capabilities: z.object({
    windowHours: z.number().nullable(),
    templates: z.boolean(),
    subject: z.boolean(),
    readReceipts: z.boolean(),
  }),
  limits: z.object({ perSecond: z.number(), uniqueUsersPerDay: z.number().nullable() }),
  health: z.object({
    state: z.enum(["unknown", "ok", "limited", "blocked"]),
    quality: z.string().nullable(),
    detail: z.string().nullable(),
    checkedAt: time.nullable(),
  }),
  createdAt: time,
  updatedAt: time,
});

const HOUR_MS = 3_600_000;

/** Never the credentials, and never how they are sealed. */
export function viewChannel(row: Channel): z.infer<typeof channel> {
  const { id, kind, name, address, status, limits, health, createdAt, updatedAt } = row;
  const { windowMs, templates, subject, readReceipts } = capabilitiesOf(kind);
  const windowHours = windowMs === null ? null : windowMs / HOUR_MS;
  const capabilities = { windowHours, templates, subject, readReceipts };
  return {
    id,
    kind,
    name,
    address,
    status,
    capabilities,
    limits,
    health,
    createdAt,
    updatedAt,
  };
}
