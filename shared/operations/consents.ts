import type { Channel } from "../domain/channels.ts";
import { consented, type ToldConsent } from "../domain/consents.ts";
import type { Sender } from "../domain/contacts.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { contactWrites, knownOf, metOf } from "./senders.ts";

/**
 * Notes what a customer told the provider to allow or to stop. Somebody whom nobody knows yet
 * becomes a contact: a no must not be lost.
 */
export function applyConsent(
  scope: Scope,
  channel: Channel,
  { sender, consent }: { readonly sender: Sender; readonly consent: ToldConsent },
  receivedAt: string,
): Promise<"stored" | "seen"> {
  return attempt(async (freshness) => {
    const shown = { sender, saidAt: consent.at, providerId: null };
    const known = await knownOf(scope, channel, shown, freshness);
    if (known === null) return null;
    const before = known.contact;
    const met = metOf(scope, known, receivedAt);
    const consents = consented(met.consents ?? {}, channel.kind, consent);
    if (met === before && consents === before.consents) return "seen";
    const after = { ...met, consents, updatedAt: receivedAt, rev: met.rev + 1 };
    const commit = await scope.store.commit(contactWrites(known, { before, after }, receivedAt));
    return commit.ok ? "stored" : null;
  });
}
