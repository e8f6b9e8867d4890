import { afterAll, describe, expect, test } from "vitest";
import {
  type Answer,
  advance,
  apiOf,
  type Body,
  expectNothingDenied,
  now,
  settle,
  workspace,
} from "../support/client.ts";

/** API keys: who they let in, to what, for how long; and that no key sees another workspace. */

afterAll(expectNothingDenied);

const inMs = (ms: number) => new Date(now() + ms).toISOString();
const HOUR_MS = 3_600_000;

/** A problem document with every field of the contract. */
function expectProblem({ status, headers, body }: Answer, expected: number, code: string): void {
  expect({ status, code: body.code }).toEqual({ status: expected, code });
  expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ status: expected, errors: expect.any(Array), retryable: false });
  for (const field of ["type", "title", "detail", "requestId"]) {
    expect(body[field], field).toEqual(expect.stringMatching(/./));
  }
}

describe("a key", () => {
  test("lets in from its first moment, and its secret is told this once", async () => {
    const { admin, id } = await workspace();
    const made = await admin.post("/apiKeys", { name: "CRM", role: "admin" });
    expect(made.status).toBe(201);
    const { secret, ...key } = made.body;
    expect(secret).toMatch(/^pk_.{40,}/);
    expect(key).toMatchObject({ name: "CRM", role: "admin", scopes: ["*"], agentId: null });
    expect(key).toMatchObject({ expiresAt: null, lastUsedAt: null });
    expect((await admin.get(`/apiKeys/${key.id}`)).body).toEqual(key);
    const me = (await apiOf(secret).get("/me")).body;
    expect(me).toMatchObject({ workspaceId: id, apiKeyId: key.id, role: "admin", agent: null });
    const listed = await admin.all("/apiKeys");
    expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(["CRM", "Admin"]));
    expect(listed).toHaveLength(3);
    expect(JSON.stringify(listed)).not.toMatch(/secret|hash|pk_/);
  });

  test("may be narrowed, and never widened, by scopes", async () => {
    const { admin } = await workspace();
    const keyWith = async (role: string, scopes: string[]) =>
      apiOf((await admin.post("/apiKeys", { name: "x", role, scopes })).body.secret);
    const reader = await keyWith("admin", ["contacts:read"]);
    expect((await reader.get("/contacts")).status).toBe(200);
    expectProblem(await reader.post("/contacts", { name: "No" }), 403, "forbidden");
    expectProblem(await reader.get("/conversations"), 403, "forbidden");
    const agent = await keyWith("agent", ["apiKeys:read", "contacts:read"]);
    expect((await agent.get("/contacts")).status).toBe(200);
    expectProblem(await agent.get("/apiKeys"), 403, "forbidden");
    const bad = await admin.post("/apiKeys", { name: "x", role: "admin", scopes: ["all:write"] });
    expectProblem(bad, 422, "invalid_request");
    expect(bad.body.errors[0].pointer).toBe("/scopes/0");
  });

  test("never makes a key that may do more than itself", async () => {
    const { admin } = await workspace();
    const scopes = ["apiKeys:write", "contacts:read"];
    const given = { name: "Maker", role: "admin", scopes };
    const maker = apiOf((await admin.post("/apiKeys", given)).body.secret);
    const asked = (body: object) => maker.post("/apiKeys", { name: "x", ...body });
    expectProblem(await asked({ role: "admin" }), 403, "forbidden");
    expectProblem(await asked({ role: "agent", scopes: ["contacts:write"] }), 403, "forbidden");
    expect((await asked({ role: "agent", scopes: ["contacts:read"] })).status).toBe(201);
  });

  test("ends at its time, which must be in the future", async () => {
    const { admin } = await workspace();
    const past = await admin.post("/apiKeys", { name: "x", role: "agent", expiresAt: inMs(-1) });
    expectProblem(past, 422, "invalid_request");
    expect(past.body.errors[0].pointer).toBe("/expiresAt");
    const given = { name: "An hour", role: "agent", expiresAt: inMs(HOUR_MS) };
    const { body: key } = await admin.post("/apiKeys", given);
    expect(key.expiresAt).toBe(given.expiresAt);
    const guest = apiOf(key.secret);
    await advance("59m");
    expect((await guest.get("/contacts")).status).toBe(200);
    await advance("2m");
    expectProblem(await guest.get("/contacts"), 401, "unauthenticated");
    expect((await admin.get(`/apiKeys/${key.id}`)).status).toBe(200);
  });

  test("is refused from the moment it is revoked", async () => {
    const { admin } = await workspace();
    const { body: key } = await admin.post("/apiKeys", { name: "Gone", role: "admin" });
    const guest = apiOf(key.secret);
    expect((await guest.get("/me")).status).toBe(200);
    expect((await admin.delete(`/apiKeys/${key.id}`)).status).toBe(204);
    expectProblem(await guest.get("/me"), 401, "unauthenticated");
    expectProblem(await admin.get(`/apiKeys/${key.id}`), 404, "not_found");
    expectProblem(await admin.delete(`/apiKeys/${key.id}`), 404, "not_found");
    expect((await admin.all("/apiKeys")).map(({ id }) => id)).not.toContain(key.id);
    await advance("10m");
    expectProblem(await guest.get("/me"), 401, "unauthenticated");
  });

  test("tells when it was last used, to five minutes", async () => {
    const { admin } = await workspace();
    const { body: key } = await admin.post("/apiKeys", { name: "Used", role: "agent" });
    const lastUsed = async () => (await admin.get(`/apiKeys/${key.id}`)).body.lastUsedAt;
    expect(await lastUsed()).toBeNull();
    await apiOf(key.secret).get("/contacts");
    const first = Date.parse(await lastUsed());
    expect(Math.abs(first - now())).toBeLessThan(10_000);
    await advance("6m");
    await apiOf(key.secret).get("/contacts");
    expect(Date.parse(await lastUsed()) - first).toBeGreaterThanOrEqual(360_000);
  });

  test("acts for an agent of its workspace only", async () => {
    const [one, other] = [await workspace(), await workspace()];
    const agent = (await one.agent.get("/me")).body.agent;
    const mine = { name: "x", role: "agent", agentId: agent.id };
    const made = await one.admin.post("/apiKeys", mine);
    expect((await apiOf(made.body.secret).get("/me")).body.agent).toEqual(agent);
    const refused = await other.admin.post("/apiKeys", mine);
    expectProblem(refused, 422, "invalid_request");
    expect(refused.body.errors[0].pointer).toBe("/agentId");
  });
});

