import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
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
import { text } from "../support/contents.ts";
import * as meta from "../support/sends.ts";
import { armedFor, fire } from "../support/timers.ts";

/** A reply that waits: the answer is stored, a template asks, and it leaves when they write. */

afterAll(expectNothingDenied);

interface Silence extends meta.Talk {
  readonly path: string;
  /** Replies, to wait behind the template `welcome`. */
  wait(words: string, more?: object): Promise<Body>;
  /** What reached the customer, oldest first, in words. */
  heardByThem(): Promise<string[]>;
}

/** Somebody wrote more than a day ago. */
async function silenceIn(one: Workspace, phone = meta.PHONE): Promise<Silence> {
  const talk = await meta.talkWith(one, phone);
  await advance("25h");
  const path = `/conversations/${talk.conversation.id}/messages`;
  const { templateId, variables } = await meta.welcome(one);
  return {
    ...talk,
    path,
    async wait(words, more = {}) {
      const wait = { templateId, variables, ...more };
      const answer = await meta.send(one.agent, path, { content: text(words), wait });
      expect(answer.status, JSON.stringify(answer.body)).toBe(202);
      return answer.body;
    },
    async heardByThem() {
      const ledger = await meta.ledgerOf(one);
      return ledger.map(({ content }) => content.text);
    },
  };
}

const isOpenIn = async ({ agent }: Workspace, { id }: Body) =>
  (await agent.get(`/conversations/${id}`)).body.window.state;

test("the template goes at once, the answer when the customer writes, exactly once", async () => {
  const one = await workspace();
  const { conversation, customer, wait, path, heardByThem } = await silenceIn(one);
  const waiting = await wait("Your order is here");
  expect(waiting).toMatchObject({
    status: "waiting",
    content: { type: "text", text: "Your order is here" },
    wait: { releasedAt: null },
  });
  const left = Date.parse(waiting.wait.expiresAt) - now();
  expect(Math.abs(left - 7 * 86_400_000)).toBeLessThan(60_000);
  await settle();
  const opener = await meta.messageOf(one, { id: waiting.wait.templateMessageId });
  expect(opener).toMatchObject({ status: "delivered", content: { type: "template" }, wait: null });
  expect(await heardByThem()).toHaveLength(1);
  expect((await one.agent.all(path)).map(({ id }) => id)).toEqual(
    expect.arrayContaining([waiting.id, opener.id]),
  );

  await customer.phones("Yes, please");
  await settle();
  expect(await isOpenIn(one, conversation)).toBe("open");
  const sent = await meta.messageOf(one, waiting);
  expect(sent).toMatchObject({ status: "delivered", error: null });
  expect(sent.wait.releasedAt).not.toBeNull();
  expect((await heardByThem()).at(-1)).toBe("Your order is here");
  await customer.phones("Thank you");
  await advance("8d");
  expect(await heardByThem()).toHaveLength(2);
  const told = (await factsOf(one.id)).filter(({ data }) => data.message?.id === waiting.id);
  expect([...new Set(told.map(({ type }) => type))]).toEqual([
    "message.queued",
    "message.sent",
    "message.delivered",
  ]);
});

test("several leave in the order they were written in, before what is said then", async () => {
  const one = await workspace();
  const { customer, wait, reply, heardByThem } = await silenceIn(one);
  await wait("First");
  const more = { templateId: undefined, variables: undefined };
  for (const words of ["Second", "Third", "Fourth"]) {
    const { wait: waits } = await wait(words, more);
    expect(waits.templateMessageId).toBeNull();
  }
  await settle();
  expect(await heardByThem()).toHaveLength(1);
  await customer.phones("Here I am");
  await settle();
  await reply(text("Fifth"));
  await settle();
  expect((await heardByThem()).slice(1)).toEqual(["First", "Second", "Third", "Fourth", "Fifth"]);
});

test("while the window is open it is sent like any other, and no template goes out", async () => {
  const one = await workspace();
  const { reply } = await meta.talkWith(one);
  const { templateId, variables } = await meta.welcome(one);
  const sent = await reply(text("At once"), { wait: { templateId, variables } });
  expect(sent).toMatchObject({ status: "queued", wait: null });
  await settle();
  expect(await meta.ledgerOf(one)).toHaveLength(1);
});

