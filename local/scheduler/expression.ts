import { AwsError } from "../parts.ts";

/**
 * When a schedule runs: once at a local time, or again and again. A day of a rate is 24 hours,
 * whatever daylight saving does. Times are milliseconds since the epoch.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export type Expression =
  | { readonly kind: "once"; readonly at: number }
  | { readonly kind: "rate"; readonly everyMs: number };

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Throws ValidationException for what AWS refuses, NotImplemented (501) for cron. */
export function parseExpression(text: string, timeZone: string): Expression {
  const zone = zoneFormat(timeZone);
  if (text.startsWith("cron(")) {
    throw new AwsError(
      "NotImplemented",
      "cron(...) is not imitated: use at(...) or rate(...).",
      501,
    );
  }
  const expression = parseAt(text, zone) ?? parseRate(text);
  if (expression === null) {
    throw new AwsError("ValidationException", `Invalid Schedule Expression ${text}.`);
  }
  return expression;
}

function parseAt(text: string, zone: Intl.DateTimeFormat): Expression | null {
  const [, date, time] = /^at\((\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\)$/.exec(text) ?? [];
  if (date === undefined || time === undefined) return null;
  const asUtc = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString() !== `${date}T${time}.000Z`) return null;
  return { kind: "once", at: instantOf(asUtc, zone) };
}

function parseRate(text: string): Expression | null {
  const [, count, unit] = /^rate\(([1-9]\d{0,8}) (minute|hour|day)s?\)$/.exec(text) ?? [];
  if (unit !== "minute" && unit !== "hour" && unit !== "day") return null;
  return { kind: "rate", everyMs: Number(count) * UNIT_MS[unit] };
}

/**
 * The instant at which clocks in the zone show a wall time, given as if it were UTC.
 *
 * An instant that shows the wall time is the wall time less the zone's offset, and the only offsets
 * in question are the ones a day before and a day after: no zone changes twice within two days.
 * When clocks go back the time comes twice, and AWS runs the schedule once: we take the first one.
 * When they go forward it never comes; a one-time schedule must not be lost, so it runs as much
 * after the gap as the time was into it (java.time and Temporal do the same; AWS does not say).
 */
function instantOf(wallAsUtc: number, zone: Intl.DateTimeFormat): number {
  const before = wallAsUtc - offsetAt(wallAsUtc - UNIT_MS.day, zone);
  const after = wallAsUtc - offsetAt(wallAsUtc + UNIT_MS.day, zone);
  if (before + offsetAt(before, zone) === wallAsUtc) return before;
  if (after + offsetAt(after, zone) === wallAsUtc) return after;
  return before;
}

/** What the zone's clocks show at an instant, less UTC. */
function offsetAt(instant: number, zone: Intl.DateTimeFormat): number {
  const parts = zone.formatToParts(instant);
  const [year, month, day, hour, minute, second] = (
    ["year", "month", "day", "hour", "minute", "second"] as const
  ).map((type) => Number(parts.find((part) => part.type === type)?.value));
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) - instant;
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AwsError("ValidationException", `Invalid ScheduleExpressionTimezone ${timeZone}.`);
  }
}
