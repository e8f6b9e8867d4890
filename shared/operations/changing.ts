import {
  accountOf,
  type Channel,
  checked,
  type Inspection,
  paused,
  resumed,
  type WhatsApp,
} from "../domain/channels.ts";
import { DomainError, invalid } from "../domain/errors.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { allChannels, checkChannel, readChannel } from "./channels.ts";
import {
  type Connecting,
  isSame,
  refuseFaults,
  rotated,
  sealedToken,
  setUp,
} from "./connecting.ts";

export interface ChannelChange {
  readonly name?: string | undefined;
  readonly paused?: boolean | undefined;
  readonly whatsapp?: WhatsAppChange | undefined;
}

interface WhatsAppChange {
  readonly accessToken?: string | undefined;
  readonly pin?: string | undefined;
  readonly appSecret?: string | undefined;
  readonly verifyToken?: string | undefined;
  readonly retirePreviousSecret?: boolean | undefined;
}

/** What a change found out before it is saved. */
interface Renewed {
  /** Sealed; null: the token stays. */
  readonly credentials: string | null;
  readonly found: Inspection | null;
}

/**
 * Changes a channel. A new token is asked first and replaces the old one in one write, so that a
 * send has either; what waits goes out with whichever is there when its turn comes.
 *
 * @param expectedRev the revision the caller saw; a newer one is refused as stale
 */
export async function changeChannel(
  scope: Scope,
  connecting: Connecting,
  id: string,
  change: ChannelChange,
  expectedRev: number | null,
): Promise<Channel> {
  const channel = await readChannel(scope, id);
  refuseStale(channel, expectedRev);
  if (change.paused === true && channel.status === "pending") {
    throw invalid("/paused", "pending", "A channel that is not set up yet cannot be paused.");
  }
  const renewed = await renew(connecting, channel, change.whatsapp);
  return attempt(async () => {
    const before = await readChannel(scope, id);
    refuseStale(before, expectedRev);
    const at = new Date(scope.clock.now()).toISOString();
    const after = { ...changed(before, change, renewed, at), rev: before.rev + 1 };
    const commit = await scope.store.commit([{ noun: "channel", before, after }], after);
    return commit.ok ? after : null;
  });
}

function refuseStale({ rev }: Channel, expectedRev: number | null): void {
  if (expectedRev === null || rev === expectedRev) return;
  throw new DomainError("stale", "The channel changed since you read it; read it again.");
}

function changed(before: Channel, change: ChannelChange, renewed: Renewed, at: string): Channel {
  const { credentials, found } = renewed;
  const named = { ...before, name: change.name ?? before.name, updatedAt: at };
  const opened = { ...named, credentials: credentials ?? named.credentials };
  const asked = found === null ? opened : { ...checked(opened, found.report, at), updatedAt: at };
  const told =
    credentials === null || found === null
      ? asked
      : { ...asked, account: { ...accountOf(asked), tokenExpiresAt: found.tokenExpiresAt } };
  if (change.paused === undefined) return told;
  return change.paused ? paused(told, at) : resumed(told, at);
}

async function renew(
  connecting: Connecting,
  channel: Channel,
  change: WhatsAppChange | undefined,
): Promise<Renewed> {
  const { whatsapp } = channel;
  if (change === undefined) return { credentials: null, found: null };
  if (whatsapp === null) {
    throw invalid("/whatsapp", "not_whatsapp", "Only a WhatsApp channel has these.");
  }
  const found = await inspected(connecting, channel, whatsapp, change);
  await keepSecrets(connecting, whatsapp.channelKey, change);
  const { accessToken } = change;
  const credentials =
    accessToken === undefined ? null : await sealedToken(connecting.seal, channel.id, accessToken);
  return { credentials, found };
}

/** Asks with the new token, or registers with the old one; null when neither is wanted. */
async function inspected(
  connecting: Connecting,
  channel: Channel,
  number: WhatsApp,
  { accessToken, pin, appSecret }: WhatsAppChange,
): Promise<Inspection | null> {
  if (accessToken === undefined && pin === undefined) return null;
  const { accounts, apps } = connecting;
  const token = accessToken ?? (await accounts.tokenOf(channel));
  if (token === null) {
    const detail = "The channel has no access token that opens; give it one as well.";
    throw invalid("/whatsapp/accessToken", "required", detail);
  }
  const known = appSecret ?? (await apps.read(number.channelKey))?.appSecrets[0] ?? null;
  const found = await accounts.inspect(number, { accessToken: token, appSecret: known });
  refuseFaults(found.faults);
  return setUp(connecting, number, { found, accessToken: token, pin });
}

/** Both app secrets are good until the older one is retired (decision 17). */
async function keepSecrets(
  { apps }: Connecting,
  channelKey: string,
  { appSecret, verifyToken, retirePreviousSecret = false }: WhatsAppChange,
): Promise<void> {
  if (appSecret === undefined && verifyToken === undefined && !retirePreviousSecret) return;
  const known = await apps.read(channelKey);
  if (known === null) {
    const detail = "The app of this channel has no secrets; an operator must write them.";
    throw invalid("/whatsapp/appSecret", "unknown", detail);
  }
  const next = rotated(known, { appSecret, verifyToken });
  const appSecrets = retirePreviousSecret ? next.appSecrets.slice(0, 1) : next.appSecrets;
  const after = { ...next, appSecrets };
  if (!isSame(known, after)) await apps.write(channelKey, after);
}

/** Asks the provider now, and does what needs nobody: it subscribes where that is missing. */
export async function mendChannel(
  scope: Scope,
  { accounts }: Connecting,
  id: string,
): Promise<Channel> {
  const channel = await readChannel(scope, id);
  const { whatsapp } = channel;
  if (whatsapp === null) return channel;
  const token = await accounts.tokenOf(channel);
  const report = await accounts.check(channel);
  if (token === null || report.setup?.subscribed !== false) {
    return (await checkChannel(scope, id, () => Promise.resolve(report))) ?? channel;
  }
  await accounts.subscribe(whatsapp, token);
  return (await checkChannel(scope, id, accounts.check)) ?? channel;
}

/**
 * Disconnects a channel: it is gone, its number is free, and what was said stays readable. What
 * waits to be sent finds no channel and fails. Meta is told first, while the token is there, unless
 * another number of the account is still connected.
 */
export async function disconnectChannel(
  scope: Scope,
  { accounts }: Connecting,
  id: string,
  expectedRev: number | null,
): Promise<void> {
  const channel = await readChannel(scope, id);
  refuseStale(channel, expectedRev);
  const { whatsapp } = channel;
  const token = whatsapp === null ? null : await accounts.tokenOf(channel);
  if (whatsapp !== null && token !== null && !(await hasSibling(scope, channel, whatsapp))) {
    await accounts.unsubscribe(whatsapp, token);
  }
  await attempt(async () => {
    const before = await readChannel(scope, id);
    refuseStale(before, expectedRev);
    return (await scope.store.commit([{ noun: "channel", before, after: null }])).ok ? true : null;
  });
}

async function hasSibling(scope: Scope, { id }: Channel, { wabaId }: WhatsApp): Promise<boolean> {
  const all = await allChannels(scope);
  return all.some((one) => one.id !== id && one.whatsapp?.wabaId === wabaId);
}
