/**
 * AWS JSON 1.0 as the SDK speaks it to SQS: the shapes of requests and of what is answered. A
 * member that is not listed is one this SQS does not imitate, and is refused.
 */

import * as z from "zod";
import { ACCOUNT, REGION } from "../parts.ts";
import type { Draft } from "./draft.ts";
import { type Attributes, md5, md5OfAttributes, systemAttributes } from "./message.ts";
import type { Received, Sent } from "./queue.ts";
import { invalid, missing, noSuchQueue, notImplemented } from "./refusals.ts";

const attribute = z.strictObject({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});

const draft = {
  MessageBody: z.string(),
  DelaySeconds: z.int().optional(),
  MessageAttributes: z.record(z.string(), attribute).optional(),
  MessageSystemAttributes: z.strictObject({ AWSTraceHeader: attribute.optional() }).optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
};

const url = { QueueUrl: z.string() };
const deletion = { ReceiptHandle: z.string() };
const change = { ReceiptHandle: z.string(), VisibilityTimeout: z.int() };

/** What a sender says of one message, alone or in a batch. */
type WireDraft = z.infer<z.ZodObject<typeof draft>>;

function batchOf<T extends z.ZodRawShape>(entry: T) {
  return z.strictObject({
    ...url,
    Entries: z.array(z.strictObject({ Id: z.string(), ...entry })),
  });
}

export const requests = {
  SendMessage: z.strictObject({ ...url, ...draft }),
  SendMessageBatch: batchOf(draft),
  ReceiveMessage: z.strictObject({
    ...url,
    AttributeNames: z.array(z.string()).default([]),
    MessageSystemAttributeNames: z.array(z.string()).default([]),
    MessageAttributeNames: z.array(z.string()).default([]),
    MaxNumberOfMessages: z.int().default(1),
    VisibilityTimeout: z.int().optional(),
    WaitTimeSeconds: z.int().optional(),
  }),
  DeleteMessage: z.strictObject({ ...url, ...deletion }),
  DeleteMessageBatch: batchOf(deletion),
  ChangeMessageVisibility: z.strictObject({ ...url, ...change }),
  ChangeMessageVisibilityBatch: batchOf(change),
  GetQueueUrl: z.strictObject({
    QueueName: z.string(),
    QueueOwnerAWSAccountId: z.literal(ACCOUNT).optional(),
  }),
  GetQueueAttributes: z.strictObject({ ...url, AttributeNames: z.array(z.string()).default([]) }),
  PurgeQueue: z.strictObject(url),
  ListQueues: z.strictObject({ QueueNamePrefix: z.string().default("") }),
  ListDeadLetterSourceQueues: z.strictObject(url),
  StartMessageMoveTask: z.strictObject({
    SourceArn: z.string(),
    DestinationArn: z.string().optional(),
  }),
};

export type OperationName = keyof typeof requests;

export function isOperation(name: string | null): name is OperationName {
  return name !== null && Object.hasOwn(requests, name);
}

/** The members of the request; throws what SQS answers to a wrong one. */
export function parse<T>(schema: z.ZodType<T>, body: Buffer): T {
  const parsed = schema.safeParse(JSON.parse(body.toString()), { reportInput: true });
  if (parsed.success) {
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const parameter = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys") {
    throw notImplemented(`the parameter ${[...issue.path, issue.keys[0]].join(".")}`);
  }
  throw issue?.code === "invalid_type" && issue.input === undefined
    ? missing(parameter)
    : invalid(`Value for parameter ${parameter} is invalid. Reason: ${issue?.message}.`);
}

/** The ARN of the queue a URL names, whether it exists or not: IAM is asked first. */
export function arnOfUrl(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  const [, account, name] = /^\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(path) ?? [];
  if (account !== ACCOUNT || name === undefined) {
    throw noSuchQueue();
  }
  return arnOfName(name);
}

export function arnOfName(name: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
}

export function draftOf(wire: WireDraft, senderId: string): Draft {
  const attributes = Object.entries(wire.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    { dataType: value.DataType, stringValue: value.StringValue, binaryValue: value.BinaryValue },
  ]);
  return {
    body: wire.MessageBody,
    delayS: wire.DelaySeconds,
    attributes: Object.fromEntries(attributes),
    groupId: wire.MessageGroupId,
    deduplicationId: wire.MessageDeduplicationId,
    traceHeader: wire.MessageSystemAttributes?.AWSTraceHeader?.StringValue,
    senderId,
  };
}

export function sentShape(draft: Draft, sent: Sent): object {
  const attributes = draft.attributes ?? {};
  const { traceHeader } = draft;
  const trace = { AWSTraceHeader: { dataType: "String", stringValue: traceHeader } };
  return {
    MessageId: sent.messageId,
    MD5OfMessageBody: md5(draft.body),
    ...(Object.keys(attributes).length > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    }),
    ...(traceHeader !== undefined && { MD5OfMessageSystemAttributes: md5OfAttributes(trace) }),
    ...(sent.sequenceNumber !== null && { SequenceNumber: sent.sequenceNumber }),
  };
}

/** The message with the attributes the receiver asked for, and their MD5. */
export function receivedShape(
  message: Received,
  systemNames: readonly string[],
  names: readonly string[],
): object {
  const system = Object.entries(systemAttributes(message)).filter(
    ([name]) => systemNames.includes("All") || systemNames.includes(name),
  );
  const attributes = asked(message.attributes, names);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(Object.keys(attributes).length > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      MessageAttributes: attributeShapes(attributes),
    }),
  };
}

/** `All`, `.*`, a name, or a prefix such as `bar.*`. */
function asked(attributes: Attributes, names: readonly string[]): Attributes {
  const wanted = (name: string) =>
    names.some(
      (pattern) =>
        pattern === "All" ||
        pattern === name ||
        (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

function attributeShapes(attributes: Attributes): object {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue },
    ]),
  );
}
