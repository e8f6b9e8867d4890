import * as z from "zod";
import * as mini from "zod/mini";
import { earlierVersions } from "../domain/amendments.ts";
import {
  forwardings,
  origins,
  productSchema,
  providerErrorSchema,
  reactorKinds,
  receiptSchema,
  referralSchema,
} from "../domain/marks.ts";
import {
  type Content,
  contactsContent,
  errorClasses,
  interactiveContent,
  locationContent,
  type Message,
  mediaContent,
  messageStatuses,
  orderContent,
  type Price,
  reactionContent,
  revokedContent,
  templateContent,
  textContent,
  unsupportedContent,
} from "../domain/messages.ts";
import { money, viewCost } from "./rates.ts";
import { givenPlace, givenTime, id, time } from "./shapes.ts";

/** What the provider says it costs, and what that is in money by the workspace's rate card. */
export const price = z.object({
  model: z.string().nullable(),
  type: z.string().nullable(),
  category: z.string().nullable(),
  ...money,
});

/** Where a provider has a file is not told: its addresses live minutes, and need a token. */
const shownMedia = mini.omit(mediaContent, { provider: true });

const shownContent = z.discriminatedUnion("type", [
  textContent,
  templateContent,
  interactiveContent,
  locationContent,
  contactsContent,
  reactionContent,
  shownMedia,
  orderContent,
  revokedContent,
  unsupportedContent,
]);

export const message = z.object({
  id: id("message"),
  conversationId: id("conversation"),
  channelId: id("channel"),
  direction: z.enum(["inbound", "outbound"]),
  content: shownContent.describe("As it is now: after edits, and `revoked` once it was taken back"),
  editedAt: time.nullable(),
  versions: z
    .array(z.object({ content: z.looseObject({ type: z.string() }), at: time }))
    .describe("Contents before it was edited, oldest first"),
  revokedAt: time.nullable(),
  reactions: z.array(
    z.object({
      emoji: z.string(),
      by: z.enum(reactorKinds),
      name: z.string().nullable(),
      at: time,
    }),
  ),
  origin: z
    .enum(origins)
    .nullable()
    .describe("echo: written in another app on the same number; history: before it was connected"),
  forwarded: z.enum(forwardings).nullable(),
  referral: z.nullable(referralSchema).describe("The ad or post that the customer came from"),
  referredProduct: z.nullable(productSchema),
  providerErrors: z.array(providerErrorSchema),
  receipts: z.array(receiptSchema).describe("Of a message to a group: how far it came at each"),
  status: z.enum(messageStatuses),
  providerId: z.string().nullable(),
  replyTo: z.object({ providerId: z.string(), messageId: z.string().nullable() }).nullable(),
  error: z
    .object({
      code: z.string(),
      class: z.enum(errorClasses),
      detail: z.string(),
      providerCode: z.string().nullable(),
    })
    .nullable(),
  price: price.nullable(),
  wait: z
    .object({
      expiresAt: time,
      templateMessageId: z.string().nullable(),
      releasedAt: time.nullable(),
    })
    .nullable()
    .describe("A reply that waits for the customer to write, or did"),
  author: z.object({
    kind: z.enum(["contact", "agent", "apiKey", "system"]),
    id: z.string().nullable(),
    name: z.string().nullable(),
  }),
  clientRef: z.string().nullable(),
  attempt: z.int().nullable(),
  createdAt: time,
  receivedAt: time,
  sentAt: time.nullable(),
  deliveredAt: time.nullable(),
  readAt: time.nullable(),
  failedAt: time.nullable(),
});

/** What can be sent; each channel says which of these, and how large (see the 422). */
export const sendable = z.discriminatedUnion("type", [
  strict(textContent),
  strict(templateContent),
  strict(interactiveContent),
  strict(mini.omit(locationContent, { url: true })),
  strict(contactsContent),
  strict(reactionContent),
]);

/** The stored shapes are loose towards the next release; what people send is not. */
function strict<T extends { shape: z.core.$ZodLooseShape }>({ shape }: T) {
  return z.strictObject(shape) as z.ZodObject<T["shape"], z.core.$strict>;
}

const REF_MAX = 255;

export const messageCreate = z.strictObject({
  content: sendable,
  replyTo: id("message").nullable().optional().describe("Quotes a message of the conversation"),
  ifLastSeen: id("message").optional().describe("Refused with 412 when something is newer"),
  wait: z
    .strictObject({
      templateId: id("template").optional().describe("Sent at once; none, when one is out already"),
      variables: z.record(z.string(), z.string()).optional(),
      expiresAt: givenTime.optional().describe("Within 30 days; in 7 days, when absent"),
    })
    .optional()
    .describe("While the window is closed, the message waits for the customer to write"),
});

export const messageUpdate = z.strictObject({ content: sendable });

export const messageSend = z.strictObject({
  channelId: id("channel"),
  to: givenPlace.optional(),
  contactId: id("contact").optional(),
  content: sendable,
  clientRef: z.string().min(1).max(REF_MAX).nullable().optional(),
});

const told = ({ model, type, category }: Price) => ({ model, type, category });

export function viewMessage(row: Message): z.infer<typeof message> {
  const { replyToProviderId, replyToMessageId, deliveredAt, readAt, playedAt } = row;
  // Who read it had it, whether or not anybody told us (WhatsApp reference, section 5, rule 2).
  const seenAt = readAt ?? playedAt;
  return {
    id: row.id,
    conversationId: row.conversationId,
    channelId: row.channelId,
    direction: row.direction,
    content: shownOf(row.content),
    editedAt: row.edits?.at(-1)?.at ?? null,
    versions: earlierVersions(row).map(({ content, at }) => ({ content: shownOf(content), at })),
    revokedAt: row.revokedAt,
    reactions: (row.reactions ?? [])
      .filter(({ emoji }) => emoji !== "")
      .map(({ emoji, by, name, at }) => ({ emoji, by, name, at })),
    origin: row.origin,
    forwarded: row.forwarded,
    referral: row.referral,
    referredProduct: row.referredProduct,
    providerErrors: row.providerErrors ?? [],
    receipts: row.receipts ?? [],
    status: row.status,
    providerId: row.providerId,
    replyTo:
      replyToProviderId === null
        ? null
        : { providerId: replyToProviderId, messageId: replyToMessageId },
    error: row.status === "failed" ? row.error : null,
    price: row.price === null ? null : { ...told(row.price), ...viewCost(row.price, row.cost) },
    wait: row.wait,
    author: row.author,
    clientRef: row.clientRef,
    attempt: row.attempt,
    createdAt: row.createdAt,
    receivedAt: row.receivedAt,
    // The provider's own time, once it tells it: all its times tick in the same seconds.
    sentAt: row.sentAt ?? row.acceptedAt,
    deliveredAt: deliveredAt ?? seenAt,
    readAt: seenAt,
    failedAt: row.status === "failed" ? row.failedAt : null,
  };
}

function shownOf(content: Content): z.infer<typeof shownContent> {
  if (content.type !== "media") return content;
  const { provider: _, ...media } = content;
  return media;
}
