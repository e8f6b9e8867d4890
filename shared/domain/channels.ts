import * as z from "zod/mini";
import type { IdentityKind } from "./contacts.ts";
import type { ContentType } from "./messages.ts";
import type { PairLimit } from "./pacing.ts";

export const channelKinds = ["whatsapp", "email", "sms"] as const;
export type ChannelKind = (typeof channelKinds)[number];

export const healthSchema = z.object({
  state: z.enum(["unknown", "ok", "limited", "blocked"]),
  /** The provider's own rating of the number, lower case; null where there is none. */
  quality: z.nullable(z.string()),
  detail: z.nullable(z.string()),
  checkedAt: z.nullable(z.string()),
});
export type Health = z.infer<typeof healthSchema>;

export const limitsSchema = z.object({
  /** Messages (WhatsApp, email) or message parts (SMS) per second. */
  perSecond: z.number(),
  /** Unique users outside a service window in a moving 24 h; null is unlimited or not known. */
  uniqueUsersPerDay: z.nullable(z.number()),
});
export type Limits = z.infer<typeof limitsSchema>;

/** How a WhatsApp channel is known to Meta. */
export const whatsappSchema = z.object({
  channelKey: z.string(),
  phoneNumberId: z.string(),
  wabaId: z.string(),
});

export const channelSchema = z.looseObject({
  id: z.string(),
  kind: z.enum(channelKinds),
  name: z.string(),
  address: z.string(),
  status: z.enum(["connected", "pending", "broken", "paused"]),
  limits: limitsSchema,
  health: healthSchema,
  whatsapp: z.nullable(whatsappSchema),
  /** The provider's access token, sealed for this channel; null where none is needed. */
  credentials: z.nullable(z.string()),
  /** When its account's templates were last read; only the first channel of an account notes it. */
  templatesSyncedAt: z.optional(z.nullable(z.string())),
  createdAt: z.string(),
  updatedAt: z.string(),
  rev: z.number(),
});
export type Channel = z.infer<typeof channelSchema>;

/** What a channel can do. Rules ask this, never which kind it is. */
export interface Capabilities {
  /** What can be sent; nothing, while a channel can only receive. */
  readonly sends: readonly ContentType[];
  /** The identities it can write to, the best first. */
  readonly reaches: readonly IdentityKind[];
  /** How fast one user may be written to; null: as fast as the channel. */
  readonly pairLimit: PairLimit | null;
  /** Free messages only this long after the customer last wrote, in ms; null: always. */
  readonly windowMs: number | null;
  readonly templates: boolean;
  readonly subject: boolean;
  readonly readReceipts: boolean;
}

const HOUR_MS = 3_600_000;

/** WhatsApp's customer service window is 24 hours (WhatsApp reference, section 6.1). */
const capabilities: Readonly<Record<ChannelKind, Capabilities>> = {
  whatsapp: {
    sends: ["text", "template", "interactive", "location", "contacts", "reaction"],
    reaches: ["wa_id", "phone", "wa_bsuid", "wa_parent_bsuid"],
    pairLimit: { everyMs: 6_000, burst: 45 },
    windowMs: 24 * HOUR_MS,
    templates: true,
    subject: false,
    readReceipts: true,
  },
  email: {
    sends: [],
    reaches: ["email"],
    pairLimit: null,
    windowMs: null,
    templates: false,
    subject: true,
    readReceipts: false,
  },
  sms: {
    sends: [],
    reaches: ["phone"],
    pairLimit: null,
    windowMs: null,
    templates: false,
    subject: false,
    readReceipts: false,
  },
};

export function capabilitiesOf(kind: ChannelKind): Capabilities {
  return capabilities[kind];
}

/** The business account whose templates a channel sends; null when it has none. */
export function accountOf({ whatsapp }: Channel): string | null {
  return whatsapp?.wabaId ?? null;
}

/** What a provider says of a channel when asked. */
export interface ChannelReport {
  readonly health: Omit<Health, "checkedAt">;
  readonly uniqueUsersPerDay?: number | null;
  readonly perSecond?: number;
}

/** How old a report may grow before the same one is written down again. */
const REPORT_KEPT_MS = HOUR_MS;

/**
 * The channel after a check. A blocked channel is broken and recovers by itself; one that people
 * paused stays paused. The same object when nothing changed, so that idle checks cost no write.
 */
export function checked(channel: Channel, report: ChannelReport, at: string): Channel {
  const limits = {
    perSecond: report.perSecond ?? channel.limits.perSecond,
    // null is an answer too: unlimited.
    uniqueUsersPerDay:
      report.uniqueUsersPerDay === undefined
        ? channel.limits.uniqueUsersPerDay
        : report.uniqueUsersPerDay,
  };
  const status = channel.status === "paused" ? "paused" : statusAfter(report.health.state, channel);
  const last = channel.health.checkedAt;
  const fresh = last !== null && Date.parse(at) - Date.parse(last) < REPORT_KEPT_MS;
  const same =
    status === channel.status &&
    report.health.state === channel.health.state &&
    report.health.quality === channel.health.quality &&
    limits.perSecond === channel.limits.perSecond &&
    limits.uniqueUsersPerDay === channel.limits.uniqueUsersPerDay;
  if (same && fresh) return channel;
  return { ...channel, status, limits, health: { ...report.health, checkedAt: at }, updatedAt: at };
}

function statusAfter(state: Health["state"], channel: Channel): Channel["status"] {
  switch (state) {
    case "blocked":
      return "broken";
    case "ok":
    case "limited":
      return "connected";
    case "unknown":
      return channel.status;
    default:
      return state satisfies never;
  }
}
