/**
 * One message as the queue keeps it, and the sums and attributes that SQS derives from it. The SDK
 * compares the MD5 of every body it sends or receives, and refuses the answer when it differs.
 */

import { createHash } from "node:crypto";

/** A message attribute; binary values stay in the base64 of the wire. */
export interface Attribute {
  readonly dataType: string;
  readonly stringValue?: string | undefined;
  readonly binaryValue?: string | undefined;
}

export type Attributes = Readonly<Record<string, Attribute>>;

export interface Message {
  /** Place in its queue: keys sort in the order of arrival. */
  readonly key: string;
  readonly id: string;
  readonly body: string;
  readonly attributes: Attributes;
  readonly groupId: string | null;
  readonly deduplicationId: string | null;
  /** FIFO queues only. */
  readonly sequenceNumber: string | null;
  readonly traceHeader: string | null;
  readonly senderId: string;
  readonly sentAt: number;
  /** From then on it can be received: later than now means delayed or in flight. */
  readonly visibleAt: number;
  /** Whether its receiver, and not the queue, said when that is. */
  readonly hidden: boolean;
  readonly receiveCount: number;
  readonly firstReceivedAt: number | null;
  readonly receivedAt: number | null;
  /** Handle of the latest receive from this queue. */
  readonly receipt: string | null;
  /** The queue whose consumers failed on it. */
  readonly deadLetterSource: string | null;
}

/** A message before it has its place in a queue. */
export type Arriving = Omit<Message, "key" | "sequenceNumber">;

export const UNRECEIVED = {
  hidden: false,
  receiveCount: 0,
  firstReceivedAt: null,
  receivedAt: null,
  receipt: null,
  deadLetterSource: null,
} as const;

export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/**
 * Developer guide, "Calculating the MD5 message digest for message attributes": by name; each
 * of name, type and value with its length in four bytes, and one byte that says text (1) or
 * binary (2).
 */
export function md5OfAttributes(attributes: Attributes): string {
  const hash = createHash("md5");
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, attribute] of Object.entries(attributes).sort(byName)) {
    add(Buffer.from(name));
    add(Buffer.from(attribute.dataType));
    hash.update(Buffer.of(attribute.binaryValue === undefined ? 1 : 2));
    add(bytesOf(attribute));
  }
  return hash.digest("hex");
}

/**
 * Bytes that count against the size limits: the body, and names, types and values of
 * attributes.
 */
export function sizeBytes(body: string, attributes: Attributes): number {
  let size = Buffer.byteLength(body);
  for (const [name, attribute] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(attribute.dataType);
    size += bytesOf(attribute).length;
  }
  return size;
}

/** What ReceiveMessage calls system attributes; absent ones are left out. */
export function systemAttributes(message: Message): Record<string, string> {
  const all: Record<string, string | null> = {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: message.sequenceNumber,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  };
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) {
    if (value !== null) {
      present[name] = value;
    }
  }
  return present;
}

function bytesOf(attribute: Attribute): Buffer {
  return attribute.binaryValue === undefined
    ? Buffer.from(attribute.stringValue ?? "")
    : Buffer.from(attribute.binaryValue, "base64");
}

function byName([left]: [string, Attribute], [right]: [string, Attribute]): number {
  return left < right ? -1 : 1;
}
