import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping, StartingPosition } from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { ARCHIVE } from "../../shared/grants.ts";
import { type StreamName, streams } from "../../shared/topology.ts";
import { capitalised } from "../names.ts";
import type { Stage } from "../stage.ts";
import { alarm, ONE_MINUTE } from "./alarm.ts";
import type { Func } from "./func.ts";

export interface StreamProps {
  readonly stage: Stage;
  readonly name: StreamName;
  readonly table: ITableV2;
  readonly archive: IBucket;
  readonly func: Func;
  readonly alarms: ITopic;
}

/** Replies wait behind this stream: a minute is already long for a person in a chat. */
const LATE_AFTER_MS = 60_000;

/**
 * Feeds a function from a table's stream. The first record is the oldest one there is
 * (TRIM_HORIZON), retries are bounded and halve the batch, and what still fails is parked whole in
 * the archive: a queue as destination would get the record's position only, and the record itself
 * is gone after 24 hours (Lambda guide, "Retain discarded records for DynamoDB").
 */
export function stream(scope: Construct, { stage, name, ...ends }: StreamProps): void {
  const { table, archive, func, alarms } = ends;
  const spec = streams[name];
  const { tableStreamArn } = table;
  if (tableStreamArn === undefined) throw new Error(`The table behind ${name} has no stream.`);
  func.allow(...statements(tableStreamArn, archive));
  new EventSourceMapping(scope, `${capitalised(name)}Stream`, {
    target: func.lambda,
    eventSourceArn: tableStreamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: spec.batchSize,
    parallelizationFactor: spec.parallelization,
    retryAttempts: spec.attemptsMax,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    supportS3OnFailureDestination: true,
    onFailure: { bind: () => ({ destination: archive.bucketArn }) },
  });
  alarm(scope, `${capitalised(name)}Late`, stage, alarms, {
    what: `${name}-late`,
    metric: func.lambda.metric("IteratorAge", { period: ONE_MINUTE, statistic: "Maximum" }),
    above: LATE_AFTER_MS,
    periods: 3,
    todo:
      `Facts reach ${name} more than ${LATE_AFTER_MS / 1000} seconds late, so replies leave ` +
      "late. Read its log for a record that fails again and again, and check its throttles.",
  });
}

/** What the poller needs, on this stream, and to park records under the prefix Lambda chooses. */
function statements(streamArn: string, archive: IBucket): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
      ],
      resources: [streamArn],
    }),
    new PolicyStatement({
      actions: ["s3:PutObject"],
      resources: [archive.arnForObjects(`${ARCHIVE.parked}*`)],
    }),
    new PolicyStatement({ actions: ["s3:ListBucket"], resources: [archive.bucketArn] }),
  ];
}
