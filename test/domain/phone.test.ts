import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { phoneOf } from "../../shared/domain/phone.ts";

describe("a phone number", () => {
  test.each([
    ["of Great Britain", "+447911123456", "+447911123456"],
    ["as people write it", "+44 7911 123 456", "+447911123456"],
    ["with a trunk zero in brackets", "+44 (0)7911 123456", "+447911123456"],
    ["with dots and dashes", "+1.555.010-0001", "+15550100001"],
    ["without the plus", "447911123456", "+447911123456"],
    ["with spaces around", "  +447911123456 ", "+447911123456"],
    ["of the fictional range", "+447700900001", "+447700900001"],
    ["of a fictional range with an error code", "+447700131026", "+447700131026"],
    ["of Brazil with the ninth digit", "+5511987654321", "+5511987654321"],
    ["of Brazil without it", "+551187654321", "+551187654321"],
    ["of Mexico", "+525512345678", "+525512345678"],
    ["of Argentina as WhatsApp writes it", "+5491123456789", "+5491123456789"],
    ["of Argentina as one dials it", "+541123456789", "+541123456789"],
    ["at the longest that E.164 allows and more", "+4915112345678901", "+4915112345678901"],
  ])("%s is E.164 with plus", (_, text, phone) => expect(phoneOf(text)).toBe(phone));

  test.each([
    ["nothing", ""],
    ["a plus", "+"],
    ["a country code alone", "+44"],
    ["too short", "+44770"],
    ["too long", "+4479111234567"],
    ["an unknown country code", "+999123456789"],
    ["a national number", "07911123456"],
    ["a number behind the exit code", "00447911123456"],
    ["letters", "+1800FLOWERS"],
    ["words", "call me"],
    ["words around a number", "+44 7911 123456 please"],
    ["two numbers", "+447911123456, +447911123457"],
    ["a BSUID", "GB.71000000000000000001"],
    // Numbers of Mexico lost their 1 in 2019; WhatsApp still writes 521, and such a wa_id stands
    // alone (contract, section 5).
    ["of Mexico with the 1 of old", "+5215512345678"],
  ])("is not %s", (_, text) => expect(phoneOf(text)).toBeNull());

  test("is E.164 or null, whatever is typed, and stays as it is", () => {
    const typed = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.stringMatching(/^\+?[0-9 ().-]{0,24}$/),
      fc.string({ unit: "binary", maxLength: 40 }),
    );
    const property = fc.property(typed, (text) => {
      const phone = phoneOf(text);
      if (phone === null) return;
      expect(phone).toMatch(/^\+[1-9]\d{4,16}$/);
      expect(phoneOf(phone)).toBe(phone);
    });
    fc.assert(property);
  });
});
