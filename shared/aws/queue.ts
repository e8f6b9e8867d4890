import type { SQSClient } from "@aws-sdk/client-sqs";
import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import type { Job, Jobs } from "../ports.ts";

/** SQS takes at most 10 messages and 1 MiB in one call. */
const BATCH_MAX = 10;
const BATCH_BYTES_MAX = 1_000_000;

/** Jobs in SQS. */
export class Queue implements Jobs {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async send(job: Job): Promise<void> {
    await this.#client.send(new SendMessageCommand({ QueueUrl: this.#url, ...messageOf(job) }));
  }

  async hide(receipt: string, seconds: number): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#url,
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }),
    );
  }

  async sendAll(jobs: readonly Job[]): Promise<void> {
    for (const batch of batchesOf(jobs)) {
      const entries = batch.map((job, place) => ({ Id: String(place), ...messageOf(job) }));
      const command = new SendMessageBatchCommand({ QueueUrl: this.#url, Entries: entries });
      const { Failed: failed } = await this.#client.send(command);
      const first = failed?.[0];
      if (first !== undefined) {
        throw new Error(`SQS refused ${failed?.length} of ${batch.length} jobs (${first.Code}).`);
      }
    }
  }
}

function messageOf({ body, attributes, group, once }: Job) {
  const pairs = Object.entries(attributes ?? {});
  const named = pairs.map(([name, text]) => [name, { DataType: "String", StringValue: text }]);
  return {
    MessageBody: body,
    ...(pairs.length > 0 ? { MessageAttributes: Object.fromEntries(named) } : {}),
    ...(group === undefined ? {} : { MessageGroupId: group }),
    ...(once === undefined ? {} : { MessageDeduplicationId: once }),
  };
}

/**
 * SQS may take some messages of a batch and not others, so no batch holds two that must keep their
 * order: what is behind a refused one is not sent before it.
 */
function batchesOf(jobs: readonly Job[]): Job[][] {
  const batches: Job[][] = [];
  let bytes = 0;
  for (const job of jobs) {
    const size = Buffer.byteLength(job.body) + 1_000;
    const batch = batches.at(-1);
    const isFull = batch?.length === BATCH_MAX || bytes + size > BATCH_BYTES_MAX;
    if (batch === undefined || isFull || batch.some((other) => mustFollow(job, other))) {
      batches.push([job]);
      bytes = size;
    } else {
      batch.push(job);
      bytes += size;
    }
  }
  return batches;
}

function mustFollow(job: Job, other: Job): boolean {
  return job.once !== undefined && job.group === other.group;
}
