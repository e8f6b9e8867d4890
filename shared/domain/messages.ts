import * as z from "zod/mini";

/** What the provider sent, where we do not (yet) read it: shown as such, kept whole. */
export const unsupportedContent = z.object({
  type: z.literal("unsupported"),
  raw: z.record(z.string(), z.unknown()),
});
export const textContent = z.object({ type: z.literal("text"), text: z.string() });

export const contentSchema = z.discriminatedUnion("type", [textContent, unsupportedContent]);
export type Content = z.infer<typeof contentSchema>;

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
  author: z.object({
    kind: z.enum(["contact", "agent", "apiKey", "system"]),
    id: z.nullable(z.string()),
    name: z.nullable(z.string()),
  }),
  /** The message's own time as its provider tells it. */
  createdAt: z.string(),
  /** When it reached us. */
  receivedAt: z.string(),
  rev: z.number(),
});
export type Message = z.infer<typeof messageSchema>;

const PREVIEW_MAX = 160;

/** One line for lists; null for what has no words. */
export function previewOf(content: Content): string | null {
  switch (content.type) {
    case "text":
      return [...content.text].slice(0, PREVIEW_MAX).join("");
    case "unsupported":
      return null;
    default:
      return content satisfies never;
  }
}
