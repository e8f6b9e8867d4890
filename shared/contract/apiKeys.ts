import * as z from "zod";
import type { ApiKey } from "../domain/apiKeys.ts";
import { EVERYTHING, permissions, roles } from "../domain/permissions.ts";
import { givenTime, id, time } from "./shapes.ts";

export const apiKey = z.object({
  id: id("apiKey"),
  name: z.string(),
  role: z.enum(roles),
  scopes: z.array(z.string()),
  agentId: z.string().nullable(),
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable(),
  createdAt: time,
});

/** Answered once, when the key is made. */
export const newApiKey = apiKey.extend({ secret: z.string() });

export const apiKeyCreate = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(roles),
  scopes: z
    .array(z.enum([EVERYTHING, ...permissions]))
    .min(1)
    .max(50)
    .optional()
    .describe(`Narrows what the role allows; ${EVERYTHING} when absent`),
  agentId: id("agent").nullable().optional().describe("The agent this key acts as"),
  expiresAt: givenTime.nullable().optional(),
});

/** Everything but the hash. */
export function viewApiKey(row: ApiKey): z.infer<typeof apiKey> {
  const { id, name, role, scopes, agentId, expiresAt, lastUsedAt, createdAt } = row;
  return { id, name, role, scopes, agentId, expiresAt, lastUsedAt, createdAt };
}
