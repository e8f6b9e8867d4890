import { afterAll, describe, expect, test } from "vitest";
import {
  advance,
  expectNothingDenied,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { text } from "../support/contents.ts";
import {
  changesNumber,
  NEXT_USER,
  named,
  namesOf,
  onlyContact,
  PARENT,
  tellsSystem,
  tellsUserId,
  textsIn,
  USER,
} from "../support/names.ts";
import { ledgerOf, PHONE, send, sendTo } from "../support/sends.ts";

/** Names change: another number, another user id (WhatsApp reference, sections 3.6, 4.3, 4.5.4). */

afterAll(expectNothingDenied);

const NEW = "+447700900999";
const NEXT_PARENT = "GB.ENT.82000000000000000004";
const seconds = () => Math.floor(now() / 1_000);
const digits = (phone: string) => phone.slice(1);
const numberChange = { wa_id: digits(NEW), user_id: NEXT_USER, type: "user_changed_number" };

async function onlyConversation({ admin }: Workspace) {
  const [conversation, ...others] = await admin.all("/conversations");
  expect(others).toEqual([]);
  return conversation;
}

describe("4.5.4: another number", () => {
  test("is where replies go; the old one is history, and no window opens", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: PHONE, name: "Ada" }).phones("Hello");
    await settle();
    const before = await onlyConversation(one);
    const { userId } = await changesNumber(one, { from: PHONE, to: NEW });
    await settle();
    const contact = await onlyContact(one.admin);
    expect(namesOf(contact)).toEqual(expect.arrayContaining([...named(NEW), `wa_bsuid ${userId}`]));
    expect(namesOf(contact)).not.toEqual(expect.arrayContaining([`phone ${PHONE}`]));
    expect(contact.formerIdentities).toEqual(
      named(PHONE).map(() => expect.objectContaining({ endedAt: expect.any(String) })),
    );
    const after = await onlyConversation(one);
    expect(after).toMatchObject({ address: NEW, unreadCount: 1, window: before.window });
    const path = `/conversations/${after.id}/messages`;
    await send(one.agent, path, { content: text("To the new number") });
    await settle();
    expect(await ledgerOf(one)).toMatchObject([{ to: NEW }]);
    const [sent] = await one.admin.all(path);
    expect(sent.status).toBe("delivered");
  });

  test("after the window leaves it closed", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: PHONE, name: "Ada" }).phones("Hello");
    await advance("25h");
    await changesNumber(one, { from: PHONE, to: NEW });
    await settle();
    const conversation = await onlyConversation(one);
    expect(conversation).toMatchObject({ unreadCount: 1, window: { state: "closed" } });
    const path = `/conversations/${conversation.id}/messages`;
    expect(await one.admin.all(path)).toHaveLength(1);
  });

  test.each([
    ["now", numberChange, { from_user_id: USER }],
    [
      "of old",
      { new_wa_id: digits(NEW), customer: digits(PHONE), type: "customer_changed_number" },
      {},
    ],
  ])("is understood under the names %s", async (_, system, from) => {
    const one = await workspace();
    await one.meta.customer({ phone: PHONE, userId: USER, name: "Ada" }).writes("Hello");
    await settle();
    await tellsSystem(one.meta, seconds(), { from: digits(PHONE), ...from }, system);
    await settle();
    await one.meta.customer({ phone: NEW, name: "Ada" }).writes("It is me");
    await settle();
    expect((await onlyContact(one.admin)).formerIdentities).toHaveLength(2);
    expect(await onlyConversation(one)).toMatchObject({ address: NEW, unreadCount: 2 });
  });

  test("told before any message makes them one contact all the same", async () => {
    const one = await workspace();
    const at = seconds();
    await tellsSystem(one.meta, at, { from: digits(PHONE), from_user_id: USER }, numberChange);
    await settle();
    expect(await one.admin.all("/conversations")).toEqual([]);
    const late = { timestamp: String(at - 60) };
    await one.meta
      .customer({ phone: PHONE, userId: USER, name: "Ada" })
      .writes("From before", late);
    await settle();
    await one.meta.customer({ phone: null, userId: NEXT_USER }).writes("From after");
    await settle();
    await onlyContact(one.admin);
    const conversation = await onlyConversation(one);
    expect(await textsIn(one.admin, conversation.id)).toEqual(
      new Set(["From before", "From after"]),
    );
  });

  test("told late or again changes nothing that came after", async () => {
    const one = await workspace();
    const at = seconds();
    const third = "+447700900777";
    const from = { from: digits(PHONE), from_user_id: USER };
    const next = { from: digits(NEW), from_user_id: NEXT_USER };
    const last = { wa_id: digits(third), user_id: "GB.9", type: "user_changed_number" };
    await one.meta.customer({ phone: PHONE, userId: USER }).writes("Hello");
    await settle();
    await tellsSystem(one.meta, at + 60, next, last);
    await settle();
    await tellsSystem(one.meta, at, from, numberChange);
    await tellsSystem(one.meta, at, from, numberChange);
    await settle();
    const contact = await onlyContact(one.admin);
    const users = ["wa_bsuid GB.9", `wa_bsuid ${NEXT_USER}`, `wa_bsuid ${USER}`];
    expect(namesOf(contact)).toEqual(named(third, ...users));
    expect(contact.identities.find(({ kind }: { kind: string }) => kind === "wa_bsuid").value).toBe(
      "GB.9",
    );
    expect(contact.formerIdentities).toHaveLength(4);
    expect(await onlyConversation(one)).toMatchObject({ address: third });
  });

  test("that was typed in already brings both together", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: PHONE, name: "Ada" }).phones("Hello");
    await settle();
    const { id } = await onlyContact(one.admin);
    const identities = [{ kind: "phone", value: NEW }];
    await one.admin.post("/contacts", { name: "Ada Lovelace", identities });
    await changesNumber(one, { from: PHONE, to: NEW });
    await settle();
    expect(await onlyContact(one.admin)).toMatchObject({
      id,
      name: "Ada Lovelace",
      merges: [{ isAutomatic: true }],
    });
  });

  test("that another user had keeps the two apart; each is answered where they are", async () => {
    const one = await workspace();
    const bob = one.meta.customer({ phone: NEW, userId: "GB.5", name: "Bob" });
    await bob.writes("I am Bob");
    await one.meta.customer({ phone: PHONE, userId: USER, name: "Ada" }).writes("I am Ada");
    await advance("1m");
    await tellsSystem(
      one.meta,
      seconds(),
      { from: digits(PHONE), from_user_id: USER },
      numberChange,
    );
    await settle();
    const [ada, other] = await one.admin.all("/contacts");
    const [names, others] = ada.name === "Ada" ? [ada, other] : [other, ada];
    expect(namesOf(names)).toEqual(named(NEW, `wa_bsuid ${USER}`, `wa_bsuid ${NEXT_USER}`));
    expect(namesOf(others)).toEqual(["wa_bsuid GB.5"]);
    expect(others.formerIdentities).toHaveLength(2);
    const addresses = (await one.admin.all("/conversations")).map(({ contact, address }) => [
      contact.name,
      address,
    ]);
    expect(Object.fromEntries(addresses)).toEqual({ Ada: NEW, Bob: "GB.5" });
    await one.meta.customer({ phone: NEW, userId: NEXT_USER }).writes("From the new number");
    await one.meta.customer({ phone: null, userId: "GB.5" }).writes("Still Bob");
    await settle();
    const unread = (await one.admin.all("/conversations")).map(({ unreadCount }) => unreadCount);
    expect(unread).toEqual([2, 2]);
  });

  test("leaves the old one to whoever has it next", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: PHONE, userId: USER, name: "Ada" }).writes("Hello");
    await settle();
    await tellsSystem(
      one.meta,
      seconds(),
      { from: digits(PHONE), from_user_id: USER },
      numberChange,
    );
    await advance("48h");
    await one.meta.customer({ phone: PHONE, userId: "GB.7", name: "Eve" }).writes("A new owner");
    await settle();
    const contacts = await one.admin.all("/contacts");
    expect(contacts.map(({ name }) => name)).toEqual(["Eve", "Ada"]);
    expect(namesOf(contacts[0])).toEqual(named(PHONE, "wa_bsuid GB.7"));
    const sent = await sendTo(one, PHONE, text("To Eve"));
    const { body } = await one.admin.get(`/conversations/${sent.conversationId}`);
    expect(body.contact.name).toBe("Eve");
  });

  test("gives the old one to whom people type in by it", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: PHONE, userId: USER, name: "Ada" }).writes("Hello");
    await settle();
    await tellsSystem(
      one.meta,
      seconds(),
      { from: digits(PHONE), from_user_id: USER },
      numberChange,
    );
    await advance("1m");
    const identities = [{ kind: "phone", value: PHONE }];
    expect((await one.admin.post("/contacts", { name: "Eve", identities })).status).toBe(201);
    const taken = await one.admin.post("/contacts", {
      identities: [{ kind: "phone", value: NEW }],
    });
    expect(taken.status).toBe(409);
  });
});

