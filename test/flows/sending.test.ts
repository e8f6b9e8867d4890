import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { advance, expectNothingDenied, now, settle, workspace } from "../support/client.ts";
import { asking, buttons, link, list, text } from "../support/contents.ts";
import * as meta from "../support/sends.ts";

/** An agent's reply, from the front door to the customer's phone and back. */

afterAll(expectNothingDenied);

describe("a reply", () => {
  test("is queued, goes out once, is delivered, and shows when it was read", async () => {
    const one = await workspace();
    const talk = await meta.talkWith(one);
    const sent = await talk.reply(text("How can we help?"));
    expect(sent).toMatchObject({
      status: "queued",
      direction: "outbound",
      attempt: 1,
      content: text("How can we help?"),
      author: { kind: "agent" },
    });
    await settle();
    const delivered = await meta.messageOf(one, sent);
    expect(delivered).toMatchObject({ status: "delivered", error: null, readAt: null });
    expect(delivered.price).toMatchObject({ category: "service" });
    const { sentAt, deliveredAt, providerId } = delivered;
    expect([sentAt, deliveredAt].every((at) => typeof at === "string")).toBe(true);
    const [entry, ...others] = await meta.ledgerOf(one);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ providerId, reference: sent.id, to: meta.PHONE });
    const { body: conversation } = await one.agent.get(`/conversations/${talk.conversation.id}`);
    expect(conversation.lastMessage).toMatchObject({ id: sent.id, preview: "How can we help?" });
    await meta.sees(providerId);
    await settle();
    const seen = await meta.messageOf(one, sent);
    expect(seen).toMatchObject({ status: "read", deliveredAt });
    expect(seen.readAt).not.toBeNull();
  });

  test("quotes the customer's message", async () => {
    const one = await workspace();
    const { heard, reply } = await meta.talkWith(one);
    const sent = await reply(text("This one"), { replyTo: heard.id });
    expect(sent.replyTo).toEqual({ providerId: heard.providerId, messageId: heard.id });
    await settle();
    const { data } = await meta.phoneOf(one, meta.PHONE);
    expect(data.at(-1)).toMatchObject({ direction: "outbound", context: { id: heard.providerId } });
  });

  test("with buttons is answered by a tap that names it", async () => {
    const one = await workspace();
    const { conversation, reply } = await meta.talkWith(one);
    const sent = await reply(buttons(["Yes", "No"]));
    await settle();
    const { providerId } = await meta.messageOf(one, sent);
    await meta.press(providerId, { buttonId: "id 0" });
    await settle();
    const [answer] = await one.agent.all(`/conversations/${conversation.id}/messages`);
    expect(answer).toMatchObject({ direction: "inbound", replyTo: { providerId } });
    expect(answer.content.interactive).toMatchObject({ button_reply: { title: "Yes" } });
    const { body } = await one.agent.get(`/conversations/${conversation.id}`);
    expect(body.lastMessage).toMatchObject({ type: "interactive", preview: "Yes" });
  });

  test("can be a list, a link, a question for the place, a place, a card or an emoji", async () => {
    const one = await workspace();
    const { heard, reply } = await meta.talkWith(one);
    const place = { latitude: 51.5, longitude: -0.12, name: "Office" };
    const card = { name: { formatted_name: "Ada Lovelace", first_name: "Ada" } };
    const contents = [
      list([{ id: "1", title: "One" }]),
      link("https://shop.example/1"),
      asking,
      { type: "location", ...place },
      { type: "contacts", contacts: [card] },
      { type: "reaction", messageId: heard.id, emoji: "1️⃣" },
    ];
    for (const content of contents) await reply(content);
    await settle();
    const ledger = await meta.ledgerOf(one);
    expect(ledger.map(({ content }) => content)).toEqual([
      ...contents.slice(0, 3),
      { type: "location", location: place },
      { type: "contacts", contacts: [card] },
      { type: "reaction", reaction: { message_id: heard.providerId, emoji: "1️⃣" } },
    ]);
  });

  test("is announced by ticks and by typing, which are no messages", async () => {
    const one = await workspace();
    const { conversation } = await meta.talkWith(one);
    const { status, body } = await one.agent.post(`/conversations/${conversation.id}/read`);
    expect({ status, unread: body.unreadCount }).toEqual({ status: 200, unread: 0 });
    await settle();
    const before = await meta.phoneOf(one, meta.PHONE);
    expect(before).toMatchObject({ typing: false, data: [{ status: "read" }] });
    expect((await one.agent.post(`/conversations/${conversation.id}/typing`)).status).toBe(200);
    await settle();
    expect(await meta.phoneOf(one, meta.PHONE)).toMatchObject({ typing: true });
    expect(await meta.ledgerOf(one)).toEqual([]);
  });
});

