import * as z from "zod";
import type { Iam } from "./iam/grants.ts";
import { ACCOUNT, AwsError, type Clock, REGION } from "./parts.ts";
import { Alarms } from "./run/alarms.ts";
import type { Metric, Metrics } from "./run/metrics.ts";
import type { Sqs } from "./sqs/sqs.ts";
import type { Template } from "./template/load.ts";

interface Parts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly iam: Iam;
  readonly sqs: Sqs;
}

/**
 * The alarms of the template. Whoever subscribed to an alarm's topic would get an e-mail; here the
 * topic's policy is all that is tried, and what it refuses stands in `denied`, as an alarm whose
 * action failed still is an alarm.
 */
export function alarmsOf(template: Template, { clock, metrics, iam, sqs }: Parts): Alarms {
  return new Alarms({
    clock,
    metrics,
    gauges: (metric) => queueGauge(sqs, metric),
    definitions: template.resources("AWS::CloudWatch::Alarm"),
    act: (topic, { name }) => {
      const need = { action: "sns:Publish", resource: topic };
      try {
        iam.authorizeService("cloudwatch.amazonaws.com", need, alarmArn(name));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
      }
    },
  });
}

function alarmArn(name: string): string {
  return `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`;
}

const queueMetric = z.object({ QueueName: z.string() });

function queueGauge(sqs: Sqs, { namespace, name, dimensions }: Metric): number | undefined {
  if (namespace !== "AWS/SQS") return undefined;
  const { QueueName } = queueMetric.parse(dimensions);
  const queue = sqs.queues().find((one) => one.name === QueueName);
  if (queue === undefined) return undefined;
  if (name === "ApproximateNumberOfMessagesVisible") return queue.counts().visible;
  if (name === "ApproximateAgeOfOldestMessage") return queue.oldestAgeS();
  return undefined;
}
