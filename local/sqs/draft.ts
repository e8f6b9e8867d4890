/** What a sender hands to a queue, and why SQS would refuse it. */

import { createHash, randomUUID } from "node:crypto";
import { ACCOUNT, AwsError } from "../parts.ts";
import {
  type Arriving,
  type Attribute,
  type Attributes,
  sizeBytes,
  UNRECEIVED,
} from "./message.ts";
import { invalid, invalidValue, missing } from "./refusals.ts";
import { DELAY_MAX_S, type Settings } from "./settings.ts";

export interface Draft {
  readonly body: string;
  /** 0 to 900; without it the queue's own delay. */
  readonly delayS?: number | undefined;
  readonly attributes?: Attributes | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  readonly traceHeader?: string | undefined;
  readonly senderId?: string | undefined;
}

const ATTRIBUTES_MAX = 10;
const WRONG_QUEUE_TYPE = "The request include parameter that is not valid for this queue type.";

/** SendMessage: the characters XML 1.0 allows; a lone surrogate is none. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const GROUP_OR_DEDUPLICATION_ID = /^[a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;
const ATTRIBUTE_NAME = /^(?!aws\.|amazon\.)(?!.*\.\.)(?!\.)[\w.-]{1,256}(?<!\.)$/i;
const ATTRIBUTE_TYPE = /^(String|Number|Binary)(\.[\w.-]+)?$/;

/** The error SendMessage answers with, or null when the queue takes the message. */
export function refusal(draft: Draft, settings: Settings): AwsError | null {
  return (
    refusedBody(draft, settings) ??
    refusedAttributes(draft.attributes ?? {}) ??
    refusedDelay(draft, settings) ??
    refusedIds(draft, settings)
  );
}

/** The message it becomes. */
export function arrivingOf(draft: Draft, settings: Settings, now: number): Arriving {
  const contentId = () => createHash("sha256").update(draft.body).digest("hex");
  return {
    ...UNRECEIVED,
    id: randomUUID(),
    body: draft.body,
    attributes: draft.attributes ?? {},
    groupId: draft.groupId ?? null,
    deduplicationId: settings.fifo ? (draft.deduplicationId ?? contentId()) : null,
    traceHeader: draft.traceHeader ?? null,
    senderId: draft.senderId ?? ACCOUNT,
    sentAt: now,
    visibleAt: now + (draft.delayS ?? settings.delayS) * 1000,
  };
}

function refusedBody(draft: Draft, settings: Settings): AwsError | null {
  if (draft.body === "") {
    return missing("MessageBody");
  }
  if (FORBIDDEN.test(draft.body)) {
    const allowed = "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
    const message = `Invalid characters found. Valid unicode characters are ${allowed}`;
    return new AwsError("InvalidMessageContents", message);
  }
  if (sizeBytes(draft.body, draft.attributes ?? {}) > settings.sizeMaxBytes) {
    const reason = `Message must be shorter than ${settings.sizeMaxBytes} bytes.`;
    return invalid(`One or more parameters are invalid. Reason: ${reason}`);
  }
  return null;
}

function refusedAttributes(attributes: Attributes): AwsError | null {
  const entries = Object.entries(attributes);
  if (entries.length > ATTRIBUTES_MAX) {
    const count = `Number of message attributes [${entries.length}]`;
    return invalid(`${count} exceeds the allowed maximum [${ATTRIBUTES_MAX}].`);
  }
  for (const [name, attribute] of entries) {
    const reason = faultOf(name, attribute);
    if (reason !== null) {
      return invalid(`The message attribute '${name}' ${reason}`);
    }
  }
  return null;
}

function faultOf(name: string, attribute: Attribute): string | null {
  if (!ATTRIBUTE_NAME.test(name)) {
    return "has an invalid name.";
  }
  const kind = ATTRIBUTE_TYPE.exec(attribute.dataType)?.[1];
  if (kind === undefined) {
    const known = "the set of supported type prefixes is Binary, Number, and String.";
    return `has an invalid message attribute type, ${known}`;
  }
  const value = kind === "Binary" ? attribute.binaryValue : attribute.stringValue;
  if (value === undefined || value === "") {
    return `must contain a non-empty value for message attribute type '${kind}'.`;
  }
  if (kind === "Number" && !Number.isFinite(Number(value))) {
    return "must contain a numeric value.";
  }
  return kind !== "Binary" && FORBIDDEN.test(value) ? "contains invalid characters." : null;
}

function refusedDelay({ delayS = 0 }: Draft, settings: Settings): AwsError | null {
  if (delayS < 0 || delayS > DELAY_MAX_S) {
    return invalidValue(delayS, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
  }
  return settings.fifo && delayS > 0
    ? invalidValue(delayS, "DelaySeconds", WRONG_QUEUE_TYPE)
    : null;
}

function refusedIds(draft: Draft, settings: Settings): AwsError | null {
  const { groupId, deduplicationId } = draft;
  if (groupId !== undefined && !GROUP_OR_DEDUPLICATION_ID.test(groupId)) {
    return invalidId(groupId, "MessageGroupId");
  }
  if (deduplicationId !== undefined && !GROUP_OR_DEDUPLICATION_ID.test(deduplicationId)) {
    return invalidId(deduplicationId, "MessageDeduplicationId");
  }
  if (!settings.fifo) {
    return deduplicationId === undefined
      ? null
      : invalidValue(deduplicationId, "MessageDeduplicationId", WRONG_QUEUE_TYPE);
  }
  if (groupId === undefined) {
    return missing("MessageGroupId");
  }
  if (deduplicationId === undefined && !settings.contentBasedDeduplication) {
    const either = "The queue should either have ContentBasedDeduplication enabled";
    return invalid(`${either} or MessageDeduplicationId provided explicitly`);
  }
  return null;
}

function invalidId(value: string, parameter: string): AwsError {
  const characters = "alphanumeric and punctuation (!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~)";
  return invalidValue(
    value,
    parameter,
    `${parameter} can only include ${characters}, 1 to 128 characters.`,
  );
}
