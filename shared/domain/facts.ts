import type { Callback, Redrive } from "./callbacks.ts";
import type { Channel } from "./channels.ts";
import type { Contact } from "./contacts.ts";
import type { Conversation } from "./conversations.ts";
import type { Message } from "./messages.ts";
import type { Template } from "./templates.ts";

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
  | "conversation.opened"
  | "conversation.reopened"
  | "contact.created"
  | "contact.updated"
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
  if (after === null || before?.status === after.status) return [];
  const about = { noun: "message", value: after } as const;
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

function conversationFacts({ before, after }: Changed<"conversation", Conversation>): Fact[] {
  if (after === null) return [];
  const about = { noun: "conversation", value: after } as const;
  if (before === null) return [fact("conversation.opened", after.createdAt, about)];
  if (before.status === "open" || after.status !== "open") return [];
  return [fact("conversation.reopened", after.lastActivityAt, about)];
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
