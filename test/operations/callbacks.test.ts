import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readCallback } from "../../shared/channels/whatsapp/receive.ts";
import type { RawCallback } from "../../shared/domain/callbacks.ts";
import { unavailable } from "../../shared/domain/errors.ts";
import { type Applying, applyCallback } from "../../shared/operations/callbacks.ts";
import type { Scope } from "../../shared/ports.ts";
import { AT, channelWith } from "../domain/things.ts";
import { type Rig, tablesInMemory } from "../store/rig.ts";
import { scopeOn, scopeWith } from "./scopes.ts";

let rig: Rig;
let scope: Scope;
let failures: unknown[];
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());
beforeEach(() => {
  scope = scopeOn(rig);
  failures = [];
});

const NUMBER = "300000000000001";
const WABA = "200000000000001";
const applying: Applying = {
  read: readCallback,
  channelOf: async (_key, route) => (route === NUMBER ? channelWith() : null),
  accountOf: async (_key, account) => (account === WABA ? channelWith() : null),
  onFailure: (error) => void failures.push(error),
};
const message = (id: string, from = "447700900123") => ({
  from,
  id,
  timestamp: "1767225600",
  type: "text",
  text: { body: id },
});
function callback(messages: unknown[], route = NUMBER): RawCallback {
  const value = { metadata: { phone_number_id: route }, messages };
  const body = JSON.stringify({ entry: [{ changes: [{ field: "messages", value }] }] });
  return { channelKey: "local", receivedAt: AT, encoding: "utf8", body };
}
const apply = (raw: RawCallback, given: Partial<Applying> = {}, again = false, within = scope) =>
  applyCallback(within, { ...applying, ...given }, raw, { archiveKey: "raw/1", again });
const everything = { limit: 100, position: null };
const kept = async (state: "broken" | "applied" = "broken") =>
  (await scope.store.callbacks(state, everything)).items;

describe("every element is applied", () => {
  test("each sender's in the order in which they came", async () => {
    const people = ["447700900001", "447700900002", "447700900003"];
    const list = Array.from({ length: 18 }, (_, place) =>
      message(`wamid.${String(place).padStart(2, "0")}`, people[place % 3]),
    );
    expect(await apply(callback(list))).toEqual({ stored: 18, seen: 0, left: 0, kept: 0 });
    const { items } = await scope.store.conversations({}, everything);
    expect(items).toHaveLength(3);
    for (const { id } of items) {
      const page = await scope.store.messages(id, everything);
      const said = page.items.map(({ providerId }) => providerId ?? "");
      expect(said).toHaveLength(6);
      expect(said).toEqual(said.toSorted((one, other) => (one < other ? 1 : -1)));
    }
  });

  test("once, also when the callback comes again or twice at once", async () => {
    const raw = callback([message("wamid.1"), message("wamid.2", "447700900002")]);
    const [one, other] = await Promise.all([apply(raw), apply(raw)]);
    expect(one.stored + other.stored).toBe(2);
    expect(await apply(raw)).toEqual({ stored: 0, seen: 2, left: 0, kept: 0 });
  });

  test("also beside broken ones, which are kept", async () => {
    const list = [message("wamid.1"), { id: "wamid.2" }, message("wamid.3"), "nonsense"];
    expect(await apply(callback(list))).toEqual({ stored: 2, seen: 0, left: 0, kept: 2 });
    const all = await kept();
    expect(all.map(({ reason }) => reason)).toEqual(["unreadable", "unreadable"]);
    expect(all.map(({ archiveKey }) => archiveKey)).toEqual(["raw/1", "raw/1"]);
    expect(failures).toEqual([]);
  });
});

