import { afterAll, expect, test } from "vitest";
import { type Body, expectNothingDenied, now, settle, workspace } from "../support/client.ts";

/** A customer writes on WhatsApp: what is there afterwards, however Meta delivers it. */

afterAll(expectNothingDenied);

const ADA = { phone: "+447700900123", userId: "GB.71000000000000000001", name: "Ada Example" };
const DAY_MS = 86_400_000;
const ids = (rows: readonly Body[]) => rows.map(({ id }) => id);
const texts = (rows: readonly Body[]) => rows.map(({ content }) => content.text);

/** The seconds-old time that Meta's timestamps allow. */
const ago = (seconds: number) => ({ timestamp: String(Math.floor(now() / 1_000) - seconds) });

test("a first message makes a contact, an open conversation in the queue, a message", async () => {
  const { admin, meta, whatsapp } = await workspace();
  const providerId = await meta.customer(ADA).writes("Hello", ago(30));
  await settle();
  const [contact, ...contacts] = await admin.all("/contacts");
  expect(contacts).toEqual([]);
  expect(contact).toMatchObject({ name: "Ada Example", blocked: false, attributes: {} });
  expect(contact.identities).toHaveLength(3);
  expect(contact.identities).toEqual(
    expect.arrayContaining([
      { kind: "phone", value: "+447700900123" },
      { kind: "wa_id", value: "447700900123" },
      { kind: "wa_bsuid", value: "GB.71000000000000000001" },
    ]),
  );
  const [conversation, ...conversations] = await admin.all("/conversations");
  expect(conversations).toEqual([]);
  const [message, ...messages] = await admin.all(`/conversations/${conversation.id}/messages`);
  expect(messages).toEqual([]);
  expect(message).toMatchObject({
    conversationId: conversation.id,
    direction: "inbound",
    status: "received",
    content: { type: "text", text: "Hello" },
    providerId,
    replyTo: null,
    error: null,
    author: { kind: "contact", id: contact.id },
  });
  const { id, identities, name } = contact;
  expect(conversation).toMatchObject({
    channelId: whatsapp,
    channelKind: "whatsapp",
    contact: { id, identities, name },
    address: "+447700900123",
    status: "open",
    assigneeId: null,
    teamId: null,
    tagIds: [],
    unreadCount: 1,
    lastActivityAt: message.createdAt,
    lastMessage: { id: message.id, direction: "inbound", type: "text", preview: "Hello" },
  });
  const closesAt = new Date(Date.parse(message.createdAt) + DAY_MS).toISOString();
  expect(conversation.window).toEqual({ state: "open", closesAt });
});

test("what was stored is answered one by one as in the lists, to both roles", async () => {
  const { admin, agent, meta, channels, whatsapp } = await workspace();
  await meta.customer(ADA).phones("Hello from a phone");
  await settle();
  const [conversation] = await admin.all("/conversations");
  const [message] = await admin.all(`/conversations/${conversation.id}/messages`);
  const [contact] = await admin.all("/contacts");
  for (const api of [admin, agent]) {
    expect((await api.get(`/conversations/${conversation.id}`)).body).toEqual(conversation);
    expect((await api.get(`/messages/${message.id}`)).body).toEqual(message);
    expect((await api.get(`/contacts/${contact.id}`)).body).toEqual(contact);
    const kinds = (await api.all("/channels")).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(["email", "sms", "whatsapp"]);
  }
  expect((await admin.get(`/channels/${whatsapp}`)).body.status).toBe("connected");
  const sms = channels.find(({ kind }) => kind === "sms")?.id;
  const shown = ["status=open", "assignee=none", "unread=true", "window=open", "", "limit=1"];
  for (const query of [...shown, `channel=${whatsapp}`, `channel=${whatsapp}&status=open`]) {
    expect((await admin.get(`/conversations?${query}`)).body.data, query).toEqual([conversation]);
  }
  const hidden = ["status=resolved", "status=snoozed", "unread=false", "window=closed"];
  for (const query of [...hidden, "assignee=me", "window=closing", `channel=${sms}`]) {
    expect((await admin.get(`/conversations?${query}`)).body.data, query).toEqual([]);
  }
});

