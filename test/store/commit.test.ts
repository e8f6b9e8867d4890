import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Answered, type Once, type Write } from "../../shared/ports.ts";
import * as keys from "../../shared/store/keys.ts";
import {
  AT_MS,
  agentWith,
  callbackWith,
  channelWith,
  contactWith,
  conversationWith,
  messageWith,
  metaAppWith,
  redriveWith,
  workspaceWith,
} from "../domain/things.ts";
import { newWorkspaceId, type Rig, tablesInMemory } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());

const contact = contactWith();
const conversation = conversationWith();
const message = messageWith();
const first: Write[] = [
  { noun: "message", before: null, after: message },
  { noun: "contact", before: null, after: contact },
  { noun: "conversation", before: null, after: conversation },
];

describe("what is stored comes back", () => {
  test("as it was", async () => {
    const store = rig.store();
    const writes: Write[] = [
      { noun: "agent", before: null, after: agentWith() },
      { noun: "callback", before: null, after: callbackWith() },
      { noun: "channel", before: null, after: channelWith({ whatsapp: null }) },
      { noun: "redrive", before: null, after: redriveWith() },
    ];
    expect(await store.commit([...first, ...writes])).toEqual({ ok: true });
    expect(await store.agent(agentWith().id)).toEqual(agentWith());
    expect(await store.callback(callbackWith().id)).toEqual(callbackWith());
    expect(await store.channel(channelWith().id)).toEqual(channelWith({ whatsapp: null }));
    expect(await store.redrive(redriveWith().id)).toEqual(redriveWith());
    expect(await store.contact(contact.id)).toEqual(contact);
    expect(await store.conversation(conversation.id)).toEqual(conversation);
    expect(await store.message(message.id)).toEqual(message);
  });

  test("in its own workspace only", async () => {
    const store = rig.store();
    await store.commit(first);
    const other = rig.store();
    expect(await other.contact(contact.id)).toBeNull();
    expect(await other.conversation(conversation.id)).toBeNull();
    expect(await other.message(message.id)).toBeNull();
    expect(await other.holders(["tel#447700900123"])).toEqual(new Map());
    expect((await other.contactsOf([contact.id])).size).toBe(0);
  });

  test("to whoever looks it up before a workspace is known", async () => {
    const workspaceId = newWorkspaceId();
    const app = metaAppWith({ channelKey: workspaceId, workspaceId });
    const writes: Write[] = [
      { noun: "metaApp", before: null, after: app },
      { noun: "workspace", before: null, after: workspaceWith({ id: workspaceId }) },
    ];
    const store = rig.store({ workspaceId });
    expect(await store.commit(writes)).toEqual({ ok: true });
    expect(await rig.directory.metaApp(workspaceId)).toEqual(app);
    expect(await rig.directory.metaApp("nobody")).toBeNull();
    const again = await store.commit(writes);
    const moved = (noun: string) => ({ reason: "moved", noun });
    expect(again).toEqual({ ok: false, conflicts: [moved("metaApp"), moved("workspace")] });
  });

  test("also many at once, each once", async () => {
    const store = rig.store();
    const many = Array.from({ length: 30 }, (_, place) =>
      contactWith({ id: `ctc_${place}`, identities: [], name: `${place}` }),
    );
    await store.commit(many.map((after) => ({ noun: "contact", before: null, after })));
    const ids = many.map(({ id }) => id);
    const found = await store.contactsOf([...ids, ...ids, "ctc_none"]);
    expect(new Set(found.keys())).toEqual(new Set(ids));
    expect(found.get("ctc_7")?.name).toBe("7");
    expect((await store.contactsOf([])).size).toBe(0);
  });
});

describe("a commit is all or nothing", () => {
  test("when one row has moved", async () => {
    const store = rig.store();
    await store.commit([{ noun: "conversation", before: null, after: conversation }]);
    expect(await store.commit(first)).toEqual({
      ok: false,
      conflicts: [{ reason: "moved", noun: "conversation" }],
    });
    expect(await store.message(message.id)).toBeNull();
    expect(await store.contact(contact.id)).toBeNull();
    expect(await store.holders(["tel#447700900123"])).toEqual(new Map());
  });

  test("and every conflict is told", async () => {
    const store = rig.store();
    await store.commit(first);
    const rival = contactWith({ id: "ctc_2" });
    const conflict = await store.commit([
      { noun: "message", before: null, after: { ...message, id: `${message.id.slice(0, -1)}1` } },
      { noun: "contact", before: null, after: rival },
      { noun: "conversation", before: { ...conversation, rev: 7 }, after: conversation },
    ]);
    const held = { reason: "taken", contactId: contact.id };
    expect(conflict).toEqual({
      ok: false,
      conflicts: [
        { reason: "seen", messageId: message.id },
        { ...held, claim: "bsuid#GB.71000000000000000001" },
        { ...held, claim: "tel#447700900123" },
        { reason: "moved", noun: "conversation" },
      ],
    });
  });
});