describe("4.5.4: another user id", () => {
  const update = {
    user_id: { previous: USER, current: NEXT_USER },
    parent_user_id: { previous: PARENT, current: NEXT_PARENT },
  };

  test.each([
    ["the field user_id_update", (one: Workspace) => tellsUserId(one.meta, seconds(), update)],
    [
      "a system message",
      (one: Workspace) => {
        const from = { from_user_id: USER, from_parent_user_id: PARENT };
        const next = { user_id: NEXT_USER, parent_user_id: NEXT_PARENT };
        const system = { ...next, type: "user_changed_user_id" };
        return tellsSystem(one.meta, seconds(), from, system);
      },
    ],
  ])("by %s is the contact's; the old one is an alias", async (_, tell) => {
    const one = await workspace();
    const hidden = one.meta.customer({ phone: null, userId: USER });
    await hidden.writes("Hello", { from_parent_user_id: PARENT });
    await settle();
    expect(await tell(one)).toBe(200);
    await settle();
    expect(await onlyConversation(one)).toMatchObject({ address: NEXT_USER, unreadCount: 1 });
    await one.meta.customer({ phone: null, userId: NEXT_USER }).writes("Under the new one");
    await hidden.writes("A late one under the old");
    await settle();
    const { identities } = await onlyContact(one.admin);
    expect(identities.map(({ value }: { value: string }) => value)).toEqual([
      NEXT_USER,
      NEXT_PARENT,
      USER,
      PARENT,
    ]);
    expect(await onlyConversation(one)).toMatchObject({ address: NEXT_USER, unreadCount: 3 });
    expect(await one.admin.all("/callbacks?state=broken")).toEqual([]);
  });

  test("told after the new one has written brings both together", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: null, userId: USER }).writes("Before");
    await one.meta.customer({ phone: null, userId: NEXT_USER }).writes("After");
    await settle();
    expect(await one.admin.all("/contacts")).toHaveLength(2);
    await Promise.all([
      tellsUserId(one.meta, seconds(), update),
      tellsSystem(
        one.meta,
        seconds(),
        { from_user_id: USER },
        { user_id: NEXT_USER, type: "user_changed_user_id" },
      ),
    ]);
    await settle();
    expect((await onlyContact(one.admin)).merges).toHaveLength(1);
    const conversations = await one.admin.all("/conversations");
    const texts = await Promise.all(conversations.map((row) => textsIn(one.admin, row.id)));
    expect(new Set(texts.flatMap((each) => [...each]))).toEqual(new Set(["Before", "After"]));
  });

  test("of somebody whose number is known finds them by it, told without the old id", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: PHONE, userId: USER }).writes("Hello");
    await settle();
    const told = { wa_id: digits(PHONE), user_id: { current: NEXT_USER } };
    await tellsUserId(one.meta, seconds(), told);
    await settle();
    const contact = await onlyContact(one.admin);
    expect(namesOf(contact)).toEqual(named(PHONE, `wa_bsuid ${USER}`, `wa_bsuid ${NEXT_USER}`));
    expect(contact.identities.at(-1)).toEqual({ kind: "wa_bsuid", value: USER });
  });
});

