import { afterAll, describe, expect, test } from "vitest";
import { advance, expectNothingDenied, settle, workspace } from "../support/client.ts";
import { interactive, text } from "../support/contents.ts";
import {
  changesUserId,
  NEXT_USER,
  named,
  namesOf,
  onlyContact,
  PARENT,
  textsIn,
  USER,
} from "../support/names.ts";
import { ledgerOf, PHONE, send, sendTo, welcome } from "../support/sends.ts";

/**
 * One person is one contact, under every name that Meta has for them (WhatsApp reference, sections
 * 4.5 and 15). Merges and changed names have stories of their own.
 */

afterAll(expectNothingDenied);

describe("4.5.1 and 4.5.2: who writes", () => {
  test("is known by user id first, then by number, and what is new is attached", async () => {
    const { admin, meta } = await workspace();
    await meta.customer({ phone: PHONE, name: "Ada" }).writes("By number alone");
    await settle();
    await meta.customer({ phone: PHONE, userId: USER }).writes("With the user id");
    await settle();
    await meta.customer({ phone: null, userId: USER }).writes("The number is hidden");
    await settle();
    const contact = await onlyContact(admin);
    expect(namesOf(contact)).toEqual(named(PHONE, `wa_bsuid ${USER}`));
    const [conversation, ...others] = await admin.all("/conversations");
    expect(others).toEqual([]);
    expect(conversation.unreadCount).toBe(3);
  });

  test("is by a parent id the same person at another portfolio", async () => {
    const { admin, meta } = await workspace();
    const parent = { from_parent_user_id: PARENT };
    await meta.customer({ phone: null, userId: "GB.1", name: "Ada" }).writes("Here", parent);
    await settle();
    await meta.customer({ phone: null, userId: "GB.2", name: "Ada" }).writes("There", parent);
    await settle();
    const expected = ["wa_bsuid GB.1", "wa_bsuid GB.2", `wa_parent_bsuid ${PARENT}`];
    expect(namesOf(await onlyContact(admin))).toEqual(expected);
  });

  test("is told apart by user ids, whatever their profiles say", async () => {
    const { admin, meta } = await workspace();
    const profile = { profile: { name: "Ada", username: "@ada" } };
    for (const userId of ["GB.1", "GB.2"]) {
      const { message } = meta.customer({ phone: null, userId }).says("Hi");
      await meta.post(meta.callback([{ contact: { ...profile, user_id: userId }, message }]));
    }
    await settle();
    const contacts = await admin.all("/contacts");
    expect(contacts.map(({ name }) => name)).toEqual(["Ada", "Ada"]);
    for (const contact of contacts) expect(JSON.stringify(contact)).not.toContain("@ada");
  });
});

describe("pitfalls 3 to 5: a number that WhatsApp writes in another way", () => {
  test.each([
    ["3: Brazil", "+5511987654321", "551187654321"],
    ["4: Mexico", "+525512345678", "5215512345678"],
    ["5: Argentina", "+541123456789", "5491123456789"],
  ])("%s: is one contact and one conversation, whoever begins", async (_, dialled, waId) => {
    const one = await workspace();
    const { admin, meta } = one;
    const sent = await sendTo(one, dialled);
    await settle();
    await meta.customer({ phone: `+${waId}`, userId: USER }).writes("An answer");
    await settle();
    const contact = await onlyContact(admin);
    expect(namesOf(contact)).toContain(`phone ${dialled}`);
    expect(namesOf(contact)).toContain(`wa_id ${waId}`);
    const [conversation, ...others] = await admin.all("/conversations");
    expect(others).toEqual([]);
    expect(conversation).toMatchObject({ id: sent.conversationId, window: { state: "open" } });
    const other = await workspace();
    await other.meta.customer({ phone: `+${waId}` }).writes("I begin");
    await settle();
    const answer = await sendTo(other, dialled);
    const [only] = await other.admin.all("/conversations");
    expect(answer.conversationId).toBe(only.id);
    const found = await other.admin.put(`/contacts/by/phone/${encodeURIComponent(dialled)}`, {});
    expect([found.status, found.body.id]).toEqual([200, only.contact.id]);
  });

  test("3: a Brazilian landline never gets a 9", async () => {
    const { admin, meta } = await workspace();
    await meta.customer({ phone: "+551133334444" }).writes("From the office");
    await meta.customer({ phone: "+5511933334444" }).writes("From a mobile");
    await settle();
    expect(await admin.all("/contacts")).toHaveLength(2);
  });

  test("3: twenty first messages at once, half by either form, are one contact", async () => {
    const { admin, meta } = await workspace();
    const said = Array.from({ length: 20 }, (_, place) => {
      const phone = place % 2 === 0 ? "+5511987654321" : "+551187654321";
      return meta.customer({ phone, name: "Ada" }).says(`Hi ${place}`);
    });
    await Promise.all(said.map((one) => meta.post(meta.callback([one]))));
    await settle();
    const contact = await onlyContact(admin);
    expect(namesOf(contact)).toHaveLength(4);
    const [conversation, ...others] = await admin.all("/conversations");
    expect(others).toEqual([]);
    expect(conversation.unreadCount).toBe(20);
    expect((await textsIn(admin, conversation.id)).size).toBe(20);
  });
});