describe("a status", () => {
  test("of what nobody here sent is left, and is no message (pitfalls 9, 26)", async () => {
    const statuses = ["sent", "delivered", "read", "failed"].map((status) => {
      return { id: "wamid.NOBODY", status, timestamp: "1767225600", recipient_id: "447700900001" };
    });
    const value = { metadata: { phone_number_id: NUMBER }, statuses };
    const body = JSON.stringify({ entry: [{ changes: [{ field: "messages", value }] }] });
    const raw = { ...callback([]), body };
    expect(await apply(raw)).toEqual({ stored: 0, seen: 0, left: statuses.length, kept: 0 });
    expect((await scope.store.conversations({}, everything)).items).toEqual([]);
    expect((await scope.store.contacts(everything)).items).toEqual([]);
    expect(await kept()).toEqual([]);
  });
});

describe("what cannot be applied is kept", () => {
  test("once, however often it comes", async () => {
    const raw = callback([{ id: "wamid.1" }]);
    await Promise.all([apply(raw), apply(raw)]);
    await apply({ ...raw, receivedAt: "2026-11-22T11:00:00.000Z" });
    expect(await kept()).toHaveLength(1);
    await apply(callback([{ id: "wamid.2" }]));
    await apply({ ...raw, channelKey: "other" });
    expect(await kept()).toHaveLength(3);
  });

  test("when its number is not connected under this key", async () => {
    expect(await apply(callback([message("wamid.1")], "300000000000999"))).toMatchObject({
      kept: 1,
    });
    expect(await kept()).toMatchObject([
      {
        reason: "unknown_channel",
        pointer: "/entry/0/changes/0/value/messages/0",
        raw: JSON.stringify(message("wamid.1")),
      },
    ]);
    expect((await scope.store.conversations({}, everything)).items).toEqual([]);
  });

  test("until a re-drive applies it", async () => {
    const raw = callback([message("wamid.1")], "300000000000999");
    await apply(raw);
    const connected = { channelOf: async () => channelWith() };
    expect(await apply(raw, connected, true)).toMatchObject({ stored: 1, kept: 0 });
    expect(await kept()).toEqual([]);
    expect(await kept("applied")).toMatchObject([{ rev: 2, appliedAt: expect.any(String) }]);
    expect(await apply(raw, connected, true)).toMatchObject({ seen: 1, kept: 0 });
    expect(await kept("applied")).toMatchObject([{ rev: 2 }]);
  });

  test("when applying it is our mistake, and the mistake is told", async () => {
    const mistake = new TypeError("x is not a function");
    const channelOf = () => Promise.reject(mistake);
    expect(await apply(callback([message("wamid.1")]), { channelOf })).toMatchObject({ kept: 1 });
    expect(failures).toEqual([mistake]);
    const [row] = await kept();
    expect(row?.reason).toBe("failed");
    expect(JSON.stringify(row)).not.toContain("x is not");
  });

  test("without its text when that is too large for a row", async () => {
    await apply(callback([{ id: "x".repeat(100_000) }, { id: "y".repeat(99_900) }]));
    const sizes = (await kept()).map(({ raw }) => raw?.length ?? null);
    expect(new Set(sizes)).toEqual(new Set([null, 99_909]));
  });
});

test("what we depend on is down: every sender's turn ends, and all is applied again", async () => {
  const refused = new Set(["447700900001"]);
  const ended: string[] = [];
  const flaky = scopeWith(scope, {
    async commit(writes, result) {
      const text = JSON.stringify(writes);
      if ([...refused].some((from) => text.includes(from))) throw unavailable("It is busy.");
      const commit = await scope.store.commit(writes, result);
      ended.push("commit");
      return commit;
    },
  });
  const people = ["447700900001", "447700900002", "447700900004", "447700900005"];
  const raw = callback(people.map((from, place) => message(`wamid.${place}`, from)));
  await expect(apply(raw, {}, false, flaky)).rejects.toMatchObject({ code: "unavailable" });
  const atEnd = ended.length;
  const { items } = await scope.store.conversations({}, everything);
  expect(items.length).toBe(atEnd);
  expect(atEnd).toBeGreaterThan(0);
  refused.clear();
  const applied = await apply(raw, {}, false, flaky);
  expect(applied.stored + applied.seen).toBe(4);
  expect((await scope.store.conversations({}, everything)).items).toHaveLength(4);
});
