import * as z from "zod/mini";
import { roles } from "./permissions.ts";

/** A key by the SHA-256 of the whole secret; the secret itself is stored nowhere. */
export const apiKeySchema = z.looseObject({
  id: z.string(),
  workspaceId: z.string(),
  hash: z.string(),
  name: z.string(),
  role: z.enum(roles),
  scopes: z.array(z.string()),
  agentId: z.nullable(z.string()),
  expiresAt: z.nullable(z.string()),
  lastUsedAt: z.nullable(z.string()),
  createdAt: z.string(),
  rev: z.number(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

export const KEY_PREFIX = "pk_";

/** How precisely `lastUsedAt` is kept: one write per key and five minutes at most. */
const USED_EVERY_MS = 5 * 60_000;

export function isExpired(key: ApiKey, now: number): boolean {
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= now;
}

export function isUseWorthNoting(key: ApiKey, now: number): boolean {
  return key.lastUsedAt === null || now - Date.parse(key.lastUsedAt) >= USED_EVERY_MS;
}
