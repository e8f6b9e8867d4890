/**
 * CloudWatch alarms of the template. An alarm here is raised when any period inside its evaluation
 * range breaches, as with `DatapointsToAlarm: 1`: on a laptop one wants to hear of it at once.
 * The cloud's clock may leap over many periods, so every period with data since the last check is
 * judged, and a period without data only if somebody was there to see that it had none.
 */

import * as z from "zod";
import type { Clock, Resource } from "../parts.ts";
import type { Metric, Metrics, Point } from "./metrics.ts";
import { periodStart, statisticOf } from "./metrics.ts";

const RAISED_MAX = 1_000;

const STATISTICS = ["Sum", "Average", "Minimum", "Maximum", "SampleCount"] as const;

const COMPARISONS = {
  GreaterThanThreshold: { holds: (a: number, b: number) => a > b, words: "greater than" },
  GreaterThanOrEqualToThreshold: { holds: (a: number, b: number) => a >= b, words: "at least" },
  LessThanThreshold: { holds: (a: number, b: number) => a < b, words: "less than" },
  LessThanOrEqualToThreshold: { holds: (a: number, b: number) => a <= b, words: "at most" },
} as const;

const dimensions = z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]);
/** Metrics are kept by the minute: shorter periods cannot be told apart. */
const period = z.int().multipleOf(60);

const judged = {
  AlarmName: z.string().optional(),
  Threshold: z.number(),
  EvaluationPeriods: z.int().min(1),
  ComparisonOperator: z.literal([
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
  ]),
  AlarmActions: z.array(z.string()).default([]),
  TreatMissingData: z.literal(["breaching", "notBreaching", "ignore", "missing"]).optional(),
};

const ignored = z.unknown().optional();

/** Properties that change nothing here; any other (math, percentiles, anomalies) is refused. */
const unjudged = {
  ActionsEnabled: ignored,
  AlarmDescription: ignored,
  DatapointsToAlarm: ignored,
  InsufficientDataActions: ignored,
  OKActions: ignored,
  Tags: ignored,
  Unit: ignored,
};

const ofOneMetric = z.strictObject({
  ...judged,
  ...unjudged,
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: dimensions,
  Statistic: z.literal(STATISTICS),
  Period: period,
});

const ofMetricList = z
  .strictObject({
    ...judged,
    ...unjudged,
    Metrics: z.tuple([
      z.strictObject({
        Id: z.string(),
        Label: ignored,
        ReturnData: z.literal(true).optional(),
        MetricStat: z.strictObject({
          Metric: z.strictObject({
            Namespace: z.string(),
            MetricName: z.string(),
            Dimensions: dimensions,
          }),
          Stat: z.literal(STATISTICS),
          Period: period,
          Unit: ignored,
        }),
      }),
    ]),
  })
  .transform(({ Metrics: [{ MetricStat: stat }], ...rest }) => ({
    ...rest,
    ...stat.Metric,
    Statistic: stat.Stat,
    Period: stat.Period,
  }));

type AlarmProperties = z.infer<typeof ofOneMetric> | z.infer<typeof ofMetricList>;

interface Rule {
  readonly name: string;
  readonly metric: Metric;
  readonly periodMs: number;
  readonly properties: AlarmProperties;
  /** Start of the latest period that breached. */
  breachedAt: number;
}

export interface Raised {
  readonly name: string;
  /** RFC 3339, when it was found. */
  readonly at: string;
  readonly reason: string;
}

/** A level that nobody reports but that can be asked for, such as the length of a queue. */
export type Gauges = (metric: Metric) => number | undefined;

export interface AlarmsParts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly gauges: Gauges;
  /** `AWS::CloudWatch::Alarm` resources. */
  readonly definitions: readonly Resource[];
  /** Carries out the alarm's actions; each is an ARN, for example of a topic. */
  readonly act: (action: string, alarm: Raised) => void;
}

export class Alarms {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #gauges: Gauges;
  readonly #rules: readonly Rule[];
  readonly #act: AlarmsParts["act"];
  readonly #startedAt: number;
  #checkedAt: number;
  readonly #raised: Raised[] = [];

