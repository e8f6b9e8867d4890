import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiKey } from "../../shared/domain/apiKeys.ts";
import type { Contact, Identity } from "../../shared/domain/contacts.ts";
import type { Conversation } from "../../shared/domain/conversations.ts";
import * as keys from "../../shared/store/keys.ts";
import type { WorkspaceStore } from "../../shared/store/store.ts";
import {
  apiKeyWith,
  callbackWith,
  channelWith,
  contactWith,
  conversationWith,
  moment,
} from "../domain/things.ts";
import { newWorkspaceId, pagesOf, type Rig, tablesInMemory } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());

const ok = { ok: true };
const email = (value: string): Identity => ({ kind: "email", value });

describe("an identity belongs to one contact", () => {
  const put = (store: WorkspaceStore, before: Contact | null, after: Contact | null) =>
    store.commit([{ noun: "contact", before, after }]);
  const ada = contactWith({ identities: [email("a@x.example"), email("b@x.example")] });
  const bob = contactWith({ id: "ctc_2", identities: [email("b@x.example")] });

  test("until that contact gives it up", async () => {
    const store = rig.store();
    await put(store, null, ada);
    expect(await put(store, null, bob)).toEqual({
      ok: false,
      conflicts: [{ reason: "taken", claim: "email#b@x.example", contactId: ada.id }],
    });
    const after = { ...ada, identities: [email("a@x.example"), email("c@x.example")], rev: 2 };
    expect(await put(store, ada, after)).toEqual(ok);
    expect(await put(store, null, bob)).toEqual(ok);
    const claims = ["a", "b", "c", "d"].map((letter) => `email#${letter}@x.example`);
    for (const freshness of ["loose", "strict"] as const) {
      expect(await store.holders(claims, freshness)).toEqual(
        new Map([
          ["email#a@x.example", ada.id],
          ["email#b@x.example", bob.id],
          ["email#c@x.example", ada.id],
        ]),
      );
    }
  });

  test("or is removed", async () => {
    const store = rig.store();
    await put(store, null, ada);
    expect(await put(store, ada, null)).toEqual(ok);
    expect(await put(store, null, bob)).toEqual(ok);
  });

  test("and is kept when only the rest changes", async () => {
    const store = rig.store();
    await put(store, null, ada);
    expect(await put(store, ada, { ...ada, name: "Ada", rev: 2 })).toEqual(ok);
    expect((await put(store, null, bob)).ok).toBe(false);
  });

  test("whether typed as a phone number or named by WhatsApp", async () => {
    const store = rig.store();
    const typed = contactWith({ identities: [{ kind: "phone", value: "+447700900123" }] });
    await put(store, null, typed);
    const writes = contactWith({
      id: "ctc_2",
      identities: [{ kind: "wa_id", value: "447700900123" }],
    });
    expect(await put(store, null, writes)).toMatchObject({
      conflicts: [{ reason: "taken", contactId: typed.id }],
    });
    const both = { ...typed, identities: [...typed.identities, ...writes.identities], rev: 2 };
    expect(await put(store, typed, both)).toEqual(ok);
    const waOnly = { ...both, identities: writes.identities, rev: 3 };
    expect(await put(store, both, waOnly)).toEqual(ok);
    expect(await store.holders(["tel#447700900123"])).toEqual(
      new Map([["tel#447700900123", typed.id]]),
    );
  });
});