describe("a row is written on the revision that was read", () => {
  const next = { ...conversation, unreadCount: 1, rev: 2 };
  const moved = { ok: false, conflicts: [{ reason: "moved", noun: "conversation" }] };
  const insert: Write = { noun: "conversation", before: null, after: conversation };
  const replace: Write = { noun: "conversation", before: conversation, after: next };
  const remove: Write = { noun: "conversation", before: conversation, after: null };

  test("inserted once", async () => {
    const store = rig.store();
    await store.commit([insert]);
    expect(await store.commit([insert])).toEqual(moved);
  });

  test("replaced once", async () => {
    const store = rig.store();
    await store.commit([insert]);
    expect(await store.commit([replace])).toEqual({ ok: true });
    expect(await store.commit([replace])).toEqual(moved);
    expect(await store.conversation(conversation.id)).toEqual(next);
  });

  test("removed once, and not after it moved", async () => {
    const store = rig.store();
    await store.commit([insert]);
    await store.commit([replace]);
    expect(await store.commit([remove])).toEqual(moved);
    expect(await store.commit([{ ...remove, before: next }])).toEqual({ ok: true });
    expect(await store.conversation(conversation.id)).toBeNull();
    expect(await store.commit([replace])).toEqual(moved);
  });

  test("by one of many at the same time", async () => {
    const store = rig.store();
    await store.commit([insert]);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => store.commit([replace])));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test("with what the next release has put there", async () => {
    const store = rig.store();
    const newer = { ...conversation, mood: { colour: "green", since: null } };
    await store.commit([{ noun: "conversation", before: null, after: newer }]);
    const before = await store.conversation(conversation.id);
    const after = { ...before!, unreadCount: 1, rev: 2 };
    await store.commit([{ noun: "conversation", before, after }]);
    expect(await store.conversation(conversation.id)).toEqual({
      ...next,
      mood: { colour: "green", since: null },
    });
  });
});

test("a conversation whose thread is taken is refused, and never read for the other", async () => {
  const store = rig.store();
  await store.commit([{ noun: "conversation", before: null, after: conversation }]);
  const twin = conversationWith({ id: `cnv_01KANVQ1G0ZZZZZZZ${conversation.id.slice(-9)}` });
  expect(await store.conversation(twin.id)).toBeNull();
  expect(await store.commit([{ noun: "conversation", before: null, after: twin }])).toEqual({
    ok: false,
    conflicts: [{ reason: "moved", noun: "conversation" }],
  });
});

test("a message of a provider is stored once per channel, whatever its id", async () => {
  const store = rig.store();
  await store.commit([{ noun: "message", before: null, after: message }]);
  const again = { ...message, id: `${message.id.slice(0, -1)}1` };
  expect(await store.commit([{ noun: "message", before: null, after: again }])).toEqual({
    ok: false,
    conflicts: [{ reason: "seen", messageId: message.id }],
  });
  const elsewhere = { ...again, channelId: "chn_01KANVQ1G00000000000000002" };
  expect(await store.commit([{ noun: "message", before: null, after: elsewhere }])).toEqual({
    ok: true,
  });
});

describe("a request with an Idempotency-Key", () => {
  const once = (given: Partial<Once> = {}): Once => ({
    route: "createContact",
    key: "key 1",
    bodyHash: "hash",
    expiresAt: AT_MS / 1_000 + 86_400,
    replyTo: async (result) => Buffer.from(String(JSON.stringify(result))),
    ...given,
  });
  const change = (id: string): Write => ({
    noun: "contact",
    before: null,
    after: contactWith({ id, identities: [] }),
  });

  test("has its effect and its answer together, once", async () => {
    const workspaceId = newWorkspaceId();
    const store = rig.store({ workspaceId, once: once() });
    expect(await store.answer("createContact", "key 1")).toBeNull();
    expect(await store.commit([change("ctc_1")], { made: 1 })).toEqual({ ok: true });
    const answer = await store.answer("createContact", "key 1");
    expect(answer?.bodyHash).toBe("hash");
    expect(Buffer.from(answer!.reply).toString()).toBe('{"made":1}');
    await expect(store.commit([change("ctc_2")], { made: 2 })).rejects.toThrow(Answered);
    expect(await store.contact("ctc_2")).toBeNull();
  });

  test("is answered before anything else is told", async () => {
    const store = rig.store({ once: once() });
    await store.commit([change("ctc_1")]);
    await expect(store.commit([change("ctc_1")])).rejects.toThrow(Answered);
  });

  test("leaves no answer when it had no effect", async () => {
    const workspaceId = newWorkspaceId();
    await rig.store({ workspaceId }).commit([change("ctc_1")]);
    const store = rig.store({ workspaceId, once: once() });
    expect(await store.commit([change("ctc_1")])).toMatchObject({ ok: false });
    expect(await store.answer("createContact", "key 1")).toBeNull();
  });

  test("is another one on another route, key or workspace", async () => {
    const workspaceId = newWorkspaceId();
    await rig.store({ workspaceId, once: once() }).commit([change("ctc_1")]);
    const others = [
      rig.store({ workspaceId, once: once({ route: "createApiKey" }) }),
      rig.store({ workspaceId, once: once({ key: "key 2" }) }),
      rig.store({ once: once() }),
    ];
    for (const [place, store] of others.entries()) {
      expect(await store.commit([change(`ctc_other${place}`)])).toEqual({ ok: true });
    }
  });

  test.each([
    [86_399_999, false],
    [86_400_000, true],
  ])("%i ms later its key is free again: %s", async (after, free) => {
    const store = rig.store({ once: once() });
    await store.commit([change("ctc_1")]);
    rig.clock.at = AT_MS + after;
    expect((await store.answer("createContact", "key 1")) === null).toBe(free);
    const commit = store.commit([change("ctc_2")]);
    if (free) expect(await commit).toEqual({ ok: true });
    else await expect(commit).rejects.toThrow(Answered);
    rig.clock.at = AT_MS;
  });
});

test("keys of one workspace never spell another's", async () => {
  const workspaceId = newWorkspaceId();
  await rig.store({ workspaceId }).commit(first);
  const row = await rig.row(keys.contactKey(workspaceId, contact.id));
  expect(keys.workspaceOf(String(row?.pk))).toBe(workspaceId);
  expect(keys.workspaceOf(keys.apiKeyKey("w#1").pk)).toBeNull();
});
