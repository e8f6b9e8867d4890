import * as z from "zod";
import {
  type Message,
  messageStatuses,
  textContent,
  unsupportedContent,
} from "../domain/messages.ts";
import { id, time } from "./shapes.ts";

export const message = z.object({
  id: id("message"),
  conversationId: id("conversation"),
  channelId: id("channel"),
  direction: z.enum(["inbound", "outbound"]),
  content: z.discriminatedUnion("type", [textContent, unsupportedContent]),
  status: z.enum(messageStatuses),
  providerId: z.string().nullable(),
  replyTo: z.object({ providerId: z.string() }).nullable(),
  error: z
    .object({ code: z.string(), class: z.string(), detail: z.string(), providerCode: z.string() })
    .nullable(),
  price: z.object({}).loose().nullable(),
  author: z.object({
    kind: z.enum(["contact", "agent", "apiKey", "system"]),
    id: z.string().nullable(),
    name: z.string().nullable(),
  }),
  createdAt: time,
  receivedAt: time,
  sentAt: time.nullable(),
  deliveredAt: time.nullable(),
  readAt: time.nullable(),
  failedAt: time.nullable(),
});

export function viewMessage(row: Message): z.infer<typeof message> {
  const { replyToProviderId } = row;
  return {
    id: row.id,
    conversationId: row.conversationId,
    channelId: row.channelId,
    direction: row.direction,
    content: row.content,
    status: row.status,
    providerId: row.providerId,
    replyTo: replyToProviderId === null ? null : { providerId: replyToProviderId },
    error: null,
    price: null,
    author: row.author,
    createdAt: row.createdAt,
    receivedAt: row.receivedAt,
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    failedAt: null,
  };
}
