import type { PhoneBookEntry } from "../domain/callbacks.ts";
import type { Channel } from "../domain/channels.ts";
import { listed } from "../domain/contacts.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { contactWrites, knownOf, metOf } from "./senders.ts";

/**
 * Notes how the phone on the business's own number calls somebody. Both what it adds and what it
 * removes makes a contact, because either may come first.
 */
export function applyPhoneBook(
  scope: Scope,
  channel: Channel,
  { identities, name, at }: PhoneBookEntry,
  receivedAt: string,
): Promise<"stored" | "seen"> {
  const [address] = identities;
  if (address === undefined) throw new Error("An entry of the phone book names nobody.");
  const sender = { identities, address, profileName: null };
  return attempt(async (freshness) => {
    const shown = { sender, saidAt: at, providerId: null };
    const known = await knownOf(scope, channel, shown, freshness);
    if (known === null) return null;
    const before = known.contact;
    const changed = listed(metOf(scope, known, receivedAt), name, at);
    if (changed === before) return "seen";
    const after = { ...changed, updatedAt: receivedAt, rev: changed.rev + 1 };
    const commit = await scope.store.commit(contactWrites(known, { before, after }, receivedAt));
    return commit.ok ? "stored" : null;
  });
}
