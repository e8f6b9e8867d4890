import * as z from "zod/mini";
import { capabilitiesOf, channelKinds } from "./channels.ts";
import { type Identity, identitySchema } from "./contacts.ts";
import type { Message } from "./messages.ts";
import { previewOf } from "./previews.ts";
import { freeAfter } from "./rates.ts";
import { closesAfter } from "./window.ts";

export const conversationStatuses = ["open", "snoozed", "resolved"] as const;
export type ConversationStatus = (typeof conversationStatuses)[number];

export const lastMessageSchema = z.object({
  id: z.string(),
  direction: z.enum(["inbound", "outbound"]),
  type: z.string(),
  preview: z.nullable(z.string()),
  createdAt: z.string(),
});

export const conversationSchema = z.looseObject({
  id: z.string(),
  channelId: z.string(),
  channelKind: z.enum(channelKinds),
  contactId: z.string(),
  /** Of the identity that wrote last: replies go there. */
  address: identitySchema,
  status: z.enum(conversationStatuses),
  assigneeId: z.nullable(z.string()),
  teamId: z.nullable(z.string()),
  tagIds: z.array(z.string()),
  unreadCount: z.number(),
  lastActivityAt: z.string(),
  /** Since when the customer waits in the queue; null when nobody waits. */
  waitingSince: z.nullable(z.string()),
  /** When this pair of number and user is even, ms since the epoch (pair limit). */
  evenAt: z.nullable(z.number()),
  /** Up to which message the customer was told that we read. */
  readUpTo: z.nullable(z.string()),
  /** Since when somebody types an answer. */
  typingAt: z.nullable(z.string()),
  windowClosesAt: z.nullable(z.string()),
  /** When the customer last wrote, and last with a name beside it, by the messages' own times. */
  heardAt: z.nullable(z.string()),
  namedAt: z.nullable(z.string()),
  /** When the customer last came from an ad or a post (free entry point). */
  referredAt: z.nullable(z.string()),
  /** What was told of the window last. */
  windowTold: z.nullable(z.object({ state: z.enum(["closing", "closed"]), closesAt: z.string() })),
  /** Until when everything is free, by a referral that was answered. */
  freeUntil: z.nullable(z.string()),
  /** Replies that leave when the customer writes, the oldest first; null when there are none. */
  waitingReplies: z.nullable(z.array(z.string())),
  /** When somebody of ours last changed the status; null when the customer's words did. */
  statusAt: z.nullable(z.string()),
  lastMessage: z.nullable(lastMessageSchema),
  createdAt: z.string(),
  rev: z.number(),
});
export type Conversation = z.infer<typeof conversationSchema>;

/** The best way to write to somebody on this kind of channel, or null. */
export function reachableBy(
  kind: Conversation["channelKind"],
  identities: readonly Identity[],
): Identity | null {
  const found = capabilitiesOf(kind).reaches.map((reached) =>
    identities.find((identity) => identity.kind === reached),
  );
  return found.find((identity) => identity !== undefined) ?? null;
}

/** Open, and nobody has claimed it. */
export function isQueued(conversation: Conversation): boolean {
  return conversation.status === "open" && conversation.assigneeId === null;
}

export function newConversation(
  given: Pick<Conversation, "id" | "channelId" | "channelKind" | "contactId" | "address">,
  at: string,
): Conversation {
  return {
    ...given,
    status: "open",
    assigneeId: null,
    teamId: null,
    tagIds: [],
    unreadCount: 0,
    lastActivityAt: at,
    waitingSince: null,
    evenAt: null,
    readUpTo: null,
    typingAt: null,
    windowClosesAt: null,
    heardAt: null,
    namedAt: null,
    referredAt: null,
    windowTold: null,
    freeUntil: null,
    waitingReplies: null,
    statusAt: null,
    lastMessage: null,
    createdAt: at,
    rev: 0,
  };
}

/**
 * The conversation after a customer's message. Applied once per message, in any order: the newest
 * message, whose id sorts last, is shown, the newest of the customer's is answered, activity and
 * window only move forward. A resolved conversation returns to the queue; a snoozed one returns to
 * whoever snoozed it.
 */
export function received(
  conversation: Conversation,
  message: Message,
  from: Conversation["address"],
  windowMs: number | null,
): Conversation {
  const { heardAt, referredAt } = conversation;
  const at = message.createdAt;
  const assigneeId = conversation.status === "resolved" ? null : conversation.assigneeId;
  return {
    ...noted(conversation, message),
    status: "open",
    statusAt: conversation.status === "open" ? conversation.statusAt : null,
    assigneeId,
    address: heardAt === null || at >= heardAt ? from : conversation.address,
    unreadCount: conversation.unreadCount + 1,
    waitingSince: earlier(conversation.waitingSince, at),
    windowClosesAt: closesAfter(windowMs, conversation.windowClosesAt, at),
    heardAt: later(heardAt, at),
    referredAt: message.referral === null ? referredAt : later(referredAt, at),
  };
}

