import { describe, expect, test } from "vitest";
import type { Price } from "../../shared/domain/messages.ts";
import {
  costOf,
  expectedPrice,
  freeAfter,
  isFirstCharged,
  type RateCard,
  type RateCategory,
  type Situation,
} from "../../shared/domain/rates.ts";
import { AT, moment } from "./things.ts";

const HOUR_MS = 3_600_000;
const BEFORE = Date.parse("2026-09-30T23:59:59.999Z");
const FROM = Date.parse("2026-10-01T00:00:00.000Z");

const situation = (given: Partial<Situation> = {}): Situation => ({
  category: "service",
  isWindowOpen: true,
  freeUntil: null,
  serviceChargedAt: null,
  ...given,
});

/** WhatsApp reference, section 6.3, row by row. */
describe.each([
  ["marketing", true, "regular", "regular"],
  ["marketing", false, "regular", "regular"],
  ["authentication", true, "regular", "regular"],
  ["authentication", false, "regular", "regular"],
  ["authentication_international", true, "regular", "regular"],
  ["utility", false, "regular", "regular"],
  ["utility", true, "free_customer_service", "regular"],
  ["service", true, "free_customer_service", "free_customer_service"],
] as const)("%s, window open: %s", (category, isWindowOpen, before, from) => {
  test.each([
    ["the last moment of September 2026", BEFORE, before],
    ["the first moment of October 2026", FROM, from],
  ])("%s", (_, now, type) => {
    const given = situation({ category, isWindowOpen });
    expect(expectedPrice(given, now)).toEqual({ model: "PMP", type, category });
  });

  test("is free in a free entry point, to its last moment", () => {
    const freeUntil = new Date(FROM).toISOString();
    const given = situation({ category, isWindowOpen, freeUntil });
    expect(expectedPrice(given, FROM - 1).type).toBe("free_entry_point");
    expect(expectedPrice(given, FROM).type).toBe(from);
  });
});

describe("the free service messages of a month", () => {
  test.each([
    ["nothing was charged yet", null, "free_customer_service"],
    ["one was charged this month", "2026-11-03T08:00:00.000Z", "regular"],
    ["one was charged last month", "2026-10-31T23:59:59.999Z", "free_customer_service"],
    ["one was charged a year ago", "2025-11-03T08:00:00.000Z", "free_customer_service"],
  ])("%s", (_, serviceChargedAt, type) => {
    expect(expectedPrice(situation({ serviceChargedAt }), Date.parse(AT)).type).toBe(type);
  });

  const price = (given: Partial<Price> = {}): Price => ({
    model: "PMP",
    type: "regular",
    category: "service",
    ...given,
  });
  test.each([
    ["the first charged one marks it", price(), AT, null, true],
    ["the second does not", price(), AT, AT, false],
    ["the first of the next month does", price(), "2026-12-01T00:00:00.000Z", AT, true],
    [
      "one told late, of a month that is over, does not",
      price(),
      "2026-10-09T08:00:00.000Z",
      AT,
      false,
    ],
    ["a free one does not", price({ type: "free_customer_service" }), AT, null, false],
    ["a template does not", price({ category: "utility" }), AT, null, false],
    ["one before charging began does not", price(), "2026-09-30T23:59:59.999Z", null, false],
  ])("%s", (_, told, at, markedAt, expected) => {
    expect(isFirstCharged(told, at, markedAt)).toBe(expected);
  });
});

describe("a free entry point", () => {
  const old = moment(-90 * HOUR_MS);
  test.each([
    ["opens with an answer, for three days from it", AT, null, HOUR_MS, 73 * HOUR_MS],
    ["opens with an answer at 23:59:59.999", AT, null, 24 * HOUR_MS - 1, 96 * HOUR_MS - 1],
    ["does not open with an answer at 24:00:00.000", AT, null, 24 * HOUR_MS, null],
    ["does not open without a referral", null, null, HOUR_MS, null],
    ["is not prolonged by the next answer", null, moment(HOUR_MS), 2 * HOUR_MS, HOUR_MS],
    ["opens anew with another referral", AT, old, HOUR_MS, 73 * HOUR_MS],
  ])("%s", (_, referredAt, freeUntil, answeredAfter, expected) => {
    const at = freeAfter({ referredAt, freeUntil }, moment(answeredAfter));
    expect(at).toBe(expected === null ? null : moment(expected));
  });
});

const rate = (prefix: string, category: RateCategory, amount: string) => ({
  prefix,
  category,
  amount,
});
/** Figures of nobody, to tell them apart. */
const card: RateCard = {
  currency: "EUR",
  periods: [
    {
      effectiveFrom: "2026-11-01",
      source: "the test",
      rates: [
        rate("+44", "utility", "0.02"),
        rate("+4477", "utility", "0.03"),
        rate("+44", "marketing", "0.05"),
        rate("+", "marketing", "0.09"),
        rate("+44", "authentication", "0.01"),
      ],
    },
    { effectiveFrom: "2026-10-01", source: null, rates: [rate("+44", "utility", "0.01")] },
  ],
  updatedAt: AT,
  rev: 1,
};

describe("money by a card", () => {
  const of = (category: string | null, type = "regular"): Price => ({
    model: "PMP",
    type,
    category,
  });
  const nothing = { amount: null, currency: null, rateCard: null };
  const euro = (amount: string, rateCard = "2026-11-01") => ({ amount, currency: "EUR", rateCard });

  test.each([
    ["by the number", of("utility"), "+44200", AT, euro("0.02")],
    ["by the longest beginning", of("utility"), "+447700900123", AT, euro("0.03")],
    [
      "by the day before",
      of("utility"),
      "+44200",
      "2026-10-31T23:59:59.999Z",
      euro("0.01", "2026-10-01"),
    ],
    ["by no card yet", of("utility"), "+44200", "2026-09-30T23:59:59.999Z", nothing],
    ["for every number", of("marketing"), "+15550100001", AT, euro("0.09")],
    ["for a hidden number", of("marketing"), null, AT, euro("0.09")],
    ["for a hidden number without such a rate", of("utility"), null, AT, nothing],
    ["of a reply, as a utility message", of("service"), "+44200", AT, euro("0.02")],
    [
      "of international authentication",
      of("authentication-international"),
      "+44200",
      AT,
      euro("0.01"),
    ],
    ["of light marketing", of("marketing_lite"), "+44200", AT, euro("0.05")],
    ["of a category nobody knows", of("general_purpose_ai"), "+44200", AT, nothing],
    ["of no category", of(null), "+44200", AT, nothing],
    ["of a number without a rate", of("utility"), "+15550100001", AT, nothing],
    [
      "of what is free",
      of("service", "free_customer_service"),
      "+44200",
      AT,
      { amount: "0", currency: "EUR", rateCard: null },
    ],
    [
      "of what is free in a way nobody knows",
      of("service", "free_tier"),
      "+44200",
      AT,
      { amount: "0", currency: "EUR", rateCard: null },
    ],
  ] as const)("%s", (_, price, number, at, expected) => {
    expect(costOf(card, price, number, at)).toEqual(expected);
  });

  test("without a card is not known, and what is free is free", () => {
    expect(costOf(null, of("utility"), "+44200", AT)).toEqual(nothing);
    const free = { amount: "0", currency: null, rateCard: null };
    expect(costOf(null, of("utility", "free_entry_point"), "+44200", AT)).toEqual(free);
  });
});
