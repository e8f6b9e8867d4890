import type { Message, MessageStatus, Price, SendError } from "./messages.ts";
import { ATTEMPTS_MAX, backOffMs } from "./pacing.ts";

/**
 * How a message that we send moves. Statuses of the provider arrive at least once and in any order,
 * also before its answer to the send. So every time they tell is kept by itself and the status is
 * derived from the times alone: whatever the order and the repetitions, the result is the same
 * (WhatsApp reference, section 5).
 *
 *   queued -> sending -> sent -> delivered -> read -> played
 *                 \-> unknown (the answer was lost; a status settles it)
 *                 \-> failed  (a later success corrects it; what passes by itself is queued again)
 */
export interface StatusReport {
  readonly providerId: string;
  readonly status: "sent" | "delivered" | "read" | "played" | "failed";
  /** RFC 3339. */
  readonly at: string;
  readonly error: SendError | null;
  readonly price: Price | null;
}

const TIMES = {
  sent: "sentAt",
  delivered: "deliveredAt",
  read: "readAt",
  played: "playedAt",
  failed: "failedAt",
} as const;

/** The message after a report; the same object when it tells nothing new. */
export function reported(message: Message, report: StatusReport): Message {
  const isFormer = message.formerProviderIds?.includes(report.providerId) === true;
  if (isFormer && (report.status === "failed" || report.status === "sent")) return message;
  const name = TIMES[report.status];
  const known = message[name];
  // Of `sent` the latest counts, because it is compared with a failure; of the others the first.
  const later = report.status === "sent";
  const at = known === null || (later ? report.at > known : report.at < known) ? report.at : known;
  const next = {
    ...message,
    [name]: at,
    providerId: isFormer ? message.providerId : (message.providerId ?? report.providerId),
    price: priceAfter(message.price, report.price),
    error: errorAfter(message, report),
  };
  return same(message, next) ? message : derived(next);
}

/** The first failure explains; among failures of the same moment, the smaller code. */
function errorAfter(message: Message, { status, at, error }: StatusReport): SendError | null {
  if (status !== "failed" || error === null) return message.error;
  if (message.failedAt === null || message.error === null || at < message.failedAt) return error;
  if (at > message.failedAt) return message.error;
  const key = ({ providerCode, detail }: SendError) => `${providerCode} ${detail}`;
  return key(error) < key(message.error) ? error : message.error;
}

/** `sent` and a later status tell the same price; should they differ, the same one always wins. */
function priceAfter(known: Price | null, told: Price | null): Price | null {
  if (known === null || told === null) return known ?? told;
  return JSON.stringify(told) < JSON.stringify(known) ? told : known;
}

/** The message after the provider took it, by its answer to the send. */
export function accepted(message: Message, providerId: string, at: string): Message {
  const acceptedAt = message.acceptedAt ?? at;
  return derived({
    ...message,
    providerId: message.providerId ?? providerId,
    acceptedAt,
    leaseUntil: null,
  });
}

/** The message after the provider refused it for good. */
export function refused(message: Message, error: SendError, at: string): Message {
  return derived({ ...message, error, failedAt: message.failedAt ?? at, leaseUntil: null });
}

/** Nobody knows whether it went out: it is never sent again by itself. */
export function lostTrack(message: Message): Message {
  const status = message.status === "sending" ? "unknown" : message.status;
  return { ...message, status, leaseUntil: null };
}

/** Back in the queue for another try, not before `notBefore`. */
export function requeued(message: Message, notBefore: string | null): Message {
  const former = message.formerProviderIds ?? [];
  const { providerId } = message;
  return {
    ...message,
    status: "queued",
    attempt: (message.attempt ?? 1) + 1,
    notBefore,
    leaseUntil: null,
    providerId: null,
    formerProviderIds: providerId === null ? message.formerProviderIds : [...former, providerId],
    error: null,
    acceptedAt: null,
    sentAt: null,
    failedAt: null,
  };
}

/**
 * A failure that passes by itself is tried again, also when a status tells it (WhatsApp reference,
 * section 11.2). Not while a worker holds the message: first comes the answer that it waits for.
 */
export function triedAgain(message: Message, now: number): Message {
  const { status, error, leaseUntil, attempt } = message;
  if (status !== "failed" || error?.class !== "retry" || leaseUntil !== null) return message;
  const tries = attempt ?? 1;
  if (tries >= ATTEMPTS_MAX) return message;
  return requeued(message, new Date(now + backOffMs(tries)).toISOString());
}

/** Claimed by one worker until `leaseUntil`; nobody else sends it meanwhile, or afterwards. */
export function claimed(message: Message, leaseUntil: string): Message {
  return { ...message, status: "sending", leaseUntil };
}

function derived(message: Message): Message {
  return { ...message, status: statusOf(message) };
}

/**
 * By rank. A failure after a delivery contradicts itself and is only noted; a failure after `sent`
 * is the normal one; a `sent` that is younger than the failure corrects it.
 */
function statusOf(message: Message): MessageStatus {
  const { acceptedAt, sentAt, deliveredAt, readAt, playedAt, failedAt } = message;
  if (playedAt !== null) return "played";
  if (readAt !== null) return "read";
  if (deliveredAt !== null) return "delivered";
  if (failedAt !== null) return sentAt !== null && sentAt > failedAt ? "sent" : "failed";
  if (sentAt !== null || acceptedAt !== null) return "sent";
  return message.status;
}

function same(one: Message, other: Message): boolean {
  return (
    Object.values(TIMES).every((name) => one[name] === other[name]) &&
    one.providerId === other.providerId &&
    one.price === other.price &&
    one.error === other.error
  );
}
