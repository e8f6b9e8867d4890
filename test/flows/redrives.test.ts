import { afterAll, expect, inject, test } from "vitest";
import { connect, numberAtMeta, PIN } from "../support/accounts.ts";
import {
  type Body,
  expectNothingDenied,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { callbackOf, metaOf } from "../support/meta.ts";

/** What could not be applied is applied once its cause is mended, and nothing else is touched. */

afterAll(expectNothingDenied);

const { url } = inject("cloud");
const HOUR_MS = 3_600_000;
const ADA = { phone: "+447700900123", name: "Ada" };

const at = (offsetMs: number) => new Date(now() + offsetMs).toISOString();

async function redrive({ admin }: Workspace, range: object): Promise<Body> {
  const started = await admin.post("/callbacks/redrive", range);
  expect(started.status, JSON.stringify(started.body)).toBe(200);
  await settle();
  const { body } = await admin.get(`/callbacks/redrives/${started.body.id}`);
  expect(body).toMatchObject({ ...range, status: "completed" });
  return body;
}

/** One app with a connected number, and one that nobody connected but customers write to. */
async function astray() {
  const one = await workspace();
  const first = await numberAtMeta({ pin: PIN });
  expect((await connect(one, first)).status).toBe(201);
  const { channelKey, appId, appSecret, accessToken, wabaId } = first;
  const second = await numberAtMeta({ channelKey, appId, appSecret, accessToken, wabaId });
  const meta = metaOf({ url, now, channelKey, phoneNumberId: first.phoneNumberId });
  return { one, meta, second };
}

test("only what is broken is driven again, page by page, and applied when it can be", async () => {
  const { one, meta, second } = await astray();
  const ada = meta.customer(ADA);
  const count = 12;
  for (let place = 0; place < count; place++) {
    const said = ada.says(`To the new number: ${place}`);
    const good = ada.says(`To the old one: ${place}`);
    await meta.post(callbackOf([meta.change([said], second.phoneNumberId), meta.change([good])]));
  }
  await meta.post("not JSON");
  await settle();
  expect(await one.admin.all("/callbacks?state=broken")).toHaveLength(count + 1);
  const range = { from: at(-HOUR_MS), to: at(HOUR_MS), state: "broken" };
  expect(await redrive(one, range)).toMatchObject({ callbacks: count + 1, kept: count + 1 });

  const { status, body: channel } = await connect(one, second);
  expect(status, JSON.stringify(channel)).toBe(201);
  expect(await redrive(one, range)).toMatchObject({ callbacks: count + 1, kept: 1 });
  expect(await one.admin.all("/callbacks?state=applied")).toHaveLength(count);
  const [left] = await one.admin.all("/callbacks?state=broken");
  expect(left).toMatchObject({ reason: "unreadable" });
  const all = await one.admin.all("/conversations");
  const found = all.find(({ channelId }) => channelId === channel.id);
  expect(await one.admin.all(`/conversations/${found.id}/messages`)).toHaveLength(count);

  const before = await one.admin.all("/conversations");
  expect(await redrive(one, range)).toMatchObject({ callbacks: 1, kept: 1 });
  expect(await redrive(one, { ...range, state: "all" })).toMatchObject({ kept: 1 });
  expect(await one.admin.all("/conversations")).toEqual(before);
});

test("news of an account waits for its number; what it says then is as old as it is", async () => {
  const one = await workspace();
  const given = await numberAtMeta({ pin: PIN });
  const { channelKey, appId, appSecret, accessToken } = given;
  expect((await connect(one, given)).status).toBe(201);
  const other = await numberAtMeta({ channelKey, appId, appSecret, accessToken, pin: PIN });
  const meta = metaOf({ url, now, channelKey, phoneNumberId: given.phoneNumberId });
  const value = { event: "ACCOUNT_VIOLATION", violation_info: { violation_type: "SCAM" } };
  const time = Math.floor(now() / 1_000) - 60;
  const changes = [{ field: "account_update", value }];
  await meta.post({
    object: "whatsapp_business_account",
    entry: [{ id: other.wabaId, time, changes }],
  });
  await settle();
  expect(await one.admin.all("/callbacks")).toMatchObject([{ reason: "unknown_channel" }]);
  const { body } = await connect(one, other);
  const range = { from: at(-HOUR_MS), to: at(HOUR_MS), state: "broken" };
  expect(await redrive(one, range)).toMatchObject({ callbacks: 1, kept: 0 });
  const { notices } = (await one.admin.get(`/channels/${body.id}`)).body;
  expect(notices).toMatchObject([
    { what: "account_violation", level: "critical", at: new Date(time * 1_000).toISOString() },
  ]);
});

test("a re-drive is of a range and a state, and repeats as it began", async () => {
  const one = await workspace();
  await one.meta.post("not JSON");
  await settle();
  const past = { from: at(-2 * HOUR_MS), to: at(-HOUR_MS), state: "broken" };
  expect(await redrive(one, past)).toMatchObject({ callbacks: 0, kept: 0 });
  const wrong = await one.admin.post("/callbacks/redrive", { ...past, state: "sideways" });
  expect(wrong.body.errors).toMatchObject([{ pointer: "/state" }]);
  const once = { "idempotency-key": "once" };
  const first = await one.admin.post("/callbacks/redrive", past, once);
  const again = await one.admin.post("/callbacks/redrive", past, once);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
});
