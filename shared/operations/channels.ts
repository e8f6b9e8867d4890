import { type Channel, checked } from "../domain/channels.ts";
import { notFound } from "../domain/errors.ts";
import type { CheckChannel, Page, PageRequest, Scope } from "../ports.ts";

export async function readChannel(scope: Scope, id: string): Promise<Channel> {
  const channel = await scope.store.channel(id);
  if (channel === null) throw notFound("channel");
  return channel;
}

export function listChannels(scope: Scope, page: PageRequest): Promise<Page<Channel>> {
  return scope.store.channels(page);
}

/**
 * Asks the provider how the channel is and keeps the answer when it tells something new. Two checks
 * at once meet on the revision: the later one is dropped, the next tick asks again.
 *
 * @returns the channel as it now is, or null when it is gone
 */
export async function checkChannel(
  scope: Scope,
  id: string,
  check: CheckChannel,
): Promise<Channel | null> {
  const before = await scope.store.channel(id);
  if (before === null) return null;
  const at = new Date(scope.clock.now()).toISOString();
  const after = checked(before, await check(before), at);
  if (after === before) return before;
  const revised = { ...after, rev: before.rev + 1 };
  await scope.store.commit([{ noun: "channel", before, after: revised }]);
  return revised;
}
