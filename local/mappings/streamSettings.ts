/** What an AWS::Lambda::EventSourceMapping on a stream may say here; anything else is refused. */
import * as z from "zod";
import { AwsError } from "../parts.ts";
import { filterCriteria } from "./filter.ts";

const S3_BUCKET = /^arn:aws:s3:::[^/]+$/;

const Properties = z.strictObject({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  StartingPosition: z.literal("TRIM_HORIZON"),
  Enabled: z.literal(true).default(true),
  BatchSize: z.int().min(1).max(10_000).default(100),
  MaximumBatchingWindowInSeconds: z.int().min(0).max(300).default(0),
  ParallelizationFactor: z.int().min(1).max(10).default(1),
  BisectBatchOnFunctionError: z.boolean().default(false),
  /** -1 is for ever. */
  MaximumRetryAttempts: z.int().min(-1).max(10_000).default(-1),
  FunctionResponseTypes: z.array(z.literal("ReportBatchItemFailures")).default([]),
  FilterCriteria: filterCriteria.optional(),
  DestinationConfig: z
    .strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) })
    .optional(),
  Tags: z.unknown().optional(),
});

export type StreamSettings = z.infer<typeof Properties>;

export function settingsOf(properties: Readonly<Record<string, unknown>>): StreamSettings {
  const parsed = Properties.safeParse(properties);
  if (!parsed.success) {
    throw new AwsError(
      "NotImplemented",
      `The laptop cannot run this event source mapping: ${z.prettifyError(parsed.error)}`,
      501,
    );
  }
  const destination = parsed.data.DestinationConfig?.OnFailure.Destination;
  if (destination !== undefined && !S3_BUCKET.test(destination)) {
    throw new AwsError(
      "NotImplemented",
      `Only an S3 bucket keeps whole records; ${destination} would get metadata only.`,
      501,
    );
  }
  return parsed.data;
}