/**
 * The conversation after a copy of what was said outside of us: it is shown, and nobody is asked to
 * do anything (WhatsApp reference, section 2.8). The same object when it tells nothing new.
 */
export function noted(conversation: Conversation, message: Message): Conversation {
  const last = conversation.lastMessage;
  const isNewest = last === null || message.id >= last.id;
  const createdAt = earlier(conversation.createdAt, message.createdAt);
  const lastActivityAt = isSilent(conversation)
    ? message.createdAt
    : later(conversation.lastActivityAt, message.createdAt);
  const isSame = !isNewest && createdAt === conversation.createdAt;
  if (isSame && lastActivityAt === conversation.lastActivityAt) return conversation;
  const lastMessage = isNewest ? summaryOf(message) : last;
  return { ...conversation, createdAt, lastActivityAt, lastMessage };
}

/**
 * The conversation after the customer called: free messages are allowed (section 6.1). The same
 * object when it tells nothing new.
 */
export function called(
  conversation: Conversation,
  at: string,
  windowMs: number | null,
): Conversation {
  const known = conversation;
  const createdAt = earlier(known.createdAt, at);
  const lastActivityAt = isSilent(known) ? later(known.lastActivityAt, at) : known.lastActivityAt;
  const windowClosesAt = closesAfter(windowMs, known.windowClosesAt, at);
  const isSame = createdAt === known.createdAt && lastActivityAt === known.lastActivityAt;
  if (isSame && windowClosesAt === known.windowClosesAt) return conversation;
  return { ...conversation, createdAt, lastActivityAt, windowClosesAt };
}

/** Made by a call; the first message that is stored decides when something was said. */
function isSilent({ lastMessage, status }: Conversation): boolean {
  return lastMessage === null && status !== "open";
}

/** The conversation after one of its messages changed. */
export function reworded(conversation: Conversation, message: Message): Conversation {
  const isLast = conversation.lastMessage?.id === message.id;
  return isLast ? { ...conversation, lastMessage: summaryOf(message) } : conversation;
}

/** Whether a name that came with a message of that time is the newest that we heard. */
export function isNewestName({ namedAt }: Conversation, at: string): boolean {
  return namedAt === null || at >= namedAt;
}

/** The conversation after somebody on our side wrote: nobody waits in the queue any more. */
export function answered(
  conversation: Conversation,
  message: Message,
  evenAt: number | null,
): Conversation {
  return {
    ...conversation,
    lastActivityAt: later(conversation.lastActivityAt, message.createdAt),
    waitingSince: null,
    evenAt,
    freeUntil: freeAfter(conversation, message.createdAt),
    lastMessage: summaryOf(message),
  };
}

/** The conversation with one more reply that waits for the customer. */
export function keptWaiting(conversation: Conversation, message: Message): Conversation {
  const waitingReplies = [...(conversation.waitingReplies ?? []), message.id];
  return { ...conversation, waitingSince: null, waitingReplies };
}

/** The conversation without replies that wait no more. */
export function waitedEnough(conversation: Conversation, ids: readonly string[]): Conversation {
  const left = (conversation.waitingReplies ?? []).filter((id) => !ids.includes(id));
  return { ...conversation, waitingReplies: left.length === 0 ? null : left };
}

/** Nothing is left to do; the same object when it was so before. */
export function resolved(conversation: Conversation, at: string): Conversation {
  if (conversation.status === "resolved") return conversation;
  return { ...conversation, status: "resolved", statusAt: at, waitingSince: null };
}

/** There is something to do after all: back to who has it, or into the queue. */
export function reopened(conversation: Conversation, at: string): Conversation {
  if (conversation.status === "open") return conversation;
  const waitingSince = conversation.assigneeId === null ? at : conversation.waitingSince;
  return { ...conversation, status: "open", statusAt: at, waitingSince };
}

function summaryOf(message: Message): NonNullable<Conversation["lastMessage"]> {
  const { id, direction, content, createdAt } = message;
  return { id, direction, type: content.type, preview: previewOf(content), createdAt };
}

function earlier(one: string | null, other: string): string {
  return one !== null && one < other ? one : other;
}

function later(one: string | null, other: string): string {
  return one !== null && one > other ? one : other;
}
