/** What each operation of the SQS API does with the queues. */

import { randomUUID } from "node:crypto";
import { AwsError, type Principal } from "../parts.ts";
import { queueAttributes } from "./attributes.ts";
import { checkBatch, eachEntry } from "./batch.ts";
import { sizeBytes } from "./message.ts";
import type { Queue } from "./queue.ts";
import { invalid, invalidValue, noSuchResource, notImplemented } from "./refusals.ts";
import { SIZE_MAX_BYTES, VISIBILITY_MAX_S, WAIT_MAX_S } from "./settings.ts";
import {
  arnOfName,
  arnOfUrl,
  draftOf,
  type OperationName,
  parse,
  receivedShape,
  requests,
  sentShape,
} from "./wire.ts";

/** What an operation needs of the service. */
export interface Queues {
  /** Throws QueueDoesNotExist. */
  queue(arn: string): Queue;
  queues(): Queue[];
}

/** Parses its own part of the body; answers the members of the reply. */
export type Operation = (body: Buffer, queues: Queues, principal: Principal) => Promise<object>;

const RECEIVE_MAX = 10;

export const operations: Readonly<Record<OperationName, Operation>> = {
  SendMessage: async (body, queues, principal) => {
    const { QueueUrl, ...wire } = parse(requests.SendMessage, body);
    const draft = draftOf(wire, principal.name);
    return sentShape(draft, queues.queue(arnOfUrl(QueueUrl)).send(draft));
  },

  SendMessageBatch: async (body, queues, principal) => {
    const { QueueUrl, Entries } = parse(requests.SendMessageBatch, body);
    const queue = queues.queue(arnOfUrl(QueueUrl));
    checkBatch("SendMessageBatch", Entries);
    const drafts = Entries.map((entry) => ({ Id: entry.Id, ...draftOf(entry, principal.name) }));
    const bytes = drafts.reduce(
      (sum, draft) => sum + sizeBytes(draft.body, draft.attributes ?? {}),
      0,
    );
    if (bytes > SIZE_MAX_BYTES) {
      const rule = `Batch requests cannot be longer than ${SIZE_MAX_BYTES} bytes.`;
      throw new AwsError("BatchRequestTooLong", `${rule} You have sent ${bytes} bytes.`);
    }
    return eachEntry(drafts, (draft) => sentShape(draft, queue.send(draft)));
  },

  ReceiveMessage: async (body, queues) => {
    const wanted = parse(requests.ReceiveMessage, body);
    const queue = queues.queue(arnOfUrl(wanted.QueueUrl));
    const { MaxNumberOfMessages: max, VisibilityTimeout: visibilityS } = wanted;
    const waitS = wanted.WaitTimeSeconds ?? queue.settings.waitS;
    checkReceive(max, waitS, visibilityS);
    const messages = await queue.receiveWithin(waitS, { max, visibilityS });
    const systemNames = [...wanted.AttributeNames, ...wanted.MessageSystemAttributeNames];
    const shapes = messages.map((message) =>
      receivedShape(message, systemNames, wanted.MessageAttributeNames),
    );
    return shapes.length > 0 ? { Messages: shapes } : {};
  },

  DeleteMessage: async (body, queues) => {
    const { QueueUrl, ReceiptHandle } = parse(requests.DeleteMessage, body);
    queues.queue(arnOfUrl(QueueUrl)).remove(ReceiptHandle);
    return {};
  },

  DeleteMessageBatch: async (body, queues) => {
    const { QueueUrl, Entries } = parse(requests.DeleteMessageBatch, body);
    const queue = queues.queue(arnOfUrl(QueueUrl));
    checkBatch("DeleteMessageBatch", Entries);
    return eachEntry(Entries, ({ ReceiptHandle }) => {
      queue.remove(ReceiptHandle);
      return {};
    });
  },

  ChangeMessageVisibility: async (body, queues) => {
    const { QueueUrl, ReceiptHandle, VisibilityTimeout } = parse(
      requests.ChangeMessageVisibility,
      body,
    );
    queues.queue(arnOfUrl(QueueUrl)).changeVisibility(ReceiptHandle, VisibilityTimeout);
    return {};
  },

  ChangeMessageVisibilityBatch: async (body, queues) => {
    const { QueueUrl, Entries } = parse(requests.ChangeMessageVisibilityBatch, body);
    const queue = queues.queue(arnOfUrl(QueueUrl));
    checkBatch("ChangeMessageVisibilityBatch", Entries);
    return eachEntry(Entries, ({ ReceiptHandle, VisibilityTimeout }) => {
      queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
      return {};
    });
  },

  GetQueueUrl: async (body, queues) => {
    const { QueueName } = parse(requests.GetQueueUrl, body);
    return { QueueUrl: queues.queue(arnOfName(QueueName)).url };
  },

  GetQueueAttributes: async (body, queues) => {
    const { QueueUrl, AttributeNames } = parse(requests.GetQueueAttributes, body);
    const attributes = queueAttributes(queues.queue(arnOfUrl(QueueUrl)), AttributeNames);
    return Object.keys(attributes).length > 0 ? { Attributes: attributes } : {};
  },

  PurgeQueue: async (body, queues) => {
    const { QueueUrl } = parse(requests.PurgeQueue, body);
    queues.queue(arnOfUrl(QueueUrl)).purge();
    return {};
  },

  ListQueues: async (body, queues) => {
    const { QueueNamePrefix } = parse(requests.ListQueues, body);
    const found = queues.queues().filter(({ name }) => name.startsWith(QueueNamePrefix));
    return found.length > 0 ? { QueueUrls: found.map(({ url }) => url) } : {};
  },

  ListDeadLetterSourceQueues: async (body, queues) => {
    const { QueueUrl } = parse(requests.ListDeadLetterSourceQueues, body);
    const { arn } = queues.queue(arnOfUrl(QueueUrl));
    return { queueUrls: sourcesOf(arn, queues).map(({ url }) => url) };
  },

  /** The messages have moved when it answers; AWS moves them over a while. */
  StartMessageMoveTask: async (body, queues) => {
    const { SourceArn, DestinationArn } = parse(requests.StartMessageMoveTask, body);
    const deadLetters = existing(SourceArn, "SourceArn", queues);
    const sources = sourcesOf(SourceArn, queues);
    if (sources.length === 0) {
      throw invalid("Source queue must be configured as a Dead Letter Queue.");
    }
    const destination = DestinationArn && existing(DestinationArn, "DestinationArn", queues);
    deadLetters.redrive((message) => {
      const target =
        destination || (message.deadLetterSource && queues.queue(message.deadLetterSource));
      if (!target) {
        throw notImplemented(
          "a move without DestinationArn of messages that were sent to the queue",
        );
      }
      return target;
    });
    const handle = JSON.stringify({ taskId: randomUUID(), sourceArn: SourceArn });
    return { TaskHandle: Buffer.from(handle).toString("base64") };
  },
};

/** The queues whose dead letters go to this one. */
export function sourcesOf(arn: string, queues: Queues): Queue[] {
  return queues.queues().filter(({ settings }) => settings.redrive?.targetArn === arn);
}

function existing(arn: string, parameter: string, queues: Queues): Queue {
  const queue = queues.queues().find((candidate) => candidate.arn === arn);
  if (!queue) {
    throw noSuchResource(parameter);
  }
  return queue;
}

function checkReceive(max: number, waitS: number, visibilityS = 0): void {
  if (max < 1 || max > RECEIVE_MAX) {
    throw invalidValue(max, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.");
  }
  if (waitS < 0 || waitS > WAIT_MAX_S) {
    throw invalidValue(waitS, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
  }
  if (visibilityS < 0 || visibilityS > VISIBILITY_MAX_S) {
    const reason = `VisibilityTimeout must be an integer between 0 and ${VISIBILITY_MAX_S}.`;
    throw invalidValue(visibilityS, "VisibilityTimeout", reason);
  }
}
