import type { Agent } from "../domain/agents.ts";
import { DomainError } from "../domain/errors.ts";
import type { Role } from "../domain/permissions.ts";
import type { Scope } from "../ports.ts";

export interface Me {
  readonly workspaceId: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly apiKeyId: string;
  readonly agent: Pick<Agent, "id" | "name" | "role"> | null;
}

export async function readMe({ actor, store }: Scope): Promise<Me> {
  if (actor.kind !== "apiKey") throw new DomainError("unauthenticated", "Send an API key.");
  const { id: apiKeyId, workspaceId, role, scopes, agentId } = actor;
  const agent = agentId === null ? null : await store.agent(agentId);
  const seat = agent === null ? null : { id: agent.id, name: agent.name, role: agent.role };
  return { workspaceId, role, scopes, apiKeyId, agent: seat };
}
