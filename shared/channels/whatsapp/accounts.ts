import * as z from "zod/mini";
import type { Effect, News, Notice, Restriction } from "../../domain/accounts.ts";
import type { CallbackPart } from "../../domain/callbacks.ts";
import { perSecondOf, usersOf } from "./limits.ts";

/**
 * What Meta tells of numbers and accounts (WhatsApp reference, sections 2.5 and 2.6). Nothing here
 * is refused for a word that nobody documented: it becomes a notice that an admin can read.
 */
export function isAccountField(field: string): boolean {
  return Object.hasOwn(readers, field);
}

/** What stands around a change. */
export interface Around {
  /** The id of the entry: a WABA, where the value names no other. */
  readonly id: string | undefined;
  /** The entry's time, in seconds; some callbacks have none. */
  readonly time: number | undefined;
  readonly receivedAt: string;
}

export function accountPart(
  pointer: string,
  { field, value }: { field: string; value?: unknown },
  { id, time, receivedAt }: Around,
): CallbackPart {
  const at = momentOf(time) ?? receivedAt;
  const known = valueSchema.safeParse(value);
  const accountId = known.data?.waba_info?.waba_id ?? String(id ?? "");
  const said = known.success && accountId !== "" ? readers[field]?.(known.data) : undefined;
  const detail = "The value is no object, or the entry has no id.";
  const body: CallbackPart["body"] =
    said === undefined
      ? { kind: "unreadable", detail }
      : { kind: "account", news: { effect: null, number: null, ...said, accountId, at } };
  return { pointer, route: accountId === "" ? null : accountId, raw: { field, value }, body };
}

const text = z.optional(z.nullable(z.union([z.string(), z.number()])));
const object = <T extends z.core.$ZodLooseShape>(shape: T) => {
  return z.catch(z.optional(z.nullable(z.looseObject(shape))), undefined);
};

/** Every key of every field; what has another shape counts as absent. */
const valueSchema = z.looseObject({
  event: z.catch(text, undefined),
  decision: z.catch(text, undefined),
  display_phone_number: z.catch(text, undefined),
  phone_number: z.catch(text, undefined),
  old_limit: z.catch(text, undefined),
  current_limit: z.catch(text, undefined),
  max_daily_conversations_per_business: z.catch(text, undefined),
  requested_verified_name: z.catch(text, undefined),
  rejection_reason: z.catch(text, undefined),
  requester: z.catch(text, undefined),
  country: z.catch(text, undefined),
  entity_type: z.catch(text, undefined),
  entity_id: z.catch(text, undefined),
  alert_info: object({ alert_severity: text, alert_type: text, alert_description: text }),
  waba_info: object({ waba_id: z.string() }),
  ban_info: object({ waba_ban_state: text, waba_ban_date: text }),
  violation_info: object({ violation_type: text }),
  disconnection_info: object({ reason: text, initiated_by: text }),
  restriction_info: z.catch(
    z.optional(z.array(z.looseObject({ restriction_type: z.string(), expiration: text }))),
    undefined,
  ),
  volume_tier_info: object({
    tier_update_time: text,
    pricing_category: text,
    tier: text,
    effective_month: text,
    region: text,
  }),
});
type Value = z.infer<typeof valueSchema>;

type Said = Pick<News, "notice"> & Partial<Pick<News, "number" | "effect">>;

const readers: Readonly<Record<string, (value: Value) => Said>> = {
  phone_number_quality_update: (value) => {
    const tier = value.max_daily_conversations_per_business ?? value.current_limit;
    const isFaster = value.event === "THROUGHPUT_UPGRADE";
    return {
      number: digitsIn(value.display_phone_number),
      notice: {
        what: word(value.event ?? "quality"),
        level: value.event === "FLAGGED" || value.event === "DOWNGRADE" ? "warning" : "info",
        detail: sentence("Limit of the number", value.event, tier),
      },
      effect: limits(usersOf(tier), isFaster ? perSecondOf("HIGH") : undefined),
    };
  },
  business_capability_update: (value) => {
    const tier = value.max_daily_conversations_per_business;
    const detail = sentence("Limits of the business", tier);
    return {
      notice: { what: "business_capability", level: "info", detail },
      effect: limits(usersOf(tier)),
    };
  },
  phone_number_name_update: (value) => ({
    number: digitsIn(value.display_phone_number),
    notice: {
      what: `name_${word(value.decision ?? "update")}`,
      level: value.decision === "REJECTED" ? "warning" : "info",
      detail: sentence("Display name", value.requested_verified_name, value.rejection_reason),
    },
  }),
  account_review_update: ({ decision }) => ({
    notice: {
      what: `review_${word(decision ?? "update")}`,
      level: decision === "APPROVED" ? "info" : "critical",
      detail: sentence("Review of the account", decision),
    },
  }),
  account_alerts: ({ alert_info: alert, entity_type: type, entity_id: id }) => ({
    number: type === "PHONE_NUMBER" && typeof id === "string" ? id : null,
    notice: {
      what: word(alert?.alert_type ?? "alert"),
      level: levels[String(alert?.alert_severity)] ?? "info",
      detail: sentence("Alert", alert?.alert_description ?? alert?.alert_type),
    },
  }),
  security: (value) => ({
    number: digitsIn(value.display_phone_number),
    notice: {
      what: word(value.event ?? "security"),
      level: "warning",
      detail: sentence("Two-step verification", value.event, value.requester),
    },
  }),
  account_update: (value) => ({ number: digitsIn(value.phone_number), ...eventOf(value) }),
};