test("the window is open for 24 hours, and afterwards a template goes out", async () => {
  const one = await workspace();
  const { conversation, reply } = await meta.talkWith(one);
  const path = `/conversations/${conversation.id}/messages`;
  const closesAt = Date.parse(conversation.window.closesAt);
  const until = (at: number) => advance(`${Math.ceil((at - now()) / 1_000)}s`);
  await until(closesAt - 10_000);
  const last = await reply(text("Ten seconds before"));
  await settle();
  expect(await meta.messageOf(one, last)).toMatchObject({ status: "delivered" });
  await until(closesAt + 10_000);
  const { status, body } = await meta.send(one.agent, path, { content: text("Too late") });
  expect({ status, ...body }).toMatchObject({
    status: 409,
    code: "window_closed",
    window: { state: "closed", closesAt: conversation.window.closesAt },
  });
  expect(body.detail).toContain("template");
  const template = await reply(await meta.welcome(one));
  await settle();
  expect(await meta.messageOf(one, template)).toMatchObject({ status: "delivered" });
  const ledger = await meta.ledgerOf(one);
  expect(ledger.map(({ content }) => content.text)).toEqual([
    "Ten seconds before",
    "Hi Ada, we are here again. How can we help?",
  ]);
});

describe("a send happens once", () => {
  test("and is refused without an Idempotency-Key", async () => {
    const one = await workspace();
    const { conversation } = await meta.talkWith(one);
    const path = `/conversations/${conversation.id}/messages`;
    for (const answer of [
      await one.agent.post(path, { content: text("Hi") }),
      await one.agent.post("/messages", { channelId: one.whatsapp, content: text("Hi") }),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: { code: "idempotency_key_required" } });
    }
  });

  test("however often it is sent at once with the same key (pitfall 27)", async () => {
    const one = await workspace();
    const { conversation } = await meta.talkWith(one);
    const path = `/conversations/${conversation.id}/messages`;
    const key = { "idempotency-key": randomUUID() };
    const post = (words: string) => one.agent.post(path, { content: text(words) }, key);
    const answers = await Promise.all([post("Once"), post("Once"), post("Once")]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await post("Twice")).toMatchObject({
      status: 422,
      body: { code: "idempotency_key_reused" },
    });
    await settle();
    expect((await post("Once")).body).toEqual(answers[0]?.body);
    expect(await meta.ledgerOf(one)).toHaveLength(1);
    expect(await one.agent.all(path)).toHaveLength(2);
  });
});

test("ifLastSeen refuses an answer to a question that has changed", async () => {
  const one = await workspace();
  const { conversation, customer, heard, reply } = await meta.talkWith(one);
  const path = `/conversations/${conversation.id}/messages`;
  await customer.phones("No, wait");
  await settle();
  const given = { content: text("Yes"), ifLastSeen: heard.id };
  const refused = await meta.send(one.agent, path, given);
  const [newest] = await one.agent.all(path);
  expect(refused).toMatchObject({
    status: 412,
    body: { code: "conversation_moved", lastMessage: { id: newest.id } },
  });
  expect(await reply(text("Yes"), { ifLastSeen: newest.id })).toMatchObject({ status: "queued" });
});

