import { type Channel, capabilitiesOf } from "../domain/channels.ts";
import { type Contact, type Identity, newContact, normalised } from "../domain/contacts.ts";
import { type Conversation, newConversation, reachableBy } from "../domain/conversations.ts";
import { DomainError, invalid } from "../domain/errors.ts";
import type { Message } from "../domain/messages.ts";
import type { Scope, Write } from "../ports.ts";
import { attempt } from "./attempts.ts";
import type { ConversationWithContact } from "./conversations.ts";
import { asOf, givingUp, type Named, whoIs } from "./identities.ts";
import { livingContact } from "./merges.ts";
import { accept, type SendInput } from "./sending.ts";

/** Whom to write to: a contact, or a number or address that finds or makes one. */
export interface StartInput {
  readonly channelId: string;
  readonly contactId?: string | undefined;
  readonly to?: string | undefined;
}

export interface Started extends ConversationWithContact {
  /** Whether this call made it. */
  readonly isNew: boolean;
}

/** The one conversation of a contact on a channel; made when there is none. */
export function startConversation(scope: Scope, input: StartInput): Promise<Started> {
  return attempt(async () => {
    const party = await partyOf(scope, input);
    if (party === null) return null;
    const { contact, conversation } = party;
    const isNew = conversation.before === null;
    const result = { conversation: conversation.after, contact: contact.after, isNew };
    const writes = writesOf(party);
    // Nothing to write is answered as found, unless the request must be answered once.
    const commit = writes.length === 0 ? null : await scope.store.commit(writes, result);
    return commit === null || commit.ok ? result : null;
  });
}

/** Sends without a conversation id: the conversation is found or made with the message. */
export function sendTo(scope: Scope, input: StartInput & SendInput): Promise<Message> {
  return attempt(async (_freshness, count) => {
    const party = await partyOf(scope, input);
    if (party === null) return null;
    const { channel, conversation } = party;
    const sent = await accept(scope, channel, conversation.after, input, count);
    const after = sent.conversation;
    const writes = writesOf({ ...party, conversation: { ...conversation, after } });
    const message: Write = { noun: "message", before: null, after: sent.message };
    const commit = await scope.store.commit([message, ...writes], sent.message);
    return commit.ok ? sent.message : null;
  });
}

interface Pair<T> {
  readonly before: T | null;
  readonly after: T;
}

interface Party {
  readonly channel: Channel;
  readonly contact: Pair<Contact>;
  readonly conversation: Pair<Conversation>;
  /** What others lose: the number was theirs before. */
  readonly givenUp: readonly Write[];
}

function writesOf({ contact, conversation, givenUp }: Party): Write[] {
  return [
    ...givenUp,
    ...(contact.before === contact.after ? [] : [{ noun: "contact" as const, ...contact }]),
    ...(conversation.before === conversation.after
      ? []
      : [{ noun: "conversation" as const, ...conversation }]),
  ];
}

/** @returns null when somebody else's change came between */
async function partyOf(scope: Scope, input: StartInput): Promise<Party | null> {
  const channel = await scope.store.channel(input.channelId);
  if (channel === null) throw invalid("/channelId", "unknown", "There is no such channel.");
  const at = new Date(scope.clock.now()).toISOString();
  const asked = await askedFor(scope, channel, input, at);
  if (asked === null) return null;
  const { known, address } = asked;
  const contact =
    known ?? newContact(scope.ids.of("contact"), at, { identities: [address], name: null });
  const conversationId = contact.conversations[channel.id];
  if (known !== null && conversationId !== undefined) {
    const found = await scope.store.conversation(conversationId);
    if (found === null) throw new Error("A contact names a conversation that does not exist.");
    const same = { before: found, after: found };
    return { channel, contact: { before: known, after: known }, conversation: same, givenUp: [] };
  }
  const id = scope.ids.of("conversation");
  const conversations = { ...contact.conversations, [channel.id]: id };
  const after = { ...contact, conversations, rev: contact.rev + 1 };
  const { id: channelId, kind: channelKind } = channel;
  const given = { id, channelId, channelKind, contactId: contact.id, address };
  const fresh = { ...newConversation(given, at), rev: 1 };
  return {
    channel,
    contact: { before: known, after },
    conversation: { before: null, after: fresh },
    givenUp: givingUp(asked, contact.id, { endedAt: at, updatedAt: at }),
  };
}

interface Asked extends Pick<Named, "identities" | "former"> {
  readonly known: Contact | null;
  readonly address: Identity;
}

/** The contact, when we know them, and where a message to them goes on this channel. */
async function askedFor(
  scope: Scope,
  channel: Channel,
  { contactId, to }: StartInput,
  at: string,
): Promise<Asked | null> {
  if ((contactId === undefined) === (to === undefined)) {
    throw invalid("/to", "required", "Give either contactId or to.");
  }
  if (contactId !== undefined) {
    const known = await livingContact(scope, contactId);
    if (known === null) throw invalid("/contactId", "unknown", "There is no such contact.");
    const address = reachableBy(channel.kind, known.identities);
    if (address !== null) return { known, address, identities: [], former: [] };
    const detail = `The contact has no identity that a ${channel.kind} channel can write to.`;
    throw new DomainError("invalid_request", detail, {
      violations: [{ pointer: "/contactId", code: "no_address", detail }],
    });
  }
  const address = typed(channel, to ?? "");
  const who = await whoIs(scope, [address], "strict", asOf(at));
  return who === null ? null : { ...who, known: who.contact, address };
}

/** What somebody typed, as the first kind of identity that it can be. */
function typed(channel: Channel, text: string): Identity {
  const { reaches } = capabilitiesOf(channel.kind);
  const kinds = reaches.filter((kind) => kind !== "wa_id");
  const found = kinds.map((kind) => normalised(kind, text));
  const identity = found.find((known) => known !== null);
  if (identity !== undefined && identity !== null) return identity;
  const more = kinds.includes("wa_bsuid") ? ", or a WhatsApp user id" : "";
  const detail =
    kinds[0] === "email"
      ? "Give an e-mail address."
      : `Give a phone number with country code, such as +447700900123${more}.`;
  throw invalid("/to", "invalid", detail);
}
