import { Aws, Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import type { Stage } from "../stage.ts";

export interface AlarmSpec {
  /** What is wrong; the alarm's name is the stage and this. */
  readonly what: string;
  readonly metric: IMetric;
  /** The alarm rings above this. */
  readonly above: number;
  /** What a person who is woken by it should do. */
  readonly todo: string;
  /** How many periods in a row. */
  readonly periods?: number;
}

/**
 * A topic with a policy of its own loses the default one, under which CloudWatch may publish; the
 * statement gives that right back, to the alarms of this account only.
 */
export function alarmTopic(scope: Construct, stage: Stage): Topic {
  const topic = new Topic(scope, "Alarms", { enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
    }),
  );
  if (stage.alarmEmail !== null) topic.addSubscription(new EmailSubscription(stage.alarmEmail));
  return topic;
}

/** Silence is health: a metric without data points is a system that had nothing to do. */
export function alarm(scope: Construct, id: string, stage: Stage, topic: ITopic, spec: AlarmSpec) {
  new Alarm(scope, id, {
    alarmName: `${stage.name}-${spec.what}`,
    alarmDescription: spec.todo,
    metric: spec.metric,
    threshold: spec.above,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: spec.periods ?? 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  }).addAlarmAction(new SnsAction(topic));
}

export const ONE_MINUTE = Duration.minutes(1);