test("pitfall 11 and 4.5.6-7: who hides the number is kept, without a fake one", async () => {
  const one = await workspace();
  const { admin, meta } = one;
  await meta.customer({ phone: null, userId: USER, name: "Hidden" }).phones("Hello");
  await settle();
  const contact = await onlyContact(admin);
  expect(namesOf(contact)).toEqual([`wa_bsuid ${USER}`]);
  const [conversation] = await admin.all("/conversations");
  const path = `/conversations/${conversation.id}/messages`;
  expect((await send(admin, path, { content: text("Hello, you") })).status).toBe(202);
  await settle();
  expect(await ledgerOf(one)).toMatchObject([{ to: USER }]);
  const [answer] = await admin.all(path);
  expect(answer.status).toBe("delivered");
});

describe("4.5.5: a reply", () => {
  test("goes to the number while one is known, always with its plus (pitfall 35)", async () => {
    const one = await workspace();
    const customer = one.meta.customer({ phone: PHONE, userId: USER, name: "Ada" });
    await customer.phones("Hello");
    await settle();
    const [conversation] = await one.admin.all("/conversations");
    const path = `/conversations/${conversation.id}/messages`;
    await send(one.agent, path, { content: text("Hello, Ada") });
    await settle();
    expect(await ledgerOf(one)).toMatchObject([{ to: PHONE }]);
  });

  test("can begin by user id: POST /conversations finds or makes whom it names", async () => {
    const one = await workspace();
    const given = { channelId: one.whatsapp, to: USER };
    const made = await one.agent.post("/conversations", given);
    expect(made).toMatchObject({ status: 201, body: { address: USER } });
    expect((await one.agent.post("/conversations", given)).status).toBe(200);
    await one.meta.customer({ phone: null, userId: USER }).phones("It is me");
    await settle();
    const content = await welcome(one);
    const sent = await send(one.agent, "/messages", { ...given, content });
    expect([sent.status, sent.body.conversationId]).toEqual([202, made.body.id]);
    await settle();
    expect(await ledgerOf(one)).toMatchObject([{ to: USER }]);
  });

  test("by a user id that changed goes to the new one", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: null, userId: USER }).phones("Hello");
    await settle();
    await changesUserId(one, { userId: USER, newUserId: NEXT_USER });
    await settle();
    const [conversation] = await one.admin.all("/conversations");
    expect(conversation.address).toBe(NEXT_USER);
    const path = `/conversations/${conversation.id}/messages`;
    await send(one.agent, path, { content: text("Hello, you") });
    await settle();
    expect(await ledgerOf(one)).toMatchObject([{ to: NEXT_USER }]);
  });
});

describe("asking for the number", () => {
  const card = (phone: string, more: object = {}) => ({
    type: "contacts",
    contacts: [
      {
        name: { formatted_name: "Ada" },
        phones: [{ phone, wa_id: phone.slice(1), type: "CELL", ...more }],
        origin: "contact_request",
      },
    ],
  });

  test("is sent, and the answer makes the number theirs", async () => {
    const one = await workspace();
    const customer = one.meta.customer({ phone: null, userId: USER, name: "Ada" });
    await customer.phones("Hello");
    await settle();
    const [conversation] = await one.admin.all("/conversations");
    const path = `/conversations/${conversation.id}/messages`;
    const question = interactive("request_contact_info", { name: "request_contact_info" });
    expect((await send(one.agent, path, { content: question })).status).toBe(202);
    await advance("2s");
    expect(await ledgerOf(one)).toMatchObject([{ to: USER, content: { type: "interactive" } }]);
    await customer.writes("", { text: undefined, ...card(PHONE, { user_id: USER }) });
    await settle();
    const contact = await onlyContact(one.admin);
    expect(namesOf(contact)).toEqual(named(PHONE, `wa_bsuid ${USER}`));
    const [after] = await one.admin.all("/conversations");
    expect(after).toMatchObject({ id: conversation.id, address: PHONE });
    expect((await one.admin.all(path))[0]).toMatchObject({ content: { type: "contacts" } });
  });

  test("finds who was typed in by it: the two are one", async () => {
    const { admin, meta } = await workspace();
    const identities = [{ kind: "phone", value: PHONE }];
    const { body: typed } = await admin.post("/contacts", { name: "Mrs Lovelace", identities });
    const customer = meta.customer({ phone: null, userId: USER, name: "ada" });
    await customer.writes("Hello");
    await settle();
    await customer.writes("", { text: undefined, ...card(PHONE) });
    await settle();
    expect(await onlyContact(admin)).toMatchObject({ id: typed.id, name: "Mrs Lovelace" });
  });

  test("is not answered by a card of somebody else, or one that was shared otherwise", async () => {
    const { admin, meta } = await workspace();
    const customer = meta.customer({ phone: null, userId: USER, name: "Ada" });
    await customer.writes("", { text: undefined, ...card(PHONE, { user_id: NEXT_USER }) });
    const other = card("+447700900124");
    const contacts = other.contacts.map((one) => ({ ...one, origin: "other" }));
    await customer.writes("", { text: undefined, type: "contacts", contacts });
    await settle();
    expect(namesOf(await onlyContact(admin))).toEqual([`wa_bsuid ${USER}`]);
  });
});

