import * as z from "zod/mini";
import type { Cost, Price } from "./messages.ts";

/**
 * What a message costs. What is charged at all is the provider's rule and changes on known days
 * (WhatsApp reference, section 6.3); how much is the workspace's own rate card, because providers
 * publish their figures per market and change them. Nothing here is a bill.
 */
export const rateCategories = [
  "marketing",
  "utility",
  "authentication",
  "authentication_international",
  "service",
] as const;
export type RateCategory = (typeof rateCategories)[number];

export const rateSchema = z.object({
  /** The beginning of the recipient's number, with its plus; `+` alone fits every number. */
  prefix: z.string(),
  category: z.enum(rateCategories),
  /** Decimal text, for one message. */
  amount: z.string(),
});
export type Rate = z.infer<typeof rateSchema>;

export const rateCardSchema = z.looseObject({
  currency: z.string(),
  periods: z.array(
    z.object({
      /** The first day, `2026-10-01` (UTC); a period ends where the next one begins. */
      effectiveFrom: z.string(),
      /** Where the figures come from, for people. */
      source: z.nullable(z.string()),
      rates: z.array(rateSchema),
    }),
  ),
  updatedAt: z.string(),
  rev: z.number(),
});
export type RateCard = z.infer<typeof rateCardSchema>;

/** From this day on replies and utility templates inside the window are charged (section 6.3). */
const SERVICE_CHARGED_FROM = Date.parse("2026-10-01T00:00:00Z");

const HOUR_MS = 3_600_000;
/** A referral must be answered within a day, and is then free for three (section 6.2). */
const REFERRAL_ANSWERED_WITHIN_MS = 24 * HOUR_MS;
const FREE_ENTRY_MS = 72 * HOUR_MS;

/**
 * Until when everything is free after we answered at `answeredAt`. The first answer to a referral
 * counts. A fact about the price only: it never widens what may be sent.
 */
export function freeAfter(
  { referredAt, freeUntil }: { referredAt: string | null; freeUntil: string | null },
  answeredAt: string,
): string | null {
  if (referredAt === null) return freeUntil;
  const at = Date.parse(answeredAt);
  if (at - Date.parse(referredAt) >= REFERRAL_ANSWERED_WITHIN_MS) return freeUntil;
  const wasAnswered =
    freeUntil !== null && Date.parse(freeUntil) - FREE_ENTRY_MS >= Date.parse(referredAt);
  if (wasAnswered) return freeUntil;
  return new Date(at + FREE_ENTRY_MS).toISOString();
}

/** What decides the price of a message that is not sent yet. */
export interface Situation {
  readonly category: RateCategory;
  readonly isWindowOpen: boolean;
  readonly freeUntil: string | null;
  /** When a service message of this number was last charged, by the provider's own word. */
  readonly serviceChargedAt: string | null;
}

/** What the provider will most likely call it. */
export function expectedPrice(situation: Situation, now: number): Price {
  return { model: "PMP", type: typeOf(situation, now), category: situation.category };
}

function typeOf(situation: Situation, now: number): string {
  const { category, isWindowOpen, freeUntil, serviceChargedAt } = situation;
  if (freeUntil !== null && now < Date.parse(freeUntil)) return "free_entry_point";
  const isCharged = now >= SERVICE_CHARGED_FROM;
  switch (category) {
    case "marketing":
    case "authentication":
    case "authentication_international":
      return "regular";
    case "utility":
      return isWindowOpen && !isCharged ? "free_customer_service" : "regular";
    case "service":
      return isCharged && sameMonth(serviceChargedAt, now) ? "regular" : "free_customer_service";
    default:
      return category satisfies never;
  }
}

/**
 * Each number has a thousand free service messages in a calendar month. They are not counted: the
 * provider calls the first one that it charges `regular`, so one mark per number and month tells.
 */
export function isFirstCharged(price: Price, at: string, markedAt: string | null): boolean {
  if (price.category !== "service" || price.type !== "regular") return false;
  const now = Date.parse(at);
  if (now < SERVICE_CHARGED_FROM || sameMonth(markedAt, now)) return false;
  return markedAt === null || markedAt < at;
}

const MONTH_LENGTH = "2026-10".length;

function sameMonth(at: string | null, now: number): boolean {
  return at?.slice(0, MONTH_LENGTH) === new Date(now).toISOString().slice(0, MONTH_LENGTH);
}

const NOTHING: Cost = { amount: null, currency: null, rateCard: null };

/** The provider's word for "not charged": every kind of `free_...` (section 5). */
export function isFree({ type }: Price): boolean {
  return type?.startsWith("free_") === true;
}

/**
 * The price in money by the card that counted on that day.
 *
 * @param number of the recipient, digits with plus; null when the provider hides it
 */
export function costOf(
  card: RateCard | null,
  price: Price,
  number: string | null,
  at: string,
): Cost {
  if (isFree(price)) return { amount: "0", currency: card?.currency ?? null, rateCard: null };
  const day = at.slice(0, "2026-10-01".length);
  const period = card?.periods
    .filter(({ effectiveFrom }) => effectiveFrom <= day)
    .toSorted((one, other) => (one.effectiveFrom < other.effectiveFrom ? 1 : -1))[0];
  if (card === null || period === undefined) return NOTHING;
  for (const category of categoriesOf(price.category)) {
    const rate = rateFor(period.rates, category, number ?? "+");
    if (rate !== null) {
      const { amount } = rate;
      return { amount, currency: card.currency, rateCard: period.effectiveFrom };
    }
  }
  return NOTHING;
}

/** The longest beginning of the number decides. */
function rateFor(rates: readonly Rate[], category: RateCategory, number: string): Rate | null {
  const fitting = rates.filter((rate) => rate.category === category);
  const found = fitting.filter(({ prefix }) => number.startsWith(prefix));
  return found.toSorted((one, other) => other.prefix.length - one.prefix.length)[0] ?? null;
}

/** Where a card says nothing of its own: a reply costs what a utility message does (6.3). */
const INSTEAD: Readonly<Record<string, readonly RateCategory[]>> = {
  marketing: ["marketing"],
  marketing_lite: ["marketing"],
  utility: ["utility"],
  service: ["service", "utility"],
  authentication: ["authentication"],
  // Webhooks spell it with a hyphen (section 5).
  "authentication-international": ["authentication_international", "authentication"],
  authentication_international: ["authentication_international", "authentication"],
};

function categoriesOf(category: string | null): readonly RateCategory[] {
  return category !== null && Object.hasOwn(INSTEAD, category) ? (INSTEAD[category] ?? []) : [];
}
