import { afterAll, describe, expect, inject, test } from "vitest";
import { ask } from "../support/api.ts";
import {
  type Body,
  expectNothingDenied,
  factsOf,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { ledgerOf, messageOf, PHONE, send, talkWith } from "../support/sends.ts";

/** Everything that WhatsApp can tell a business, through the doors of the pretend Meta. */

afterAll(expectNothingDenied);

const { url } = inject("cloud");
const ago = (seconds: number) => Math.floor(now() / 1_000) - seconds;

/** Opens one of the simulator's doors for this workspace, and waits for what follows. */
async function happens({ meta }: Workspace, door: string, body: object): Promise<Body> {
  const { channelKey, phoneNumberId } = meta;
  const given =
    door === "edit" || door === "revoke" ? body : { channelKey, phoneNumberId, ...body };
  const answer = await ask(`${url}/sim/graph/${door}`, "POST", given);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  await settle();
  return answer.body;
}
const hear = (one: Workspace, content: object, more: object = {}) =>
  happens(one, "inbound", { from: PHONE, name: "Ada", content, ...more });

async function inboxOf({ agent }: Workspace): Promise<{ conversation: Body; messages: Body[] }> {
  const [conversation, ...others] = await agent.all("/conversations");
  expect(others).toEqual([]);
  return { conversation, messages: await agent.all(`/conversations/${conversation.id}/messages`) };
}
const text = (words: string) => ({ type: "text", text: words });

test("a file is shown without the address that only Meta's token opens", async () => {
  const one = await workspace();
  const contentBase64 = Buffer.from("OggS, a voice").toString("base64");
  const file = { kind: "audio", voice: true, mimeType: "audio/ogg; codecs=opus", contentBase64 };
  await hear(one, { type: "media", ...file });
  const { conversation, messages } = await inboxOf(one);
  expect(messages[0].content).toEqual({
    type: "media",
    mediaId: null,
    kind: "audio",
    mimeType: "audio/ogg",
    filename: null,
    sha256: expect.stringMatching(/=$/),
    voice: true,
    animated: false,
  });
  const told = [messages, conversation, await factsOf(one.id)];
  expect(JSON.stringify(told)).not.toContain("lookaside");
  expect(conversation.lastMessage).toMatchObject({ type: "media", preview: null });
});

test("orders, products, ads and forwards keep what they name", async () => {
  const one = await workspace();
  const items = [{ productId: "sku1", quantity: 2, price: 9.5, currency: "GBP" }];
  const order = { type: "order", catalogId: "7000", items };
  const referral = { source_type: "ad", source_id: "12", headline: "Sale" };
  const timestamp = ago(5);
  await hear(one, order, { referral, context: { forwarded: true }, timestamp });
  await hear(one, { type: "unsupported", what: "poll_creation" });
  const { conversation, messages } = await inboxOf(one);
  const [poll, ordered] = messages;
  expect(ordered).toMatchObject({
    content: { ...order, text: null },
    forwarded: "forwarded",
    referral: { sourceType: "ad", sourceId: "12", headline: "Sale", clickId: null },
  });
  expect(conversation.referredAt).toBe(new Date(timestamp * 1_000).toISOString());
  expect(poll).toMatchObject({
    content: { type: "unsupported" },
    providerErrors: [{ providerCode: "131051" }],
  });
});

describe("reactions", () => {
  test("stand on their message, and nobody has to read them (pitfall 37)", async () => {
    const one = await workspace();
    const { conversation, heard, reply } = await talkWith(one);
    const sent = await reply(text("Answer"));
    await settle();
    await one.agent.post(`/conversations/${conversation.id}/read`);
    const before = (await one.agent.get(`/conversations/${conversation.id}`)).body;
    const messageId = (await messageOf(one, sent)).providerId;
    await hear(one, { type: "reaction", messageId, emoji: "👍" });
    expect((await messageOf(one, sent)).reactions).toMatchObject([{ emoji: "👍", by: "contact" }]);
    expect((await one.agent.get(`/conversations/${conversation.id}`)).body).toEqual(before);
    expect(await one.agent.all(`/conversations/${conversation.id}/messages`)).toHaveLength(2);
    await hear(one, { type: "reaction", messageId, emoji: "" }, { timestamp: ago(-1) });
    expect((await messageOf(one, sent)).reactions).toEqual([]);
    await reply({ type: "reaction", messageId: heard.id, emoji: "❤️" });
    await settle();
    expect((await messageOf(one, heard)).reactions).toMatchObject([{ emoji: "❤️", by: "agent" }]);
    expect(await factsOf(one.id, "message.reacted")).toHaveLength(3);
  });

  test("wait for a message that comes later", async () => {
    const one = await workspace();
    await hear(one, { type: "reaction", messageId: "wamid.later", emoji: "👍" });
    expect(await one.agent.all("/conversations")).toEqual([]);
    await hear(one, text("Later"), { id: "wamid.later" });
    expect((await inboxOf(one)).messages[0].reactions).toMatchObject([{ emoji: "👍" }]);
  });
});

test("an edit shows the new words with the old ones, a revoke neither", async () => {
  const one = await workspace();
  const { id: messageId } = await hear(one, text("Firts"));
  await happens(one, "edit", { messageId, content: text("First") });
  const edited = await inboxOf(one);
  expect(edited.messages[0]).toMatchObject({
    content: text("First"),
    versions: [{ content: text("Firts") }],
    revokedAt: null,
  });
  expect(edited.messages[0].editedAt).not.toBeNull();
  expect(edited.conversation).toMatchObject({ unreadCount: 1, lastMessage: { preview: "First" } });
  await happens(one, "revoke", { messageId });
  const { conversation, messages } = await inboxOf(one);
  expect(messages[0]).toMatchObject({ content: { type: "revoked" }, versions: [] });
  expect(messages[0].revokedAt).not.toBeNull();
  expect(JSON.stringify([conversation, messages])).not.toMatch(/Fir/);
  expect(conversation.lastMessage).toMatchObject({ type: "revoked", preview: null });
});

describe("the phone app on the same number", () => {
  test("its messages are ours, and ask nobody for anything (pitfall 13)", async () => {
    const one = await workspace();
    await happens(one, "echo", { to: PHONE, content: text("From the phone") });
    const { conversation, messages } = await inboxOf(one);
    expect(messages).toMatchObject([
      { direction: "outbound", status: "sent", origin: "echo", author: { kind: "system" } },
    ]);
    expect(conversation).toMatchObject({
      unreadCount: 0,
      waitingSince: null,
      window: { state: "closed" },
      lastMessage: { preview: "From the phone" },
    });
    expect(await ledgerOf(one)).toEqual([]);
    expect(await factsOf(one.id, "conversation.opened")).toEqual([]);
    const again = await one.agent.post(`/messages/${messages[0].id}/retry`);
    expect(again.status).toBe(409);
  });

  test("its history is imported in silence, and a live message wakes it", async () => {
    const one = await workspace();
    const old = { by: "customer", content: text("Old"), timestamp: ago(90_000), id: "wamid.old" };
    const answer = { by: "business", content: text("Hello"), timestamp: ago(89_000) };
    const threads = [{ with: PHONE, messages: [{ ...answer, status: "READ" }, old] }];
    await happens(one, "history", { threads });
    await happens(one, "history", { refused: true });
    const imported = await inboxOf(one);
    expect(imported.messages).toMatchObject([
      { direction: "outbound", origin: "history", status: "read", content: text("Hello") },
      { direction: "inbound", origin: "history", status: "received", content: text("Old") },
    ]);
    expect(imported.conversation).toMatchObject({
      status: "resolved",
      unreadCount: 0,
      assigneeId: null,
      window: { state: "closed" },
    });
    const types = (await factsOf(one.id)).map(({ type }) => type);
    expect(types).toEqual(["contact.created"]);
    await hear(one, text("Old"), { id: "wamid.old", timestamp: ago(90_000) });
    const { conversation, messages } = await inboxOf(one);
    expect(messages.at(-1)).toMatchObject({ id: imported.messages[1]?.id, origin: null });
    expect(conversation).toMatchObject({ status: "open", unreadCount: 1 });
    expect(await factsOf(one.id, "message.received")).toHaveLength(1);
  });

  test("its phone book names contacts", async () => {
    const one = await workspace();
    await happens(one, "phoneBook", { number: PHONE, name: "Ada from work", timestamp: ago(9) });
    await hear(one, text("Hi"));
    const names = async () => (await one.agent.all("/contacts")).map(({ name }) => name);
    expect(await names()).toEqual(["Ada from work"]);
    await happens(one, "phoneBook", { number: PHONE, action: "remove" });
    expect(await names()).toEqual(["Ada"]);
  });
});

test("a call opens the window and nothing else", async () => {
  const one = await workspace();
  await happens(one, "call", { from: PHONE });
  const { conversation, messages } = await inboxOf(one);
  expect(messages).toEqual([]);
  expect(conversation).toMatchObject({
    status: "resolved",
    unreadCount: 0,
    lastMessage: null,
    window: { state: "open" },
  });
  const path = `/conversations/${conversation.id}/messages`;
  const { body: sent } = await send(one.agent, path, { content: text("You called?") });
  await settle();
  expect(await messageOf(one, sent)).toMatchObject({ status: "delivered" });
});

test("a customer stops marketing and resumes it, in any order", async () => {
  const one = await workspace();
  const consentOf = async () => (await one.agent.all("/contacts"))[0]?.consents;
  await happens(one, "preference", { from: PHONE, value: "stop", timestamp: ago(5) });
  const stopped = { whatsapp: { marketing: { state: "opted_out", source: "user_preferences" } } };
  expect(await consentOf()).toMatchObject(stopped);
  await happens(one, "preference", { from: PHONE, value: "resume", timestamp: ago(9) });
  expect(await consentOf()).toMatchObject(stopped);
  await happens(one, "preference", { from: PHONE, value: "resume", timestamp: ago(1) });
  expect(await consentOf()).toMatchObject({ whatsapp: { marketing: { state: "opted_in" } } });
  expect(await factsOf(one.id, "consent.changed")).toHaveLength(2);
});

test("a group is a conversation of its own, and is answered as one", async () => {
  const one = await workspace();
  await hear(one, text("Hello all"), { groupId: "Z3JvdXA" });
  const { conversation } = await inboxOf(one);
  const path = `/conversations/${conversation.id}/messages`;
  const { body: sent } = await send(one.agent, path, { content: text("Hello") });
  await settle();
  expect(await messageOf(one, sent)).toMatchObject({ status: "delivered", error: null });
  expect((await ledgerOf(one)).map(({ to }) => to)).toEqual(["Z3JvdXA"]);
});

test("an answer finds the message that it answers, also when it came first", async () => {
  const one = await workspace();
  await hear(one, text("Yes"), { id: "wamid.a", context: { id: "wamid.q" }, timestamp: ago(1) });
  const [answer] = (await inboxOf(one)).messages;
  expect(answer.replyTo).toEqual({ providerId: "wamid.q", messageId: null });
  await hear(one, text("Tea?"), { id: "wamid.q", timestamp: ago(9) });
  const { messages } = await inboxOf(one);
  expect(messages[0].replyTo).toEqual({ providerId: "wamid.q", messageId: messages[1].id });
  expect((await messageOf(one, answer)).replyTo).toEqual(messages[0].replyTo);
});
