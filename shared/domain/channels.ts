import * as z from "zod/mini";
import {
  type Account,
  accountAfter,
  accountSchema,
  initiators,
  type News,
  QUIET,
  restrictedAt,
  type Setup,
  standingAfter,
} from "./accounts.ts";
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
  /** The Meta app whose token speaks for the number; rows of the first release do not say. */
  appId: z.optional(z.string()),
});
export type WhatsApp = z.infer<typeof whatsappSchema>;

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
  /** What the provider tells of its account; rows of the first release have none. */
  account: z.optional(z.nullable(accountSchema)),
  /** When the provider first charged a service message in a month, as far as it told. */
  serviceChargedAt: z.nullable(z.string()),
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
export function accountIdOf({ whatsapp }: Channel): string | null {
  return whatsapp?.wabaId ?? null;
}

/** What a provider says of a channel when asked. */
export interface ChannelReport {
  readonly health: Omit<Health, "checkedAt">;
  readonly uniqueUsersPerDay?: number | null;
  readonly perSecond?: number;
  readonly setup?: Setup;
}

/** What speaks for a number; never stored as it is, never answered and never logged. */
export interface Credentials {
  readonly accessToken: string;
  /** Tells what the token may do; null: that is not asked. */
  readonly appSecret: string | null;
}

/** Which part of the credentials is wrong, and what to do about it. */
export interface Fault {
  readonly field: "accessToken" | "appId" | "appSecret" | "phoneNumberId" | "wabaId";
  readonly code: string;
  readonly detail: string;
}

/** What a provider says of a number that somebody wants to connect. */
export interface Inspection {
  readonly report: ChannelReport;
  /** E.164 with plus; null when the provider does not tell. */
  readonly address: string | null;
  readonly tokenExpiresAt: string | null;
  readonly faults: readonly Fault[];
}

/** How old a report may grow before the same one is written down again. */
const REPORT_KEPT_MS = HOUR_MS;

export function accountOf({ account }: Pick<Channel, "account">): Account {
  return account ?? QUIET;
}

/**
 * The channel after a check. A blocked channel is broken and recovers by itself; one that people
 * paused stays paused. The same object when nothing changed, so that idle checks cost no write.
 */
export function checked(channel: Channel, report: ChannelReport, at: string): Channel {
  const limits = limitsAfter(channel.limits, {
    perSecond: report.perSecond,
    users: report.uniqueUsersPerDay,
  });
  const health = { ...report.health, checkedAt: at };
  const account = reported(accountOf(channel), report, at);
  const status = statusOf(channel.status, { health, account }, at);
  const last = channel.health.checkedAt;
  const fresh = last !== null && Date.parse(at) - Date.parse(last) < REPORT_KEPT_MS;
  const same =
    status === channel.status &&
    report.health.state === channel.health.state &&
    report.health.quality === channel.health.quality &&
    limits.perSecond === channel.limits.perSecond &&
    limits.uniqueUsersPerDay === channel.limits.uniqueUsersPerDay &&
    account.standing === accountOf(channel).standing &&
    JSON.stringify(account.setup) === JSON.stringify(accountOf(channel).setup);
  if (same && fresh) return channel;
  return { ...channel, status, limits, health, account, updatedAt: at };
}

/** A number that works disproves what was told of its account before. */
function reported(before: Account, report: ChannelReport, at: string): Account {
  const { health, setup, perSecond, uniqueUsersPerDay: users } = report;
  const works = health.state === "ok" || health.state === "limited";
  const stands = before.standing === null || before.standing.state === "ok";
  const lifted = { state: "ok", detail: "It works again.", at } as const;
  return {
    ...(works && !stands ? standingAfter(before, lifted) : before),
    ...(setup === undefined ? {} : { setup }),
    ...(perSecond === undefined && users === undefined ? {} : { limitsAt: at }),
  };
}

/** The channel after its provider told something; the same object when that changes nothing. */
export function heard(channel: Channel, news: News, now: string): Channel {
  const before = accountOf(channel);
  const isNewer = before.limitsAt === null || before.limitsAt < news.at;
  const told = isNewer && news.effect?.kind === "limits" ? news.effect : null;
  const after = accountAfter(before, news);
  const account = told === null ? after : { ...after, limitsAt: news.at };
  if (account === before) return channel;
  const limits = told === null ? channel.limits : limitsAfter(channel.limits, told);
  const status = statusOf(channel.status, { health: channel.health, account }, now);
  return { ...channel, status, limits, account, updatedAt: now };
}

/** null is an answer too: unlimited. */
function limitsAfter(
  { perSecond, uniqueUsersPerDay }: Limits,
  told: { readonly perSecond?: number | undefined; readonly users?: number | null | undefined },
): Limits {
  return {
    perSecond: told.perSecond ?? perSecond,
    uniqueUsersPerDay: told.users === undefined ? uniqueUsersPerDay : told.users,
  };
}

type Condition = { readonly health: Health; readonly account: Account };

/** What a channel is, given what it was: only people end a pause, only a setup ends pending. */
function statusOf(
  before: Channel["status"],
  { health, account }: Condition,
  at: string,
): Channel["status"] {
  if (before === "paused") return "paused";
  const { standing, setup } = account;
  const isStopped = standing !== null && standing.state !== "ok";
  const isSilenced = restrictedAt(account, at).length === initiators.length;
  if (health.state === "blocked" || isStopped || isSilenced) {
    return before === "pending" ? "pending" : "broken";
  }
  if (health.state === "unknown") return before;
  return before === "pending" && (setup?.steps ?? []).length > 0 ? "pending" : "connected";
}

export function paused(channel: Channel, at: string): Channel {
  return { ...channel, status: "paused", updatedAt: at };
}

/** Back to what it would be if nobody had paused it. */
export function resumed(channel: Channel, at: string): Channel {
  if (channel.status !== "paused") return channel;
  const condition = { health: channel.health, account: accountOf(channel) };
  return { ...channel, status: statusOf("connected", condition, at), updatedAt: at };
}

/**
 * Whether the channel must hold this message back at the moment. A template may begin a
 * conversation, which is what Meta takes from a business first (WhatsApp reference, section 2.6).
 */
export function holds(channel: Channel, type: ContentType, at: string): boolean {
  if (channel.status !== "connected") return true;
  const by = type === "template" ? "business" : "customer";
  return restrictedAt(accountOf(channel), at).some(({ initiatedBy }) => initiatedBy === by);
}
