import { afterAll, describe, expect, test } from "vitest";
import {
  advance,
  type Body,
  expectNothingDenied,
  factsOf,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { text } from "../support/contents.ts";
import * as meta from "../support/sends.ts";
import { armedFor, fire, lose } from "../support/timers.ts";

/**
 * The window as people see it: it opens when a customer writes, warns in its last hour, and closes.
 * Timers only tell; whether a message may go is decided by the times, whatever the timers do.
 */

afterAll(expectNothingDenied);

/** What was told of the window, oldest first; a fact that is told twice counts once. */
async function toldIn(one: Workspace): Promise<string[]> {
  const facts = (await factsOf(one.id)).filter(({ type }) => type.startsWith("window."));
  const once = new Map(facts.map((fact) => [fact.id, fact]));
  const inOrder = [...once.values()].sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
  return inOrder.map(({ type }) => type.slice("window.".length));
}

const windowOf = async ({ agent }: Workspace, { id }: Body) =>
  (await agent.get(`/conversations/${id}`)).body.window;

async function statusOf({ agent }: Workspace, { id }: Body): Promise<number> {
  const path = `/conversations/${id}/messages`;
  return (await meta.send(agent, path, { content: text("Still there?") })).status;
}

describe("a window", () => {
  test("opens, is closing in its last hour, and closes, each told once", async () => {
    const one = await workspace();
    const { conversation } = await meta.talkWith(one);
    const { closesAt } = await windowOf(one, conversation);
    expect(await toldIn(one)).toEqual(["opened"]);
    const [opened] = await factsOf(one.id, "window.opened");
    expect(opened).toMatchObject({
      data: { conversation: { id: conversation.id, window: { state: "open", closesAt } } },
    });
    expect(Date.parse(closesAt) - Date.parse(opened.timestamp)).toBe(86_400_000);

    await advance("22h");
    expect(await toldIn(one)).toEqual(["opened"]);
    const closing = `/conversations?window=closing&channel=${one.whatsapp}`;
    expect(await one.agent.all(closing)).toEqual([]);
    await advance("61m");
    expect(await toldIn(one)).toEqual(["opened", "closing"]);
    expect((await one.agent.all(closing)).map(({ id }) => id)).toEqual([conversation.id]);
    const [warned] = await factsOf(one.id, "window.closing");
    expect(warned.data.conversation.window).toEqual({ state: "open", closesAt });
    expect(Date.parse(closesAt) - Date.parse(warned.timestamp)).toBe(3_600_000);

    await advance("1h");
    expect(await windowOf(one, conversation)).toEqual({ state: "closed", closesAt });
    expect(await toldIn(one)).toEqual(["opened", "closing", "closed"]);
    const [closed] = await factsOf(one.id, "window.closed");
    expect(closed.timestamp).toBe(closesAt);
    expect(closed.data.conversation.window).toEqual({ state: "closed", closesAt });
    expect(await armedFor(conversation.id)).toEqual([]);
    await advance("48h");
    expect(await toldIn(one)).toHaveLength(3);
  });

  test("that is extended by every message has one timer, which moves when it fires", async () => {
    const one = await workspace();
    const { conversation, customer } = await meta.talkWith(one);
    const [first] = await armedFor(conversation.id);
    await advance("10h");
    for (const words of ["And", "one", "more", "thing"]) await customer.phones(words);
    await settle();
    expect((await armedFor(conversation.id)).map(({ name }) => name)).toEqual([first?.name]);
    await advance("14h");
    expect(await toldIn(one)).toEqual(["opened"]);
    const { closesAt } = await windowOf(one, conversation);
    const [moved, ...others] = await armedFor(conversation.id);
    expect(others).toEqual([]);
    expect(Date.parse(moved?.at ?? "")).toBe(Date.parse(closesAt) - 3_600_000);
    await advance("570m");
    expect(await toldIn(one)).toEqual(["opened", "closing"]);
    await advance("1h");
    expect(await toldIn(one)).toEqual(["opened", "closing", "closed"]);
  });

  test("that closes and opens again is told so, also when no timer looked", async () => {
    const one = await workspace();
    const { conversation, customer } = await meta.talkWith(one);
    for (const timer of await armedFor(conversation.id)) await lose(timer);
    // Meta tells what was said after the end before anybody looked at the clock.
    const closesAt = Date.parse((await windowOf(one, conversation)).closesAt);
    await advance("24h");
    await customer.writes("Hello again", { timestamp: String(closesAt / 1_000 + 1) });
    await settle();
    expect(await toldIn(one)).toEqual(["opened", "closed", "opened"]);
    await advance("49h");
    const told = await toldIn(one);
    expect(told).toEqual(["opened", "closed", "opened", "closed"]);
  });
});

describe("a timer that fires", () => {
  test("twice and early tells nothing twice and nothing early", async () => {
    const one = await workspace();
    const { conversation } = await meta.talkWith(one);
    const [armed] = await armedFor(conversation.id);
    await fire(armed!);
    await fire(armed!);
    await settle();
    expect(await toldIn(one)).toEqual(["opened"]);
    // Early, it is armed again under another name: its own is taken while it runs.
    const names = (await armedFor(conversation.id)).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(await statusOf(one, conversation)).toBe(202);
    await advance("23h");
    await advance("2m");
    await fire(armed!);
    await settle();
    expect(await toldIn(one)).toEqual(["opened", "closing"]);
    expect(await statusOf(one, conversation)).toBe(202);
    await advance("1h");
    await fire(armed!);
    await settle();
    expect(await toldIn(one)).toEqual(["opened", "closing", "closed"]);
    expect(await statusOf(one, conversation)).toBe(409);
  });

  test("a day late lets nothing through, and nothing is held up by it", async () => {
    const one = await workspace();
    const { conversation, customer } = await meta.talkWith(one);
    const [armed] = await armedFor(conversation.id);
    await lose(armed!);
    await advance("23h");
    expect(await statusOf(one, conversation)).toBe(202);
    await advance("2h");
    expect(await statusOf(one, conversation)).toBe(409);
    await customer.phones("Back again");
    await settle();
    await fire(armed!);
    expect(await statusOf(one, conversation)).toBe(202);
    await settle();
    expect(await toldIn(one)).toEqual(["opened", "closed", "opened"]);
  });

  test("never is missed by the repair, which tells what it would have told", async () => {
    const one = await workspace();
    const { conversation } = await meta.talkWith(one);
    const [armed] = await armedFor(conversation.id);
    await lose(armed!);
    await advance("23h");
    expect(await toldIn(one)).toEqual(["opened"]);
    await advance("20m");
    expect(await toldIn(one)).toEqual(["opened", "closing"]);
    const [next] = await armedFor(conversation.id);
    await lose(next!);
    await advance("25h");
    expect(await toldIn(one)).toEqual(["opened", "closing", "closed"]);
    await advance("1h");
    expect(await toldIn(one)).toHaveLength(3);
  });
});

describe("resolve and reopen", () => {
  test("are answered with the conversation, told once, and may be repeated", async () => {
    const one = await workspace();
    const { conversation } = await meta.talkWith(one);
    const path = `/conversations/${conversation.id}`;
    for (const action of ["resolve", "resolve"]) {
      const { status, body } = await one.agent.post(`${path}/${action}`);
      expect([status, body.status, body.waitingSince]).toEqual([200, "resolved", null]);
    }
    expect((await one.agent.all("/conversations?status=open")).map(({ id }) => id)).toEqual([]);
    for (const action of ["reopen", "reopen"]) {
      const { status, body } = await one.agent.post(`${path}/${action}`);
      expect([status, body.status]).toEqual([200, "open"]);
      expect(body.waitingSince).not.toBeNull();
    }
    await settle();
    const told = await factsOf(one.id);
    for (const type of ["conversation.resolved", "conversation.reopened"]) {
      const ids = told.filter((fact) => fact.type === type).map(({ id }) => id);
      expect(new Set(ids).size, type).toBe(1);
    }
  });

  test("a customer who writes reopens, and a repeated request is answered the same", async () => {
    const one = await workspace();
    const { conversation, customer } = await meta.talkWith(one);
    const path = `/conversations/${conversation.id}`;
    const key = { "idempotency-key": "once" };
    const done = await one.agent.post(`${path}/resolve`, undefined, key);
    await customer.phones("One more thing");
    await settle();
    expect((await one.agent.get(path)).body.status).toBe("open");
    const again = await one.agent.post(`${path}/resolve`, undefined, key);
    expect(again.body).toEqual(done.body);
    expect((await one.agent.get(path)).body.status).toBe("open");
    expect((await (await workspace()).agent.post(`${path}/resolve`)).status).toBe(404);
  });
});
