import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accountAfter,
  accountStates,
  type Effect,
  initiators,
  type News,
  NOTICES_MAX,
  QUIET,
  restrictedAt,
} from "../../shared/domain/accounts.ts";
import { type Channel, heard, holds, paused, resumed } from "../../shared/domain/channels.ts";
import { channelWith, moment } from "./things.ts";

const newsAt = (after: number, effect: Effect | null, detail = "x"): News => ({
  accountId: "200000000000001",
  number: null,
  at: moment(after),
  notice: { what: "event", level: "info", detail },
  effect,
});

const standing = (state: (typeof accountStates)[number]): Effect => ({ kind: "standing", state });
const restriction = (initiatedBy: (typeof initiators)[number], until: number): Effect => ({
  kind: "restrictions",
  found: [{ initiatedBy, until: moment(until) }],
});

/** Few moments and values, so that they meet. */
const place = fc.integer({ min: 0, max: 4 }).map((step) => step * 1_000);
const effects: fc.Arbitrary<Effect | null> = fc.oneof(
  fc.constant(null),
  fc.constantFrom(...accountStates).map(standing),
  fc.tuple(fc.constantFrom(...initiators), place).map(([who, until]) => restriction(who, until)),
  fc
    .tuple(fc.constantFrom("a", "b"), fc.constantFrom("1:2", "2:3"), place)
    .map(([region, tier, at]): Effect => {
      const price = { category: "marketing", region, month: "2026-11", tier, at: moment(at) };
      return { kind: "pricingTier", tier: price };
    }),
);
const news = fc
  .tuple(place, effects, fc.constantFrom("x", "y"))
  .map(([at, effect, detail]) => newsAt(at, effect, detail));

describe("what a provider tells of an account", () => {
  test("comes to the same in any order, however often", () => {
    const told = fc.array(news, { maxLength: 12 });
    fc.assert(
      fc.property(told, fc.infiniteStream(fc.nat()), (all, order) => {
        const twice = [...all, ...all].map((one) => ({ one, rank: order.next().value ?? 0 }));
        const shuffled = twice.sort((a, b) => a.rank - b.rank).map(({ one }) => one);
        expect(shuffled.reduce(accountAfter, QUIET)).toEqual(all.reduce(accountAfter, QUIET));
      }),
    );
  });

  test("is the very object when it is no news", () => {
    const once = [newsAt(1, standing("disabled")), newsAt(2, restriction("business", 9))];
    const after = once.reduce(accountAfter, QUIET);
    for (const one of once) expect(accountAfter(after, one)).toBe(after);
  });

  test("keeps the newest notices only, and forgets the others for good", () => {
    const all = Array.from({ length: NOTICES_MAX + 3 }, (_, at) => newsAt(at * 1_000, null));
    const after = all.reduce(accountAfter, QUIET);
    expect(after.notices).toHaveLength(NOTICES_MAX);
    expect(after.notices[0]?.at).toBe(all.at(-1)?.at);
    expect(accountAfter(after, all[0]!)).toBe(after);
  });

  test("ends a restriction by itself, to the millisecond", () => {
    const after = accountAfter(QUIET, newsAt(0, restriction("business", 5_000)));
    expect(restrictedAt(after, moment(4_999))).toHaveLength(1);
    expect(restrictedAt(after, moment(5_000))).toEqual([]);
  });

  test("keeps the earliest of two words about a price", () => {
    const tier = { category: "marketing", region: "IN", month: "2026-11" };
    const told = [3_000, 1_000, 2_000].map((at) =>
      newsAt(9, { kind: "pricingTier", tier: { ...tier, tier: `${at}`, at: moment(at) } }),
    );
    const { pricingTiers } = told.reduce(accountAfter, QUIET);
    expect(pricingTiers).toEqual([{ ...tier, tier: "1000", at: moment(1_000) }]);
  });
});

describe("what it does to the channel", () => {
  const hear = (channel: Channel, ...all: News[]) =>
    all.reduce((before, one) => heard(before, one, moment(10)), channel);
  const silenced = [
    newsAt(1, restriction("business", 60_000)),
    newsAt(2, restriction("customer", 60_000)),
  ];

  test.each<[string, News[], Channel["status"]]>([
    ["a disabled account breaks it", [newsAt(1, standing("disabled"))], "broken"],
    ["a removed account breaks it", [newsAt(1, standing("removed"))], "broken"],
    [
      "one that is reinstated mends it, in whatever order it is told",
      [newsAt(2, standing("ok")), newsAt(1, standing("disabled"))],
      "connected",
    ],
    ["one restriction leaves it", silenced.slice(0, 1), "connected"],
    ["both break it", silenced, "broken"],
    ["a notice leaves it", [newsAt(1, null)], "connected"],
  ])("%s", (_, told, status) => expect(hear(channelWith(), ...told).status).toBe(status));

  test("the later word about limits counts, also against a check", () => {
    const limits = (users: number | null): Effect => ({ kind: "limits", users });
    const late = hear(channelWith(), newsAt(2, limits(10_000)), newsAt(1, limits(250)));
    expect(late.limits).toEqual({ perSecond: 80, uniqueUsersPerDay: 10_000 });
    const fast = hear(late, newsAt(3, { kind: "limits", perSecond: 1_000 }));
    expect(fast.limits).toEqual({ perSecond: 1_000, uniqueUsersPerDay: 10_000 });
    expect(hear(fast, newsAt(4, limits(null))).limits.uniqueUsersPerDay).toBeNull();
  });

  test("the same told twice is the very object", () => {
    const once = hear(channelWith(), ...silenced);
    expect(hear(once, ...silenced)).toBe(once);
  });

  test("a restriction of the business holds templates, one of the customer the rest", () => {
    const [business, customer] = silenced;
    const byBusiness = hear(channelWith(), business!);
    const byCustomer = hear(channelWith(), customer!);
    const at = moment(20);
    expect([holds(byBusiness, "template", at), holds(byBusiness, "text", at)]).toEqual([
      true,
      false,
    ]);
    expect([holds(byCustomer, "template", at), holds(byCustomer, "text", at)]).toEqual([
      false,
      true,
    ]);
    expect(holds(byBusiness, "template", moment(60_000))).toBe(false);
    expect(holds(channelWith({ status: "pending" }), "text", at)).toBe(true);
  });

  test("whoever resumes gets what the channel would be", () => {
    const rest = paused(channelWith(), moment(1));
    expect(rest.status).toBe("paused");
    expect(hear(rest, newsAt(1, standing("disabled"))).status).toBe("paused");
    expect(resumed(rest, moment(2)).status).toBe("connected");
    const banned = hear(rest, newsAt(1, standing("disabled")));
    expect(resumed(banned, moment(2)).status).toBe("broken");
    const well = channelWith();
    expect(resumed(well, moment(2))).toBe(well);
  });
});
