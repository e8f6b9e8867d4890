import { afterAll, describe, expect, test } from "vitest";
import { type Body, expectNothingDenied, settle, workspace } from "../support/client.ts";

/** Who wrote, and what they may be: whom Meta names is never refused and never mistaken. */

afterAll(expectNothingDenied);

const PHONE = "+447700900123";
const USER_ID = "GB.71000000000000000001";
const byKind = ({ identities }: Body) =>
  Object.fromEntries(identities.map(({ kind, value }: Body) => [kind, value]));

describe("a sender without a phone number", () => {
  test.each([
    ["absent", {}],
    ['""', { from: "" }],
  ])("(from is %s) is a contact by the business-scoped id", async (_, from) => {
    const { admin, meta } = await workspace();
    const hidden = meta.customer({ phone: null, userId: USER_ID, name: "Hidden" });
    await hidden.writes("You do not know my number", from);
    await settle();
    const [contact, ...others] = await admin.all("/contacts");
    expect(others).toEqual([]);
    expect(byKind(contact)).toEqual({ wa_bsuid: USER_ID });
    const [conversation] = await admin.all("/conversations");
    expect(conversation).toMatchObject({ address: USER_ID, unreadCount: 1 });
  });

  test("who later shows it stays the same contact in the same conversation", async () => {
    const { admin, meta } = await workspace();
    await meta.customer({ phone: null, userId: USER_ID }).writes("Hidden");
    await settle();
    const [before] = await admin.all("/conversations");
    await meta.customer({ phone: PHONE, userId: USER_ID, name: "Ada" }).writes("Shown");
    await settle();
    const [after, ...others] = await admin.all("/conversations");
    expect(others).toEqual([]);
    expect(after).toMatchObject({ id: before.id, unreadCount: 2, address: PHONE });
    const [contact, ...contacts] = await admin.all("/contacts");
    expect(contacts).toEqual([]);
    expect(contact.name).toBe("Ada");
    expect(byKind(contact)).toEqual({ wa_bsuid: USER_ID, wa_id: PHONE.slice(1), phone: PHONE });
    await meta.customer({ phone: PHONE }).writes("An old capture without user id");
    await settle();
    expect(await admin.all("/contacts")).toHaveLength(1);
  });
});

test("a contact typed in by phone is found when they write; the typed name stays", async () => {
  const { admin, meta } = await workspace();
  const made = await admin.post("/contacts", {
    name: "Mrs Lovelace",
    identities: [{ kind: "phone", value: PHONE }],
    attributes: { vip: true },
  });
  expect(made.status).toBe(201);
  await meta.customer({ phone: PHONE, userId: USER_ID, name: "ada" }).writes("It is me");
  await settle();
  const [contact, ...others] = await admin.all("/contacts");
  expect(others).toEqual([]);
  expect(contact).toMatchObject({ id: made.body.id, name: "Mrs Lovelace" });
  expect(contact.attributes).toEqual({ vip: true });
  expect(byKind(contact)).toEqual({ phone: PHONE, wa_id: PHONE.slice(1), wa_bsuid: USER_ID });
});

test("a wa_id that is no phone number stands alone", async () => {
  const { admin, meta } = await workspace();
  await meta.customer({ phone: "+100000000000000" }).writes("I am odd");
  await settle();
  const [contact] = await admin.all("/contacts");
  expect(contact.identities).toEqual([{ kind: "wa_id", value: "100000000000000" }]);
  const [conversation] = await admin.all("/conversations");
  expect(conversation.address).toBe("100000000000000");
});

test("contacts[] or profile may be missing, empty or of another shape (pitfall 10)", async () => {
  const { admin, meta } = await workspace();
  const odd = [null, {}, { profile: {} }, { profile: { name: "" } }, { profile: "Ada" }];
  const said = odd.map((contact, place) => {
    const { message } = meta.customer({ phone: `+44770090010${place}` }).says("Hi");
    return { contact: contact as Record<string, unknown> | null, message };
  });
  for (const one of said) expect(await meta.post(meta.callback([one]))).toBe(200);
  const [{ message }] = [meta.customer({ phone: "+447700900109" }).says("No array at all")];
  const metadata = { display_phone_number: "1", phone_number_id: meta.phoneNumberId };
  const change = { field: "messages", value: { metadata, messages: [message] } };
  expect(await meta.post({ object: "x", entry: [{ changes: [change] }] })).toBe(200);
  await settle();
  const contacts = await admin.all("/contacts");
  expect(contacts.map(({ name }) => name)).toEqual(odd.map(() => null).concat(null));
  expect(await admin.all("/conversations")).toHaveLength(odd.length + 1);
  expect(await admin.all("/callbacks?state=broken")).toEqual([]);
});

