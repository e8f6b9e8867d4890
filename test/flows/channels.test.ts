import { randomUUID } from "node:crypto";
import { afterAll, expect, inject, test } from "vitest";
import { connect, graph, happens, numberAtMeta, PIN, tokenAtMeta } from "../support/accounts.ts";
import {
  type Body,
  expectNothingDenied,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { type Meta, metaOf } from "../support/meta.ts";

/** A number is connected over the API, and what is missing is said. */

afterAll(expectNothingDenied);

const { url } = inject("cloud");

const metaFor = (given: { channelKey: string; phoneNumberId: string }): Meta =>
  metaOf({ url, now, ...given });

async function hear({ admin }: Workspace, meta: Meta, channelId: string): Promise<Body[]> {
  await meta.customer({ phone: "+447700900123", name: "Ada" }).phones("Hello");
  await settle();
  const all = await admin.all("/conversations");
  return all.filter((conversation) => conversation.channelId === channelId);
}

test("a number nobody touched is subscribed, registered, connected, and hears", async () => {
  const one = await workspace();
  const given = await numberAtMeta();
  const { status, body, headers } = await connect(one, given);
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body).toMatchObject({
    kind: "whatsapp",
    name: "Sales",
    address: `+${given.displayNumber}`,
    status: "connected",
    nextSteps: [],
    limits: { perSecond: 80, uniqueUsersPerDay: 10_000 },
    health: { state: "ok", quality: "green", detail: null },
    whatsapp: {
      channelKey: given.channelKey,
      appId: given.appId,
      wabaId: given.wabaId,
      phoneNumberId: given.phoneNumberId,
      callbackPath: `/webhooks/whatsapp/${given.channelKey}`,
      callbackUrl: `${url}/webhooks/whatsapp/${given.channelKey}`,
      registered: true,
      subscribed: true,
      tokenExpiresAt: null,
    },
  });
  expect(headers.get("etag")).toBe('"1"');
  expect((await one.agent.get(`/channels/${body.id}`)).body).toEqual(body);
  const meta = metaFor(given);
  const shaken = await meta.handshake({
    "hub.mode": "subscribe",
    "hub.verify_token": given.verifyToken,
    "hub.challenge": "42",
  });
  expect(shaken).toEqual({ status: 200, body: "42" });
  const [conversation, ...others] = await hear(one, meta, body.id);
  expect(others).toEqual([]);
  const reply = await one.agent.post(
    `/conversations/${conversation.id}/messages`,
    { content: { type: "text", text: "Here we are" } },
    { "idempotency-key": randomUUID() },
  );
  await settle();
  expect((await one.agent.get(`/messages/${reply.body.id}`)).body.status).toBe("delivered");
});

test("nothing secret is ever answered, also not in a refusal (pitfall 38)", async () => {
  const one = await workspace();
  const { displayNumber: _, ...given } = await numberAtMeta({ appSecret: "a-very-secret-secret" });
  const whatsapp = { ...given, pin: PIN };
  const body = { kind: "whatsapp", name: "Sales", whatsapp };
  const once = { "idempotency-key": randomUUID() };
  const first = await one.admin.post("/channels", body, once);
  const again = await one.admin.post("/channels", body, once);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(again.body).toEqual(first.body);
  const refused = await one.admin.post("/channels", body);
  expect(refused.status).toBe(409);
  expect(refused.body).toMatchObject({ code: "number_taken", channelId: first.body.id });
  const unknown = { ...body, whatsapp: { ...whatsapp, wifi: given.accessToken } };
  const answers = [first, again, refused, await one.admin.post("/channels", unknown)];
  const told = JSON.stringify([answers, await one.admin.all("/channels")]);
  for (const secret of [given.accessToken, given.appSecret, given.verifyToken, PIN]) {
    expect(told).not.toContain(`"${secret}"`);
    expect(told).not.toContain(given.accessToken);
  }
});

test("without its PIN the number is pending, and the PIN finishes it", async () => {
  const one = await workspace();
  const given = await numberAtMeta({ pin: PIN });
  const made = await connect(one, given, { pin: undefined });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    status: "pending",
    nextSteps: [{ code: "register" }],
    whatsapp: { registered: false, subscribed: true },
  });
  const path = `/channels/${made.body.id}`;
  const wrong = await one.admin.patch(path, { whatsapp: { pin: "000000" } });
  expect(wrong.status).toBe(200);
  expect(wrong.body).toMatchObject({ status: "pending", nextSteps: [{ code: "pin_mismatch" }] });
  expect((await one.admin.patch(path, { paused: true })).body.errors).toMatchObject([
    { pointer: "/paused", code: "pending" },
  ]);
  const right = await one.admin.patch(path, { whatsapp: { pin: PIN } });
  expect(right.body).toMatchObject({
    status: "connected",
    nextSteps: [],
    whatsapp: { registered: true },
  });
});

test("a number that nobody verified says so; once verified and registered it works", async () => {
  const one = await workspace();
  const given = await numberAtMeta({ isVerified: false });
  const { body } = await connect(one, given);
  expect(body).toMatchObject({ status: "pending", nextSteps: [{ code: "verify_number" }] });
  const { accessToken, phoneNumberId } = given;
  const asked = `${phoneNumberId}/request_code?code_method=SMS&language=en_US`;
  expect((await graph(accessToken, "POST", asked)).body).toEqual({ success: true });
  await graph(accessToken, "POST", `${phoneNumberId}/verify_code?code=123456`);
  const frame = { messaging_product: "whatsapp", pin: PIN };
  await graph(accessToken, "POST", `${phoneNumberId}/register`, frame);
  const checked = await one.admin.post(`/channels/${body.id}/check`);
  expect(checked.status).toBe(200);
  expect(checked.body).toMatchObject({ status: "connected", nextSteps: [] });
});

