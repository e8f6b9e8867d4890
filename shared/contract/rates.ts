import * as z from "zod";
import type { Cost, Price } from "../domain/messages.ts";
import { isFree, type RateCard, rateCategories } from "../domain/rates.ts";
import { id, time } from "./shapes.ts";

const AMOUNT = /^\d{1,6}(\.\d{1,8})?$/;

/** Money, wherever a price is shown. */
export const money = {
  amount: z.string().nullable().describe("Decimal; null when no rate is known"),
  currency: z.string().nullable(),
  estimated: z.boolean().describe("A rate card is no bill; only what is free is certain"),
  rateCard: z.string().nullable().describe("From which day on the figure counts"),
};

const rate = z.strictObject({
  prefix: z
    .string()
    .regex(/^\+\d{0,7}$/, "Give the beginning of a number, such as +44, or + for every number.")
    .describe("The longest one that fits the recipient's number decides"),
  category: z.enum(rateCategories),
  amount: z.string().regex(AMOUNT, "Give a decimal amount as text, such as 0.0225."),
});

const RATES_MAX = 200;
const PERIODS_MAX = 12;

const period = z.strictObject({
  effectiveFrom: z.iso.date().describe("The first day, UTC; it ends where the next one begins"),
  source: z.string().max(300).nullable().optional().describe("Where the figures come from"),
  rates: z.array(rate).max(RATES_MAX),
});

export const rateCardInput = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, "Give an ISO 4217 code, such as USD."),
  periods: z.array(period).max(PERIODS_MAX),
});

export const rateCard = z.object({
  currency: z.string().nullable(),
  periods: z.array(
    z.object({
      effectiveFrom: z.string(),
      source: z.string().nullable(),
      rates: z.array(rate),
    }),
  ),
  updatedAt: time.nullable(),
});

/** Without a card there are no figures: providers' prices are theirs to publish. */
export function viewRateCard(row: RateCard | null): z.infer<typeof rateCard> {
  if (row === null) return { currency: null, periods: [], updatedAt: null };
  const { currency, periods, updatedAt } = row;
  return { currency, periods, updatedAt };
}

export const priceQuery = z.strictObject({
  contentType: z.string().min(1).max(40).optional().describe("text, when absent"),
  templateId: id("template").optional().describe("Decides the category of a template"),
});

export const estimate = z.object({
  type: z.string().nullable().describe("What the provider will most likely call it"),
  category: z.string().nullable(),
  ...money,
  allowed: z.boolean().describe("Whether it may be sent now, as far as the window decides"),
  freeUntil: time.nullable().describe("The end of a free entry point"),
});

export function viewCost(price: Price, cost: Cost | null) {
  return {
    amount: cost?.amount ?? null,
    currency: cost?.currency ?? null,
    estimated: !isFree(price),
    rateCard: cost?.rateCard ?? null,
  };
}