describe("without the right key", () => {
  test.each([
    ["none", null],
    ["another word", "sk_test"],
    ["a wrong secret", `pk_${"x".repeat(43)}`],
    ["half a secret", "pk_"],
  ])("(%s) every route but the public ones is 401", async (_, key) => {
    const guest = apiOf(key);
    const { headers } = await guest.get("/me");
    expect(headers.get("www-authenticate")).toBe("Bearer");
    const id = "01J00000000000000000000000";
    for (const path of ["/me", "/contacts", `/contacts/ctc_${id}`, "/apiKeys", "/callbacks"]) {
      expectProblem(await guest.get(path), 401, "unauthenticated");
    }
    expectProblem(await guest.post("/contacts", "{not JSON"), 401, "unauthenticated");
    expect((await guest.get("/health")).body).toEqual({ status: "ok" });
    expect((await guest.get("/openapi.json")).body.openapi).toMatch(/^3\.1/);
  });

  test("the agent role may neither manage keys nor see callbacks", async () => {
    const { agent, admin } = await workspace();
    const { body: key } = await admin.post("/apiKeys", { name: "x", role: "agent" });
    const asked = [
      agent.get("/apiKeys"),
      agent.get(`/apiKeys/${key.id}`),
      agent.post("/apiKeys", { name: "Mine", role: "admin" }),
      agent.delete(`/apiKeys/${key.id}`),
      agent.get("/callbacks"),
      agent.post("/callbacks/redrive", {}),
    ];
    for (const answer of await Promise.all(asked)) expectProblem(answer, 403, "forbidden");
    expect((await admin.get(`/apiKeys/${key.id}`)).status).toBe(200);
    for (const path of ["/me", "/contacts", "/conversations", "/channels"]) {
      expect((await agent.get(path)).status, path).toBe(200);
    }
  });
});

test("ids of another workspace are 404 everywhere, like ids of nothing", async () => {
  const [one, other] = [await workspace(), await workspace()];
  await one.meta.customer({ phone: "+447700900123" }).writes("Secret");
  await settle();
  const [contact] = await one.admin.all("/contacts");
  const [conversation] = await one.admin.all("/conversations");
  const [key] = await one.admin.all("/apiKeys");
  const range = { from: inMs(-HOUR_MS), to: inMs(0) };
  const redrive = (await one.admin.post("/callbacks/redrive", range)).body;
  const paths = [
    `/contacts/${contact.id}`,
    `/conversations/${conversation.id}`,
    `/conversations/${conversation.id}/messages`,
    `/messages/${conversation.lastMessage.id}`,
    `/channels/${one.whatsapp}`,
    `/apiKeys/${key.id}`,
    `/callbacks/redrives/${redrive.id}`,
  ];
  const told = ({ body }: Answer): Body => ({ ...body, requestId: "-" });
  for (const path of paths) {
    expect((await one.admin.get(path)).status, path).toBe(200);
    const foreign = await other.admin.get(path);
    expectProblem(foreign, 404, "not_found");
    const nothing = path.replace(/_[0-9A-Z]{26}/, "_01J00000000000000000000000");
    expect(told(foreign)).toEqual(told(await other.admin.get(nothing)));
    expectProblem(await other.admin.get(path.replace(/_[0-9A-Z]{26}/, "_x")), 404, "not_found");
  }
  expectProblem(await other.admin.patch(`/contacts/${contact.id}`, {}), 404, "not_found");
  expectProblem(await other.admin.delete(`/apiKeys/${key.id}`), 404, "not_found");
  for (const list of ["/contacts", "/conversations", "/callbacks"]) {
    expect(await other.admin.all(list)).toEqual([]);
  }
  expect((await one.admin.get(`/contacts/${contact.id}`)).body).toEqual(contact);
});
