import { describe, expect, test } from "vitest";
import { parseExpression } from "../../local/scheduler/expression.ts";

const MINUTE_MS = 60_000;

describe("at(...) in a time zone, also where the clocks change", () => {
  test.each([
    ["2026-12-01T09:00:00", "UTC", "2026-12-01T09:00:00Z", "no offset"],
    ["2026-12-01T09:00:00", "Africa/Lagos", "2026-12-01T08:00:00Z", "no daylight saving"],
    ["2026-07-01T09:00:00", "America/New_York", "2026-07-01T13:00:00Z", "summer"],
    ["2026-01-01T09:00:00", "America/New_York", "2026-01-01T14:00:00Z", "winter"],
    ["2026-01-01T00:30:00", "Asia/Kolkata", "2025-12-31T19:00:00Z", "half an hour, year before"],
    ["2026-06-01T00:00:00", "Pacific/Kiritimati", "2026-05-31T10:00:00Z", "fourteen hours ahead"],
    ["2026-06-01T00:00:00", "Pacific/Niue", "2026-06-01T11:00:00Z", "eleven hours behind"],
    ["2026-03-08T01:59:59", "America/New_York", "2026-03-08T06:59:59Z", "last second before a gap"],
    ["2026-03-08T02:00:00", "America/New_York", "2026-03-08T07:00:00Z", "start of a gap"],
    ["2026-03-08T02:30:00", "America/New_York", "2026-03-08T07:30:00Z", "in a gap: 03:30"],
    ["2026-03-08T03:00:00", "America/New_York", "2026-03-08T07:00:00Z", "end of a gap"],
    ["2026-11-01T00:59:59", "America/New_York", "2026-11-01T04:59:59Z", "before an overlap"],
    ["2026-11-01T01:30:00", "America/New_York", "2026-11-01T05:30:00Z", "overlap: the first"],
    ["2026-11-01T02:00:00", "America/New_York", "2026-11-01T07:00:00Z", "end of an overlap"],
    ["2026-03-29T01:30:00", "Europe/London", "2026-03-29T01:30:00Z", "London's gap: 02:30"],
    ["2026-10-25T01:30:00", "Europe/London", "2026-10-25T00:30:00Z", "London's overlap"],
    ["2026-10-04T02:15:00", "Australia/Lord_Howe", "2026-10-03T15:45:00Z", "a gap of half an hour"],
    [
      "2026-04-05T01:45:00",
      "Australia/Lord_Howe",
      "2026-04-04T14:45:00Z",
      "overlap of half an hour",
    ],
    ["2011-12-30T12:00:00", "Pacific/Apia", "2011-12-30T22:00:00Z", "a day that never was"],
    ["2028-02-29T12:00:00", "UTC", "2028-02-29T12:00:00Z", "leap day"],
  ])("%s in %s is %s (%s)", (local, zone, instant) => {
    const expected = { kind: "once", at: Date.parse(instant) };
    expect(parseExpression(`at(${local})`, zone)).toEqual(expected);
  });

  test.each([
    ["rate(1 minute)", MINUTE_MS],
    ["rate(5 minutes)", 5 * MINUTE_MS],
    ["rate(2 hours)", 120 * MINUTE_MS],
    ["rate(1 day)", 1_440 * MINUTE_MS],
  ])("%s is every %i ms", (text, everyMs) => {
    expect(parseExpression(text, "America/New_York")).toEqual({ kind: "rate", everyMs });
  });

  test.each([
    "at(2026-02-29T12:00:00)",
    "at(2026-12-01T24:00:00)",
    "at(2026-12-01T09:00)",
    "at(2026-12-01T09:00:00Z)",
    "at(2026-12-01 09:00:00)",
    "rate(0 minutes)",
    "rate(1.5 hours)",
    "rate(30 seconds)",
    "rate(1 week)",
    "every day",
  ])("%s is refused as AWS refuses it", (text) => {
    expect(() => parseExpression(text, "UTC")).toThrow(`Invalid Schedule Expression ${text}.`);
  });
});
