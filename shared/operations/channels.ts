import { accountIdOf, type Channel, checked } from "../domain/channels.ts";
import { notFound } from "../domain/errors.ts";
import type { Page, PageRequest, Position, Scope } from "../ports.ts";
import type { CheckChannel } from "../providers.ts";
import { attempt } from "./attempts.ts";

export async function readChannel(scope: Scope, id: string): Promise<Channel> {
  const channel = await scope.store.channel(id);
  if (channel === null) throw notFound("channel");
  return channel;
}

export function listChannels(scope: Scope, page: PageRequest): Promise<Page<Channel>> {
  return scope.store.channels(page);
}

const PAGE = 100;
const PAGES_MAX = 10;

/** Every channel of the workspace, the first one made first. */
export async function allChannels(scope: Scope): Promise<Channel[]> {
  const all: Channel[] = [];
  let position: Position | null = null;
  for (let count = 0; count < PAGES_MAX; count++) {
    const page: Page<Channel> = await scope.store.channels({ limit: PAGE, position });
    all.push(...page.items);
    position = page.position;
    if (position === null) break;
  }
  return all.reverse();
}

/** The first channel of a business account that is connected under this key, or null. */
export async function channelOfAccount(
  scope: Scope,
  channelKey: string,
  account: string,
): Promise<Channel | null> {
  const found = (await allChannels(scope)).find(
    (channel) => accountIdOf(channel) === account && channel.whatsapp?.channelKey === channelKey,
  );
  return found ?? null;
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
  const commit = await scope.store.commit([{ noun: "channel", before, after: revised }], revised);
  return commit.ok ? revised : scope.store.channel(id);
}

/** The channel stops until a check says that it works again; an admin is told by the fact. */
export async function breakChannel(scope: Scope, id: string, detail: string): Promise<void> {
  await attempt(async () => {
    const before = await scope.store.channel(id);
    if (before === null || before.status !== "connected") return true;
    const at = new Date(scope.clock.now()).toISOString();
    const health = { ...before.health, state: "blocked" as const, detail, checkedAt: at };
    const broken = { ...before, status: "broken" as const, health, updatedAt: at };
    const after = { ...broken, rev: before.rev + 1 };
    const commit = await scope.store.commit([{ noun: "channel", before, after }]);
    return commit.ok ? true : null;
  });
}