describe("again, or not at all", () => {
  test("what failed is sent again by a person, and nothing else is", async () => {
    const one = await workspace();
    // Only we hear this customer, so for Meta the window is closed.
    const customer = one.meta.customer({ phone: meta.PHONE });
    await customer.writes("Hello");
    await settle();
    const [conversation] = await one.agent.all("/conversations");
    const path = `/conversations/${conversation.id}/messages`;
    const { body: sent } = await meta.send(one.agent, path, { content: text("Hi") });
    const retry = `/messages/${sent.id}/retry`;
    await settle();
    const failed = await meta.messageOf(one, sent);
    expect(failed).toMatchObject({ status: "failed", error: { providerCode: "131047" } });
    await customer.phones("Now Meta hears me too");
    await settle();
    expect((await one.agent.post(retry)).body).toMatchObject({ status: "queued", attempt: 2 });
    await settle();
    const delivered = await meta.messageOf(one, sent);
    expect(delivered).toMatchObject({ status: "delivered", attempt: 2, error: null });
    expect(delivered.providerId).not.toBe(failed.providerId);
    expect(await one.agent.post(retry)).toMatchObject({
      status: 409,
      body: { code: "not_retryable" },
    });
    expect(await one.agent.post(`/messages/${sent.id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: "not_cancellable" },
    });
    expect(await meta.ledgerOf(one)).toHaveLength(2);
  });

  test("what waits for its next try can be cancelled, once and for all", async () => {
    const one = await workspace();
    const sent = await meta.sendTo(one, "+447700200002");
    await meta.becomes(one, sent, { status: "queued", attempt: 2 });
    const cancel = () => one.agent.post(`/messages/${sent.id}/cancel`);
    for (const answer of [await cancel(), await cancel()]) {
      expect(answer).toMatchObject({ status: 200, body: { status: "cancelled" } });
    }
    await advance("10s");
    expect(await meta.messageOf(one, sent)).toMatchObject({ status: "cancelled", attempt: 2 });
    expect((await one.agent.post(`/messages/${sent.id}/retry`)).status).toBe(409);
    expect(await meta.ledgerOf(one)).toEqual([]);
  });
});

test("another workspace's ids are nobody's", async () => {
  const [mine, theirs] = [await workspace(), await workspace()];
  const { conversation, heard, reply } = await meta.talkWith(theirs);
  const sent = await reply(text("Ours"));
  await settle();
  const content = text("Mine");
  for (const path of [
    `/conversations/${conversation.id}/messages`,
    `/conversations/${conversation.id}/read`,
    `/conversations/${conversation.id}/typing`,
    `/messages/${sent.id}/retry`,
    `/messages/${sent.id}/cancel`,
    // One that was received is not there to be sent again either.
    `/messages/${heard.id}/retry`,
  ]) {
    const body = path.endsWith("messages") ? { content } : undefined;
    expect((await meta.send(mine.agent, path, body)).status, path).toBe(404);
  }
  const places = { channelId: theirs.whatsapp, contactId: conversation.contact.id };
  const asked = { channelId: mine.whatsapp, contactId: places.contactId };
  for (const [given, pointer] of [
    [places, "/channelId"],
    [asked, "/contactId"],
  ] as const) {
    for (const [path, body] of [
      ["/conversations", given],
      ["/messages", { ...given, content }],
    ] as const) {
      const answer = await meta.send(mine.agent, path, body);
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer]);
    }
  }
  const quoted = await meta.talkWith(mine);
  const path = `/conversations/${quoted.conversation.id}/messages`;
  const stolen = await meta.send(mine.agent, path, { content, replyTo: heard.id });
  expect([stolen.status, stolen.body.errors[0].pointer]).toEqual([422, "/replyTo"]);
});
