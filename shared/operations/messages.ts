import type { InboundMessage } from "../domain/callbacks.ts";
import { type Channel, capabilitiesOf } from "../domain/channels.ts";
import type { Sender } from "../domain/contacts.ts";
import { type Contact, newContact } from "../domain/contacts.ts";
import { type Conversation, newConversation, received } from "../domain/conversations.ts";
import { notFound } from "../domain/errors.ts";
import { messageIdIn, saidBy } from "../domain/id.ts";
import { metAgain, successorOf } from "../domain/identities.ts";
import { type Message, unsent } from "../domain/messages.ts";
import type { Conflict, Freshness, Page, PageRequest, Scope, Write } from "../ports.ts";
import { attempt, conflictOf } from "./attempts.ts";
import { asOf, givingUp, joinNamed, type Named, whoIs } from "./identities.ts";

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
    const saidAt = new Date(timeOf(inbound, arrival)).toISOString();
    const known = await knownOf(scope, channel, { ...inbound, saidAt }, freshness);
    if (known === null) return null;
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

interface Known extends Pick<Named, "contact" | "former"> {
  /** With the identities that are theirs. */
  readonly sender: Sender;
  readonly saidAt: string;
  readonly conversation: Conversation | null;
}

/**
 * Who wrote, as far as we know them, and where. Contacts that turn out to be one person are joined;
 * but not by a message that was stored before, because a re-drive may come years later.
 *
 * @returns null when one must look again
 */
async function knownOf(
  scope: Scope,
  channel: Channel,
  {
    sender,
    saidAt,
    providerId,
  }: Pick<InboundMessage, "sender" | "providerId"> & { saidAt: string },
  freshness: Freshness,
): Promise<Known | null> {
  const who = await whoIs(scope, sender.identities, freshness, asOf(saidAt));
  if (who === null) return null;
  if (who.others.length > 0 && (await scope.store.messageOf(channel.id, providerId)) === null) {
    if (await joinNamed(scope, who)) return null;
  }
  const { contact, former, identities } = who;
  const conversationId = contact?.conversations[channel.id];
  // Only a strict look may say that a conversation does not exist: a new one has an id of its own,
  // so nothing would refuse the second.
  const conversation =
    conversationId === undefined
      ? null
      : ((await scope.store.conversation(conversationId, freshness)) ??
        (await scope.store.conversation(conversationId, "strict")));
  return { sender: { ...sender, identities }, contact, former, saidAt, conversation };
}

function planOf(
  scope: Scope,
  channel: Channel,
  inbound: Heard,
  arrival: Arrival,
  known: Known,
): Write[] {
  const at = timeOf(inbound, arrival);
  const { conversation: before, saidAt, sender, former } = known;
  const contact = contactOf(scope, channel, known, arrival.receivedAt);
  const open = before ?? conversationOf(channel, contact.after, inbound, saidAt);
  const message = messageOf(open, inbound, arrival, at);
  const { windowMs } = capabilitiesOf(channel.kind);
  // Who has another number by now is answered there, also on a late message from the old one.
  const address = successorOf(contact.after, sender.address);
  const after = { ...received(open, message, address, windowMs), rev: open.rev + 1 };
  const passed = { endedAt: saidAt, updatedAt: arrival.receivedAt };
  return [
    { noun: "message", before: null, after: message },
    ...(contact.after === contact.before ? [] : [{ noun: "contact" as const, ...contact }]),
    ...givingUp({ identities: sender.identities, former }, contact.after.id, passed),
    { noun: "conversation", before, after },
  ];
}

function contactOf(
  scope: Scope,
  channel: Channel,
  { sender, contact, conversation, saidAt }: Known,
  at: string,
): { before: Contact | null; after: Contact } {
  const met =
    contact === null
      ? newContact(scope.ids.of("contact"), at, {
          identities: [...sender.identities],
          profileName: sender.profileName,
        })
      : metAgain(contact, sender, at, saidAt);
  if (conversation !== null && met === contact) return { before: contact, after: contact };
  const conversationId = conversation?.id ?? scope.ids.of("conversation");
  const conversations = { ...met.conversations, [channel.id]: conversationId };
  return { before: contact, after: { ...met, conversations, rev: met.rev + 1 } };
}

/** A provider's clock ahead of ours must not open a window for longer than it lasts. */
function timeOf(inbound: InboundMessage, { receivedAt }: Arrival): number {
  return Math.min(inbound.sentAt, Date.parse(receivedAt));
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
