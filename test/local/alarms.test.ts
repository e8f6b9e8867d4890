import { beforeEach, describe, expect, it } from "vitest";
import type { Resource } from "../../local/parts.ts";
import { Alarms, type Gauges, type Raised } from "../../local/run/alarms.ts";
import { Metrics } from "../../local/run/metrics.ts";

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 0, 1, 12, 0, 0);

const ERRORS = {
  AlarmName: "api-errors",
  AlarmDescription: "The api function fails.",
  Namespace: "AWS/Lambda",
  MetricName: "Errors",
  Dimensions: [{ Name: "FunctionName", Value: "api" }],
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 2,
  ComparisonOperator: "GreaterThanOrEqualToThreshold",
  TreatMissingData: "notBreaching",
};

let now: number;
let metrics: Metrics;
/** What the alarms did, with the alarm they did it for. */
let acts: [action: string, alarm: Raised][];

beforeEach(() => {
  now = START;
  metrics = new Metrics();
  acts = [];
});

function alarmsOf(properties: Record<string, unknown>, gauges: Gauges = () => undefined): Alarms {
  const definition: Resource = {
    stack: "core",
    logicalId: "Alarm1",
    type: "AWS::CloudWatch::Alarm",
    properties,
  };
  return new Alarms({
    clock: { now: () => now },
    metrics,
    gauges,
    definitions: [definition],
    act: (action, alarm) => acts.push([action, alarm]),
  });
}

function fail(count: number): void {
  metrics.add("AWS/Lambda", "Errors", { FunctionName: "api" }, count, now);
}

describe("an alarm", () => {
  it("is raised once at its threshold and says the figure", () => {
    const alarms = alarmsOf(ERRORS);
    fail(1);
    alarms.check();
    expect(alarms.list()).toStrictEqual([]);
    fail(1);
    alarms.check();
    alarms.check();
    expect(alarms.list()).toStrictEqual([
      {
        name: "api-errors",
        at: "2026-01-01T12:00:00.000Z",
        reason:
          "Sum of Errors (AWS/Lambda, FunctionName api) over 60 s was 2, " +
          "at least the threshold of 2.",
      },
    ]);
  });

  it("is not raised by the same sum in two periods, or by another function", () => {
    const alarms = alarmsOf(ERRORS);
    fail(1);
    now += MINUTE_MS;
    fail(1);
    metrics.add("AWS/Lambda", "Errors", { FunctionName: "send" }, 5, now);
    alarms.check();
    expect(alarms.list()).toStrictEqual([]);
  });

  it("carries out each of its actions once per transition", () => {
    const alarms = alarmsOf({ ...ERRORS, AlarmActions: ["arn:topic-a", "arn:topic-b"] });
    fail(1);
    alarms.check();
    expect(acts).toStrictEqual([]);
    fail(1);
    alarms.check();
    alarms.check();
    const [first] = alarms.list();
    expect(acts).toStrictEqual([
      ["arn:topic-a", first],
      ["arn:topic-b", first],
    ]);
    now += 2 * MINUTE_MS;
    fail(2);
    alarms.check();
    expect(acts.slice(2)).toStrictEqual([
      ["arn:topic-a", alarms.list()[0]],
      ["arn:topic-b", alarms.list()[0]],
    ]);
  });

  it.each([
    [1, 1, 1],
    [1, 2, 2],
    [3, 3, 1],
    [3, 4, 2],
  ])(
    "with %i periods stays raised by a breach %i periods later: %i transitions",
    (periods, gap, transitions) => {
      const alarms = alarmsOf({ ...ERRORS, EvaluationPeriods: periods });
      fail(2);
      alarms.check();
      now += gap * MINUTE_MS;
      fail(2);
      alarms.check();
      expect(alarms.list()).toHaveLength(transitions);
    },
  );

  it("is raised for a breach the clock leapt over", () => {
    const alarms = alarmsOf(ERRORS);
    fail(2);
    now += 24 * 60 * MINUTE_MS;
    alarms.check();
    expect(alarms.list()).toMatchObject([{ at: "2026-01-02T12:00:00.000Z" }]);
  });

  it.each([
    ["Average", "GreaterThanThreshold", 2.4, true],
    ["Average", "GreaterThanThreshold", 2.5, false],
    ["Maximum", "GreaterThanOrEqualToThreshold", 4, true],
    ["Minimum", "GreaterThanThreshold", 0.9, true],
    ["SampleCount", "GreaterThanThreshold", 2, false],
  ])("judges %s %s %d: %s", (Statistic, ComparisonOperator, Threshold, raised) => {
    const alarms = alarmsOf({ ...ERRORS, Statistic, ComparisonOperator, Threshold });
    fail(1);
    fail(4);
    alarms.check();
    expect(alarms.list()).toHaveLength(raised ? 1 : 0);
  });

  it("calls a figure too small only when its period is over", () => {
    const alarms = alarmsOf({ ...ERRORS, ComparisonOperator: "LessThanThreshold", Threshold: 1 });
    fail(0);
    alarms.check();
    expect(alarms.list()).toStrictEqual([]);
    now += MINUTE_MS;
    alarms.check();
    expect(alarms.list()).toHaveLength(1);
  });

  it("asks a gauge for what nobody reports", () => {
    let visible = 0;
    const alarms = alarmsOf(
      {
        ...ERRORS,
        Namespace: "AWS/SQS",
        MetricName: "ApproximateNumberOfMessagesVisible",
        Dimensions: [{ Name: "QueueName", Value: "dead" }],
        Statistic: "Maximum",
        Threshold: 1,
      },
      ({ name, dimensions }) =>
        name === "ApproximateNumberOfMessagesVisible" && dimensions.QueueName === "dead"
          ? visible
          : undefined,
    );
    alarms.check();
    expect(alarms.list()).toStrictEqual([]);
    visible = 3;
    alarms.check();
    expect(alarms.list()[0]?.reason).toContain("was 3, at least the threshold of 1");
  });

  it("understands a list of one metric", () => {
    const { Namespace, MetricName, Dimensions, Statistic, Period, ...judged } = ERRORS;
    const Metric = { Namespace, MetricName, Dimensions };
    const alarms = alarmsOf({
      ...judged,
      Metrics: [{ Id: "m1", ReturnData: true, MetricStat: { Metric, Period, Stat: Statistic } }],
    });
    fail(2);
    alarms.check();
    expect(alarms.list()).toHaveLength(1);
  });

  it("keeps the newest thousand transitions, newest first", () => {
    const alarms = alarmsOf(ERRORS);
    for (let count = 0; count < 1_001; count += 1) {
      fail(count + 2);
      alarms.check();
      now += 2 * MINUTE_MS;
    }
    expect(alarms.list()).toHaveLength(1_000);
    expect(alarms.list()[0]?.reason).toContain("was 1002,");
    expect(alarms.list().at(-1)?.reason).toContain("was 3,");
  });
});