test("wrong credentials are refused by name, and nothing was done", async () => {
  const one = await workspace();
  const given = await numberAtMeta();
  const other = await numberAtMeta();
  const { appId } = given;
  const narrow = { accessToken: "EAAGnarrow-token", scopes: ["whatsapp_business_messaging"] };
  await tokenAtMeta({ appId, ...narrow });
  await tokenAtMeta({ appId, accessToken: "EAAGrevoked-token", isRevoked: true });
  const cases: [object, string, string][] = [
    [{ accessToken: "EAAGnobodys-token" }, "/whatsapp/accessToken", "refused"],
    [{ accessToken: "EAAGrevoked-token" }, "/whatsapp/accessToken", "refused"],
    [{ accessToken: narrow.accessToken }, "/whatsapp/accessToken", "missing_scopes"],
    [{ accessToken: other.accessToken }, "/whatsapp/accessToken", "other_app"],
    [{ appSecret: "not-the-secret" }, "/whatsapp/appSecret", "refused"],
    [{ phoneNumberId: other.phoneNumberId }, "/whatsapp/phoneNumberId", "unknown"],
    [{ wabaId: other.wabaId }, "/whatsapp/wabaId", "unknown"],
    [{ appSecret: undefined }, "/whatsapp/appSecret", "required"],
    [{ verifyToken: undefined }, "/whatsapp/verifyToken", "required"],
    [{ pin: "12345" }, "/whatsapp/pin", "invalid_format"],
    [{ channelKey: "a/b" }, "/whatsapp/channelKey", "invalid_format"],
  ];
  for (const [more, pointer, code] of cases) {
    const { status, body } = await connect(one, given, more);
    expect([status, body.code], pointer).toEqual([422, "invalid_request"]);
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer, code }));
  }
  expect(await one.admin.all("/channels")).toHaveLength(3);
  expect((await metaFor(given).handshake({})).status).toBe(404);
  const { body } = await graph(given.accessToken, "GET", `${given.wabaId}/subscribed_apps`);
  expect(body.data).toEqual([]);
  expect((await connect(one, given)).status).toBe(201);
});

test("several numbers of one account, one of another app; siblings share a secret", async () => {
  const one = await workspace();
  const first = await numberAtMeta();
  const { channelKey, appId, appSecret, accessToken, wabaId } = first;
  const second = await numberAtMeta({ channelKey, appId, appSecret, accessToken, wabaId });
  const third = await numberAtMeta();
  expect((await connect(one, first)).status).toBe(201);
  const without = { appSecret: undefined, verifyToken: undefined };
  const sibling = await connect(one, second, without);
  expect(sibling.status, JSON.stringify(sibling.body)).toBe(201);
  expect((await connect(one, third)).status).toBe(201);
  const mine = await one.admin.all("/channels");
  expect(mine.filter(({ kind }) => kind === "whatsapp")).toHaveLength(4);
  expect(await hear(one, metaFor(second), sibling.body.id)).toHaveLength(1);
});

test("a number and a key belong to one workspace; an agent connects nothing", async () => {
  const [one, other] = [await workspace(), await workspace()];
  const given = await numberAtMeta();
  expect((await connect(one, given)).status).toBe(201);
  const taken = await connect(other, given, { channelKey: `${given.channelKey}-2` });
  expect(taken.status).toBe(409);
  expect(taken.body).toMatchObject({ code: "number_taken", channelId: null });
  const sameKey = await connect(other, await numberAtMeta({ channelKey: given.channelKey }));
  expect([sameKey.status, sameKey.body.code]).toEqual([409, "channel_key_taken"]);
  const { channelKey } = given;
  const otherApp = await connect(one, await numberAtMeta({ channelKey }));
  expect([otherApp.status, otherApp.body.code]).toEqual([409, "channel_key_taken"]);
  const body = { kind: "whatsapp", name: "x", whatsapp: {} };
  expect((await one.agent.post("/channels", body)).status).toBe(403);
  for (const path of ["", "/check"]) {
    const at = `/channels/${one.whatsapp}${path}`;
    const call = path === "" ? one.agent.patch(at, { name: "x" }) : one.agent.post(at);
    expect((await call).status).toBe(403);
    const theirs = path === "" ? other.admin.patch(at, { name: "x" }) : other.admin.post(at);
    expect((await theirs).status).toBe(404);
  }
  expect((await one.agent.delete(`/channels/${one.whatsapp}`)).status).toBe(403);
  expect((await other.admin.delete(`/channels/${one.whatsapp}`)).status).toBe(404);
});

test("a subscription taken away is told, and a check restores it (pitfall 24)", async () => {
  const one = await workspace();
  const given = await numberAtMeta();
  const { body } = await connect(one, given);
  await graph(given.accessToken, "DELETE", `${given.wabaId}/subscribed_apps`);
  const meta = metaFor(given);
  await happens({ meta }, { field: "account_update", value: { event: "VERIFIED_ACCOUNT" } });
  await settle();
  const path = `/channels/${body.id}`;
  expect((await one.admin.get(path)).body.notices).toEqual([]);
  const mended = await one.admin.post(`${path}/check`, {}, { "idempotency-key": "mend" });
  expect(mended.body).toMatchObject({ status: "connected", whatsapp: { subscribed: true } });
  const { body: apps } = await graph(given.accessToken, "GET", `${given.wabaId}/subscribed_apps`);
  expect(apps.data).toHaveLength(1);
});
