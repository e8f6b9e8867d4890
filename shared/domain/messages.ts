import * as z from "zod/mini";
import { identitySchema } from "./contacts.ts";
import { marksShape, reactionSchema, receiptSchema, unmarked } from "./marks.ts";

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
  /** Only received: of a chosen place. */
  url: z.optional(z.string()),
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

export const mediaKinds = ["image", "video", "audio", "document", "sticker"] as const;
export type MediaKind = (typeof mediaKinds)[number];
/** A file that somebody sent. */
export const mediaContent = z.object({
  type: z.literal("media"),
  /** null until the file is stored with us. */
  mediaId: z.nullable(z.string()),
  caption: z.optional(z.string()),
  kind: z.enum(mediaKinds),
  mimeType: z.nullable(z.string()),
  filename: z.nullable(z.string()),
  /** Base64. */
  sha256: z.nullable(z.string()),
  /** Recorded, not chosen. */
  voice: z.boolean(),
  animated: z.boolean(),
  /** Where the provider has it, for as long as it does; nobody outside is told. */
  provider: z.nullable(z.object({ mediaId: z.string(), url: z.nullable(z.string()) })),
});
/** What a customer wants to buy from a catalogue (section 3.2). */
export const orderContent = z.object({
  type: z.literal("order"),
  catalogId: z.nullable(z.string()),
  text: z.nullable(z.string()),
  items: z.array(
    z.object({
      productId: z.string(),
      quantity: z.number(),
      price: z.number(),
      currency: z.string(),
    }),
  ),
});
/** Stands in for what its author took back. */
export const revokedContent = z.object({ type: z.literal("revoked") });

export const contentSchema = z.discriminatedUnion("type", [
  textContent,
  templateContent,
  interactiveContent,
  locationContent,
  contactsContent,
  reactionContent,
  mediaContent,
  orderContent,
  revokedContent,
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

/** Money by a rate card; amounts are decimal text, because sums of them must not drift. */
export const costSchema = z.object({
  amount: z.nullable(z.string()),
  currency: z.nullable(z.string()),
  /** From which day on the figure counts; null when no card has one. */
  rateCard: z.nullable(z.string()),
});
export type Cost = z.infer<typeof costSchema>;

/** How long a reply waits, and what was sent to the customer meanwhile. */
export const waitSchema = z.object({
  expiresAt: z.string(),
  templateMessageId: z.nullable(z.string()),
  /** When the customer wrote, and it left. */
  releasedAt: z.nullable(z.string()),
});
export type Wait = z.infer<typeof waitSchema>;

const nullableTime = z.nullable(z.string());

/** One change of its words by the author; it has an id of its own at the provider. */
export const editSchema = z.object({
  providerId: z.string(),
  at: z.string(),
  content: contentSchema,
});
export type Edit = z.infer<typeof editSchema>;

export const messageSchema = z.looseObject({
  id: z.string(),
  conversationId: z.string(),
  channelId: z.string(),
  direction: z.enum(["inbound", "outbound"]),
  /** As it is shown: after edits, and hidden once it was revoked. */
  content: contentSchema,
  /** As it was first said, once it was edited or revoked; for the audit alone when revoked. */
  original: z.nullable(contentSchema),
  /** Oldest first. */
  edits: z.nullable(z.array(editSchema)),
  revokedAt: nullableTime,
  /** Also those that were taken back. */
  reactions: z.nullable(z.array(reactionSchema)),
  ...marksShape,
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
  /** Outbound to a group: who has it. */
  receipts: z.nullable(z.array(receiptSchema)),
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
  /** Outbound: it waits for the customer to write, or did. */
  wait: z.nullable(waitSchema),
  error: z.nullable(sendErrorSchema),
  price: z.nullable(priceSchema),
  /** The price in money, by the rate card of the day on which the provider told it. */
  cost: z.nullable(costSchema),
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

/** What only some messages have: those that we send, and those that more was told of. */
export const unsent = {
  ...unmarked,
  original: null,
  edits: null,
  revokedAt: null,
  reactions: null,
  receipts: null,
  to: null,
  clientRef: null,
  attempt: null,
  notBefore: null,
  leaseUntil: null,
  formerProviderIds: null,
  wait: null,
  error: null,
  price: null,
  cost: null,
  acceptedAt: null,
  sentAt: null,
  deliveredAt: null,
  readAt: null,
  playedAt: null,
  failedAt: null,
} as const;
