import fc from "fast-check";
import { ulid } from "ulid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Conversation, conversationStatuses } from "../../shared/domain/conversations.ts";
import { messageIdIn } from "../../shared/domain/id.ts";
import type { Position, Write } from "../../shared/ports.ts";
import type { WorkspaceStore } from "../../shared/store/store.ts";
import {
  AT_MS,
  CONVERSATION,
  channelWith,
  contactWith,
  conversationWith,
  messageWith,
  moment,
} from "../domain/things.ts";
import { pagesOf, type Rig, tablesInMemory } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());

const RUNS = { numRuns: 8 };
const activity = (row: Conversation) => `${row.lastActivityAt}#${row.id}`;
const newestFirst = (rows: readonly Conversation[]) =>
  rows.toSorted((one, other) => (activity(one) < activity(other) ? 1 : -1));

/** Any inbox: few moments, so that many rows share one. */
const inboxes = fc.array(
  fc.record({
    status: fc.constantFrom(...conversationStatuses),
    assigneeId: fc.constantFrom(null, "agt_1", "agt_2"),
    lastActivityAt: fc.integer({ min: 0, max: 5 }).map((at) => moment(at * 1_000)),
    unreadCount: fc.constantFrom(0, 3),
  }),
  { maxLength: 30 },
);
const sizes = fc.constantFrom(1, 2, 3, 7, 30, 100);
const shards = fc.constantFrom(1, 2, 4);

async function filled(store: WorkspaceStore, given: readonly Partial<Conversation>[]) {
  const rows = given.map((each) => conversationWith({ id: `cnv_${ulid()}`, ...each }));
  const writes = rows.map((after): Write => ({ noun: "conversation", before: null, after }));
  if (rows.length > 0) expect(await store.commit(writes)).toEqual({ ok: true });
  return rows;
}

describe("while somebody pages, everything appears exactly once, newest first", () => {
  test("of all conversations", async () => {
    const property = fc.asyncProperty(inboxes, sizes, shards, async (given, limit, count) => {
      const store = rig.store({ shards: count });
      const rows = await filled(store, given);
      const pages = await pagesOf((page) => store.conversations({}, page), limit);
      expect(pages.flat()).toEqual(newestFirst(rows));
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    });
    await fc.assert(property, RUNS);
  });

  test("of those that a filter lets through", async () => {
    const filters = fc.record(
      {
        status: fc.constantFrom(...conversationStatuses),
        assigneeId: fc.constantFrom("none", "agt_1", "agt_3"),
        unread: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const property = fc.asyncProperty(inboxes, sizes, filters, async (given, limit, query) => {
      const store = rig.store({ shards: 3 });
      const rows = await filled(store, given);
      const wanted = rows.filter(
        (row) =>
          (query.status ?? row.status) === row.status &&
          (query.assigneeId ?? row.assigneeId ?? "none") === (row.assigneeId ?? "none") &&
          (query.unread ?? row.unreadCount > 0) === row.unreadCount > 0,
      );
      const pages = await pagesOf((page) => store.conversations(query, page), limit);
      expect(pages.flat()).toEqual(newestFirst(wanted));
    });
    await fc.assert(property, RUNS);
  });

  test("of a conversation's messages, and of nothing else in its partition", async () => {
    const many = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 25 });
    const property = fc.asyncProperty(many, sizes, async (places, limit) => {
      const store = rig.store();
      const rows = places.map((place) => {
        const id = messageIdIn(CONVERSATION, AT_MS + (place % 3), AT_MS + 10, place);
        return messageWith({ id, providerId: `wamid.${place}` });
      });
      const writes = rows.map((after): Write => ({ noun: "message", before: null, after }));
      const inbox: Write = { noun: "conversation", before: null, after: conversationWith() };
      await store.commit([...writes, inbox]);
      const pages = await pagesOf((page) => store.messages(CONVERSATION, page), limit);
      expect(pages.flat()).toEqual(rows.toSorted((one, other) => (one.id < other.id ? 1 : -1)));
    });
    await fc.assert(property, RUNS);
  });

  test("of contacts, also when shards were added since", async () => {
    const store = rig.store({ workspaceId: "wsp_shards", shards: 1 });
    const rows = Array.from({ length: 9 }, (_, place) =>
      contactWith({ id: `ctc_${place}`, identities: [], createdAt: moment(place) }),
    );
    await store.commit(rows.map((after) => ({ noun: "contact", before: null, after })));
    const grown = rig.store({ workspaceId: "wsp_shards", shards: 4 });
    const newer = contactWith({ id: "ctc_9", identities: [], createdAt: moment(9) });
    await grown.commit([{ noun: "contact", before: null, after: newer }]);
    const pages = await pagesOf((page) => grown.contacts(page), 4);
    expect(pages.flat().map(({ id }) => id)).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((place) => `ctc_${place}`),
    );
  });
});

