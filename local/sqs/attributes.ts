/** What GetQueueAttributes tells of a queue; every value is text. */

import { AwsError } from "../parts.ts";
import type { Queue } from "./queue.ts";

/** Served, but only where they are set. */
const OPTIONAL = new Set([
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoQueue",
  "FifoThroughputLimit",
  "RedrivePolicy",
]);

/** Those that were asked for. */
export function queueAttributes(queue: Queue, names: readonly string[]): Record<string, string> {
  const all = { ...general(queue), ...fifo(queue), ...redrivePolicy(queue) };
  for (const name of names) {
    if (name !== "All" && !Object.hasOwn(all, name) && !OPTIONAL.has(name)) {
      throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    }
  }
  const wanted = (name: string) => names.includes("All") || names.includes(name);
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name)));
}

function general(queue: Queue): Record<string, string> {
  const { settings } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  const createdS = String(Math.floor(queue.createdAt / 1000));
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: createdS,
    LastModifiedTimestamp: createdS,
    VisibilityTimeout: String(settings.visibilityS),
    MaximumMessageSize: String(settings.sizeMaxBytes),
    MessageRetentionPeriod: String(settings.retentionS),
    DelaySeconds: String(settings.delayS),
    ReceiveMessageWaitTimeSeconds: String(settings.waitS),
    SqsManagedSseEnabled: "true",
  };
}

function fifo({ settings }: Queue): Record<string, string> {
  if (!settings.fifo) {
    return {};
  }
  return {
    FifoQueue: "true",
    ContentBasedDeduplication: String(settings.contentBasedDeduplication),
    DeduplicationScope: settings.deduplicationScope,
    FifoThroughputLimit: settings.throughputLimit,
  };
}

function redrivePolicy({ settings: { redrive } }: Queue): Record<string, string> {
  if (!redrive) {
    return {};
  }
  const { targetArn, receivesMax } = redrive;
  const policy = { deadLetterTargetArn: targetArn, maxReceiveCount: receivesMax };
  return { RedrivePolicy: JSON.stringify(policy) };
}
