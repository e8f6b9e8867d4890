import type { News } from "../domain/accounts.ts";
import { type Channel, heard } from "../domain/channels.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { allChannels } from "./channels.ts";

/**
 * Applies what a provider tells of an account to every channel of it that is connected under this
 * key, or to the one number that it names. Telling it again, or late, changes nothing.
 *
 * @returns null when no channel of this workspace is meant
 */
export async function applyNews(
  scope: Scope,
  channelKey: string,
  news: News,
): Promise<"stored" | "seen" | null> {
  const meant = (await allChannels(scope)).filter(
    (channel) => channel.whatsapp?.channelKey === channelKey && isMeant(channel, news),
  );
  if (meant.length === 0) return null;
  const outcomes = await Promise.all(meant.map(({ id }) => tell(scope, id, news)));
  return outcomes.includes("stored") ? "stored" : "seen";
}

function isMeant({ address, whatsapp }: Channel, { accountId, number }: News): boolean {
  if (number === null) return whatsapp?.wabaId === accountId;
  return whatsapp?.phoneNumberId === number || address.replaceAll(/\D/g, "") === number;
}

function tell(scope: Scope, id: string, news: News): Promise<"stored" | "seen"> {
  return attempt(async () => {
    const before = await scope.store.channel(id);
    if (before === null) return "seen";
    const changed = heard(before, news, new Date(scope.clock.now()).toISOString());
    if (changed === before) return "seen";
    const after = { ...changed, rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "channel", before, after });
    return commit.ok ? "stored" : null;
  });
}
