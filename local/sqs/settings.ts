/** The settings of one queue, from the properties of AWS::SQS::Queue. */

import * as z from "zod";

/** 1 MiB: of one message, and of a batch together. */
export const SIZE_MAX_BYTES = 1_048_576;
export const DELAY_MAX_S = 900;
/** Twelve hours. */
export const VISIBILITY_MAX_S = 43_200;
export const WAIT_MAX_S = 20;

const redrivePolicy = z.strictObject({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});

const properties = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: z.coerce.number().int().min(0).max(VISIBILITY_MAX_S).default(30),
  DelaySeconds: z.coerce.number().int().min(0).max(DELAY_MAX_S).default(0),
  MessageRetentionPeriod: z.coerce.number().int().min(60).max(1_209_600).default(345_600),
  ReceiveMessageWaitTimeSeconds: z.coerce.number().int().min(0).max(WAIT_MAX_S).default(0),
  MaximumMessageSize: z.coerce.number().int().min(1024).max(SIZE_MAX_BYTES).default(SIZE_MAX_BYTES),
  RedrivePolicy: z.preprocess(fromJson, redrivePolicy).optional(),
  FifoQueue: z.boolean().default(false),
  ContentBasedDeduplication: z.boolean().default(false),
  DeduplicationScope: z.enum(["queue", "messageGroup"]).default("queue"),
  FifoThroughputLimit: z.enum(["perQueue", "perMessageGroupId"]).default("perQueue"),
  // Who may name this queue for its dead letters: the deployment checks it, no caller sees it.
  RedriveAllowPolicy: z.unknown().optional(),
  // Encryption at rest and tags change nothing that a caller can see.
  SqsManagedSseEnabled: z.boolean().optional(),
  KmsMasterKeyId: z.string().optional(),
  KmsDataKeyReusePeriodSeconds: z.coerce.number().optional(),
  Tags: z.array(z.unknown()).optional(),
});

export interface Settings {
  readonly visibilityS: number;
  readonly delayS: number;
  readonly retentionS: number;
  readonly waitS: number;
  readonly sizeMaxBytes: number;
  readonly redrive: { readonly targetArn: string; readonly receivesMax: number } | null;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  readonly deduplicationScope: "queue" | "messageGroup";
  readonly throughputLimit: "perQueue" | "perMessageGroupId";
}

/** Throws on a property it does not know and on what CloudFormation would refuse. */
export function settingsOf(given: Record<string, unknown>, name: string): Settings {
  const known = properties.parse(given);
  if (known.FifoQueue !== name.endsWith(".fifo")) {
    throw new Error(`queue ${name}: the name of a FIFO queue, and only that, ends in .fifo`);
  }
  const redrive = known.RedrivePolicy;
  return {
    visibilityS: known.VisibilityTimeout,
    delayS: known.DelaySeconds,
    retentionS: known.MessageRetentionPeriod,
    waitS: known.ReceiveMessageWaitTimeSeconds,
    sizeMaxBytes: known.MaximumMessageSize,
    redrive: redrive
      ? { targetArn: redrive.deadLetterTargetArn, receivesMax: redrive.maxReceiveCount }
      : null,
    fifo: known.FifoQueue,
    contentBasedDeduplication: known.ContentBasedDeduplication,
    deduplicationScope: known.DeduplicationScope,
    throughputLimit: known.FifoThroughputLimit,
  };
}

function fromJson(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : value;
}
