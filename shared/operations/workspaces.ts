import type { Agent } from "../domain/agents.ts";
import type { ApiKey } from "../domain/apiKeys.ts";
import type { Channel } from "../domain/channels.ts";
import { EVERYTHING, type Role } from "../domain/permissions.ts";
import { SEALED, type Workspace } from "../domain/workspaces.ts";
import type { Scope, Seal, Write } from "../ports.ts";
import { hashOf, newSecret } from "./apiKeys.ts";

/** A key for an agent of its own; the secret is made here unless it is given (laptop only). */
export interface SeatInput {
  readonly name: string;
  readonly role: Role;
  readonly secret?: string;
}

export interface Seat {
  readonly agent: Agent;
  readonly key: ApiKey;
  readonly secret: string;
}

/**
 * Makes the scope's workspace with its first people: one agent and one key per seat. Refused when
 * the workspace exists.
 */
export async function createWorkspace(
  scope: Scope,
  name: string,
  seats: readonly SeatInput[],
): Promise<{ workspace: Workspace; seats: Seat[] }> {
  const createdAt = new Date(scope.clock.now()).toISOString();
  const workspace: Workspace = { id: scope.actor.workspaceId, name, createdAt, rev: 1 };
  const made = seats.map((seat) => seatOf(scope, seat, createdAt));
  const writes: Write[] = [{ noun: "workspace", before: null, after: workspace }];
  for (const { agent, key } of made) {
    writes.push({ noun: "agent", before: null, after: agent });
    writes.push({ noun: "apiKey", before: null, after: key });
  }
  const commit = await scope.store.commit(writes);
  if (!commit.ok) throw new Error(`The workspace ${name} or one of its keys exists already.`);
  return { workspace, seats: made };
}

function seatOf(scope: Scope, { name, role, secret }: SeatInput, createdAt: string): Seat {
  const agent: Agent = { id: scope.ids.of("agent"), name, role, createdAt, rev: 1 };
  const told = secret ?? newSecret();
  const key: ApiKey = {
    id: scope.ids.of("apiKey"),
    workspaceId: scope.actor.workspaceId,
    hash: hashOf(told),
    name,
    role,
    scopes: [EVERYTHING],
    agentId: agent.id,
    expiresAt: null,
    lastUsedAt: null,
    createdAt,
    rev: 1,
  };
  return { agent, key, secret: told };
}

export interface ChannelInput {
  readonly kind: Channel["kind"];
  readonly name: string;
  readonly address: string;
  readonly perSecond: number;
  /** WhatsApp: how Meta knows the number, and the token that speaks for it. */
  readonly whatsapp?: NonNullable<Channel["whatsapp"]> & { readonly accessToken: string };
}

/** Adds a channel as it is; nothing is asked of the provider. */
export async function addChannel(scope: Scope, seal: Seal, input: ChannelInput): Promise<Channel> {
  const { kind, name, address, perSecond, whatsapp } = input;
  const at = new Date(scope.clock.now()).toISOString();
  const id = scope.ids.of("channel");
  const channel: Channel = {
    id,
    kind,
    name,
    address,
    status: "connected",
    limits: { perSecond, uniqueUsersPerDay: null },
    health: { state: "unknown", quality: null, detail: null, checkedAt: null },
    whatsapp: whatsapp === undefined ? null : withoutToken(whatsapp),
    serviceChargedAt: null,
    credentials:
      whatsapp === undefined
        ? null
        : await sealed(seal, SEALED.credentials, id, whatsapp.accessToken),
    createdAt: at,
    updatedAt: at,
    rev: 1,
  };
  const commit = await scope.store.commit([{ noun: "channel", before: null, after: channel }]);
  if (!commit.ok) throw new Error(`The number of channel ${name} is connected already.`);
  return channel;
}

/**
 * Registers a Meta app under the key of its webhook path. Its secrets are written apart, and
 * after it: until then the door answers that it knows no such app.
 */
export async function addMetaApp(
  scope: Scope,
  app: { readonly channelKey: string; readonly appId: string },
): Promise<void> {
  const row = { ...app, workspaceId: scope.actor.workspaceId, rev: 1 };
  const commit = await scope.store.commit([{ noun: "metaApp", before: null, after: row }]);
  if (!commit.ok) throw new Error(`The channel key ${app.channelKey} is in use.`);
}

function withoutToken({ channelKey, phoneNumberId, wabaId }: NonNullable<Channel["whatsapp"]>) {
  return { channelKey, phoneNumberId, wabaId };
}

async function sealed(seal: Seal, purpose: string, owner: string, text: string): Promise<string> {
  const bytes = await seal.seal(purpose, owner, Buffer.from(text));
  return Buffer.from(bytes).toString("base64");
}
