import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { capabilitiesOf } from "../../shared/domain/channels.ts";
import { closesAfter, isClosing, windowAt } from "../../shared/domain/window.ts";
import { AT, AT_MS, moment } from "./things.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const { windowMs } = capabilitiesOf("whatsapp");

describe("WhatsApp's window after the customer wrote", () => {
  const closesAt = closesAfter(windowMs, null, AT);

  test("closes 24 hours later", () => expect(closesAt).toBe("2026-11-23T10:00:00.000Z"));

  test.each([
    ["at once", 0, "open", false],
    ["22:59:59.999", DAY_MS - HOUR_MS - 1, "open", false],
    ["23:00:00.000", DAY_MS - HOUR_MS, "open", true],
    ["23:59:59.999", DAY_MS - 1, "open", true],
    ["24:00:00.000", DAY_MS, "closed", false],
    ["a year", 365 * DAY_MS, "closed", false],
  ])("%s later", (_, after, state, closing) => {
    const window = windowAt(windowMs, closesAt, AT_MS + after);
    expect(window).toEqual({ state, closesAt });
    expect(isClosing(window!, AT_MS + after)).toBe(closing);
  });
});

test("a window that never opened is closed", () => {
  const window = windowAt(windowMs, null, AT_MS);
  expect(window).toEqual({ state: "closed", closesAt: null });
  expect(isClosing(window!, AT_MS)).toBe(false);
});

test.each(["email", "sms"] as const)("%s has none", (kind) => {
  const none = capabilitiesOf(kind).windowMs;
  expect(windowAt(none, null, AT_MS)).toBeNull();
  expect(closesAfter(none, moment(DAY_MS), AT)).toBeNull();
});

test("a window never closes earlier, whatever arrives", () => {
  const after = fc.integer({ min: -30 * DAY_MS, max: 30 * DAY_MS });
  const property = fc.property(fc.array(after, { minLength: 1, maxLength: 20 }), (list) => {
    let closesAt: string | null = null;
    for (const each of list) {
      const next: string | null = closesAfter(DAY_MS, closesAt, moment(each));
      expect(closesAt === null || next! >= closesAt).toBe(true);
      closesAt = next;
    }
    expect(closesAt).toBe(moment(Math.max(...list) + DAY_MS));
  });
  fc.assert(property);
});
