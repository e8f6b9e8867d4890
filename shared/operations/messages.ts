import type { InboundMessage } from "../domain/callbacks.ts";
import { type Channel, capabilitiesOf } from "../domain/channels.ts";
import type { Sender } from "../domain/contacts.ts";
import { type Contact, claimOf, claimsOf, metAgain, newContact } from "../domain/contacts.ts";
import { type Conversation, newConversation, received } from "../domain/conversations.ts";
import { notFound } from "../domain/errors.ts";
import { messageIdIn, saidBy } from "../domain/id.ts";
import { type Message, unsent } from "../domain/messages.ts";
import type { Conflict, Freshness, Page, PageRequest, Scope, Write } from "../ports.ts";
import { attempt, conflictOf } from "./attempts.ts";

/** When and at which place among its neighbours a message reached us. */
export interface Arrival {
  /** RFC 3339. */
  readonly receivedAt: string;
  readonly position: number;
}

/**
 * Stores a customer's message with all that it changes, in one transaction: the contact and their
 * identities, the conversation, the message. The pointer at the provider's id is part of it, so the
 * same message delivered again, also in parallel, changes nothing.
 *
 * @returns whether this call stored it, or it was stored before
 */
export async function receiveMessage(
  scope: Scope,
  channel: Channel,
  inbound: InboundMessage,
  arrival: Arrival,
): Promise<"stored" | "seen"> {
  const heard = { ...inbound, replyToMessageId: await answeredBy(scope, channel, inbound) };
  let { position } = arrival;
  return attempt(async (freshness) => {
    const known = await knownOf(scope, channel, inbound.sender, freshness);
    const place = { ...arrival, position };
    const commit = await scope.store.commit(planOf(scope, channel, heard, place, known));
    if (commit.ok) return "stored";
    if (conflictOf(commit, "seen") !== null) return "seen";
    // A message of another callback that came in the same moment has this very id. After any other
    // conflict the place stays, or it would fall behind what was said after it in the same second.
    if (isTaken(commit.conflicts)) position++;
    return null;
  });
}

function isTaken(conflicts: readonly Conflict[]): boolean {
  return conflicts.some((one) => one.reason === "moved" && one.noun === "message");
}

interface Heard extends InboundMessage {
  readonly replyToMessageId: string | null;
}

/** Our id of the message that it answers; null when it answers none, or one that we never saw. */
async function answeredBy(
  scope: Scope,
  channel: Channel,
  { replyToProviderId }: InboundMessage,
): Promise<string | null> {
  if (replyToProviderId === null) return null;
  return scope.store.messageOf(channel.id, replyToProviderId);
}

interface Known {
  readonly sender: Sender;
  readonly contact: Contact | null;
  readonly conversation: Conversation | null;
}

/**
 * Who wrote, as far as we know them: by business-scoped user id first, then by number (WhatsApp
 * reference, section 4.5). An identity that another contact holds is left with that contact.
 */
async function knownOf(
  scope: Scope,
  channel: Channel,
  sender: Sender,
  freshness: Freshness,
): Promise<Known> {
  const claims = claimsOf(sender.identities);
  const holders = await scope.store.holders(claims, freshness);
  const contactId = claims.map((claim) => holders.get(claim)).find((id) => id !== undefined);
  if (contactId === undefined) return { sender, contact: null, conversation: null };
  const contact = await scope.store.contact(contactId, freshness);
  const identities = sender.identities.filter((identity) => {
    const holder = holders.get(claimOf(identity));
    return holder === undefined || holder === contactId;
  });
  const conversationId = contact?.conversations[channel.id];
  // Only a strict look may say that a conversation does not exist: a new one has an id of its own,
  // so nothing would refuse the second.
  const conversation =
    conversationId === undefined
      ? null
      : ((await scope.store.conversation(conversationId, freshness)) ??
        (await scope.store.conversation(conversationId, "strict")));
  return { sender: { ...sender, identities }, contact, conversation };
}

function planOf(
  scope: Scope,
  channel: Channel,
  inbound: Heard,
  arrival: Arrival,
  known: Known,
): Write[] {
  const arrivedAt = Date.parse(arrival.receivedAt);
  // A provider's clock ahead of ours must not open a window for longer than it lasts.
  const at = Math.min(inbound.sentAt, arrivedAt);
  const contact = contactOf(scope, channel, known, arrival.receivedAt);
  const before = known.conversation;
  const saidAt = new Date(at).toISOString();
  const open = before ?? conversationOf(channel, contact.after, inbound, saidAt);
  const message = messageOf(open, inbound, arrival, at);
  const { windowMs } = capabilitiesOf(channel.kind);
  const after = {
    ...received(open, message, inbound.sender.address, windowMs),
    rev: open.rev + 1,
  };
  return [
    { noun: "message", before: null, after: message },
    ...(contact.after === contact.before ? [] : [{ noun: "contact" as const, ...contact }]),
    { noun: "conversation", before, after },
  ];
}

function contactOf(
  scope: Scope,
  channel: Channel,
  { sender, contact, conversation }: Known,
  at: string,
): { before: Contact | null; after: Contact } {
  const met =
    contact === null
      ? newContact(scope.ids.of("contact"), at, {
          identities: [...sender.identities],
          profileName: sender.profileName,
        })
      : metAgain(contact, sender, at);
  if (conversation !== null && met === contact) return { before: contact, after: contact };
  const conversationId = conversation?.id ?? scope.ids.of("conversation");
  const conversations = { ...met.conversations, [channel.id]: conversationId };
  return { before: contact, after: { ...met, conversations, rev: met.rev + 1 } };
}

function conversationOf(
  channel: Channel,
  contact: Contact,
  inbound: InboundMessage,
  at: string,
): Conversation {
  const id = contact.conversations[channel.id];
  if (id === undefined) throw new Error("The contact does not name the conversation.");
  const { address } = inbound.sender;
  const { id: channelId, kind: channelKind } = channel;
  return newConversation({ id, channelId, channelKind, contactId: contact.id, address }, at);
}

function messageOf(
  conversation: Conversation,
  inbound: Heard,
  { receivedAt, position }: Arrival,
  at: number,
): Message {
  const arrivedAt = Date.parse(receivedAt);
  return {
    ...unsent,
    id: messageIdIn(conversation.id, saidBy(at, arrivedAt), arrivedAt, position),
    conversationId: conversation.id,
    channelId: conversation.channelId,
    direction: "inbound",
    content: inbound.content,
    status: "received",
    providerId: inbound.providerId,
    replyToProviderId: inbound.replyToProviderId,
    replyToMessageId: inbound.replyToMessageId,
    author: { kind: "contact", id: conversation.contactId, name: inbound.participantName },
    createdAt: new Date(at).toISOString(),
    receivedAt,
    rev: 1,
  };
}

export async function readMessage(scope: Scope, id: string): Promise<Message> {
  const message = await scope.store.message(id);
  if (message === null) throw notFound("message");
  return message;
}

/** Newest first. */
export async function listMessages(
  scope: Scope,
  conversationId: string,
  page: PageRequest,
): Promise<Page<Message>> {
  if ((await scope.store.conversation(conversationId)) === null) {
    throw notFound("conversation");
  }
  return scope.store.messages(conversationId, page);
}
