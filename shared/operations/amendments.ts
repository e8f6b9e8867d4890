import { type Amendment, type Awaited, amended, awaiting } from "../domain/amendments.ts";
import type { Channel } from "../domain/channels.ts";
import { reworded } from "../domain/conversations.ts";
import type { Message } from "../domain/messages.ts";
import type { Scope, Write } from "../ports.ts";
import { attempt } from "./attempts.ts";

/** A message that has not come after 30 days is none of ours: reactions to older ones are lost. */
const AWAITED_S = 30 * 86_400;

/**
 * Applies a reaction, an edit or a revoke to its message; what comes before its message waits for
 * it, in the place where the message's pointer will be. So one of the two always meets the other.
 *
 * @returns `seen` when it tells nothing new
 */
export function amendMessage(
  scope: Scope,
  channel: Channel,
  amendment: Amendment,
): Promise<"stored" | "seen"> {
  return attempt(async () => {
    const id = await scope.store.messageOf(channel.id, amendment.targetId);
    return id === null
      ? await park(scope, channel, amendment)
      : await amend(scope, id, [amendment]);
  });
}

async function park(
  scope: Scope,
  { id: channelId }: Channel,
  amendment: Amendment,
): Promise<"stored" | "seen" | null> {
  const providerId = amendment.targetId;
  const before = await scope.store.awaited(channelId, providerId);
  const known = before?.amendments ?? [];
  const amendments = awaiting(known, amendment);
  if (amendments === known) return "seen";
  const expiresAt = Math.floor(scope.clock.now() / 1_000) + AWAITED_S;
  const rev = (before?.rev ?? 0) + 1;
  const after: Awaited = { channelId, providerId, amendments: [...amendments], expiresAt, rev };
  const commit = await scope.store.replace({ noun: "awaited", before, after });
  return commit.ok ? "stored" : null;
}

/** @returns null when somebody else wrote meanwhile */
async function amend(
  scope: Scope,
  id: string,
  amendments: readonly Amendment[],
): Promise<"stored" | "seen" | null> {
  const before = await scope.store.message(id);
  if (before === null) throw new Error("A pointer names a message that does not exist.");
  const changed = amendments.reduce(amended, before);
  if (changed === before) return "seen";
  const after = { ...changed, rev: before.rev + 1 };
  const commit = await scope.store.commit([
    { noun: "message", before, after },
    ...(after.content === before.content ? [] : await summaryOf(scope, after)),
  ]);
  return commit.ok ? "stored" : null;
}

/** The inbox shows the last message as it is now. */
async function summaryOf(scope: Scope, message: Message): Promise<Write[]> {
  const before = await scope.store.conversation(message.conversationId);
  if (before === null) throw new Error("The conversation of a message is gone.");
  const after = reworded(before, message);
  if (after === before) return [];
  return [{ noun: "conversation", before, after: { ...after, rev: before.rev + 1 } }];
}

/**
 * Lets the provider's id of a message that we sent lead to it, and applies what came before we knew
 * that id. What waits goes only after it was applied, so a crash between repeats both.
 */
export function pointAt(scope: Scope, message: Message, providerId: string): Promise<true> {
  const { channelId, id } = message;
  let meets: Awaited | null = null;
  return attempt(async () => {
    if (meets !== null && (await amend(scope, id, meets.amendments)) === null) return null;
    if (await scope.store.pointAt(channelId, providerId, id, meets)) return true;
    meets = await scope.store.awaited(channelId, providerId);
    return null;
  });
}

/** Shows a reaction that we sent on its message, once the provider has taken it. */
export async function showReaction(scope: Scope, message: Message): Promise<void> {
  const { content, providerId, author, createdAt: at } = message;
  if (content.type !== "reaction" || providerId === null) return;
  const { messageId, emoji } = content;
  const { kind: by, name } = author;
  const reaction = { reactor: "business", by, name, emoji, at, providerId };
  const amendment: Amendment = { kind: "reaction", targetId: providerId, reaction };
  await attempt(() => amend(scope, messageId, [amendment]));
}
