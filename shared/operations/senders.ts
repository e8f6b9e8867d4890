import type { Channel } from "../domain/channels.ts";
import { type Contact, newContact, type Sender } from "../domain/contacts.ts";
import { type Conversation, newConversation } from "../domain/conversations.ts";
import { metAgain } from "../domain/identities.ts";
import type { Freshness, Scope, Write } from "../ports.ts";
import { asOf, givingUp, joinNamed, type Named, whoIs } from "./identities.ts";

/** Somebody who shows up, and when, by the provider's clock (RFC 3339). */
interface Shown {
  readonly sender: Sender;
  readonly saidAt: string;
  /** Of the message; null for what is none. */
  readonly providerId: string | null;
}

/** Who it is with, before anything is written. */
export interface Known extends Pick<Named, "contact" | "former"> {
  /** With the identities that are theirs. */
  readonly sender: Sender;
  readonly saidAt: string;
  readonly conversation: Conversation | null;
}

/**
 * Who shows up, as far as we know them, and where. Contacts that turn out to be one person are
 * joined; but only by a new message, because a re-drive may come years later.
 *
 * @returns null when one must look again
 */
export async function knownOf(
  scope: Scope,
  channel: Channel,
  { sender, saidAt, providerId }: Shown,
  freshness: Freshness,
): Promise<Known | null> {
  const who = await whoIs(scope, sender.identities, freshness, asOf(saidAt));
  if (who === null) return null;
  const joins = who.others.length > 0 && providerId !== null;
  if (joins && (await scope.store.messageOf(channel.id, providerId)) === null) {
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

/** The contact after it was met; a new one, when nobody knew them. */
export function metOf(scope: Scope, { sender, contact, saidAt }: Known, at: string): Contact {
  if (contact !== null) return metAgain(contact, sender, at, saidAt);
  const { identities, profileName } = sender;
  return newContact(scope.ids.of("contact"), at, { identities: [...identities], profileName });
}

interface Pair {
  readonly before: Contact | null;
  readonly after: Contact;
}

/** The contact of a conversation on this channel, which it names. */
export function contactOf(scope: Scope, channel: Channel, known: Known, at: string): Pair {
  const { contact, conversation } = known;
  const met = metOf(scope, known, at);
  if (conversation !== null && met === contact) return { before: contact, after: contact };
  const conversationId = conversation?.id ?? scope.ids.of("conversation");
  const conversations = { ...met.conversations, [channel.id]: conversationId };
  return { before: contact, after: { ...met, conversations, rev: met.rev + 1 } };
}

/** The contact, and what those lose who had one of the numbers before. */
export function contactWrites({ sender, former, saidAt }: Known, pair: Pair, at: string): Write[] {
  const { before, after } = pair;
  const passed = { endedAt: saidAt, updatedAt: at };
  return [
    ...(after === before ? [] : [{ noun: "contact" as const, before, after }]),
    ...givingUp({ identities: sender.identities, former }, after.id, passed),
  ];
}

/** Only a customer who writes asks for somebody's attention. */
export function conversationOf(
  channel: Channel,
  contact: Contact,
  { sender, copy }: { readonly sender: Sender; readonly copy: object | null },
  at: string,
): Conversation {
  const id = contact.conversations[channel.id];
  if (id === undefined) throw new Error("The contact does not name the conversation.");
  const { address } = sender;
  const { id: channelId, kind: channelKind } = channel;
  const given = { id, channelId, channelKind, contactId: contact.id, address };
  const fresh = newConversation(given, at);
  return copy === null ? fresh : { ...fresh, status: "resolved" };
}
