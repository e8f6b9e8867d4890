import { type Awaited, amended, retold, tellsMore } from "../domain/amendments.ts";
import type { InboundMessage } from "../domain/callbacks.ts";
import { type Channel, capabilitiesOf } from "../domain/channels.ts";
import { type Conversation, isNewestName, noted, received } from "../domain/conversations.ts";
import { notFound } from "../domain/errors.ts";
import { messageIdIn, saidBy } from "../domain/id.ts";
import { successorOf } from "../domain/identities.ts";
import { type Message, unsent } from "../domain/messages.ts";
import type { Conflict, Page, PageRequest, Scope, Write } from "../ports.ts";
import { attempt, conflictOf } from "./attempts.ts";
import { contactOf, contactWrites, conversationOf, type Known, knownOf } from "./senders.ts";

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
  let held: Message | null = null;
  let meets: Awaited | null = null;
  return attempt(async (freshness) => {
    const saidAt = new Date(timeOf(inbound, arrival)).toISOString();
    const known = await knownOf(scope, channel, { ...inbound, saidAt }, freshness);
    if (known === null) return null;
    // The copy that we have was told under another name: it stays where it is.
    if (held !== null && held.conversationId !== known.conversation?.id) return "seen";
    const place = { ...arrival, position };
    const commit = await scope.store.commit(
      planOf(scope, channel, heard, place, { ...known, held, meets }),
    );
    if (commit.ok) return "stored";
    const seen = conflictOf(commit, "seen");
    if (seen !== null || held !== null) {
      held = await scope.store.message(held?.id ?? seen?.messageId ?? "");
      // It may have been told with less: as history before it came live, or without its file.
      return held !== null && tellsMore(heard, held) ? null : "seen";
    }
    if (conflictOf(commit, "awaited") !== null) {
      meets = await scope.store.awaited(channel.id, inbound.providerId);
    }
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

/** What we have of the message itself. */
interface Held {
  /** It was stored with less than what is told now. */
  readonly held: Message | null;
  /** What came before it. */
  readonly meets: Awaited | null;
}

function planOf(
  scope: Scope,
  channel: Channel,
  inbound: Heard,
  arrival: Arrival,
  { held, meets, ...known }: Known & Held,
): Write[] {
  const { conversation: before, saidAt } = known;
  const isNamed = before === null || isNewestName(before, saidAt);
  const sender = isNamed ? known.sender : { ...known.sender, profileName: null };
  const contact = contactOf(scope, channel, { ...known, sender }, arrival.receivedAt);
  const open = before ?? conversationOf(channel, contact.after, inbound, saidAt);
  const told = messageOf(open, inbound, arrival, timeOf(inbound, arrival));
  const message =
    held === null ? (meets?.amendments ?? []).reduce(amended, told) : retold(held, told);
  // Who has another number by now is answered there, also on a late message from the old one.
  const address = successorOf(contact.after, inbound.sender.address);
  // A customer's message counts once, whatever we learn of it later.
  const isCounted = held !== null && held.origin === null;
  const after = isCounted
    ? noted(open, message)
    : conversationAfter(channel, open, message, { ...inbound, address });
  return [
    { noun: "message", before: held, after: message, meets },
    ...contactWrites(known, contact, arrival.receivedAt),
    ...(after === before
      ? []
      : [{ noun: "conversation" as const, before, after: { ...after, rev: open.rev + 1 } }]),
  ];
}

function conversationAfter(
  channel: Channel,
  open: Conversation,
  message: Message,
  { copy, opensWindow, sender, address }: Heard & Pick<Conversation, "address">,
): Conversation {
  if (copy !== null) return noted(open, message);
  const { windowMs } = capabilitiesOf(channel.kind);
  const after = received(open, message, address, windowMs);
  const isNamed = sender.profileName !== null && isNewestName(open, message.createdAt);
  return {
    ...after,
    namedAt: isNamed ? message.createdAt : open.namedAt,
    windowClosesAt: opensWindow ? after.windowClosesAt : open.windowClosesAt,
  };
}

/** A provider's clock ahead of ours must not open a window for longer than it lasts. */
function timeOf(inbound: InboundMessage, { receivedAt }: Arrival): number {
  return Math.min(inbound.sentAt, Date.parse(receivedAt));
}

function messageOf(
  conversation: Conversation,
  inbound: Heard,
  { receivedAt, position }: Arrival,
  at: number,
): Message {
  const { copy } = inbound;
  const createdAt = new Date(at).toISOString();
  const isOurs = copy?.direction === "outbound";
  const status = copy?.status ?? "received";
  const arrivedAt = Date.parse(receivedAt);
  return {
    ...unsent,
    ...inbound.marks,
    id: messageIdIn(conversation.id, saidBy(at, arrivedAt), arrivedAt, position),
    conversationId: conversation.id,
    channelId: conversation.channelId,
    direction: isOurs ? "outbound" : "inbound",
    content: inbound.content,
    status,
    providerId: inbound.providerId,
    replyToProviderId: inbound.replyToProviderId,
    replyToMessageId: inbound.replyToMessageId,
    author: isOurs
      ? { kind: "system", id: null, name: copy.author }
      : { kind: "contact", id: conversation.contactId, name: inbound.participantName },
    to: isOurs ? inbound.sender.address : null,
    sentAt: isOurs && status !== "failed" ? createdAt : null,
    failedAt: isOurs && status === "failed" ? createdAt : null,
    createdAt,
    receivedAt,
    rev: 1,
  };
}

export async function readMessage(scope: Scope, id: string): Promise<Message> {
  const message = await scope.store.message(id);
  if (message === null) throw notFound("message");
  const [quoting = message] = await withQuotes(scope, [message]);
  return quoting;
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
  const { items, position } = await scope.store.messages(conversationId, page);
  return { items: await withQuotes(scope, items), position };
}

/** An answer may have come before the message that it answers. */
async function withQuotes(scope: Scope, messages: readonly Message[]): Promise<Message[]> {
  const [first] = messages;
  const missing = messages.flatMap(({ replyToMessageId, replyToProviderId }) =>
    replyToMessageId === null && replyToProviderId !== null ? [replyToProviderId] : [],
  );
  if (first === undefined || missing.length === 0) return [...messages];
  const found = await scope.store.messagesOf(first.channelId, missing);
  return messages.map((message) => {
    const { replyToMessageId, replyToProviderId } = message;
    const quotedId = replyToMessageId ?? found.get(replyToProviderId ?? "") ?? null;
    return { ...message, replyToMessageId: quotedId };
  });
}
