import type { Callback, Redrive } from "./callbacks.ts";
import type { Channel } from "./channels.ts";
import type { Contact } from "./contacts.ts";
import type { Conversation } from "./conversations.ts";
import type { Message } from "./messages.ts";

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
  | "message.edited"
  | "message.revoked"
  | "message.reacted"
  | "conversation.opened"
  | "conversation.reopened"
  | "contact.created"
  | "contact.updated"
  | "contact.merged"
  | "consent.changed"
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

function conversationFacts({ before, after }: Changed<"conversation", Conversation>): Fact[] {
  if (after === null) return [];
  const about = { noun: "conversation", value: after } as const;
  if (before === null) {
    // A copy of what was said outside makes a conversation that nobody has to look at.
    return after.status === "open" ? [fact("conversation.opened", after.createdAt, about)] : [];
  }
  if (before.status === "open" || after.status !== "open") return [];
  return [fact("conversation.reopened", after.lastActivityAt, about)];
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

function fact(type: FactType, timestamp: string, about: Fact["about"]): Fact {
  return { id: `${type}/${about.value.id}/${about.value.rev}`, type, timestamp, about };
}