const levels: Readonly<Record<string, Notice["level"]>> = {
  CRITICAL: "critical",
  WARNING: "warning",
};

/** `account_update` by its event (section 2.6). */
function eventOf(value: Value): Said {
  const what = word(value.event ?? "account_update");
  const said = (level: Notice["level"], detail: string, effect: Effect | null = null): Said => ({
    notice: { what, level, detail },
    effect,
  });
  switch (value.event) {
    case "ACCOUNT_VIOLATION":
      return said(
        "critical",
        sentence("Meta's policy is broken", value.violation_info?.violation_type),
      );
    case "ACCOUNT_RESTRICTION":
      return restrictionOf(value, said);
    case "DISABLED_UPDATE":
      return banOf(value, said);
    case "ACCOUNT_DELETED":
    case "ACCOUNT_OFFBOARDED":
      return said("critical", "The account left Meta's Cloud API.", removed);
    case "ACCOUNT_RECONNECTED":
      return said("info", "The account is connected again.", { kind: "standing", state: "ok" });
    case "PARTNER_REMOVED":
    case "PARTNER_APP_UNINSTALLED": {
      const { reason, initiated_by: by } = value.disconnection_info ?? {};
      return said(
        "critical",
        sentence("The app lost its access to the account", reason, by),
        removed,
      );
    }
    case "VOLUME_BASED_PRICING_TIER_UPDATE":
      return tierOf(value, said);
    case "PARTNER_ADDED":
    case "PARTNER_APP_INSTALLED":
      return said("info", "The app has access to the account.");
    default:
      return said("info", sentence("Account", value.event, value.country));
  }
}

type Say = (level: Notice["level"], detail: string, effect?: Effect | null) => Said;

const removed: Effect = { kind: "standing", state: "removed" };

function banOf({ ban_info: ban }: Value, said: Say): Said {
  const date = ban?.waba_ban_date;
  switch (ban?.waba_ban_state) {
    case "DISABLE":
      return said("critical", sentence("Meta disabled the account", date), {
        kind: "standing",
        state: "disabled",
      });
    case "REINSTATE":
      return said("info", "Meta reinstated the account.", { kind: "standing", state: "ok" });
    default:
      return said("critical", sentence("Meta will disable the account", date));
  }
}

/** One that takes new numbers only is told and no more, as is one without a readable end. */
function restrictionOf({ restriction_info: found = [] }: Value, said: Say): Said {
  const restrictions = found.flatMap((one): Omit<Restriction, "at">[] => {
    const initiatedBy = initiatorOf(one.restriction_type);
    const until = momentOf(one.expiration);
    return initiatedBy === null || until === null ? [] : [{ initiatedBy, until }];
  });
  const words = found.map(({ restriction_type: type, expiration }) => {
    return `${word(type)} until ${momentOf(expiration) ?? "Meta lifts it"}`;
  });
  const effect: Effect = { kind: "restrictions", found: restrictions };
  return said("critical", sentence("Meta restricts the account", words.join(", ")), effect);
}

function initiatorOf(type: string): Restriction["initiatedBy"] | null {
  if (type === "RESTRICTED_BIZ_INITIATED_MESSAGING") return "business";
  return type === "RESTRICTED_CUSTOMER_INITIATED_MESSAGING" ? "customer" : null;
}

function tierOf({ volume_tier_info: info }: Value, said: Say): Said {
  const { pricing_category: category, region, effective_month: month, tier } = info ?? {};
  const at = momentOf(info?.tier_update_time);
  const detail = sentence("Volume price", tier, category, region, month);
  const told = [category, region, month, tier].map((one) => String(one ?? ""));
  const [ofCategory = "", ofRegion = "", ofMonth = "", ofTier = ""] = told;
  if (at === null || told.includes("")) return said("info", detail);
  const named = { category: word(ofCategory), region: ofRegion, month: ofMonth, tier: ofTier };
  return said("info", detail, { kind: "pricingTier", tier: { ...named, at } });
}

function limits(users: number | null | undefined, perSecond?: number): Effect | null {
  if (users === undefined && perSecond === undefined) return null;
  return {
    kind: "limits",
    ...(users === undefined ? {} : { users }),
    ...(perSecond === undefined ? {} : { perSecond }),
  };
}

const word = (value: string | number) => String(value).toLowerCase();

/** What Meta says, in the order it matters; what it leaves out is left out. */
function sentence(what: string, ...values: readonly unknown[]): string {
  const said = values.filter((one) => one !== undefined && one !== null && one !== "");
  const words = said.join(", ");
  return said.length === 0 ? `${what}.` : `${what}: ${words}${words.endsWith(".") ? "" : "."}`;
}

function digitsIn(value: unknown): string | null {
  const digits = String(value ?? "").replaceAll(/\D/g, "");
  return digits === "" ? null : digits;
}

/** Seconds as an integer or a text (section 2.1), or a date that people write. */
function momentOf(value: unknown): string | null {
  const isSeconds = typeof value === "number" || /^\d{1,12}$/.test(String(value ?? ""));
  const at = isSeconds ? Number(value) * 1_000 : Date.parse(String(value ?? ""));
  return at > 0 && at < MOMENTS_END ? new Date(at).toISOString() : null;
}

/** Later times have five digits in their year, and texts of times no longer sort. */
const MOMENTS_END = Date.parse("+010000-01-01");
