import type { Conversation } from "../domain/conversations.ts";
import { notFound } from "../domain/errors.ts";
import type { Scope } from "../ports.ts";
import type { Sender } from "../providers.ts";
import { attempt } from "./attempts.ts";
import { type ConversationWithContact, readConversation } from "./conversations.ts";

/** Nothing is unread any more, and the customer is told so (by publish, where the channel can). */
export async function markRead(scope: Scope, id: string): Promise<ConversationWithContact> {
  await change(scope, id, (conversation) => {
    const readUpTo = conversation.lastMessage?.id ?? null;
    if (conversation.unreadCount === 0 && conversation.readUpTo === readUpTo) return conversation;
    return { ...conversation, unreadCount: 0, readUpTo };
  });
  return readConversation(scope, id);
}

/** How long the customer sees that somebody types (WhatsApp reference, section 7.4). */
const TYPING_MS = 20_000;

/** Somebody types an answer; told again only when the sign is about to go out. */
export async function showTyping(scope: Scope, id: string): Promise<ConversationWithContact> {
  await change(scope, id, (conversation) => {
    const now = scope.clock.now();
    const { typingAt } = conversation;
    if (typingAt !== null && now - Date.parse(typingAt) < TYPING_MS) return conversation;
    return { ...conversation, typingAt: new Date(now).toISOString() };
  });
  return readConversation(scope, id);
}

async function change(
  scope: Scope,
  id: string,
  rule: (conversation: Conversation) => Conversation,
): Promise<void> {
  await attempt(async () => {
    const before = await scope.store.conversation(id);
    if (before === null) throw notFound("conversation");
    const changed = rule(before);
    if (changed === before) return true;
    const after = { ...changed, rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "conversation", before, after });
    return commit.ok ? true : null;
  });
}

/** How far back the customer's newest message is looked for; older ones need no tick mark. */
const LOOK_BACK = 25;

/** Tells the customer that we read, or that somebody types. Best effort: it is no message. */
export async function signalCustomer(
  scope: Scope,
  sender: Sender,
  conversationId: string,
  typing: boolean,
): Promise<void> {
  const conversation = await scope.store.conversation(conversationId);
  if (conversation === null) return;
  const channel = await scope.store.channel(conversation.channelId);
  if (channel === null || channel.status !== "connected") return;
  const latest = await scope.store.messages(conversationId, { limit: LOOK_BACK, position: null });
  const theirs = latest.items.find(({ direction }) => direction === "inbound");
  if (theirs === undefined || theirs.providerId === null) return;
  await sender.signal(channel, theirs.providerId, typing);
}
