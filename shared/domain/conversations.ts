import * as z from "zod/mini";
import { capabilitiesOf, channelKinds } from "./channels.ts";
import { type Identity, identitySchema } from "./contacts.ts";
import { type Message, previewOf } from "./messages.ts";
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
    lastMessage: null,
    createdAt: at,
    rev: 0,
  };
}

/**
 * The conversation after a customer's message. Applied once per message, in any order: the newest
 * message, whose id sorts last, is shown; activity and window only move forward. A resolved
 * conversation returns to the queue; a snoozed one returns to whoever snoozed it.
 */
export function received(
  conversation: Conversation,
  message: Message,
  from: Conversation["address"],
  windowMs: number | null,
): Conversation {
  const last = conversation.lastMessage;
  const newest = last === null || message.id > last.id;
  const assigneeId = conversation.status === "resolved" ? null : conversation.assigneeId;
  return {
    ...conversation,
    status: "open",
    assigneeId,
    address: newest ? from : conversation.address,
    unreadCount: conversation.unreadCount + 1,
    lastActivityAt: later(conversation.lastActivityAt, message.createdAt),
    waitingSince: earlier(conversation.waitingSince, message.createdAt),
    windowClosesAt: closesAfter(windowMs, conversation.windowClosesAt, message.createdAt),
    lastMessage: newest ? summaryOf(message) : last,
  };
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
    lastMessage: summaryOf(message),
  };
}

function summaryOf(message: Message): NonNullable<Conversation["lastMessage"]> {
  const { id, direction, content, createdAt } = message;
  return { id, direction, type: content.type, preview: previewOf(content), createdAt };
}

function earlier(one: string | null, other: string): string {
  return one !== null && one < other ? one : other;
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}
