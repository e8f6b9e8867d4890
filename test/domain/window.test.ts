import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { capabilitiesOf } from "../../shared/domain/channels.ts";
import {
  closesAfter,
  isClosing,
  openedBetween,
  windowAt,
  windowNews,
} from "../../shared/domain/window.ts";
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

describe("what a look at the clock tells", () => {
  const closesAt = moment(DAY_MS);
  const tell = {
    closing: { state: "closing", closesAt },
    closed: { state: "closed", closesAt },
  } as const;
  const older = { state: "closed", closesAt: moment(-DAY_MS) } as const;

  test.each([
    ["at once", 0, null, null, DAY_MS - HOUR_MS],
    ["22:59:59.999", DAY_MS - HOUR_MS - 1, null, null, DAY_MS - HOUR_MS],
    ["23:00:00.000", DAY_MS - HOUR_MS, null, "closing", DAY_MS],
    ["23:00:00.000 again", DAY_MS - HOUR_MS, tell.closing, null, DAY_MS],
    ["23:00:00.000 of the next window", DAY_MS - HOUR_MS, older, "closing", DAY_MS],
    ["23:59:59.999, late", DAY_MS - 1, null, "closing", DAY_MS],
    ["24:00:00.000", DAY_MS, tell.closing, "closed", null],
    ["24:00:00.000 without a warning", DAY_MS, null, "closed", null],
    ["24:00:00.000 again", DAY_MS, tell.closed, null, null],
    ["a year late", 365 * DAY_MS, null, "closed", null],
    ["an hour before it opens, by a clock behind", -HOUR_MS, null, null, DAY_MS - HOUR_MS],
  ] as const)("%s", (_, after, told, expected, lookAfter) => {
    const lookAt = lookAfter === null ? null : AT_MS + lookAfter;
    expect(windowNews(closesAt, told, AT_MS + after)).toEqual({ tell: expected, lookAt });
  });
});

describe("that a window opened", () => {
  const at = (after: number | null) => (after === null ? null : moment(after));
  test.each([
    ["first message", null, DAY_MS, 0],
    ["a second one in the window", DAY_MS, 2 * DAY_MS - 1, null],
    ["one in its last millisecond", DAY_MS, 2 * DAY_MS - 1, null],
    ["one in the millisecond it closed", DAY_MS, 2 * DAY_MS, DAY_MS],
    ["one long after", DAY_MS, 30 * DAY_MS, 29 * DAY_MS],
    ["one that came late and changes nothing", DAY_MS, DAY_MS, null],
    ["no window yet", null, null, null],
  ])("%s", (_, before, after, openedAt) => {
    expect(openedBetween(DAY_MS, at(before), at(after))).toBe(at(openedAt));
    expect(openedBetween(null, at(before), at(after))).toBeNull();
  });
});

/** Windows are counted in elapsed time: clocks on walls, and those of providers, change nothing. */
describe("a window of 24 hours", () => {
  test.each([
    ["over a spring forward in London", "2026-03-28T12:00:00.000Z", "2026-03-29T12:00:00.000Z"],
    ["over an autumn back in London", "2026-10-24T12:00:00.000Z", "2026-10-25T12:00:00.000Z"],
    ["over a leap day", "2028-02-28T18:30:00.000Z", "2028-02-29T18:30:00.000Z"],
    ["over the end of a year", "2026-12-31T23:59:59.999Z", "2027-01-01T23:59:59.999Z"],
    ["over a leap second (2016)", "2016-12-31T12:00:00.000Z", "2017-01-01T12:00:00.000Z"],
    ["over the change to charging", "2026-09-30T20:00:00.000Z", "2026-10-01T20:00:00.000Z"],
  ])("%s", (_, wroteAt, closesAt) => {
    expect(closesAfter(windowMs, null, wroteAt)).toBe(closesAt);
    const ends = Date.parse(closesAt);
    expect(windowAt(windowMs, closesAt, ends - 1)?.state).toBe("open");
    expect(windowAt(windowMs, closesAt, ends)?.state).toBe("closed");
  });

  test("in every zone of the world closes at the same moment", () => {
    const closes = [
      "2026-03-28T12:00:00Z",
      "2026-03-28T08:00:00-04:00",
      "2026-03-29T01:45:00+13:45",
    ];
    expect(new Set(closes.map((at) => closesAfter(windowMs, null, at))).size).toBe(1);
  });
});