  /** Throws for an alarm it cannot judge. */
  constructor({ clock, metrics, gauges, definitions, act }: AlarmsParts) {
    this.#act = act;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#gauges = gauges;
    this.#rules = definitions.map(ruleOf);
    this.#startedAt = clock.now();
    this.#checkedAt = this.#startedAt;
  }

  check(): void {
    const now = this.#clock.now();
    for (const rule of this.#rules) {
      this.#readGauge(rule, now);
      this.#judge(rule, now);
    }
    this.#checkedAt = now;
  }

  /** Every transition into ALARM, newest first. */
  list(): Raised[] {
    return [...this.#raised];
  }

  #readGauge({ metric }: Rule, now: number): void {
    const level = this.#gauges(metric);
    if (level === undefined) return;
    this.#metrics.add(metric.namespace, metric.name, metric.dimensions, level, now);
  }

  /** Looks one period further back than the last check, for values that came late. */
  #judge(rule: Rule, now: number): void {
    const { periodMs, metric } = rule;
    const lastSeen = periodStart(this.#checkedAt, periodMs);
    const points = this.#metrics.points(metric, periodMs, lastSeen - periodMs);
    for (const point of points) {
      if (breaches(rule, point, now)) this.#breach(rule, point.startAt, sentence(rule, point));
    }
    const missing = !points.some((point) => point.startAt === lastSeen);
    const lived = lastSeen >= this.#startedAt && lastSeen + periodMs <= now;
    if (missing && lived && rule.properties.TreatMissingData === "breaching") {
      this.#breach(rule, lastSeen, `${title(rule)} had no data, which counts as breaching.`);
    }
  }

  /** A breach within the evaluation range of the one before keeps the alarm as it is. */
  #breach(rule: Rule, startAt: number, reason: string): void {
    const rangeMs = rule.periodMs * rule.properties.EvaluationPeriods;
    const raised = startAt > rule.breachedAt + rangeMs;
    rule.breachedAt = Math.max(startAt, rule.breachedAt);
    if (!raised) return;
    const at = new Date(this.#clock.now()).toISOString();
    const alarm = { name: rule.name, at, reason };
    this.#raised.unshift(alarm);
    for (const action of rule.properties.AlarmActions) this.#act(action, alarm);
    if (this.#raised.length > RAISED_MAX) this.#raised.pop();
  }
}

function ruleOf({ logicalId, properties }: Resource): Rule {
  const parsed = ("Metrics" in properties ? ofMetricList : ofOneMetric).safeParse(properties);
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error);
    throw new Error(`Alarm ${logicalId} is of a kind that is not imitated:\n${why}`);
  }
  const { AlarmName, Namespace, MetricName, Dimensions, Period } = parsed.data;
  return {
    name: AlarmName ?? logicalId,
    metric: {
      namespace: Namespace,
      name: MetricName,
      dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    },
    periodMs: Period * 1000,
    properties: parsed.data,
    breachedAt: Number.NEGATIVE_INFINITY,
  };
}

/** A period under way may still grow, so only a whole one can be too small. */
function breaches({ properties, periodMs }: Rule, point: Point, now: number): boolean {
  const { ComparisonOperator: operator, Statistic, Threshold } = properties;
  const whole = point.startAt + periodMs <= now;
  if (operator.startsWith("LessThan") && !whole) return false;
  return COMPARISONS[operator].holds(statisticOf(point, Statistic), Threshold);
}

function title({ metric, periodMs, properties }: Rule): string {
  const of = Object.entries(metric.dimensions).map(([name, value]) => `${name} ${value}`);
  const where = [metric.namespace, ...of].join(", ");
  return `${properties.Statistic} of ${metric.name} (${where}) over ${periodMs / 1000} s`;
}

function sentence(rule: Rule, point: Point): string {
  const { Statistic, ComparisonOperator, Threshold } = rule.properties;
  const value = statisticOf(point, Statistic);
  const comparison = COMPARISONS[ComparisonOperator].words;
  return `${title(rule)} was ${value}, ${comparison} the threshold of ${Threshold}.`;
}