test("the second message joins the same conversation and is shown in front", async () => {
  const { admin, meta } = await workspace();
  const ada = meta.customer(ADA);
  const [earlier, later] = [ago(60), ago(20)];
  await ada.writes("First", earlier);
  await settle();
  const [before] = await admin.all("/conversations");
  await ada.writes("Second", { ...later, context: { from: "15550100001", id: "wamid.OTHER" } });
  await settle();
  const [after, ...others] = await admin.all("/conversations");
  expect(others).toEqual([]);
  expect(await admin.all("/contacts")).toHaveLength(1);
  expect(after).toMatchObject({ id: before.id, unreadCount: 2, createdAt: before.createdAt });
  expect(after.lastMessage.preview).toBe("Second");
  expect(Date.parse(after.window.closesAt) - Date.parse(before.window.closesAt)).toBe(40_000);
  const messages = await admin.all(`/conversations/${after.id}/messages`);
  expect(texts(messages)).toEqual(["Second", "First"]);
  expect(messages[0].replyTo).toMatchObject({ providerId: "wamid.OTHER" });
});

test("the same callback thrice at once, and again, makes one message (pitfall 1)", async () => {
  const { admin, meta } = await workspace();
  const said = meta.customer(ADA).says("Only once");
  const callback = meta.callback([said]);
  const copies = await Promise.all([1, 2, 3].map(() => meta.post(callback)));
  expect(copies).toEqual([200, 200, 200]);
  await settle();
  expect(await meta.post(callback)).toBe(200);
  await settle();
  const [conversation, ...others] = await admin.all("/conversations");
  expect(others).toEqual([]);
  expect(conversation.unreadCount).toBe(1);
  const messages = await admin.all(`/conversations/${conversation.id}/messages`);
  expect(messages.map(({ providerId }) => providerId)).toEqual([said.message.id]);
  expect(await admin.all("/contacts")).toHaveLength(1);
  expect(await admin.all("/callbacks?state=broken")).toEqual([]);
});

test("20 messages of a new customer at once make one contact and one conversation", async () => {
  const { admin, meta } = await workspace();
  const ada = meta.customer(ADA);
  const said = Array.from({ length: 20 }, (_, place) => ada.says(`${place}`, ago(100 - place)));
  const replies = await Promise.all(said.map((one) => meta.post(meta.callback([one]))));
  expect(new Set(replies)).toEqual(new Set([200]));
  await settle();
  expect(await admin.all("/contacts")).toHaveLength(1);
  const [conversation, ...others] = await admin.all("/conversations");
  expect(others).toEqual([]);
  expect(conversation).toMatchObject({ unreadCount: 20, lastMessage: { preview: "19" } });
  const messages = await admin.all(`/conversations/${conversation.id}/messages`, 7);
  expect(texts(messages)).toEqual(said.map((_, place) => String(19 - place)));
  expect(new Set(ids(messages)).size).toBe(20);
});

test("every element of every entry, change and messages array is read", async () => {
  const { admin, meta } = await workspace();
  const people = ["+447700900101", "+447700900102", "+447700900103"].map((phone, place) =>
    meta.customer({ phone, userId: `GB.7100000000000000000${place}`, name: `P${place}` }),
  );
  const [ann, bob, cem] = people;
  if (!(ann && bob && cem)) throw new Error("Three people are needed.");
  const entry = [
    { id: "200000000000001", changes: [meta.change([ann.says("a1"), bob.says("b1")])] },
    { id: "200000000000001", changes: [meta.change([cem.says("c1")]), meta.change([])] },
    { id: "0", changes: [meta.change([ann.says("a2")]), meta.change([cem.says("c2")])] },
  ];
  expect(await meta.post({ object: "whatsapp_business_account", entry })).toBe(200);
  await settle();
  const conversations = await admin.all("/conversations");
  const heard = await Promise.all(
    conversations.map(async ({ id, contact, unreadCount }) => {
      const messages = await admin.all(`/conversations/${id}/messages`);
      return [contact.name, texts(messages).sort(), unreadCount];
    }),
  );
  expect(heard.sort()).toEqual([
    ["P0", ["a1", "a2"], 2],
    ["P1", ["b1"], 1],
    ["P2", ["c1", "c2"], 2],
  ]);
});