describe("an API key", () => {
  const keyOf = (place: number, given: Partial<ApiKey> = {}): ApiKey =>
    apiKeyWith({ id: `key_${place}`, hash: `hash-${place}-${newWorkspaceId()}`, ...given });
  const put = (store: WorkspaceStore, after: ApiKey) =>
    store.commit([{ noun: "apiKey", before: null, after }]);

  test("is found by its hash, by its id, and in the list, newest first", async () => {
    const store = rig.store();
    const all = [1, 2, 3].map((place) => keyOf(place));
    for (const key of all) expect(await put(store, key)).toEqual(ok);
    expect(await rig.directory.apiKey(all[1]!.hash)).toEqual(all[1]);
    expect(await store.apiKey("key_2")).toEqual(all[1]);
    expect(await pagesOf((page) => store.apiKeys(page), 2)).toEqual([[all[2], all[1]], [all[0]]]);
  });

  test("of another workspace is none", async () => {
    const key = keyOf(1);
    await put(rig.store(), key);
    expect(await rig.store().apiKey(key.id)).toBeNull();
    expect(await rig.directory.apiKey("nonsense")).toBeNull();
  });

  test("is gone everywhere when it is revoked, also after it was used", async () => {
    const store = rig.store();
    const key = keyOf(1);
    await put(store, key);
    await rig.directory.noteUse(key, moment(1_000));
    expect(await store.commit([{ noun: "apiKey", before: key, after: null }])).toEqual(ok);
    expect(await rig.directory.apiKey(key.hash)).toBeNull();
    expect(await store.apiKey(key.id)).toBeNull();
    expect(await store.apiKeys({ limit: 10, position: null })).toEqual({
      items: [],
      position: null,
    });
    await rig.directory.noteUse(key, moment(2_000));
    expect(await rig.directory.apiKey(key.hash)).toBeNull();
  });

  test("notes its use once for all who saw the same", async () => {
    const key = keyOf(1);
    await put(rig.store(), key);
    await rig.directory.noteUse(key, moment(1_000));
    await rig.directory.noteUse(key, moment(2_000));
    const used = await rig.directory.apiKey(key.hash);
    expect(used).toEqual({ ...key, lastUsedAt: moment(1_000) });
    await rig.directory.noteUse(used!, moment(300_000));
    expect((await rig.directory.apiKey(key.hash))?.lastUsedAt).toBe(moment(300_000));
  });
});

describe("a channel", () => {
  const channelOf = (workspaceId: string, id = "chn_1", phoneNumberId = `300${workspaceId}`) => {
    const whatsapp = { channelKey: workspaceId, phoneNumberId, wabaId: "200" };
    return channelWith({ id, whatsapp });
  };

  test("is found by what its provider calls it, under its key only", async () => {
    const workspaceId = newWorkspaceId();
    const store = rig.store({ workspaceId });
    const channel = channelOf(workspaceId);
    const { phoneNumberId } = channel.whatsapp!;
    expect(await store.commit([{ noun: "channel", before: null, after: channel }])).toEqual(ok);
    const found = { workspaceId, channelId: channel.id };
    expect(await rig.directory.route(workspaceId, phoneNumberId)).toEqual(found);
    expect(await rig.directory.holderOf("whatsapp", phoneNumberId)).toEqual(found);
    expect(await rig.directory.route(workspaceId, "301")).toBeNull();
    expect(await rig.directory.route("other", phoneNumberId)).toBeNull();
    expect(await rig.directory.holderOf("sms", phoneNumberId)).toBeNull();

    const broken = { ...channel, status: "broken" as const, rev: 2 };
    await store.commit([{ noun: "channel", before: channel, after: broken }]);
    expect(await rig.directory.route(workspaceId, phoneNumberId)).toEqual(found);
    expect(await store.commit([{ noun: "channel", before: broken, after: null }])).toEqual(ok);
    expect(await rig.directory.route(workspaceId, phoneNumberId)).toBeNull();
    expect(await rig.directory.holderOf("whatsapp", phoneNumberId)).toBeNull();
  });

  test("is refused when its number is connected already, under whatever key", async () => {
    const [workspaceId, another] = [newWorkspaceId(), newWorkspaceId()];
    const store = rig.store({ workspaceId });
    const first = channelOf(workspaceId);
    await store.commit([{ noun: "channel", before: null, after: first }]);
    const number = first.whatsapp!.phoneNumberId;
    const taken = (channelId: string | null, count: number) => ({
      ok: false,
      conflicts: Array.from({ length: count }, () => ({ reason: "connected", channelId })),
    });
    const second = channelOf(workspaceId, "chn_2");
    expect(await store.commit([{ noun: "channel", before: null, after: second }])).toEqual(
      taken("chn_1", 2),
    );
    const stranger = channelOf(another, "chn_3", number);
    const elsewhere = rig.store({ workspaceId: another });
    expect(await elsewhere.commit([{ noun: "channel", before: null, after: stranger }])).toEqual(
      taken(null, 1),
    );
    expect(await store.channel("chn_2")).toBeNull();
  });

  test("with a provider to ask is in the list of checks, of all workspaces", async () => {
    const mine = newWorkspaceId();
    const others = newWorkspaceId();
    const waiting = [mine, others].map((workspaceId, place) => ({
      workspaceId,
      channelId: `chn_${newWorkspaceId()}_${place}`,
    }));
    for (const { workspaceId, channelId } of waiting) {
      const after = channelOf(workspaceId, channelId);
      await rig.store({ workspaceId }).commit([{ noun: "channel", before: null, after }]);
    }
    const email = channelWith({ id: "chn_email", kind: "email", whatsapp: null });
    await rig.store().commit([{ noun: "channel", before: null, after: email }]);
    const listed = (await pagesOf((page) => rig.directory.channelsToCheck(page), 1)).flat();
    expect(listed).toEqual(expect.arrayContaining(waiting));
    expect(listed.map(({ channelId }) => channelId)).not.toContain("chn_email");
  });
});

