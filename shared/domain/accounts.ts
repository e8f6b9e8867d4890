import * as z from "zod/mini";

/**
 * What a provider tells of the account behind a channel. It comes at least once and in any order,
 * so every part is a register of its own: the provider's later word wins, and a repeat changes
 * nothing. Limits, health and steps live on the channel; this is what explains them.
 */

/** What a person still has to do before the channel works. */
export const stepSchema = z.object({ code: z.string(), detail: z.string() });
export type Step = z.infer<typeof stepSchema>;

/** How far the channel is set up at its provider; null is not known. */
export const setupSchema = z.looseObject({
  registered: z.nullable(z.boolean()),
  subscribed: z.nullable(z.boolean()),
  /** Where the provider calls for this number. */
  callbackUrl: z.nullable(z.string()),
  steps: z.array(stepSchema),
});
export type Setup = z.infer<typeof setupSchema>;

export const noticeLevels = ["info", "warning", "critical"] as const;

/** Something that an admin should see. */
export const noticeSchema = z.object({
  /** The provider's own word for it, lower case. */
  what: z.string(),
  level: z.enum(noticeLevels),
  detail: z.string(),
  at: z.string(),
});
export type Notice = z.infer<typeof noticeSchema>;

/** From harmless to hopeless: of two words of the same second the worse one counts. */
export const accountStates = ["ok", "disabled", "removed"] as const;
export type AccountState = (typeof accountStates)[number];

export const initiators = ["business", "customer"] as const;

/** Conversations that one side began may not be continued by us until then. */
export const restrictionSchema = z.object({
  initiatedBy: z.enum(initiators),
  until: z.string(),
  at: z.string(),
});
export type Restriction = z.infer<typeof restrictionSchema>;

/** A price that falls with the volume of a month. */
export const pricingTierSchema = z.object({
  category: z.string(),
  region: z.string(),
  month: z.string(),
  tier: z.string(),
  at: z.string(),
});
export type PricingTier = z.infer<typeof pricingTierSchema>;

export const accountSchema = z.looseObject({
  setup: z.nullable(setupSchema),
  /** When the access token ends; null: never, or not known. */
  tokenExpiresAt: z.nullable(z.string()),
  standing: z.nullable(
    z.object({ state: z.enum(accountStates), detail: z.string(), at: z.string() }),
  ),
  restrictions: z.array(restrictionSchema),
  /** When the limits were last told. */
  limitsAt: z.nullable(z.string()),
  pricingTiers: z.array(pricingTierSchema),
  notices: z.array(noticeSchema),
});
export type Account = z.infer<typeof accountSchema>;

/** Nothing was told yet. */
export const QUIET: Account = {
  setup: null,
  tokenExpiresAt: null,
  standing: null,
  restrictions: [],
  limitsAt: null,
  pricingTiers: [],
  notices: [],
};

/** What one element of a callback says of an account. */
export interface News {
  readonly accountId: string;
  /** The one number it is about, by its digits or the provider's id; null: all of the account. */
  readonly number: string | null;
  /** By the provider's clock. */
  readonly at: string;
  readonly notice: Omit<Notice, "at">;
  readonly effect: Effect | null;
}

export type Effect =
  | { readonly kind: "limits"; readonly perSecond?: number; readonly users?: number | null }
  | { readonly kind: "standing"; readonly state: AccountState }
  | { readonly kind: "restrictions"; readonly found: readonly Omit<Restriction, "at">[] }
  | { readonly kind: "pricingTier"; readonly tier: PricingTier };

export const NOTICES_MAX = 50;
export const PRICING_TIERS_MAX = 100;

/** The same object when the news is none. */
export function accountAfter(account: Account, { at, notice, effect }: News): Account {
  const told = { ...notice, at };
  const notices = noted(account.notices, told);
  const before = notices === account.notices ? account : { ...account, notices };
  switch (effect?.kind) {
    case "standing":
      return standingAfter(before, { state: effect.state, detail: notice.detail, at });
    case "restrictions":
      return effect.found.reduce((all, one) => restrictedBy(all, { ...one, at }), before);
    case "pricingTier":
      return pricedBy(before, effect.tier);
    case "limits":
    case undefined:
      return before;
    default:
      return effect satisfies never;
  }
}

/** The newest, each once: what falls off the end falls off again when it is told again. */
function noted(notices: Notice[], told: Notice): Notice[] {
  const key = ({ at, what, detail }: Notice) => `${at} ${what} ${detail}`;
  const oldest = notices.length < NOTICES_MAX ? undefined : notices.at(-1);
  const isKnown = notices.some((one) => key(one) === key(told));
  if (isKnown || (oldest !== undefined && key(told) < key(oldest))) return notices;
  const all = [...notices, told].sort((one, other) => (key(one) < key(other) ? 1 : -1));
  return all.slice(0, NOTICES_MAX);
}

type Standing = NonNullable<Account["standing"]>;

/** @returns the same object unless this is the later word */
export function standingAfter(account: Account, told: Standing): Account {
  const { standing } = account;
  const rank = ({ at, state, detail }: Standing) =>
    `${at} ${accountStates.indexOf(state)} ${detail}`;
  if (standing !== null && rank(standing) >= rank(told)) return account;
  return { ...account, standing: told };
}

function restrictedBy(account: Account, told: Restriction): Account {
  const { restrictions } = account;
  const known = restrictions.find(({ initiatedBy }) => initiatedBy === told.initiatedBy);
  const rank = ({ at, until }: Restriction) => `${at} ${until}`;
  if (known !== undefined && rank(known) >= rank(told)) return account;
  const others = restrictions.filter((one) => one !== known);
  const all = [...others, told].sort((one, other) =>
    one.initiatedBy < other.initiatedBy ? -1 : 1,
  );
  return { ...account, restrictions: all };
}

/** Told more than once with other times: the earliest counts (WhatsApp reference, section 2.6). */
function pricedBy(account: Account, told: PricingTier): Account {
  const place = ({ month, category, region }: PricingTier) => `${month} ${category} ${region}`;
  const known = account.pricingTiers.find((one) => place(one) === place(told));
  const rank = ({ at, tier }: PricingTier) => `${at} ${tier}`;
  if (known !== undefined && rank(known) <= rank(told)) return account;
  const others = account.pricingTiers.filter((one) => one !== known);
  const all = [...others, told].sort((one, other) => (place(one) < place(other) ? 1 : -1));
  const kept = all.slice(0, PRICING_TIERS_MAX);
  return kept.includes(told) ? { ...account, pricingTiers: kept } : account;
}

/** Who may not be written to at this moment, by who began; a restriction ends by itself. */
export function restrictedAt(
  { restrictions }: Pick<Account, "restrictions">,
  at: string,
): Restriction[] {
  return restrictions.filter(({ until }) => until > at);
}
