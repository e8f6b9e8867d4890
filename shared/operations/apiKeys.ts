import { createHash, randomBytes } from "node:crypto";
import { type ApiKey, isExpired, isUseWorthNoting, KEY_PREFIX } from "../domain/apiKeys.ts";
import { DomainError, invalid, notFound } from "../domain/errors.ts";
import { type Actor, EVERYTHING, type Role } from "../domain/permissions.ts";
import type { Clock, Directory, Page, PageRequest, Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";

export interface ApiKeyInput {
  readonly name: string;
  readonly role: Role;
  readonly scopes?: readonly string[] | undefined;
  readonly agentId?: string | null | undefined;
  readonly expiresAt?: string | null | undefined;
}

/** A new key and its secret, which is told this once and stored nowhere. */
export interface NewApiKey {
  readonly key: ApiKey;
  readonly secret: string;
}

const SECRET_BYTES = 32;

export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

export function newSecret(): string {
  return `${KEY_PREFIX}${randomBytes(SECRET_BYTES).toString("base64url")}`;
}

export async function createApiKey(scope: Scope, input: ApiKeyInput): Promise<NewApiKey> {
  const now = scope.clock.now();
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt !== null && Date.parse(expiresAt) <= now) {
    throw invalid("/expiresAt", "past", "Give a time in the future, or null for no end.");
  }
  const agentId = input.agentId ?? null;
  if (agentId !== null && (await scope.store.agent(agentId)) === null) {
    throw invalid("/agentId", "unknown", "There is no agent with this id.");
  }
  checkWithin(scope.actor, input);
  return attempt(async () => {
    const secret = newSecret();
    const key = keyOf(scope, { ...input, agentId, expiresAt }, secret);
    const result = { key, secret };
    const commit = await scope.store.commit([{ noun: "apiKey", before: null, after: key }], result);
    return commit.ok ? result : null;
  });
}

/** Nobody hands out more than they have. */
function checkWithin(actor: Actor, { role, scopes = [EVERYTHING] }: ApiKeyInput): void {
  if (actor.kind === "system") return;
  const has = (one: string) => actor.scopes.includes(EVERYTHING) || actor.scopes.includes(one);
  if ((role === "agent" || actor.role === "admin") && scopes.every(has)) return;
  throw new DomainError("forbidden", "A key cannot make another that may do more than itself.");
}

function keyOf(
  scope: Scope,
  input: ApiKeyInput & { agentId: string | null; expiresAt: string | null },
  secret: string,
): ApiKey {
  return {
    id: scope.ids.of("apiKey"),
    workspaceId: scope.actor.workspaceId,
    hash: hashOf(secret),
    name: input.name,
    role: input.role,
    scopes: [...(input.scopes ?? [EVERYTHING])],
    agentId: input.agentId,
    expiresAt: input.expiresAt === null ? null : new Date(input.expiresAt).toISOString(),
    lastUsedAt: null,
    createdAt: new Date(scope.clock.now()).toISOString(),
    rev: 1,
  };
}

export async function readApiKey(scope: Scope, id: string): Promise<ApiKey> {
  const key = await scope.store.apiKey(id);
  if (key === null) throw notFound("API key");
  return key;
}

export function listApiKeys(scope: Scope, page: PageRequest): Promise<Page<ApiKey>> {
  return scope.store.apiKeys(page);
}

/** The key is refused from the next request on: every request reads it. */
export function revokeApiKey(scope: Scope, id: string): Promise<true> {
  return attempt(async () => {
    const before = await readApiKey(scope, id);
    const commit = await scope.store.commit([{ noun: "apiKey", before, after: null }]);
    return commit.ok ? true : null;
  });
}

/** A good key is good although nobody could write down that it was used. */
async function noted(directory: Directory, key: ApiKey, now: number): Promise<void> {
  try {
    await directory.noteUse(key, new Date(now).toISOString());
  } catch (error) {
    if (!(error instanceof DomainError && error.code === "unavailable")) throw error;
  }
}

/**
 * Who presents this secret. A wrong, expired and revoked key look the same to a stranger.
 *
 * @param authorization the Authorization header
 * @throws unauthenticated
 */
export async function authenticate(
  directory: Directory,
  clock: Clock,
  authorization: string | undefined,
): Promise<Actor> {
  const [, secret] = /^Bearer (pk_[\w-]{1,200})$/i.exec(authorization ?? "") ?? [];
  const key = secret === undefined ? null : await directory.apiKey(hashOf(secret));
  const now = clock.now();
  if (key === null || isExpired(key, now)) {
    const detail = "Send a valid API key: Authorization: Bearer pk_...";
    throw new DomainError("unauthenticated", detail);
  }
  if (isUseWorthNoting(key, now)) await noted(directory, key, now);
  const { id, workspaceId, role, scopes, agentId } = key;
  return { kind: "apiKey", id, workspaceId, role, scopes, agentId };
}
