import type { Callback, Redrive } from "./callbacks.ts";
import { type Channel, capabilitiesOf } from "./channels.ts";
import type { Contact } from "./contacts.ts";
import type { Conversation } from "./conversations.ts";
import type { Message } from "./messages.ts";
import type { Template } from "./templates.ts";
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
  | Changed<"template", Template>
  | Changed<"redrive", Redrive>
  | Changed<"callback", Callback>;

export type FactType =
  | "message.received"
  | "message.queued"
  | "message.sent"
  | "message.delivered"
  | "message.read"
  | "message.failed"
  | "message.unknown"
  | "message.edited"
  | "message.revoked"
  | "message.reacted"
  | "conversation.opened"
  | "conversation.resolved"
  | "conversation.reopened"
  | "window.opened"
  | "window.closing"
  | "window.closed"
  | "contact.created"
  | "contact.updated"
  | "contact.merged"
  | "consent.changed"
  | "channel.broken"
  | "channel.recovered"
  | "template.submitted"
  | "template.approved"
  | "template.rejected"
  | "template.paused"
  | "template.category_changed";

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
    | { readonly noun: "channel"; readonly value: Channel }
    | { readonly noun: "template"; readonly value: Template };
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
    case "template":
      return templateFacts(change);
    case "redrive":
    case "callback":
      return [];
    default:
      return change satisfies never;
  }
}

function messageFacts({ before, after }: Changed<"message", Message>): Fact[] {
  // What was said before we listened is no news.
  if (after === null || after.origin === "history") return [];
  const about = { noun: "message", value: after } as const;
  if (before?.status === after.status && before.origin === after.origin) {
    return amendmentFacts(before, after, about);
  }
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
    case "unknown":
      return [fact("message.unknown", endOfLease(before) ?? after.createdAt, about)];
    case "waiting":
    case "sending":
    case "played":
    case "cancelled":
      return [];
    default:
      return after.status satisfies never;
  }
}

/** Until then somebody could have known how it went. */
function endOfLease(before: Message | null): string | null {
  const leaseUntil = before?.leaseUntil ?? null;
  return leaseUntil === null ? null : new Date(leaseUntil).toISOString();
}

/** What people did to a message that is there. */
function amendmentFacts(before: Message, after: Message, about: Fact["about"]): Fact[] {
  const { revokedAt } = after;
  const edit = freshOf(before.edits, after.edits);
  const reaction = freshOf(before.reactions, after.reactions);
  const isRevoked = revokedAt !== null && before.revokedAt === null;
  return [
    ...(edit !== undefined && revokedAt === null ? [fact("message.edited", edit.at, about)] : []),
    ...(isRevoked ? [fact("message.revoked", revokedAt, about)] : []),
    ...(reaction !== undefined ? [fact("message.reacted", reaction.at, about)] : []),
  ];
}

function freshOf<T extends { readonly providerId: string }>(
  before: readonly T[] | null,
  after: readonly T[] | null,
): T | undefined {
  return after?.find((one) => !before?.some(({ providerId }) => providerId === one.providerId));
}

function conversationFacts(change: Changed<"conversation", Conversation>): Fact[] {
  const { before, after } = change;
  if (after === null) return [];
  return [...statusFacts(before, after), ...windowFacts(before, after)];
}

function statusFacts(before: Conversation | null, after: Conversation): Fact[] {
  const about = { noun: "conversation", value: after } as const;
  if (before === null) {
    // A copy of what was said outside makes a conversation that nobody has to look at.
    return after.status === "open" ? [fact("conversation.opened", after.createdAt, about)] : [];
  }
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
  const { consents, createdAt, updatedAt } = after;
  return [
    ...(before === null ? [fact("contact.created", createdAt, about)] : []),
    ...(before !== null && before.updatedAt !== updatedAt
      ? [fact(isJoined(before, after) ? "contact.merged" : "contact.updated", updatedAt, about)]
      : []),
    ...(wordsOf(before?.consents ?? null) === wordsOf(consents)
      ? []
      : [fact("consent.changed", updatedAt, about)]),
  ];
}

function isJoined(before: Contact, after: Contact): boolean {
  return before.mergedInto === null && after.mergedInto !== null;
}

/** The order of a map's keys means nothing, and the database keeps none. */
function wordsOf(consents: Contact["consents"]): string {
  const all = Object.entries(consents ?? {}).flatMap(([kind, purposes]) =>
    Object.entries(purposes).map(([name, { state, at }]) => `${kind} ${name} ${state} ${at}`),
  );
  return all.sort().join();
}

function channelFacts({ before, after }: Changed<"channel", Channel>): Fact[] {
  if (before === null || after === null || before.status === after.status) return [];
  const about = { noun: "channel", value: after } as const;
  if (after.status === "broken") return [fact("channel.broken", after.updatedAt, about)];
  if (before.status !== "broken" || after.status !== "connected") return [];
  return [fact("channel.recovered", after.updatedAt, about)];
}

/** Told where a status begins; what was found at the provider is no news of ours. */
function templateFacts({ before, after }: Changed<"template", Template>): Fact[] {
  if (before === null || after === null || after.status === "draft") return [];
  const types: FactType[] = [];
  const isNew = before.status !== after.status;
  const begins = before.status === "draft" || (isNew && after.status === "pending");
  if (begins) types.push("template.submitted");
  if (before.category !== after.category) types.push("template.category_changed");
  if (isNew && after.status === "approved") types.push("template.approved");
  if (isNew && after.status === "rejected") types.push("template.rejected");
  if (isNew && after.status === "paused") types.push("template.paused");
  return types.map((type) => fact(type, after.updatedAt, { noun: "template", value: after }));
}

function fact(type: FactType, timestamp: string, about: Fact["about"]): Fact {
  return { id: `${type}/${about.value.id}/${about.value.rev}`, type, timestamp, about };
}
