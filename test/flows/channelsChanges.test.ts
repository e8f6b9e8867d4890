import { afterAll, expect, inject, test } from "vitest";
import { connect, graph, numberAtMeta, PIN, tokenAtMeta } from "../support/accounts.ts";
import {
  advance,
  type Body,
  expectNothingDenied,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { APP_SECRET, type Meta, metaOf } from "../support/meta.ts";
import { ledgerOf, messageOf, PHONE, send, talkWith } from "../support/sends.ts";

/** A connected number is paused, given new secrets and let go, and no message is lost. */

afterAll(expectNothingDenied);

const { url } = inject("cloud");
const text = (words: string) => ({ type: "text", text: words });

/** A workspace whose number was connected over the API, so that its tokens are its own. */
async function connected() {
  const seeded = await workspace();
  const given = await numberAtMeta({ pin: PIN });
  const { status, body } = await connect(seeded, given);
  expect(status, JSON.stringify(body)).toBe(201);
  const meta: Meta = metaOf({ url, now, ...given });
  const one: Workspace = { ...seeded, whatsapp: body.id, meta };
  return { one, given, path: `/channels/${body.id}` };
}

const statusesOf = (one: Workspace, sent: readonly Body[]) =>
  Promise.all(sent.map(async (message) => (await messageOf(one, message)).status));

test("a new token takes over while messages wait, and every one arrives once", async () => {
  const { one, given, path } = await connected();
  const { reply } = await talkWith(one);
  const { appId, accessToken } = given;
  await tokenAtMeta({ appId, accessToken, isRevoked: true });
  const { body: broken } = await one.admin.post(`${path}/check`);
  expect(broken).toMatchObject({ status: "broken", health: { state: "blocked" } });
  const waiting = [await reply(text("One")), await reply(text("Two")), await reply(text("Three"))];
  await settle();
  expect(await statusesOf(one, waiting)).toEqual(["queued", "queued", "queued"]);

  const refused = await one.admin.patch(path, { whatsapp: { accessToken: "EAAGnobodys-token" } });
  expect(refused.status).toBe(422);
  expect(refused.body.errors).toMatchObject([{ pointer: "/whatsapp/accessToken" }]);
  expect((await one.admin.get(path)).body.status).toBe("broken");

  await tokenAtMeta({ appId, accessToken: "EAAGthe-next-token" });
  const { body } = await one.admin.patch(path, {
    whatsapp: { accessToken: "EAAGthe-next-token" },
  });
  expect(body).toMatchObject({ status: "connected", health: { state: "ok" } });
  expect(JSON.stringify(body)).not.toContain("EAAG");
  await advance("6m");
  await settle();
  expect(await statusesOf(one, waiting)).toEqual(["delivered", "delivered", "delivered"]);
  const taken = await ledgerOf(one);
  expect(taken.map(({ content }) => content.text)).toEqual(["One", "Two", "Three"]);
});

test("a token that ends says when", async () => {
  const { one, given, path } = await connected();
  const expiresAt = "2027-03-01T00:00:00.000Z";
  await tokenAtMeta({ appId: given.appId, accessToken: "EAAGsixty-days-token", expiresAt });
  const { body } = await one.admin.patch(path, {
    whatsapp: { accessToken: "EAAGsixty-days-token" },
  });
  expect(body.whatsapp.tokenExpiresAt).toBe(expiresAt);
});

test("while paused nothing is sent and all is heard; resumed, what waited goes", async () => {
  const { one, path } = await connected();
  const { reply } = await talkWith(one);
  const paused = await one.admin.patch(path, { paused: true, name: "Resting" });
  expect(paused.body).toMatchObject({ status: "paused", name: "Resting" });
  const message = await reply(text("Later"));
  await one.meta.customer({ phone: PHONE }).phones("Are you there?");
  await advance("6m");
  await settle();
  expect((await messageOf(one, message)).status).toBe("queued");
  expect((await one.admin.get(path)).body.status).toBe("paused");
  const resumed = await one.admin.patch(path, { paused: false });
  expect(resumed.body.status).toBe("connected");
  await advance("6m");
  await settle();
  expect((await messageOf(one, message)).status).toBe("delivered");
});

test("two app secrets are good at once, until the older one is retired", async () => {
  const { one, given, path } = await connected();
  const next = "the-next-app-secret";
  const signs = async (appSecret: string) => {
    await numberAtMeta({ ...given, isRegistered: true, isSubscribed: true, appSecret });
    const reply = await one.meta
      .customer({ phone: PHONE })
      .phones("Hello")
      .catch(() => null);
    return reply !== null;
  };
  expect((await one.admin.patch(path, { whatsapp: { appSecret: next } })).status).toBe(200);
  expect(await signs(APP_SECRET)).toBe(true);
  await advance("1m");
  expect(await signs(next)).toBe(true);
  await one.admin.patch(path, { whatsapp: { retirePreviousSecret: true } });
  await advance("6m");
  expect(await signs(next)).toBe(true);
  const { meta } = one;
  const said = meta.customer({ phone: PHONE }).says("Signed as before");
  expect(await meta.post(meta.callback([said]))).toBe(401);
});

test("a change of what was read before is refused as stale", async () => {
  const { one, path } = await connected();
  const { headers } = await one.admin.get(path);
  const match = { "if-match": headers.get("etag") ?? "" };
  const first = await one.admin.patch(path, { name: "First" }, match);
  expect([first.status, first.headers.get("etag")]).toEqual([200, '"2"']);
  expect((await one.admin.patch(path, { name: "Second" }, match)).status).toBe(412);
  expect((await one.admin.delete(path, match)).status).toBe(412);
  expect((await one.admin.get(path)).body.name).toBe("First");
  const email = one.channels.find(({ kind }) => kind === "email");
  const wrong = await one.admin.patch(`/channels/${email?.id}`, { whatsapp: { pin: PIN } });
  expect(wrong.body.errors).toMatchObject([{ pointer: "/whatsapp", code: "not_whatsapp" }]);
  const renamed = await one.admin.patch(`/channels/${email?.id}`, { name: "Letters" });
  expect(renamed.body).toMatchObject({ name: "Letters", whatsapp: null, nextSteps: [] });
  expect((await one.admin.post(`/channels/${email?.id}/check`)).status).toBe(200);
});

test("disconnected, it sends no more, stays readable, and its number is free", async () => {
  const { one, given, path } = await connected();
  const { conversation, reply, heard } = await talkWith(one);
  await one.admin.patch(path, { paused: true });
  const waiting = await reply(text("Never"));
  expect((await one.admin.delete(path)).status).toBe(204);
  expect((await one.admin.get(path)).status).toBe(404);
  expect((await one.admin.delete(path)).status).toBe(404);
  await advance("6m");
  await settle();
  expect(await messageOf(one, waiting)).toMatchObject({
    status: "failed",
    error: { code: "channel_disconnected", class: "channel" },
  });
  const messages = await one.agent.all(`/conversations/${conversation.id}/messages`);
  expect(messages.map(({ id }) => id)).toEqual([waiting.id, heard.id]);
  const late = await send(one.agent, `/conversations/${conversation.id}/messages`, {
    content: text("And now?"),
  });
  expect([late.status, late.body.code]).toEqual([409, "channel_disconnected"]);
  const retried = await one.agent.post(`/messages/${waiting.id}/retry`);
  expect([retried.status, retried.body.code]).toEqual([409, "channel_disconnected"]);
  const { body } = await graph(given.accessToken, "GET", `${given.wabaId}/subscribed_apps`);
  expect(body.data).toEqual([]);

  const other = await workspace();
  const moved = await connect(other, given, { channelKey: `${given.channelKey}-moved` });
  expect(moved.status, JSON.stringify(moved.body)).toBe(201);
});
