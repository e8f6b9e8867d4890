import { afterAll, expect, test } from "vitest";
import {
  advance,
  type Body,
  expectNothingDenied,
  factsOf,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { callbackOf } from "../support/meta.ts";
import { operatorOf } from "../support/operator.ts";

/** Meta never replays a callback; the archive does, as often as one likes. */

afterAll(expectNothingDenied);

const ADA = { phone: "+447700900123", userId: "GB.71000000000000000001", name: "Ada" };
const HOUR_MS = 3_600_000;

const at = (offsetMs: number) => new Date(now() + offsetMs).toISOString();

/** Re-drives what was archived between an hour ago and in an hour, and waits for its end. */
async function redriveAll({ admin }: Workspace): Promise<Body> {
  const range = { from: at(-HOUR_MS), to: at(HOUR_MS) };
  const started = await admin.post("/callbacks/redrive", range);
  expect(started.status).toBe(200);
  expect(started.body).toMatchObject({ ...range, status: "running", completedAt: null });
  await settle();
  const { body } = await admin.get(`/callbacks/redrives/${started.body.id}`);
  expect(body).toMatchObject({ ...range, status: "completed" });
  expect(body.completedAt).not.toBeNull();
  return body;
}

/** All that the API tells of a workspace. */
async function everythingIn({ admin }: Workspace): Promise<Record<string, Body[]>> {
  const conversations = await admin.all("/conversations");
  const threads = conversations.map(({ id }) => `/conversations/${id}/messages`);
  const lists = ["/contacts", "/channels", "/callbacks", "/callbacks?state=applied", ...threads];
  const found = await Promise.all(
    lists.map(async (path) => [path, await admin.all(path)] as const),
  );
  return { "/conversations": conversations, ...Object.fromEntries(found) };
}

const factIds = async ({ id }: Workspace) => new Set((await factsOf(id)).map((fact) => fact.id));

/** Good, broken and astray, in six callbacks; answers how many elements are kept. */
async function busyDay({ meta }: Workspace): Promise<number> {
  const ada = meta.customer(ADA);
  const hidden = meta.customer({ phone: null, userId: "GB.99", name: "Hidden" });
  const late = { timestamp: String(Math.floor(now() / 1_000) - 7_200) };
  await ada.writes("One");
  await meta.post(meta.callback([ada.says("Two"), hidden.says("Three"), ada.says("Late", late)]));
  await ada.writes("To a group", { group_id: "Y2FwaV8x" });
  await meta.post("not JSON");
  await meta.post(meta.callback([ada.says("Astray")], "300999999999998"));
  const { value } = meta.change([ada.says("Four")]) as { value: Record<string, unknown> };
  const messages = [...(value.messages as object[]), { id: "wamid.BROKEN" }];
  await meta.post(callbackOf([{ field: "messages", value: { ...value, messages } }]));
  await settle();
  return 3;
}

test("a re-drive of everything changes nothing and tells nobody anything new", async () => {
  const one = await workspace();
  const kept = await busyDay(one);
  const [before, toldBefore] = [await everythingIn(one), await factIds(one)];
  expect(before["/conversations"]).toHaveLength(3);
  expect(before["/callbacks"]).toHaveLength(kept);
  for (const _ of ["once", "and again"]) {
    expect(await redriveAll(one)).toMatchObject({ callbacks: 6, kept });
    expect(await everythingIn(one)).toEqual(before);
    expect(await factIds(one)).toEqual(toldBefore);
  }
});

test("only what was archived in the range is applied again; the range must be one", async () => {
  const one = await workspace();
  await busyDay(one);
  await advance("10m");
  await one.meta.customer(ADA).writes("Ten minutes later");
  await settle();
  const { body } = await one.admin.post("/callbacks/redrive", {
    from: at(-300_000),
    to: at(1_000),
  });
  await settle();
  const redrive = (await one.admin.get(`/callbacks/redrives/${body.id}`)).body;
  expect(redrive).toMatchObject({ status: "completed", callbacks: 1, kept: 0 });
  const wrong = [{ from: at(0), to: at(-1) }, { from: "today", to: at(0) }, { from: at(0) }, {}];
  for (const range of wrong) {
    const refused = await one.admin.post("/callbacks/redrive", range);
    expect(refused.status).toBe(422);
    expect(refused.body.code).toBe("invalid_request");
  }
});

test("an element for a number that is connected afterwards is applied by a re-drive", async () => {
  const one = await workspace();
  const { admin, meta } = one;
  // Workspaces are given numbers whose fourth digit is never 0, so this one is nobody's.
  const second = `3000${meta.phoneNumberId.slice(4)}`;
  const ada = meta.customer(ADA);
  const said = ada.says("To your new number");
  await meta.post(
    callbackOf([meta.change([ada.says("To the old one")]), meta.change([said], second)]),
  );
  await meta.post("not JSON");
  await settle();
  const kept = await admin.all("/callbacks?state=broken");
  const astray = kept.find(({ reason }) => reason === "unknown_channel");
  expect(kept).toHaveLength(2);
  await operatorOf(one.id).connectNumber(meta.channelKey, second);
  expect(await redriveAll(one)).toMatchObject({ callbacks: 2, kept: 1 });
  const [applied, ...others] = await admin.all("/callbacks?state=applied");
  expect(others).toEqual([]);
  expect(applied).toMatchObject({ ...astray, state: "applied", appliedAt: expect.any(String) });
  const [left] = await admin.all("/callbacks?state=broken");
  expect(left).toMatchObject({ reason: "unreadable", raw: "not JSON" });
  const conversations = await admin.all("/conversations");
  expect(new Set(conversations.map(({ channelId }) => channelId)).size).toBe(2);
  expect(await admin.all("/contacts")).toHaveLength(1);
  const found = conversations.find(({ channelId }) => channelId !== one.whatsapp);
  const [message] = await admin.all(`/conversations/${found.id}/messages`);
  expect(message.providerId).toBe(said.message.id);
  const before = await everythingIn(one);
  await redriveAll(one);
  expect(await everythingIn(one)).toEqual(before);
});

test("a re-drive touches no other workspace, and is nobody else's to see", async () => {
  const [one, other] = [await workspace(), await workspace()];
  await busyDay(one);
  await busyDay(other);
  const astray = one.meta.callback([one.meta.customer(ADA).says("x")], other.meta.phoneNumberId);
  await one.meta.post(astray);
  await settle();
  const [mine, theirs] = [await everythingIn(one), await everythingIn(other)];
  const { id } = await redriveAll(one);
  expect(await everythingIn(other)).toEqual(theirs);
  expect(await everythingIn(one)).toEqual(mine);
  expect((await other.admin.get(`/callbacks/redrives/${id}`)).status).toBe(404);
  expect((await one.agent.get(`/callbacks/redrives/${id}`)).status).toBe(403);
  const range = { from: at(-HOUR_MS), to: at(HOUR_MS) };
  expect((await one.agent.post("/callbacks/redrive", range)).status).toBe(403);
});