test("in a batch of several senders nobody is given the name of another", async () => {
  const { admin, meta } = await workspace();
  const named = meta.customer({ phone: "+447700900101", userId: "GB.1", name: "Named" });
  const bare = meta.customer({ phone: "+447700900102", userId: "GB.2" }).says("I have no entry");
  const said = [{ ...bare, contact: null }, named.says("I have one")];
  expect(await meta.post(meta.callback(said))).toBe(200);
  await settle();
  const names = (await admin.all("/contacts")).map((row) => [byKind(row).wa_bsuid, row.name]);
  expect(Object.fromEntries(names)).toEqual({
    "GB.1": "Named",
    "GB.2": null,
  });
});

test("a group is a conversation of its own, never its participant's", async () => {
  const { admin, meta } = await workspace();
  const ada = meta.customer({ phone: PHONE, userId: USER_ID, name: "Ada" });
  const bob = meta.customer({ phone: "+447700900124", userId: "GB.72", name: "Bob" });
  const group = { group_id: "Y2FwaV9ncm91cDox" };
  await ada.writes("To the group", group);
  await bob.writes("Me too", group);
  await ada.writes("To you alone");
  await settle();
  const conversations = await admin.all("/conversations");
  expect(conversations).toHaveLength(2);
  const own = conversations.find(({ address }) => address === PHONE);
  const shared = conversations.find(({ address }) => address !== PHONE);
  expect(own).toMatchObject({ unreadCount: 1, contact: { name: "Ada" } });
  expect(shared.unreadCount).toBe(2);
  expect(Object.keys(byKind(shared.contact))).toEqual(["external"]);
  const messages = await admin.all(`/conversations/${shared.id}/messages`);
  expect(new Set(messages.map(({ author }) => author.name))).toEqual(new Set(["Ada", "Bob"]));
  expect(await admin.all("/contacts")).toHaveLength(2);
});

describe("message types", () => {
  test("one that nobody heard of is stored as unsupported, whole (pitfall 12)", async () => {
    const { admin, meta } = await workspace();
    const ada = meta.customer({ phone: PHONE });
    const said = ada.says("", {
      type: "hologram",
      text: undefined,
      hologram: { depth: [1, null] },
    });
    await meta.post(meta.callback([said]));
    await settle();
    const [conversation] = await admin.all("/conversations");
    expect(conversation).toMatchObject({ unreadCount: 1, lastMessage: { type: "unsupported" } });
    const [message] = await admin.all(`/conversations/${conversation.id}/messages`);
    const raw = JSON.parse(JSON.stringify(said.message));
    expect(message.content).toEqual({ type: "unsupported", raw });
    expect(message.providerId).toBe(said.message.id);
  });

  test("a text without a body is unsupported too, and no reason to lose it", async () => {
    const { admin, meta } = await workspace();
    const broken = [{ text: undefined }, { text: { body: 7 } }, { text: null }];
    for (const [place, more] of broken.entries()) {
      await meta.customer({ phone: `+44770090010${place}` }).writes("", more);
    }
    await settle();
    const conversations = await admin.all("/conversations");
    const kinds = conversations.map(({ lastMessage }) => lastMessage.type);
    expect(kinds).toEqual(["unsupported", "unsupported", "unsupported"]);
  });

  test("reaction, system, edit and revoke are no messages and open nothing", async () => {
    const { admin, meta } = await workspace();
    const ada = meta.customer({ phone: PHONE, userId: USER_ID, name: "Ada" });
    const wamid = await ada.writes("The original");
    await settle();
    const [before] = await admin.all("/conversations");
    const text = { type: "text", text: { body: "new" } };
    const others = [
      { type: "reaction", reaction: { message_id: wamid, emoji: "👍" } },
      { type: "system", system: { body: "moved", wa_id: "447700900999", type: "user_changed" } },
      { type: "edit", edit: { original_message_id: wamid, message: text } },
      { type: "revoke", revoke: { original_message_id: wamid } },
    ];
    for (const more of others) {
      await ada.writes("", { text: undefined, ...more });
      const stranger = meta.customer({ phone: "+447700900199" });
      await stranger.writes("", { text: undefined, ...more });
    }
    await settle();
    // The message was taken back, which is all that changed.
    const lastMessage = { ...before.lastMessage, type: "revoked", preview: null };
    expect(await admin.all("/conversations")).toEqual([{ ...before, lastMessage }]);
    expect(await admin.all(`/conversations/${before.id}/messages`)).toHaveLength(1);
    expect(await admin.all("/contacts")).toHaveLength(1);
    expect(await admin.all("/callbacks?state=broken")).toEqual([]);
  });
});
