import { type Channel, capabilitiesOf } from "../domain/channels.ts";
import type { Sender } from "../domain/contacts.ts";
import { called } from "../domain/conversations.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { contactOf, contactWrites, conversationOf, knownOf } from "./senders.ts";

/**
 * A customer called: from then on free messages are allowed, and nothing else follows (WhatsApp
 * reference, section 6.1). Times only move forward, so a repeat changes nothing.
 *
 * @param at ms since the epoch, by the provider's clock
 */
export function receiveCall(
  scope: Scope,
  channel: Channel,
  { sender, at }: { readonly sender: Sender; readonly at: number },
  receivedAt: string,
): Promise<"stored" | "seen"> {
  const { windowMs } = capabilitiesOf(channel.kind);
  const calledAt = new Date(Math.min(at, Date.parse(receivedAt))).toISOString();
  return attempt(async (freshness) => {
    const shown = { sender, saidAt: calledAt, providerId: null };
    const known = await knownOf(scope, channel, shown, freshness);
    if (known === null) return null;
    const contact = contactOf(scope, channel, known, receivedAt);
    const before = known.conversation;
    const quiet = { sender, copy: {} };
    const open = before ?? conversationOf(channel, contact.after, quiet, calledAt);
    const after = called(open, calledAt, windowMs);
    if (after === before) return "seen";
    const commit = await scope.store.commit([
      ...contactWrites(known, contact, receivedAt),
      { noun: "conversation", before, after: { ...after, rev: open.rev + 1 } },
    ]);
    return commit.ok ? "stored" : null;
  });
}
