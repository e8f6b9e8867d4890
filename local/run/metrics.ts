/**
 * CloudWatch metrics as far as alarms need them: values are folded into minutes, CloudWatch's
 * standard resolution, and forgotten after a day of data, the longest an alarm may look back
 * (CloudWatch user guide, "Evaluating an alarm").
 */

const MINUTE_MS = 60_000;
const MINUTES_MAX = 1_440;
const SERIES_MAX = 2_000;

/** Exactly these dimensions: CloudWatch never adds up over dimensions. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What was measured in one period that had data. */
export interface Point {
  readonly startAt: number;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

export type Statistic = "Sum" | "Average" | "Minimum" | "Maximum" | "SampleCount";

export class Metrics {
  readonly #series = new Map<string, Map<number, Point>>();

  add(
    namespace: string,
    name: string,
    dimensions: Readonly<Record<string, string>>,
    value: number,
    at: number,
  ): void {
    const key = keyOf({ namespace, name, dimensions });
    const minutes = this.#series.get(key) ?? new Map<number, Point>();
    const startAt = periodStart(at, MINUTE_MS);
    const one = { startAt, count: 1, sum: value, minimum: value, maximum: value };
    const known = minutes.get(startAt);
    minutes.set(startAt, known === undefined ? one : fold(known, one));
    this.#series.set(key, minutes);
    dropOldest(minutes, MINUTES_MAX);
    dropOldest(this.#series, SERIES_MAX);
  }

  /** Periods with data that start at `fromMs` or later, in order; periods count from the epoch. */
  points(metric: Metric, periodMs: number, fromMs: number): Point[] {
    const periods = new Map<number, Point>();
    for (const minute of this.#series.get(keyOf(metric))?.values() ?? []) {
      const startAt = periodStart(minute.startAt, periodMs);
      if (startAt < fromMs) continue;
      const known = periods.get(startAt);
      periods.set(startAt, known === undefined ? { ...minute, startAt } : fold(known, minute));
    }
    return [...periods.values()].sort((a, b) => a.startAt - b.startAt);
  }
}

export function periodStart(at: number, periodMs: number): number {
  return Math.floor(at / periodMs) * periodMs;
}

export function statisticOf(point: Point, statistic: Statistic): number {
  switch (statistic) {
    case "Sum":
      return point.sum;
    case "Average":
      return point.sum / point.count;
    case "Minimum":
      return point.minimum;
    case "Maximum":
      return point.maximum;
    case "SampleCount":
      return point.count;
    default:
      return statistic satisfies never;
  }
}

function fold(into: Point, more: Point): Point {
  return {
    startAt: into.startAt,
    count: into.count + more.count,
    sum: into.sum + more.sum,
    minimum: Math.min(into.minimum, more.minimum),
    maximum: Math.max(into.maximum, more.maximum),
  };
}

function keyOf({ namespace, name, dimensions }: Metric): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}

function dropOldest<K, V>(map: Map<K, V>, sizeMax: number): void {
  if (map.size <= sizeMax) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
