import fc from "fast-check";
import { expect, test } from "vitest";
import { consented, consentStates, type ToldConsent } from "../../shared/domain/consents.ts";
import { moment } from "./things.ts";

const consent = (state: ToldConsent["state"], after: number): ToldConsent => ({
  purpose: "marketing",
  state,
  at: moment(after),
  source: "user_preferences",
  evidence: {},
});
const marketing = (...told: ToldConsent[]) =>
  told.reduce((known, one) => consented(known, "whatsapp", one), {});

test("the newest counts, and of the same time the no", () => {
  const yes = consent("opted_in", 1_000);
  const no = consent("opted_out", 1_000);
  expect(marketing(no, yes)).toEqual(marketing(yes, no));
  expect(marketing(yes, no)).toMatchObject({ whatsapp: { marketing: { state: "opted_out" } } });
  expect(marketing(no, consent("opted_in", 2_000))).toMatchObject({
    whatsapp: { marketing: { state: "opted_in", at: moment(2_000) } },
  });
});

test("of every kind of channel and purpose is known by itself", () => {
  const known = consented(marketing(consent("opted_out", 0)), "email", consent("opted_in", 0));
  expect(known).toMatchObject({
    whatsapp: { marketing: { state: "opted_out" } },
    email: { marketing: { state: "opted_in" } },
  });
});

test("any order ends the same, and a repeat changes nothing", () => {
  const told = fc.array(
    fc
      .tuple(fc.constantFrom(...consentStates), fc.nat(4))
      .map(([state, after]) => consent(state, after)),
    { maxLength: 6 },
  );
  const orders = told.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(orders, ([list, shuffled]) => {
      const known = marketing(...list);
      expect(marketing(...shuffled)).toEqual(known);
      for (const one of list) expect(consented(known, "whatsapp", one)).toBe(known);
    }),
  );
});
