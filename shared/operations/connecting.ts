import {
  accountOf,
  type Channel,
  checked,
  type Fault,
  type Inspection,
  type WhatsApp,
} from "../domain/channels.ts";
import { DomainError, invalid } from "../domain/errors.ts";
import { type MetaAppSecrets, SEALED } from "../domain/workspaces.ts";
import type { AppSecrets, Directory, Scope, Seal } from "../ports.ts";
import type { Accounts } from "../providers.ts";
import { attempt, conflictOf } from "./attempts.ts";

/** What connecting needs beside the workspace's scope. */
export interface Connecting {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly apps: AppSecrets;
  readonly seal: Seal;
}

export interface ConnectInput {
  readonly name: string;
  readonly whatsapp: Required<WhatsApp> & {
    readonly accessToken: string;
    readonly appSecret?: string | undefined;
    readonly verifyToken?: string | undefined;
    readonly pin?: string | undefined;
  };
}

/** Of a channel that nobody measured: what Meta lets every new number send. */
const PER_SECOND = 80;

/**
 * Connects a number:
 *
 *   ask Meta with the credentials   what is wrong is refused, and nothing was done
 *   take the channel key, keep what its app signs with
 *   subscribe, register             at Meta; doing it again changes nothing
 *   store the channel               with all that, or 409 when somebody has the number
 *
 * Whatever stops in between is made good by the same request again. What Meta calls about in the
 * moment before the channel is stored is kept, and a re-drive applies it.
 */
export async function connectChannel(
  scope: Scope,
  connecting: Connecting,
  { name, whatsapp }: ConnectInput,
): Promise<Channel> {
  const { accessToken, appSecret, verifyToken, pin, ...number } = whatsapp;
  const known = await appOf(scope, connecting, number);
  const secrets = secretsAfter(known, { appSecret, verifyToken });
  await refuseTaken(scope, connecting, number);
  const asked = { accessToken, appSecret: secrets.appSecrets[0] ?? null };
  const found = await connecting.accounts.inspect(number, asked);
  refuseFaults(found.faults);
  await keepApp(scope, connecting, number, known, secrets);
  const ready = await setUp(connecting, number, { found, accessToken, pin });
  const id = scope.ids.of("channel");
  const credentials = await sealedToken(connecting.seal, id, accessToken);
  return attempt(async () => {
    const channel = channelOf(scope, { id, name, number, credentials }, ready);
    const writes = [{ noun: "channel" as const, before: null, after: channel }];
    const commit = await scope.store.commit(writes, channel);
    const taken = conflictOf(commit, "connected");
    if (taken !== null) throw taken409(taken.channelId);
    return commit.ok ? channel : null;
  });
}

/** The secrets of the app that this key names, when the workspace has it already. */
async function appOf(
  scope: Scope,
  { directory, apps }: Connecting,
  { channelKey, appId }: WhatsApp,
): Promise<MetaAppSecrets | null> {
  const app = await directory.metaApp(channelKey);
  if (app === null) return null;
  if (app.workspaceId !== scope.actor.workspaceId || app.appId !== appId) {
    const detail = "This channel key is in use for another app; take another key.";
    throw new DomainError("channel_key_taken", detail);
  }
  return apps.read(channelKey);
}

interface GivenSecrets {
  readonly appSecret?: string | undefined;
  readonly verifyToken?: string | undefined;
}

/** A new app must say both; of a known one, what is given is rotated in. */
function secretsAfter(known: MetaAppSecrets | null, given: GivenSecrets): MetaAppSecrets {
  const { appSecret, verifyToken } = given;
  if (known !== null) return rotated(known, given);
  const missing = (field: string) =>
    invalid(`/whatsapp/${field}`, "required", "The first number of an app needs it.");
  if (appSecret === undefined) throw missing("appSecret");
  if (verifyToken === undefined) throw missing("verifyToken");
  return { appSecrets: [appSecret], verifyToken };
}

/** Two are good while one takes over from the other; the third one back is forgotten. */
export function rotated(known: MetaAppSecrets, given: GivenSecrets): MetaAppSecrets {
  const { appSecret, verifyToken = known.verifyToken } = given;
  const older = known.appSecrets.filter((secret) => secret !== appSecret);
  const appSecrets = appSecret === undefined ? older : [appSecret, ...older].slice(0, 2);
  return { appSecrets, verifyToken };
}