describe("a system message", () => {
  test("that the security code changed is noted, and is nothing else", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: PHONE, userId: USER, name: "Ada" }).writes("Hello");
    await settle();
    const before = await onlyConversation(one);
    const contact = await onlyContact(one.admin);
    const at = seconds();
    const system = { body: "Ada's security code changed", type: "customer_identity_changed" };
    await tellsSystem(one.meta, at, { from: digits(PHONE) }, system);
    await tellsSystem(one.meta, at, { from: digits("+447700900198") }, system);
    await settle();
    const codeChangedAt = new Date(at * 1_000).toISOString();
    const { updatedAt } = await onlyContact(one.admin);
    expect(await onlyContact(one.admin)).toEqual({ ...contact, codeChangedAt, updatedAt });
    expect(await onlyConversation(one)).toEqual(before);
  });

  test.each([
    ["of a type that nobody heard of", { type: "user_grew_wings", wa_id: digits(NEW) }],
    ["without anything in it", {}],
  ])("%s is left, and breaks nothing", async (_, system) => {
    const one = await workspace();
    await tellsSystem(one.meta, seconds(), { from: digits(PHONE) }, system);
    await settle();
    expect(await one.admin.all("/contacts")).toEqual([]);
    expect(await one.admin.all("/callbacks?state=broken")).toEqual([]);
  });

  test("and an update that cannot be read are kept, beside one that is applied", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: null, userId: USER }).writes("Hello");
    await settle();
    const broken = { timestamp: "soon", user_id: { previous: "GB.1", current: "GB.2" } };
    await tellsUserId(one.meta, seconds(), broken);
    await tellsUserId(one.meta, seconds(), { user_id: { previous: USER, current: NEXT_USER } });
    await settle();
    expect(namesOf(await onlyContact(one.admin))).toHaveLength(2);
    const kept = await one.admin.all("/callbacks?state=broken");
    expect(kept).toMatchObject([{ reason: "unreadable" }]);
  });
});
