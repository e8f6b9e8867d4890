/**
 * What Lambda leaves in S3 of a batch it gave up: the metadata of the invocation and the whole
 * event as a string. Lambda guide: "Retain discarded records for a DynamoDB event source".
 */
import { randomUUID } from "node:crypto";
import type { StreamRecord } from "../dynamo/stream.ts";

export interface GivenUp {
  readonly mappingId: string;
  readonly shardId: string;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly records: readonly StreamRecord[];
  readonly invocations: number;
  /** Whether the function failed as a whole, or only reported records. */
  readonly functionFailed: boolean;
  readonly nowMs: number;
}

export function parkedBatch(given: GivenUp): { key: string; body: Buffer } {
  const timestamp = new Date(given.nowMs).toISOString();
  const day = timestamp.slice(0, 10);
  const second = `${day}T${timestamp.slice(11, 19).replaceAll(":", ".")}`;
  const folder = `aws/lambda/${given.mappingId}/${given.shardId}/${day.replaceAll("-", "/")}`;
  const first = given.records[0]?.dynamodb;
  const last = given.records.at(-1)?.dynamodb;
  const record = {
    requestContext: {
      requestId: randomUUID(),
      functionArn: given.functionArn,
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: given.invocations,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: "$LATEST",
      functionError: given.functionFailed ? "Unhandled" : null,
    },
    version: "1.0",
    timestamp,
    DDBStreamBatchInfo: {
      shardId: given.shardId,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: arrivalOf(first),
      approximateArrivalOfLastRecord: arrivalOf(last),
      batchSize: given.records.length,
      streamArn: given.streamArn,
    },
    payload: JSON.stringify({ Records: given.records }),
  };
  return { key: `${folder}/${second}-${randomUUID()}`, body: Buffer.from(JSON.stringify(record)) };
}

function arrivalOf(change: StreamRecord["dynamodb"] | undefined): string | undefined {
  return change && new Date(change.ApproximateCreationDateTime * 1000).toISOString();
}