describe("PUT /contacts/by/{kind}/{value}", () => {
  test("makes the contact once, and changes only what is named", async () => {
    const { agent } = await workspace();
    const path = `/contacts/by/phone/${encodeURIComponent("+55 11 98765-4321")}`;
    const made = await agent.put(path, { name: "Ada", attributes: { plan: "pro" } });
    expect(made.status).toBe(201);
    expect(namesOf(made.body)).toEqual(["phone +5511987654321"]);
    const again = await agent.put("/contacts/by/wa_id/551187654321", { attributes: { seats: 3 } });
    expect(again).toMatchObject({
      status: 200,
      body: { id: made.body.id, name: "Ada", attributes: { plan: "pro", seats: 3 } },
    });
    const found = await agent.put(path);
    expect([found.status, found.body.updatedAt]).toEqual([200, again.body.updatedAt]);
  });

  test("makes one contact of many requests at once", async () => {
    const { agent } = await workspace();
    const paths = ["phone/%2B5511987654321", "phone/%2B551187654321", "wa_id/5511987654321"];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => agent.put(`/contacts/by/${paths[n % 3]}`, {})),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(namesOf(await onlyContact(agent))).toHaveLength(3);
  });

  test.each([
    ["phone/12", 422, "/path/value"],
    ["fax/+447700900123", 422, "/path/kind"],
    ["email/nobody", 422, "/path/value"],
  ])("by %s is refused with %i", async (name, status, pointer) => {
    const { agent } = await workspace();
    const refused = await agent.put(`/contacts/by/${name}`, {});
    expect(refused.status).toBe(status);
    expect(refused.body.errors[0].pointer).toBe(pointer);
  });

  test("takes names with slashes and other odd letters", async () => {
    const { agent } = await workspace();
    const path = `/contacts/by/external/${encodeURIComponent("crm/42?a=b #ä")}`;
    const made = await agent.put(path);
    expect(namesOf(made.body)).toEqual(["external crm/42?a=b #ä"]);
    expect((await agent.put(path)).body.id).toBe(made.body.id);
  });
});

describe("Meta's answer to a send names the user in another way (pitfall 3)", () => {
  const OTHER = "+447700900006";
  const ODD = "+447700200006";

  test("their message under that name is the same person's", async () => {
    const one = await workspace();
    await sendTo(one, ODD);
    await settle();
    await one.meta.customer({ phone: OTHER }).writes("It is me");
    await settle();
    expect(namesOf(await onlyContact(one.admin))).toContain(`phone ${ODD}`);
    expect(await one.admin.all("/conversations")).toHaveLength(1);
  });

  test("and who had that name already is the same contact, the older one", async () => {
    const one = await workspace();
    await one.meta.customer({ phone: OTHER }).writes("I was first");
    await settle();
    const first = await onlyContact(one.admin);
    await sendTo(one, ODD);
    await settle();
    const contact = await onlyContact(one.admin);
    expect(contact).toMatchObject({ id: first.id, merges: [{ isAutomatic: true }] });
    expect(namesOf(contact)).toContain(`phone ${ODD}`);
    const conversations = await one.admin.all("/conversations");
    expect(conversations.map((row) => row.contact.id)).toEqual([first.id, first.id]);
  });
});

test("4.5.10: who is typed in by number is not mistaken for one known by user id", async () => {
  const one = await workspace();
  await one.meta.customer({ phone: null, userId: USER }).writes("Who am I?");
  await settle();
  await sendTo(one, PHONE);
  await settle();
  expect(await one.admin.all("/contacts")).toHaveLength(2);
});
