import { describe, expect, test } from "vitest";
import {
  type Actor,
  EVERYTHING,
  may,
  type Permission,
  permissions,
  type Role,
  roles,
} from "../../shared/domain/permissions.ts";
import { WORKSPACE } from "./things.ts";

const actorOf = (role: Role, scopes: readonly string[]): Actor => ({
  kind: "apiKey",
  id: "key_1",
  workspaceId: WORKSPACE,
  role,
  scopes,
  agentId: null,
});

/** The table: what an agent may do, and every other permission is an admin's. */
const agents: readonly Permission[] = [
  "channels:read",
  "contacts:read",
  "contacts:write",
  "conversations:read",
  "conversations:write",
  "messages:read",
  "messages:write",
  "rates:read",
  "templates:read",
];

const table = permissions.flatMap((permission) =>
  roles.map((role) => [role, permission, role === "admin" || agents.includes(permission)] as const),
);

describe.each(table)("%s and %s: %s", (role, permission, allowed) => {
  test("with every scope", () =>
    expect(may(actorOf(role, [EVERYTHING]), permission)).toBe(allowed));

  test("with that scope alone", () => {
    expect(may(actorOf(role, [permission]), permission)).toBe(allowed);
  });

  test("with none, or only others", () => {
    const others = permissions.filter((other) => other !== permission);
    expect(may(actorOf(role, []), permission)).toBe(false);
    expect(may(actorOf(role, others), permission)).toBe(false);
  });

  test("a scope that only looks like it does not count", () => {
    const [noun, verb] = permission.split(":");
    for (const scope of [`${noun}:*`, `${noun}`, `${verb}`, `${permission} `, ""]) {
      expect(may(actorOf(role, [scope]), permission)).toBe(false);
    }
  });
});

test.each(permissions)("the system itself may: %s", (permission) => {
  expect(may({ kind: "system", workspaceId: WORKSPACE }, permission)).toBe(true);
});
