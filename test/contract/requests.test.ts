import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { apiKeyCreate } from "../../shared/contract/apiKeys.ts";
import { callbacksQuery, redriveCreate } from "../../shared/contract/callbacks.ts";
import { conversationsQuery } from "../../shared/contract/conversations.ts";
import { permissions } from "../../shared/domain/permissions.ts";
import { agentWith, channelWith } from "../domain/things.ts";

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe("a new API key", () => {
  const key = { name: "Export", role: "agent" };

  test.each([
    [key],
    [{ ...key, role: "admin", scopes: ["*"] }],
    [{ ...key, scopes: [...permissions] }],
    [{ ...key, agentId: agentWith().id, expiresAt: "2027-01-01T00:00:00+02:00" }],
    [{ ...key, agentId: null, expiresAt: null }],
  ])("is taken as %j", (body) => expect(takes(apiKeyCreate, body)).toBe(true));

  test.each([
    [{}],
    [{ name: "Export" }],
    [{ ...key, name: "   " }],
    [{ ...key, name: "x".repeat(101) }],
    [{ ...key, role: "owner" }],
    [{ ...key, scopes: [] }],
    [{ ...key, scopes: ["contacts:*"] }],
    [{ ...key, scopes: Array(51).fill("*") }],
    [{ ...key, agentId: channelWith().id }],
    [{ ...key, expiresAt: "2027-01-01" }],
    [{ ...key, secret: "pk_mine" }],
  ])("is refused as %j", (body) => expect(takes(apiKeyCreate, body)).toBe(false));
});

describe("a filter of conversations", () => {
  test.each([
    [{}, {}],
    [
      { status: "snoozed", unread: "true" },
      { status: "snoozed", unread: true },
    ],
    [{ unread: "false" }, { unread: false }],
    [
      { assignee: "me", window: "closing" },
      { assignee: "me", window: "closing" },
    ],
    [
      { assignee: "none", tag: "tag_1" },
      { assignee: "none", tag: "tag_1" },
    ],
    [{ assignee: agentWith().id }, { assignee: agentWith().id }],
    [
      { channel: channelWith().id, limit: "5" },
      { channel: channelWith().id, limit: 5 },
    ],
  ])("%j is read as %j", (given, read) => expect(conversationsQuery.parse(given)).toEqual(read));

  test.each([
    [{ status: "closed" }],
    [{ unread: "yes" }],
    [{ unread: "" }],
    [{ assignee: "Me" }],
    [{ assignee: channelWith().id }],
    [{ channel: agentWith().id }],
    [{ window: "any" }],
    [{ tag: "" }],
    [{ state: "open" }],
  ])("%j is refused", (given) => expect(takes(conversationsQuery, given)).toBe(false));
});

test.each([
  [{}, true],
  [{ state: "applied" }, true],
  [{ state: "broken", limit: "1" }, true],
  [{ state: "kept" }, false],
])("what was kept is listed with %j: %s", (given, taken) => {
  expect(takes(callbacksQuery, given)).toBe(taken);
});

test.each([
  [{ from: "2026-11-22T00:00:00Z", to: "2026-11-23T00:00:00Z" }, true],
  [{ from: "2026-11-22T00:00:00Z" }, false],
  [{ from: "2026-11-22", to: "2026-11-23" }, false],
  [{ from: "2026-11-22T00:00:00Z", to: "2026-11-23T00:00:00Z", dry: true }, false],
])("a re-drive is asked for with %j: %s", (body, taken) => {
  expect(takes(redriveCreate, body)).toBe(taken);
});
