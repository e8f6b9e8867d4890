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
import { named, namesOf, onlyContact, textsIn, USER } from "../support/names.ts";
import { ledgerOf, PHONE, send, sendTo } from "../support/sends.ts";

/** Two contacts become one, and can be taken apart again (WhatsApp reference, section 4.5). */

afterAll(expectNothingDenied);

const BOB = "+447700900124";
const CLEO = "+447700900125";
const repeat = (key: string) => ({ "idempotency-key": key });

/** Somebody writes and is a contact with a conversation. */
async function writesTo(one: Workspace, phone: string, name: string): Promise<Body> {
  await one.meta.customer({ phone, name }).phones(`I am ${name}`);
  await settle();
  const all = await one.admin.all("/conversations");
  return all.find(({ address }) => address === phone);
}

const contactOf = async ({ admin }: Workspace, id: string): Promise<Body> =>
  (await admin.get(`/contacts/${id}`)).body;

/** What a merge must give back; revisions and times of change are not among it. */
function state({ updatedAt: _, ...contact }: Body): Body {
  return contact;
}

describe("4.5.3: two contacts of one sender", () => {
  test("become one, the oldest wins, and both histories are kept", async () => {
    const { admin, id, meta } = await workspace();
    await meta.customer({ phone: null, userId: USER, name: "Hidden" }).writes("By user id");
    await settle();
    await meta.customer({ phone: PHONE, name: "Ada" }).writes("By number");
    await settle();
    const [younger, older] = await admin.all("/contacts");
    await meta.customer({ phone: PHONE, userId: USER, name: "Ada" }).writes("By both");
    await settle();
    const contact = await onlyContact(admin);
    expect(contact).toMatchObject({
      id: older.id,
      merges: [{ contactId: younger.id, isAutomatic: true }],
    });
    expect(namesOf(contact)).toEqual(named(PHONE, `wa_bsuid ${USER}`));
    const conversations = await admin.all("/conversations");
    expect(conversations.map((row) => row.contact.id)).toEqual([older.id, older.id]);
    const texts = await Promise.all(conversations.map((row) => textsIn(admin, row.id)));
    expect(texts).toEqual([new Set(["By number", "By both"]), new Set(["By user id"])]);
    const lost = await admin.get(`/contacts/${younger.id}`);
    expect(lost).toMatchObject({ status: 200, body: { mergedInto: older.id } });
    const [fact, ...more] = await factsOf(id, "contact.merged");
    expect(more).toEqual([]);
    expect(fact.data.contact).toMatchObject({ id: younger.id, mergedInto: older.id });
    const updated = await factsOf(id, "contact.updated");
    expect(updated.map(({ data }) => data.contact.id)).toContain(older.id);
  });

  test("become one however many messages say so at once, and none is lost", async () => {
    const { admin, meta } = await workspace();
    await meta.customer({ phone: null, userId: USER }).writes("By user id");
    await meta.customer({ phone: PHONE }).writes("By number");
    await settle();
    const customer = meta.customer({ phone: PHONE, userId: USER });
    const said = Array.from({ length: 20 }, (_, place) => customer.says(`Both ${place}`));
    await Promise.all(said.map((one) => meta.post(meta.callback([one]))));
    await settle();
    const contact = await onlyContact(admin);
    expect(contact.merges).toHaveLength(1);
    const conversations = await admin.all("/conversations");
    const texts = await Promise.all(conversations.map((row) => textsIn(admin, row.id)));
    expect(texts.reduce((sum, { size }) => sum + size, 0)).toBe(22);
    expect(conversations.reduce((sum, { unreadCount }) => sum + unreadCount, 0)).toBe(22);
  });

  test("that people took apart stay apart, whatever a message says", async () => {
    const { admin, meta } = await workspace();
    await meta.customer({ phone: null, userId: USER }).writes("By user id");
    await settle();
    await meta.customer({ phone: PHONE }).writes("By number");
    await settle();
    const customer = meta.customer({ phone: PHONE, userId: USER });
    await customer.writes("By both");
    await settle();
    const { id } = await onlyContact(admin);
    expect((await admin.post(`/contacts/${id}/unmerge`)).status).toBe(200);
    await customer.writes("By both again");
    await settle();
    const contacts = await admin.all("/contacts");
    expect(contacts.map(namesOf)).toEqual([named(PHONE), [`wa_bsuid ${USER}`]]);
    expect(await admin.all("/callbacks?state=broken")).toEqual([]);
    const conversations = await admin.all("/conversations");
    const texts = await Promise.all(conversations.map((row) => textsIn(admin, row.id)));
    expect(texts.reduce((sum, { size }) => sum + size, 0)).toBe(4);
  });
});

