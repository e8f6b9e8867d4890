import { afterAll, describe, expect, test } from "vitest";
import {
  type Api,
  advance,
  apiOf,
  type Body,
  expectNothingDenied,
  factsOf,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { operatorOf } from "../support/operator.ts";

/** The inbox: what each filter shows, and in which order. */

afterAll(expectNothingDenied);

const ago = (seconds: number) => ({ timestamp: String(Math.floor(now() / 1_000) - seconds) });

/** One conversation per name, the last name wrote last; answers them by name. */
async function inboxOf(
  { meta, admin }: Workspace,
  names: readonly string[],
  secondsApart = 10,
): Promise<Record<string, Body>> {
  const said = names.map((name, place) => {
    const customer = meta.customer({ phone: `+4477009001${String(place).padStart(2, "0")}`, name });
    return customer.says(name, ago(30 + (names.length - place) * secondsApart));
  });
  await meta.post(meta.callback(said));
  await settle();
  const conversations = await admin.all("/conversations");
  expect(conversations).toHaveLength(names.length);
  return Object.fromEntries(conversations.map((row) => [row.contact.name, row]));
}

const shown = async (api: Api, query: string) => {
  const found = await api.all(`/conversations${query}`);
  return found.map(({ contact }) => contact.name);
};

describe("filters", () => {
  test("by assignee, status, unread, tag and channel show what fits, and combine", async () => {
    const one = await workspace();
    const { admin, agent, id, whatsapp, channels } = one;
    const inbox = await inboxOf(one, ["queued", "mine", "hers", "snoozed", "resolved"]);
    const [me, her] = await Promise.all(
      [admin, agent].map(async (api) => (await api.get("/me")).body.agent.id),
    );
    const operator = operatorOf(id);
    const change = (name: string, to: Parameters<typeof operator.changeConversation>[1]) =>
      operator.changeConversation(inbox[name].id, to);
    await change("mine", { assigneeId: me, unreadCount: 0 });
    await change("hers", { assigneeId: her, tagIds: ["tag_1", "tag_2"] });
    await change("snoozed", { assigneeId: me, status: "snoozed" });
    await change("resolved", { status: "resolved", unreadCount: 0 });
    await settle();
    const expected: Record<string, string[]> = {
      "": ["resolved", "snoozed", "hers", "mine", "queued"],
      "?status=open": ["hers", "mine", "queued"],
      "?status=snoozed": ["snoozed"],
      "?status=resolved": ["resolved"],
      "?assignee=none": ["resolved", "queued"],
      "?assignee=none&status=open": ["queued"],
      "?assignee=me": ["snoozed", "mine"],
      "?assignee=me&status=open": ["mine"],
      [`?assignee=${her}`]: ["hers"],
      "?unread=true": ["snoozed", "hers", "queued"],
      "?unread=false": ["resolved", "mine"],
      "?unread=false&status=open": ["mine"],
      "?tag=tag_2": ["hers"],
      "?tag=tag_2&assignee=me": [],
      [`?channel=${whatsapp}&unread=false`]: ["resolved", "mine"],
      [`?channel=${channels.find(({ kind }) => kind === "email")?.id}`]: [],
      "?window=open&status=resolved": ["resolved"],
    };
    for (const [query, names] of Object.entries(expected)) {
      expect(await shown(admin, query), query).toEqual(names);
    }
    expect(await shown(agent, "?assignee=me")).toEqual(["hers"]);
  });

  test("me, with a key that acts for no agent, is agent_required", async () => {
    const { admin } = await workspace();
    const { body } = await admin.post("/apiKeys", { name: "Machine", role: "admin" });
    const machine = apiOf(body.secret);
    const refused = await machine.get("/conversations?assignee=me");
    expect(refused).toMatchObject({ status: 422, body: { code: "agent_required" } });
    expect((await machine.get("/conversations?assignee=none")).status).toBe(200);
  });

  test("that do not exist are refused, each with its place", async () => {
    const { admin } = await workspace();
    const wrong = {
      status: "done",
      assignee: "her",
      unread: "yes",
      window: "ajar",
      channel: "sms",
    };
    for (const [name, value] of Object.entries({ ...wrong, colour: "blue" })) {
      const { status, body } = await admin.get(`/conversations?${name}=${value}`);
      expect({ status, code: body.code }).toEqual({ status: 422, code: "invalid_request" });
      expect(body.errors[0].pointer).toBe(`/query/${name}`);
    }
  });

  test("a cursor of one filter is none of another", async () => {
    const one = await workspace();
    await inboxOf(one, ["a", "b", "c"]);
    const { body } = await one.admin.get("/conversations?status=open&limit=1");
    const cursor = encodeURIComponent(body.page.nextCursor);
    const same = await one.admin.get(`/conversations?limit=2&status=open&cursor=${cursor}`);
    expect(same.body.data.map(({ contact }: Body) => contact.name)).toEqual(["b", "a"]);
    for (const query of ["", "&status=resolved", "&status=open&unread=true"]) {
      const other = await one.admin.get(`/conversations?cursor=${cursor}${query}`);
      expect(other).toMatchObject({ status: 422, body: { code: "invalid_cursor" } });
    }
  });
});

test("the window is open for 24 hours, closing in its last, and closed after", async () => {
  const one = await workspace();
  const { admin, meta } = one;
  const { early } = await inboxOf(one, ["early"]);
  const stateOf = async () => (await admin.get(`/conversations/${early.id}`)).body.window.state;
  const in_ = async (window: string) => (await shown(admin, `?window=${window}`)).length;
  expect([await in_("open"), await in_("closing"), await in_("closed")]).toEqual([1, 0, 0]);
  await advance("22h");
  expect([await in_("open"), await in_("closing"), await in_("closed")]).toEqual([1, 0, 0]);
  await advance("90m");
  expect([await in_("open"), await in_("closing"), await in_("closed")]).toEqual([1, 1, 0]);
  expect(await stateOf()).toBe("open");
  await advance("30m");
  expect([await in_("open"), await in_("closing"), await in_("closed")]).toEqual([0, 0, 1]);
  expect(await stateOf()).toBe("closed");
  await meta.customer({ phone: "+447700900100" }).writes("Back again");
  await settle();
  expect([await in_("open"), await in_("closing"), await in_("closed")]).toEqual([1, 0, 0]);
});

test("pages follow the last activity, ties included, and hold each conversation once", async () => {
  const one = await workspace();
  const names = Array.from({ length: 14 }, (_, place) => `p${place}`);
  await inboxOf(one, names, 0);
  const said = ["p3", "p4", "p5"].map((name) => {
    const phone = `+4477009001${name.slice(1).padStart(2, "0")}`;
    return one.meta.customer({ phone }).says("again", ago(15));
  });
  await one.meta.post(one.meta.callback(said));
  await settle();
  const whole = await shown(one.admin, "");
  expect(new Set(whole)).toEqual(new Set(names));
  expect(new Set(whole.slice(0, 3))).toEqual(new Set(["p3", "p4", "p5"]));
  for (const limit of [1, 3, 5, 7, 14]) {
    const found = await one.admin.all("/conversations", limit);
    expect(found.map(({ contact }) => contact.name)).toEqual(whole);
    const times = found.map(({ lastActivityAt }) => lastActivityAt);
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? 1 : -1)));
  }
});

test("a resolved conversation whose customer writes returns to the queue", async () => {
  const one = await workspace();
  const { again } = await inboxOf(one, ["again"]);
  const { body: me } = await one.admin.get("/me");
  const operator = operatorOf(one.id);
  await operator.changeConversation(again.id, { status: "resolved", assigneeId: me.agent.id });
  await one.meta.customer({ phone: "+447700900100" }).writes("One more thing");
  await settle();
  const { body: after } = await one.admin.get(`/conversations/${again.id}`);
  expect(after).toMatchObject({ status: "open", assigneeId: null, unreadCount: 2 });
  expect(await shown(one.admin, "?status=open&assignee=none")).toEqual(["again"]);
  expect(await shown(one.admin, "?status=resolved")).toEqual([]);
  const told = await factsOf(one.id, "conversation.reopened");
  expect(new Set(told.map(({ data }) => data.conversation.id))).toEqual(new Set([again.id]));
});
