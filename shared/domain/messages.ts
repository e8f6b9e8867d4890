import * as z from "zod/mini";
import { identitySchema } from "./contacts.ts";

/** What the provider sent, where we do not (yet) read it: shown as such, kept whole. */
export const unsupportedContent = z.object({
  type: z.literal("unsupported"),
  raw: z.record(z.string(), z.unknown()),
});
export const textContent = z.object({ type: z.literal("text"), text: z.string() });
export const templateContent = z.object({
  type: z.literal("template"),
  templateId: z.string(),
  variables: z.record(z.string(), z.string()),
  /** For a header that is a file. */
  headerMediaId: z.optional(z.string()),
  /** For a header that is a place. */
  headerLocation: z.optional(
    z.object({
      latitude: z.number(),
      longitude: z.number(),
      name: z.optional(z.string()),
      address: z.optional(z.string()),
    }),
  ),
});
/** In the provider's own shape (WhatsApp reference, section 7.2; answers: section 3.2). */
export const interactiveContent = z.object({
  type: z.literal("interactive"),
  interactive: z.record(z.string(), z.unknown()),
});
export const locationContent = z.object({
  type: z.literal("location"),
  latitude: z.number(),
  longitude: z.number(),
  name: z.optional(z.string()),
  address: z.optional(z.string()),
});
/** Contact cards (section 3.5). */
export const contactsContent = z.object({
  type: z.literal("contacts"),
  contacts: z.array(z.record(z.string(), z.unknown())),
});
/** An empty emoji takes the reaction back. */
export const reactionContent = z.object({
  type: z.literal("reaction"),
  messageId: z.string(),
  emoji: z.string(),
});

export const contentSchema = z.discriminatedUnion("type", [
  textContent,
  templateContent,
  interactiveContent,
  locationContent,
  contactsContent,
  reactionContent,
  unsupportedContent,
]);
export type Content = z.infer<typeof contentSchema>;
export type ContentType = Content["type"];

export const messageStatuses = [
  "received",
  "waiting",
  "queued",
  "sending",
  "sent",
  "delivered",
  "read",
  "played",
  "failed",
  "unknown",
  "cancelled",
] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** What a provider's error means for what happens next (WhatsApp reference, section 11). */
export const errorClasses = [
  /** Try again later. */
  "retry",
  /** Permanent for this recipient. */
  "recipient",
  /** Permanent for this template. */
  "template",
  /** The channel cannot send; a person must mend it. */
  "channel",
  /** Our request was wrong; trying again cannot help. */
  "caller",
  /** Free messages are over; a template is needed. */
  "window",
] as const;
export type ErrorClass = (typeof errorClasses)[number];

export const sendErrorSchema = z.object({
  code: z.string(),
  class: z.enum(errorClasses),
  detail: z.string(),
  providerCode: z.nullable(z.string()),
});
export type SendError = z.infer<typeof sendErrorSchema>;

/** The provider's own pricing data, kept as it came. */
export const priceSchema = z.looseObject({
  model: z.nullable(z.string()),
  type: z.nullable(z.string()),
  category: z.nullable(z.string()),
});
export type Price = z.infer<typeof priceSchema>;

const nullableTime = z.nullable(z.string());

export const messageSchema = z.looseObject({
  id: z.string(),
  conversationId: z.string(),
  channelId: z.string(),
  direction: z.enum(["inbound", "outbound"]),
  content: contentSchema,
  status: z.enum(messageStatuses),
  providerId: z.nullable(z.string()),
  /** The provider's id of the message it answers; it may be one that we never saw. */
  replyToProviderId: z.nullable(z.string()),
  replyToMessageId: z.nullable(z.string()),
  author: z.object({
    kind: z.enum(["contact", "agent", "apiKey", "system"]),
    id: z.nullable(z.string()),
    name: z.nullable(z.string()),
  }),
  /** Outbound: where it goes. */
  to: z.nullable(identitySchema),
  /** Outbound: the caller's own reference. */
  clientRef: z.nullable(z.string()),
  /** Outbound: which try this is, from 1. */
  attempt: z.nullable(z.number()),
  /** Outbound: not before this time (pair limit, back-off). */
  notBefore: nullableTime,
  /** While it is being sent: until when the worker that claimed it may be alive. */
  leaseUntil: nullableTime,
  /** Provider ids of earlier tries. */
  formerProviderIds: z.nullable(z.array(z.string())),
  error: z.nullable(sendErrorSchema),
  price: z.nullable(priceSchema),
  /** The message's own time as its provider tells it; outbound: when we accepted it. */
  createdAt: z.string(),
  /** When it reached us. */
  receivedAt: z.string(),
  /** When the provider took it, by its answer. */
  acceptedAt: nullableTime,
  /** The times that statuses tell. */
  sentAt: nullableTime,
  deliveredAt: nullableTime,
  readAt: nullableTime,
  playedAt: nullableTime,
  failedAt: nullableTime,
  rev: z.number(),
});
export type Message = z.infer<typeof messageSchema>;

/** What only messages that we send have. */
export const unsent = {
  to: null,
  clientRef: null,
  attempt: null,
  notBefore: null,
  leaseUntil: null,
  formerProviderIds: null,
  error: null,
  price: null,
  acceptedAt: null,
  sentAt: null,
  deliveredAt: null,
  readAt: null,
  playedAt: null,
  failedAt: null,
} as const;

const PREVIEW_MAX = 100;

/** One line for lists; null for what has no words. */
export function previewOf(content: Content): string | null {
  switch (content.type) {
    case "text":
      return cut(content.text);
    case "reaction":
      return content.emoji;
    case "location":
      return cut(content.name ?? content.address ?? "");
    case "interactive":
      return cut(answerOf(content.interactive) ?? "");
    case "template":
    case "contacts":
    case "unsupported":
      return null;
    default:
      return content satisfies never;
  }
}

const titled = z.object({ title: z.string() });
const bodied = z.object({ text: z.string() });

/** What a customer tapped (a template's button has a text for title), or what was asked. */
function answerOf(interactive: Record<string, unknown>): string | null {
  const { type, body } = interactive;
  const answer = typeof type === "string" ? interactive[type] : null;
  return (
    titled.safeParse(answer).data?.title ??
    bodied.safeParse(answer).data?.text ??
    bodied.safeParse(body).data?.text ??
    null
  );
}

function cut(text: string): string | null {
  return text === "" ? null : [...text].slice(0, PREVIEW_MAX).join("");
}