describe("POST /contacts/{id}/merge", () => {
  test("gives the contact what the other had, and keeps its own where both have it", async () => {
    const { agent } = await workspace();
    const ada = { name: "Ada", attributes: { plan: "pro" } };
    const into = (await agent.post("/contacts", ada)).body;
    const identities = [{ kind: "email", value: "a@x.example" }];
    const extra = { name: "Lovelace", attributes: { plan: "free", seats: 2 }, identities };
    const other = (await agent.post("/contacts", extra)).body;
    await agent.patch(`/contacts/${other.id}`, { blocked: true });
    const given = { contactId: other.id };
    const merged = await agent.post(`/contacts/${into.id}/merge`, given, repeat("merge"));
    expect(merged).toMatchObject({
      status: 200,
      body: {
        id: into.id,
        name: "Ada",
        identities,
        attributes: { plan: "pro", seats: 2 },
        blocked: true,
        mergedInto: null,
        merges: [{ contactId: other.id, isAutomatic: false }],
      },
    });
    const again = await agent.post(`/contacts/${into.id}/merge`, given, repeat("merge"));
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await agent.post(`/contacts/${into.id}/merge`, given)).body).toEqual(merged.body);
    expect(await agent.all("/contacts")).toEqual([merged.body]);
    const found = await agent.put("/contacts/by/email/a@x.example");
    expect([found.status, found.body.id]).toEqual([200, into.id]);
  });

  test("names the conversation with the newest activity; the other is still there", async () => {
    const one = await workspace();
    const { admin, agent, whatsapp } = one;
    const first = await writesTo(one, PHONE, "Ada");
    await advance("1m");
    const second = await writesTo(one, BOB, "Bob");
    const id = first.contact.id;
    await admin.post(`/contacts/${id}/merge`, { contactId: second.contact.id });
    for (const contactId of [id, second.contact.id]) {
      const started = await agent.post("/conversations", { channelId: whatsapp, contactId });
      expect([started.status, started.body.id]).toEqual([200, second.id]);
    }
    await one.meta.customer({ phone: PHONE, name: "Ada" }).phones("From the first number");
    await settle();
    const [live, silent, ...others] = await admin.all("/conversations");
    expect(others).toEqual([]);
    expect(live).toMatchObject({ id: second.id, address: PHONE, contact: { id } });
    expect(silent).toMatchObject({ id: first.id, contact: { id } });
    expect(await textsIn(admin, second.id)).toEqual(new Set(["I am Bob", "From the first number"]));
    expect(await textsIn(admin, first.id)).toEqual(new Set(["I am Ada"]));
    const sent = await sendTo(one, BOB, text("To either number"));
    expect(sent.conversationId).toBe(second.id);
  });

  test("of the same two at once, also the other way round, leaves one", async () => {
    const { admin } = await workspace();
    const made = await Promise.all(["Ada", "Bob"].map((name) => admin.post("/contacts", { name })));
    const [one, two] = made.map(({ body }) => body.id);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, place) =>
        place % 2 === 0
          ? admin.post(`/contacts/${one}/merge`, { contactId: two })
          : admin.post(`/contacts/${two}/merge`, { contactId: one }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const contact = await onlyContact(admin);
    expect(new Set(answers.map(({ body }) => body.id))).toEqual(new Set([contact.id]));
    expect(contact.merges).toHaveLength(1);
  });

  test("in a chain leads to the last, while messages arrive", async () => {
    const one = await workspace();
    const { admin, meta } = one;
    const talks = [
      await writesTo(one, PHONE, "Ada"),
      await writesTo(one, BOB, "Bob"),
      await writesTo(one, CLEO, "Cleo"),
    ];
    const [a, b, c] = talks.map(({ contact }) => contact.id);
    const merging = [
      admin.post(`/contacts/${b}/merge`, { contactId: c }),
      admin.post(`/contacts/${a}/merge`, { contactId: b }),
    ];
    const writing = [PHONE, BOB, CLEO].map((phone) => meta.customer({ phone }).writes("Meanwhile"));
    const answers = await Promise.all(merging);
    await Promise.all(writing);
    await settle();
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await onlyContact(admin)).id).toBe(a);
    const conversations = await admin.all("/conversations");
    expect(new Set(conversations.map((row) => row.contact.id))).toEqual(new Set([a]));
    const counts = conversations.map(({ unreadCount }) => unreadCount);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
    await meta.customer({ phone: CLEO }).writes("Afterwards");
    await settle();
    expect((await onlyContact(admin)).id).toBe(a);
  });

  test.each([
    ["itself", (id: string) => ({ contactId: id }), 422, "/contactId"],
    ["nobody", () => ({ contactId: "ctc_01J00000000000000000000000" }), 422, "/contactId"],
    ["nothing", () => ({}), 422, "/contactId"],
  ])("with %s is refused", async (_, bodyFor, status, pointer) => {
    const { admin } = await workspace();
    const { body } = await admin.post("/contacts", {});
    const refused = await admin.post(`/contacts/${body.id}/merge`, bodyFor(body.id));
    expect(refused.status).toBe(status);
    expect(refused.body.errors[0].pointer).toBe(pointer);
  });

  test("leaves a contact that cannot be changed any more, and says where it went", async () => {
    const { admin } = await workspace();
    const [into, other] = [
      (await admin.post("/contacts", { name: "Ada" })).body,
      (await admin.post("/contacts", { name: "Bob" })).body,
    ];
    await admin.post(`/contacts/${into.id}/merge`, { contactId: other.id });
    const refused = await admin.patch(`/contacts/${other.id}`, { name: "Eve" });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: "contact_merged", contactId: into.id },
    });
    const stranger = await workspace();
    const foreign = await stranger.admin.post(`/contacts/${into.id}/unmerge`);
    expect(foreign.status).toBe(404);
  });
});