describe("a conversation's place in the indexes", () => {
  test.each<[string, Partial<Conversation>, (w: string) => keys.IndexKeys]>([
    ["is its status", {}, () => ({})],
    [
      "is the queue while somebody waits",
      { waitingSince: moment(0) },
      (w) => ({ gsi2pk: `w#${w}#queue#0`, gsi2sk: `${moment(0)}#${conversationWith().id}` }),
    ],
    [
      "is the agent's, also while the customer waits",
      { waitingSince: moment(0), assigneeId: "agt_1", lastActivityAt: moment(5) },
      (w) => ({
        gsi2pk: `w#${w}#assignee#agt_1#open`,
        gsi2sk: `${moment(5)}#${conversationWith().id}`,
      }),
    ],
    [
      "is the agent's by status",
      { assigneeId: "agt_1", status: "snoozed" },
      (w) => ({
        gsi2pk: `w#${w}#assignee#agt_1#snoozed`,
        gsi2sk: `${moment(0)}#${conversationWith().id}`,
      }),
    ],
    [
      "is not the queue when it is resolved",
      { waitingSince: moment(0), status: "resolved" },
      () => ({}),
    ],
  ])("%s", async (_, given, second) => {
    const workspaceId = newWorkspaceId();
    const store = rig.store({ workspaceId, shards: 1 });
    const row = conversationWith(given);
    const before = conversationWith({ status: "snoozed", assigneeId: "agt_9" });
    await store.commit([{ noun: "conversation", before: null, after: before }]);
    await store.commit([{ noun: "conversation", before, after: { ...row, rev: 2 } }]);
    const stored = await rig.row(keys.conversationKey(workspaceId, row.id));
    const found = keys.INDEX_ATTRIBUTES.filter((name) => stored?.[name] !== undefined);
    expect(Object.fromEntries(found.map((name) => [name, stored?.[name]]))).toEqual({
      gsi1pk: `w#${workspaceId}#inbox#${row.status}#0`,
      gsi1sk: `${row.lastActivityAt}#${row.id}`,
      ...second(workspaceId),
    });
  });

  test("is one of its shards, and always the same", () => {
    const ids = Array.from({ length: 400 }, () => `cnv_${newWorkspaceId().slice(4)}`);
    const shards = ids.map((id) => keys.shardOf(id, 4));
    expect(ids.map((id) => keys.shardOf(id, 4))).toEqual(shards);
    for (const shard of [0, 1, 2, 3]) {
      expect(shards.filter((each) => each === shard).length).toBeGreaterThan(50);
    }
    expect(ids.every((id) => keys.shardOf(id, 1) === 0)).toBe(true);
  });
});

test("what was kept of callbacks is listed by state, newest first", async () => {
  const store = rig.store();
  const kept = [1, 2, 3].map((place) =>
    callbackWith({ id: `cbk_${place}`, receivedAt: moment(place) }),
  );
  for (const after of kept) await store.commit([{ noun: "callback", before: null, after }]);
  const applied = { ...kept[1]!, state: "applied" as const, appliedAt: moment(9), rev: 2 };
  await store.commit([{ noun: "callback", before: kept[1]!, after: applied }]);
  const list = (state: "broken" | "applied") =>
    pagesOf((page) => store.callbacks(state, page), 1).then((pages) => pages.flat());
  expect(await list("broken")).toEqual([kept[2], kept[0]]);
  expect(await list("applied")).toEqual([applied]);
});
