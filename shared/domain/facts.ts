import type { Callback, Redrive } from "./callbacks.ts";
import { type Channel, capabilitiesOf } from "./channels.ts";
import type { Contact } from "./contacts.ts";
import type { Conversation } from "./conversations.ts";
import type { Message } from "./messages.ts";
import { closingFrom, openedBetween } from "./window.ts";

/** One stored thing before and after a write. */
export type Changed<Noun extends string, T> = {
  readonly noun: Noun;
  readonly before: T | null;
  readonly after: T | null;
};

/** What the stream tells of: every row whose change may be a fact. */
export type Change =
  | Changed<"message", Message>
  | Changed<"conversation", Conversation>
  | Changed<"contact", Contact>
  | Changed<"channel", Channel>
  | Changed<"redrive", Redrive>
  | Changed<"callback", Callback>;

export type FactType =
  | "message.received"
  | "message.queued"
  | "message.sent"
  | "message.delivered"
  | "message.read"
  | "message.failed"
  | "conversation.opened"
  | "conversation.resolved"
  | "conversation.reopened"
  | "window.opened"
  | "window.closing"
  | "window.closed"
  | "contact.created"
  | "contact.updated"
  | "channel.broken"
  | "channel.recovered";

/**
 * Something that happened, in the past tense. The id is the same however often it is told, because
 * it names the row's revision: whoever hears it twice can tell.
 */
export interface Fact {
  readonly id: string;
  readonly type: FactType;
  readonly timestamp: string;
  readonly about:
    | { readonly noun: "message"; readonly value: Message }
    | { readonly noun: "conversation"; readonly value: Conversation }
    | { readonly noun: "contact"; readonly value: Contact }
    | { readonly noun: "channel"; readonly value: Channel };
}

/** The facts in one change, decided from its two images alone. */
export function factsOf(change: Change): Fact[] {
  switch (change.noun) {
    case "message":
      return messageFacts(change);
    case "conversation":
      return conversationFacts(change);
    case "contact":
      return contactFacts(change);
    case "channel":
      return channelFacts(change);
    case "redrive":
    case "callback":
      return [];
    default:
      return change satisfies never;
  }
}

function messageFacts({ before, after }: Changed<"message", Message>): Fact[] {
  if (after === null || before?.status === after.status) return [];
  const about = { noun: "message", value: after } as const;
  switch (after.status) {
    case "received":
      return [fact("message.received", after.receivedAt, about)];
    case "queued":
      if (before?.status === "waiting") {
        return [fact("message.queued", after.wait?.releasedAt ?? after.createdAt, about)];
      }
      return before === null ? [fact("message.queued", after.createdAt, about)] : [];
    case "sent":
      return [fact("message.sent", after.acceptedAt ?? after.sentAt ?? after.createdAt, about)];
    case "delivered":
      return [fact("message.delivered", after.deliveredAt ?? after.createdAt, about)];
    case "read":
      return [fact("message.read", after.readAt ?? after.createdAt, about)];
    case "failed":
      return [fact("message.failed", after.failedAt ?? after.createdAt, about)];
    case "waiting":
    case "sending":
    case "played":
    case "unknown":
    case "cancelled":
      return [];
    default:
      return after.status satisfies never;
  }
}

function conversationFacts(change: Changed<"conversation", Conversation>): Fact[] {
  const { before, after } = change;
  if (after === null) return [];
  return [...statusFacts(before, after), ...windowFacts(before, after)];
}

function statusFacts(before: Conversation | null, after: Conversation): Fact[] {
  const about = { noun: "conversation", value: after } as const;
  if (before === null) return [fact("conversation.opened", after.createdAt, about)];
  if (before.status === after.status) return [];
  const at = after.statusAt ?? after.lastActivityAt;
  if (after.status === "resolved") return [fact("conversation.resolved", at, about)];
  return after.status === "open" ? [fact("conversation.reopened", at, about)] : [];
}

/**
 * That a window opened follows from the customer's message itself; that it closes from a mark that
 * a timer leaves. One that closed and opened again before any timer looked is told as both.
 */
function windowFacts(before: Conversation | null, after: Conversation): Fact[] {
  const about = { noun: "conversation", value: after } as const;
  const facts: Fact[] = [];
  const told = after.windowTold;
  const isNews = told !== null && !sameTold(told, before?.windowTold ?? null);
  if (isNews && told.state === "closed") facts.push(fact("window.closed", told.closesAt, about));
  if (isNews && told.state === "closing") {
    const at = new Date(closingFrom(told.closesAt)).toISOString();
    facts.push(fact("window.closing", at, about));
  }
  const openedAt = windowOpened(before, after);
  if (openedAt === null) return facts;
  const closed = before === null ? null : closedUntold(before);
  if (closed !== null) facts.push(closed);
  return [...facts, fact("window.opened", openedAt, about)];
}

function sameTold(one: Conversation["windowTold"], other: Conversation["windowTold"]): boolean {
  return one?.closesAt === other?.closesAt && one?.state === other?.state;
}

/** When a change opened the window; null when it did not. */
export function windowOpened(before: Conversation | null, after: Conversation): string | null {
  const { windowMs } = capabilitiesOf(after.channelKind);
  return openedBetween(windowMs, before?.windowClosesAt ?? null, after.windowClosesAt);
}

function closedUntold(before: Conversation): Fact | null {
  const { windowClosesAt: closesAt, windowTold: told } = before;
  if (closesAt === null || (told?.closesAt === closesAt && told.state === "closed")) return null;
  return fact("window.closed", closesAt, { noun: "conversation", value: before });
}

function contactFacts({ before, after }: Changed<"contact", Contact>): Fact[] {
  if (after === null) return [];
  const about = { noun: "contact", value: after } as const;
  if (before === null) return [fact("contact.created", after.createdAt, about)];
  if (before.updatedAt === after.updatedAt) return [];
  return [fact("contact.updated", after.updatedAt, about)];
}

function channelFacts({ before, after }: Changed<"channel", Channel>): Fact[] {
  if (before === null || after === null || before.status === after.status) return [];
  const about = { noun: "channel", value: after } as const;
  if (after.status === "broken") return [fact("channel.broken", after.updatedAt, about)];
  if (before.status !== "broken" || after.status !== "connected") return [];
  return [fact("channel.recovered", after.updatedAt, about)];
}

function fact(type: FactType, timestamp: string, about: Fact["about"]): Fact {
  return { id: `${type}/${about.value.id}/${about.value.rev}`, type, timestamp, about };
}
