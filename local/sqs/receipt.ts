/** Receipt handles: a new one for each receive of a message, and what it still permits later. */

import { AwsError } from "../parts.ts";
import type { Message } from "./message.ts";
import { invalid, invalidHandle, invalidValue } from "./refusals.ts";
import { VISIBILITY_MAX_S } from "./settings.ts";

const FORM = /^([\w.-]+)\/(\d{20})\/\d+$/;
const UNAVAILABLE = "Message does not exist or is not available for visibility timeout change.";

/** The handle for the receive that comes next. */
export function nextReceipt(queueName: string, message: Message): string {
  const text = `${queueName}/${message.key}/${message.receiveCount + 1}`;
  return Buffer.from(text).toString("base64");
}

/** The key of the message it stands for. Throws when this queue gave out no such handle. */
export function keyOf(queueName: string, receipt: string): string {
  const [, name, key] = FORM.exec(Buffer.from(receipt, "base64").toString()) ?? [];
  if (name !== queueName || key === undefined) {
    throw invalidHandle(receipt);
  }
  return key;
}

/**
 * Whether DeleteMessage deletes. A standard queue takes an older handle, succeeds, and deletes
 * nothing; what was deleted already succeeds. A FIFO queue refuses a handle whose visibility
 * timeout is over.
 */
export function deletes(
  message: Message | undefined,
  receipt: string,
  fifo: boolean,
  now: number,
): message is Message {
  if (message && fifo && (message.receipt !== receipt || message.visibleAt <= now)) {
    throw invalidValue(receipt, "ReceiptHandle", "The receipt handle has expired.");
  }
  return message?.receipt === receipt;
}

/**
 * Throws unless the message is in flight under this handle and may be hidden for `seconds`
 * more.
 */
export function changeable(
  message: Message | undefined,
  receipt: string,
  seconds: number,
  fifo: boolean,
  now: number,
): Message {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > VISIBILITY_MAX_S) {
    const reason = `VisibilityTimeout must be an integer between 0 and ${VISIBILITY_MAX_S}.`;
    throw invalidValue(seconds, "VisibilityTimeout", reason);
  }
  if (message?.receipt !== receipt || (fifo && message.visibleAt <= now)) {
    throw invalidValue(receipt, "ReceiptHandle", UNAVAILABLE);
  }
  if (message.visibleAt <= now) {
    throw new AwsError("MessageNotInflight", "The message referred to isn't in flight.");
  }
  if (now + seconds * 1000 > (message.receivedAt ?? now) + VISIBILITY_MAX_S * 1000) {
    const limit = `[${VISIBILITY_MAX_S} seconds]`;
    throw invalid(`Total VisibilityTimeout for the message is beyond the limit ${limit}.`);
  }
  return message;
}