describe("while it waits", () => {
  test("it can be changed, and what is said last is what leaves", async () => {
    const one = await workspace();
    const { customer, wait, heardByThem } = await silenceIn(one);
    const waiting = await wait("Tomorow");
    const change = (content: object, headers = {}) =>
      one.agent.patch(`/messages/${waiting.id}`, { content }, headers);
    const { headers, body } = await change(text("Tomorrow"));
    expect(body).toMatchObject({ status: "waiting", content: { text: "Tomorrow" } });
    const etag = headers.get("etag") ?? "";
    expect((await change(text("Stale"), { "if-match": '"1"' })).status).toBe(412);
    const changed = await change(text("Tomorrow at nine"), { "if-match": etag });
    expect(changed.status).toBe(200);
    expect(await change(text(""))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/content/text" }] },
    });
    await customer.phones("When?");
    await settle();
    expect((await heardByThem()).at(-1)).toBe("Tomorrow at nine");
    expect(await change(text("Too late"))).toMatchObject({
      status: 409,
      body: { code: "not_editable" },
    });
  });

  test("it can be cancelled, and then nothing leaves", async () => {
    const one = await workspace();
    const { customer, wait, heardByThem } = await silenceIn(one);
    const waiting = await wait("Never mind");
    const cancel = () => one.agent.post(`/messages/${waiting.id}/cancel`);
    for (const { status, body } of [await cancel(), await cancel()]) {
      expect([status, body.status]).toEqual([200, "cancelled"]);
    }
    await customer.phones("Yes?");
    await settle();
    expect(await heardByThem()).toHaveLength(1);
    expect((await meta.messageOf(one, waiting)).status).toBe("cancelled");
  });

  test("a cancel and a customer in the same moment: one wins, and both agree", async () => {
    const one = await workspace();
    for (let round = 0; round < 5; round++) {
      const { customer, wait, heardByThem } = await silenceIn(one, `+44770090015${round}`);
      const waiting = await wait(`Maybe ${round}`);
      await settle();
      const [{ status }] = await Promise.all([
        one.agent.post(`/messages/${waiting.id}/cancel`),
        customer.phones("Now"),
      ]);
      await settle();
      const ended = await meta.messageOf(one, waiting);
      const left = (await heardByThem()).filter((words) => words === `Maybe ${round}`);
      expect([200, 409]).toContain(status);
      expect(left).toHaveLength(status === 200 ? 0 : 1);
      expect(ended.status).toBe(status === 200 ? "cancelled" : "delivered");
    }
  });

  test("its time may end, and that is told; a timer too early ends nothing", async () => {
    const one = await workspace();
    const { customer, wait, heardByThem } = await silenceIn(one);
    const expiresAt = new Date(now() + 3 * 3_600_000).toISOString();
    const waiting = await wait("Until tonight", { expiresAt });
    await settle();
    const [timer] = await armedFor(waiting.id);
    await fire(timer!);
    expect((await meta.messageOf(one, waiting)).status).toBe("waiting");
    await advance("181m");
    await advance("2m");
    expect(await meta.messageOf(one, waiting)).toMatchObject({
      status: "failed",
      error: { code: "expired", class: "window" },
    });
    const failed = await factsOf(one.id, "message.failed");
    expect(failed.map(({ data }) => data.message.id)).toContain(waiting.id);
    await customer.phones("Sorry, I was away");
    await settle();
    expect(await heardByThem()).toHaveLength(1);
    // A person may still say it, now that the window is open.
    const again = await one.agent.post(`/messages/${waiting.id}/retry`);
    expect(again.body).toMatchObject({ status: "queued", attempt: 2 });
    await settle();
    expect((await heardByThem()).at(-1)).toBe("Until tonight");
  });
});

describe("what is refused", () => {
  test("free text with no window and no wait says what to do", async () => {
    const one = await workspace();
    const { path } = await silenceIn(one);
    const answer = await meta.send(one.agent, path, { content: text("Hello?") });
    expect(answer).toMatchObject({ status: 409, body: { code: "window_closed" } });
    expect(answer.body.detail).toMatch(/template.*wait/);
  });

  test("each mistake is named with its place, and nothing is stored", async () => {
    const one = await workspace();
    const { path, wait } = await silenceIn(one);
    const template = await meta.welcome(one);
    const { templateId, variables } = template;
    const unknown = "tpl_01KANVQ1G00000000000000009";
    const past = new Date(now() - 1_000).toISOString();
    const far = new Date(now() + 31 * 86_400_000).toISOString();
    const before = await one.agent.all(path);
    for (const [pointer, content, given] of [
      ["/wait/templateId", text("Hi"), { templateId: unknown }],
      ["/wait/variables/first_name", text("Hi"), { templateId, variables: {} }],
      [
        "/wait/variables/last_name",
        text("Hi"),
        { templateId, variables: { ...variables, last_name: "x" } },
      ],
      ["/wait/expiresAt", text("Hi"), { templateId, variables, expiresAt: past }],
      ["/wait/expiresAt", text("Hi"), { templateId, variables, expiresAt: far }],
      ["/wait", template, { templateId, variables }],
      ["/content/text", text(""), { templateId, variables }],
    ] as const) {
      const { status, body } = await meta.send(one.agent, path, { content, wait: given });
      expect([status, body.errors?.[0]?.pointer]).toEqual([422, pointer]);
    }
    expect(await one.agent.all(path)).toEqual(before);
    for (let count = 0; count < 10; count++) await wait(`${count}`, { templateId: undefined });
    const full = await meta.send(one.agent, path, { content: text("11"), wait: {} });
    expect([full.status, full.body.errors[0].code]).toEqual([422, "too_many"]);
  });

  test("a repeated request waits once", async () => {
    const one = await workspace();
    const { path, customer, heardByThem } = await silenceIn(one);
    const { templateId, variables } = await meta.welcome(one);
    const key = { "idempotency-key": randomUUID() };
    const body = { content: text("Once"), wait: { templateId, variables } };
    const answers = await Promise.all([1, 2, 3].map(() => one.agent.post(path, body, key)));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    await customer.phones("Go on");
    await settle();
    expect(await heardByThem()).toHaveLength(2);
  });

  test("nobody touches what waits in another workspace", async () => {
    const [one, other] = [await workspace(), await workspace()];
    const { wait } = await silenceIn(one);
    const { id } = await wait("Mine");
    const content = text("Theirs");
    expect((await other.agent.patch(`/messages/${id}`, { content })).status).toBe(404);
    expect((await other.agent.post(`/messages/${id}/cancel`)).status).toBe(404);
  });
});
