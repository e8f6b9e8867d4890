/** Who may do what. The permission of every route stands beside its path. */
export const permissions = [
  "apiKeys:read",
  "apiKeys:write",
  "callbacks:read",
  "callbacks:write",
  "channels:read",
  "channels:write",
  "contacts:read",
  "contacts:write",
  "conversations:read",
  "conversations:write",
  "messages:read",
  "messages:write",
  "rates:read",
  "rates:write",
  "templates:read",
  "templates:write",
] as const;
export type Permission = (typeof permissions)[number];

export const roles = ["admin", "agent"] as const;
export type Role = (typeof roles)[number];

const allowed: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  admin: new Set(permissions),
  agent: new Set([
    "channels:read",
    "contacts:read",
    "contacts:write",
    "conversations:read",
    "conversations:write",
    "messages:read",
    "messages:write",
    "rates:read",
    "templates:read",
  ] satisfies Permission[]),
};

/** Everything that the role allows. */
export const EVERYTHING = "*";

/** Who acts: an API key, or the system itself for callbacks and schedules. */
export type Actor =
  | {
      readonly kind: "apiKey";
      readonly id: string;
      readonly workspaceId: string;
      readonly role: Role;
      readonly scopes: readonly string[];
      readonly agentId: string | null;
    }
  | { readonly kind: "system"; readonly workspaceId: string };

/** A scope narrows what the role allows; it never widens it. */
export function may(actor: Actor, permission: Permission): boolean {
  if (actor.kind === "system") return true;
  if (!allowed[actor.role].has(permission)) return false;
  return actor.scopes.includes(EVERYTHING) || actor.scopes.includes(permission);
}