test("a late message takes its place by its own time and does not come to the front", async () => {
  const { admin, meta } = await workspace();
  const ada = meta.customer(ADA);
  await ada.writes("Now", ago(15));
  await settle();
  const [before] = await admin.all("/conversations");
  await ada.writes("An hour ago", ago(3_600));
  await settle();
  const [after] = await admin.all("/conversations");
  const { lastMessage, lastActivityAt, window, address } = before;
  expect(after).toMatchObject({ lastMessage, lastActivityAt, window, address, unreadCount: 2 });
  const messages = await admin.all(`/conversations/${after.id}/messages`);
  expect(texts(messages)).toEqual(["Now", "An hour ago"]);
});

test("a message from the future counts from its arrival", async () => {
  const { admin, meta } = await workspace();
  await meta.customer(ADA).writes("Tomorrow", ago(-DAY_MS / 1_000));
  await settle();
  const [conversation] = await admin.all("/conversations");
  const opensMs = Date.parse(conversation.window.closesAt) - now();
  expect(opensMs).toBeLessThanOrEqual(DAY_MS);
  expect(opensMs).toBeGreaterThan(DAY_MS - 30_000);
});

test("what was said in one second keeps its order, in one callback and in several", async () => {
  const { admin, meta } = await workspace();
  const ada = meta.customer(ADA);
  const second = ago(10);
  const said = ["1", "2", "3"].map((text) => ada.says(text, second));
  expect(await meta.post(meta.callback(said))).toBe(200);
  await ada.writes("4", second);
  await ada.writes("5", second);
  await settle();
  const [conversation] = await admin.all("/conversations");
  expect(conversation.lastMessage.preview).toBe("5");
  const messages = await admin.all(`/conversations/${conversation.id}/messages`, 2);
  expect(texts(messages)).toEqual(["5", "4", "3", "2", "1"]);
});

test("and also when callbacks that come at the same time meet on the conversation", async () => {
  const { admin, meta } = await workspace();
  const ada = meta.customer(ADA);
  const seconds = Array.from({ length: 5 }, (_, place) => ago(60 - place));
  const heard = seconds.map((second, place) => {
    return [1, 2, 3, 4].map((count) => ada.says(`${place}.${count}`, second));
  });
  await Promise.all(heard.map((said) => meta.post(meta.callback(said))));
  await settle();
  const [conversation] = await admin.all("/conversations");
  const messages = await admin.all(`/conversations/${conversation.id}/messages`);
  const spoken = heard.flat().map(({ message }) => message.id);
  expect(messages.map(({ providerId }) => providerId)).toEqual(spoken.reverse());
});

test("text arrives as written: emoji, accents, slashes, right to left, new lines", async () => {
  const { admin, meta } = await workspace();
  const text = 'Zoë 👩‍👩‍👧 </b> https://x.example/a?b=c\n"שלום" \\u00e9 @you 100% \u2028 end';
  await meta.customer({ ...ADA, name: "Zoë / Ünal 🎈" }).writes(text);
  await settle();
  const [conversation] = await admin.all("/conversations");
  expect(conversation.contact.name).toBe("Zoë / Ünal 🎈");
  expect(conversation.lastMessage.preview).toBe(text.replace("\n", " ").replace(" \u2028 ", " "));
  const [message] = await admin.all(`/conversations/${conversation.id}/messages`);
  expect(message.content).toEqual({ type: "text", text });
});

test("one customer at two workspaces is two contacts that know nothing of each other", async () => {
  const [one, other] = [await workspace(), await workspace()];
  const said = one.meta.customer(ADA).says("To both");
  await one.meta.post(one.meta.callback([said]));
  await other.meta.post(other.meta.callback([said]));
  await settle();
  for (const { admin } of [one, other]) expect(await admin.all("/contacts")).toHaveLength(1);
  const [mine] = await one.admin.all("/conversations");
  const [theirs] = await other.admin.all("/conversations");
  expect(mine.id).not.toBe(theirs.id);
  expect((await one.admin.get(`/conversations/${theirs.id}`)).status).toBe(404);
});
