import * as z from "zod";
import { capabilitiesOf, channelKinds } from "../domain/channels.ts";
import { type Contact, displayName, type Identity } from "../domain/contacts.ts";
import { type Conversation, conversationStatuses } from "../domain/conversations.ts";
import { phoneOf } from "../domain/phone.ts";
import { windowAt } from "../domain/window.ts";
import { identity } from "./contacts.ts";
import { givenPlace, id, pageQuery, time } from "./shapes.ts";

export const window = z.object({ state: z.enum(["open", "closed"]), closesAt: time.nullable() });

export const conversation = z.object({
  id: id("conversation"),
  channelId: id("channel"),
  channelKind: z.enum(channelKinds),
  contact: z.object({
    id: id("contact"),
    name: z.string().nullable(),
    identities: z.array(identity),
  }),
  address: z.string(),
  status: z.enum(conversationStatuses),
  assigneeId: z.string().nullable(),
  teamId: z.string().nullable(),
  tagIds: z.array(z.string()),
  unreadCount: z.int(),
  lastActivityAt: time,
  waitingSince: time.nullable(),
  lastMessage: z
    .object({
      id: id("message"),
      direction: z.enum(["inbound", "outbound"]),
      type: z.string(),
      preview: z.string().nullable(),
      createdAt: time,
    })
    .nullable(),
  window: window.nullable(),
  referredAt: time
    .nullable()
    .describe("When the customer last came from an ad; an answer may start a free entry point"),
  createdAt: time,
});

export const conversationCreate = z.strictObject({
  channelId: id("channel"),
  contactId: id("contact").optional(),
  to: givenPlace.optional().describe("A phone number or address; finds or makes the contact"),
});

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

export const conversationsQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(conversationStatuses).optional(),
  assignee: z
    .string()
    .regex(/^(me|none|agt_[0-9A-Z]{26})$/)
    .optional()
    .describe('"me", "none" or the id of an agent'),
  tag: z.string().min(1).max(64).optional(),
  channel: id("channel").optional(),
  unread: flag.optional(),
  window: z
    .enum(["open", "closing", "closed"])
    .optional()
    .describe("closing: the last hour of open"),
});

export function viewConversation(
  row: Conversation,
  contact: Contact,
  now: number,
): z.infer<typeof conversation> {
  const { windowMs } = capabilitiesOf(row.channelKind);
  return {
    id: row.id,
    channelId: row.channelId,
    channelKind: row.channelKind,
    contact: { id: contact.id, name: displayName(contact), identities: contact.identities },
    address: addressText(row.address),
    status: row.status,
    assigneeId: row.assigneeId,
    teamId: row.teamId,
    tagIds: row.tagIds,
    unreadCount: row.unreadCount,
    lastActivityAt: row.lastActivityAt,
    waitingSince: row.waitingSince,
    lastMessage: row.lastMessage,
    window: windowAt(windowMs, row.windowClosesAt, now),
    referredAt: row.referredAt,
    createdAt: row.createdAt,
  };
}

/** As people know it: a wa_id that is a phone number is shown as one. */
function addressText({ kind, value }: Identity): string {
  return kind === "wa_id" ? (phoneOf(value) ?? value) : value;
}