describe("missing data", () => {
  const SILENCE = { ...ERRORS, TreatMissingData: "breaching" };

  it("breaches when the alarm says so, after a whole period", () => {
    const alarms = alarmsOf(SILENCE);
    alarms.check();
    now += MINUTE_MS - 1;
    alarms.check();
    expect(alarms.list()).toStrictEqual([]);
    now += 1;
    alarms.check();
    expect(alarms.list()[0]?.reason).toContain("had no data, which counts as breaching.");
  });

  it("says nothing of periods the clock leapt over", () => {
    const alarms = alarmsOf(SILENCE);
    fail(0);
    alarms.check();
    now += 10 * MINUTE_MS;
    alarms.check();
    expect(alarms.list()).toStrictEqual([]);
  });

  it.each(["notBreaching", "ignore", "missing", undefined])("is no breach with %s", (treat) => {
    const alarms = alarmsOf({ ...ERRORS, TreatMissingData: treat });
    alarms.check();
    now += MINUTE_MS;
    alarms.check();
    expect(alarms.list()).toStrictEqual([]);
  });
});

describe("an alarm that is not imitated is refused at the start", () => {
  const { Statistic: _, ...percentile } = { ...ERRORS, ExtendedStatistic: "p99" };
  const { Namespace, MetricName, Dimensions, Statistic, Period, ...judged } = ERRORS;
  const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period, Stat: Statistic };

  it.each([
    ["a percentile", percentile],
    ["an anomaly band", { ...ERRORS, ThresholdMetricId: "band" }],
    ["a period under a minute", { ...ERRORS, Period: 10 }],
    ["maths", { ...judged, Metrics: [{ Id: "e", Expression: "a / b" }] }],
    [
      "several metrics",
      {
        ...judged,
        Metrics: [
          { Id: "a", MetricStat },
          { Id: "b", MetricStat },
        ],
      },
    ],
  ])("%s", (_title, properties) => {
    expect(() => alarmsOf(properties)).toThrow(/^Alarm Alarm1 is of a kind that is not imitated/);
  });
});