describe("a list that is looked at while it changes", () => {
  test("shows nobody twice, and everybody who stays", async () => {
    const store = rig.store();
    const rows = newestFirst(
      await filled(
        store,
        Array.from({ length: 9 }, (_, place) => ({ lastActivityAt: moment(place * 1_000) })),
      ),
    );
    const shown: string[] = [];
    let position: Position | null = null;
    for (let count = 0; count < 5; count++) {
      const page = await store.conversations({}, { limit: 2, position });
      shown.push(...page.items.map(({ id }) => id));
      position = page.position;
      // After every page the row shown last and the oldest of all are written to.
      for (const before of [page.items.at(-1), await store.conversation(rows[8]!.id)]) {
        if (!before) continue;
        const after = { ...before, lastActivityAt: moment(60_000 + count), rev: before.rev + 1 };
        await store.commit([{ noun: "conversation", before, after }]);
      }
      if (position === null) break;
    }
    expect(shown).toEqual(rows.slice(0, 8).map(({ id }) => id));
  });
});

describe("a filter that few pass", () => {
  test("ends a page early, with a position that goes on behind what was looked at", async () => {
    const store = rig.store({ shards: 2 });
    const rows = newestFirst(
      await filled(
        store,
        Array.from({ length: 18 }, (_, place) => ({
          lastActivityAt: moment(place * 1_000),
          unreadCount: place === 0 ? 1 : 0,
        })),
      ),
    );
    const list = (page: { limit: number; position: Position | null }) =>
      store.conversations({ unread: true }, page);
    const first = await list({ limit: 1, position: null });
    expect(first).toEqual({ items: [], position: { from: activity(rows[7]!) } });
    const pages = await pagesOf(list, 1);
    expect(pages.flat()).toEqual([rows[17]]);
    expect(pages.length).toBe(3);
    expect(await list({ limit: 5, position: null })).toEqual({ items: [rows[17]], position: null });
  });
});

describe("conversations by what the index does not know", () => {
  const HOUR_MS = 3_600_000;
  const other = "chn_01KANVQ1G00000000000000002";

  test.each([
    [{ channelId: other }, ["other"]],
    [{ channelId: channelWith().id, unread: true }, ["open"]],
    [{ tagId: "tag_1" }, ["closing"]],
    [{ window: "open" }, ["closing", "open"]],
    [{ window: "closing" }, ["closing"]],
    [{ window: "closed" }, ["closed", "other"]],
    [{ status: "open", assigneeId: "none", window: "open" }, ["closing", "open"]],
  ] as const)("%j", async (query, names) => {
    const store = rig.store();
    await filled(store, [
      { teamId: "open", windowClosesAt: moment(HOUR_MS + 1), unreadCount: 2 },
      { teamId: "closing", windowClosesAt: moment(HOUR_MS), tagIds: ["tag_0", "tag_1"] },
      { teamId: "closed", windowClosesAt: moment(0) },
      { teamId: "other", channelId: other },
      { teamId: "none", channelId: "chn_sms", channelKind: "sms" },
    ]);
    const page = await store.conversations(query, { limit: 10, position: null });
    expect(new Set(page.items.map(({ teamId }) => teamId))).toEqual(new Set(names));
  });
});

test("a list of large rows is as long as it is", async () => {
  const store = rig.store();
  const raw = { text: "x".repeat(150_000) };
  const ids = Array.from({ length: 12 }, (_, place) =>
    messageIdIn(CONVERSATION, AT_MS, AT_MS, place),
  );
  for (const [place, id] of ids.entries()) {
    const content = { type: "unsupported" as const, raw };
    const after = messageWith({ id, content, providerId: `wamid.${place}` });
    expect(await store.commit([{ noun: "message", before: null, after }])).toEqual({ ok: true });
  }
  for (const limit of [5, 11, 12, 100]) {
    const pages = await pagesOf((page) => store.messages(CONVERSATION, page), limit);
    expect(pages.flat().map(({ id }) => id)).toEqual(ids.toReversed());
  }
});