describe("POST /contacts/{id}/unmerge", () => {
  test("gives each back what it had; what was said since stays where it is", async () => {
    const one = await workspace();
    const { admin, meta, whatsapp } = one;
    const first = await writesTo(one, PHONE, "Ada");
    await advance("1m");
    const second = await writesTo(one, BOB, "Bob");
    const [a, b] = [first.contact.id, second.contact.id];
    await admin.patch(`/contacts/${b}`, { name: "Bob", attributes: { plan: "pro" } });
    const before = [state(await contactOf(one, a)), state(await contactOf(one, b))];
    const merged = (await admin.post(`/contacts/${a}/merge`, { contactId: b })).body;
    await admin.patch(`/contacts/${a}`, { attributes: { vip: true } });
    await meta.customer({ phone: PHONE, name: "Ada" }).phones("Since");
    await settle();
    const undone = await admin.post(`/contacts/${a}/unmerge`, { mergeId: merged.merges[0].id });
    expect(undone.status).toBe(200);
    const after = [state(await contactOf(one, a)), state(await contactOf(one, b))];
    expect(after).toEqual([{ ...before[0], attributes: { vip: true } }, before[1]]);
    expect((await admin.all("/contacts")).map(({ id }) => id)).toEqual([b, a]);
    expect(await textsIn(admin, second.id)).toEqual(new Set(["I am Bob", "Since"]));
    const links = await Promise.all(
      [a, b].map((contactId) => admin.post("/conversations", { channelId: whatsapp, contactId })),
    );
    expect(links.map(({ body }) => body.id)).toEqual([first.id, second.id]);
    // Nobody may be written to under a name, or in a window, of the other.
    expect(links[1]?.body).toMatchObject({ address: BOB, window: { state: "closed" } });
    await meta.customer({ phone: PHONE, name: "Ada" }).phones("Apart");
    await settle();
    expect(await textsIn(admin, first.id)).toEqual(new Set(["I am Ada", "Apart"]));
    const path = `/conversations/${first.id}/messages`;
    await send(one.agent, path, { content: text("To Ada") });
    await settle();
    expect((await ledgerOf(one)).at(-1)).toMatchObject({ to: PHONE });
  });

  test("of the one that went takes it out again, and a chain is undone from its end", async () => {
    const { admin } = await workspace();
    const made = ["Ada", "Bob", "Cleo"].map((name) => admin.post("/contacts", { name }));
    const [a, b, c] = (await Promise.all(made)).map(({ body }) => body);
    await admin.post(`/contacts/${b.id}/merge`, { contactId: c.id });
    await admin.post(`/contacts/${a.id}/merge`, { contactId: b.id });
    const early = await admin.post(`/contacts/${c.id}/unmerge`);
    expect(early).toMatchObject({ status: 409, body: { code: "contact_merged", contactId: a.id } });
    expect((await admin.post(`/contacts/${b.id}/unmerge`)).body.id).toBe(b.id);
    expect((await admin.post(`/contacts/${c.id}/unmerge`)).body).toEqual({
      ...c,
      updatedAt: expect.any(String),
    });
    expect(await admin.all("/contacts")).toHaveLength(3);
    const nothing = await admin.post(`/contacts/${a.id}/unmerge`);
    expect(nothing).toMatchObject({ status: 422, body: { errors: [{ pointer: "/mergeId" }] } });
  });

  test("leaves with somebody else what they were given meanwhile", async () => {
    const { admin } = await workspace();
    const email = { kind: "email", value: "a@x.example" };
    const phone = { kind: "phone", value: PHONE };
    const a = (await admin.post("/contacts", { name: "Ada" })).body;
    const b = (await admin.post("/contacts", { identities: [email, phone] })).body;
    await admin.post(`/contacts/${a.id}/merge`, { contactId: b.id });
    await admin.patch(`/contacts/${a.id}`, { identities: [phone] });
    const d = (await admin.post("/contacts", { identities: [email] })).body;
    await admin.post(`/contacts/${a.id}/unmerge`);
    const all = await Promise.all([a, b, d].map(({ id }) => admin.get(`/contacts/${id}`)));
    expect(all.map(({ body }) => body.identities)).toEqual([[], [phone], [email]]);
  });
});