/** Before anything is asked of Meta; the write decides again. */
async function refuseTaken(
  scope: Scope,
  { directory }: Connecting,
  { phoneNumberId }: WhatsApp,
): Promise<void> {
  const holder = await directory.holderOf("whatsapp", phoneNumberId);
  if (holder === null) return;
  const isOurs = holder.workspaceId === scope.actor.workspaceId;
  throw taken409(isOurs ? holder.channelId : null);
}

function taken409(channelId: string | null): DomainError {
  const detail =
    channelId === null
      ? "This number is connected in another workspace; disconnect it there first."
      : "This number is connected already; change that channel instead.";
  return new DomainError("number_taken", detail, { more: { channelId } });
}

export function refuseFaults(faults: readonly Fault[]): void {
  const violations = faults.map(({ field, code, detail }) => {
    return { pointer: `/whatsapp/${field}`, code, detail };
  });
  const [first] = violations;
  if (first === undefined) return;
  throw new DomainError("invalid_request", `${first.pointer}: ${first.detail}`, { violations });
}

/** The key first: whoever took it may write what its app signs with. */
async function keepApp(
  scope: Scope,
  { apps, directory }: Connecting,
  { channelKey, appId = "" }: WhatsApp,
  known: MetaAppSecrets | null,
  secrets: MetaAppSecrets,
): Promise<void> {
  if (known === null && (await directory.metaApp(channelKey)) === null) {
    const after = { channelKey, appId, workspaceId: scope.actor.workspaceId, rev: 1 };
    const taken = await scope.store.replace({ noun: "metaApp", before: null, after });
    if (!taken.ok) {
      throw new DomainError("channel_key_taken", "Somebody took this channel key; take another.");
    }
  }
  if (!isSame(known, secrets)) await apps.write(channelKey, secrets);
}

export function isSame(one: MetaAppSecrets | null, other: MetaAppSecrets): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Does what Meta still needs and asks again how the number is then. Subscribing again would take
 * away an override that the account has (WhatsApp reference, section 1.4), registering again may
 * interrupt a number that works: both are done only where they are missing.
 */
export async function setUp(
  { accounts }: Connecting,
  number: WhatsApp,
  { found, accessToken, pin }: { found: Inspection; accessToken: string; pin?: string | undefined },
): Promise<Inspection> {
  const { setup } = found.report;
  const subscribes = setup?.subscribed === false;
  const registers = setup?.registered === false && pin !== undefined;
  if (!subscribes && !registers) return found;
  if (subscribes) await accounts.subscribe(number, accessToken);
  const refused = registers ? await accounts.register(number, accessToken, pin) : null;
  const after = await accounts.inspect(number, { accessToken, appSecret: null });
  const now = { ...after, address: found.address, tokenExpiresAt: found.tokenExpiresAt };
  const { report } = now;
  if (refused === null || report.setup === undefined) return now;
  const others = report.setup.steps.filter(({ code }) => code !== "register");
  const steps = [refused, ...others.filter(({ code }) => code !== refused.code)];
  return { ...now, report: { ...report, setup: { ...report.setup, steps } } };
}

export async function sealedToken(seal: Seal, id: string, accessToken: string): Promise<string> {
  const bytes = await seal.seal(SEALED.credentials, id, Buffer.from(accessToken));
  return Buffer.from(bytes).toString("base64");
}

function channelOf(
  scope: Scope,
  made: { id: string; name: string; number: WhatsApp; credentials: string },
  { report, address, tokenExpiresAt }: Inspection,
): Channel {
  const at = new Date(scope.clock.now()).toISOString();
  const { id, name, number, credentials } = made;
  const fresh: Channel = {
    id,
    kind: "whatsapp",
    name,
    address: address ?? "",
    status: "pending",
    limits: { perSecond: PER_SECOND, uniqueUsersPerDay: null },
    health: { state: "unknown", quality: null, detail: null, checkedAt: null },
    whatsapp: number,
    credentials,
    serviceChargedAt: null,
    createdAt: at,
    updatedAt: at,
    rev: 1,
  };
  const channel = checked(fresh, report, at);
  return { ...channel, account: { ...accountOf(channel), tokenExpiresAt } };
}
