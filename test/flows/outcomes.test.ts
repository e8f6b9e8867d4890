import { afterAll, afterEach, describe, expect, test } from "vitest";
import { errorRow } from "../../local/providers/graph/errorTable.ts";
import { classOf } from "../../shared/channels/whatsapp/errors.ts";
import {
  advance,
  type Body,
  expectNothingDenied,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { text } from "../support/contents.ts";
import { callbackOf } from "../support/meta.ts";
import * as meta from "../support/sends.ts";

/** What becomes of a send when Meta or the way to it fails: never twice, never lost. */

afterEach(() => meta.play({}));
afterAll(expectNothingDenied);

const channelOf = async ({ admin, whatsapp }: Workspace): Promise<Body> =>
  (await admin.get(`/channels/${whatsapp}`)).body;

describe("an answer that is lost", () => {
  const LOST = "+447700200001";

  test("leaves the message unknown, until a status settles it", async () => {
    const one = await workspace();
    await meta.play({ statuses: "none" });
    const sent = await meta.sendTo(one, LOST);
    await settle();
    expect(await meta.messageOf(one, sent)).toMatchObject({ status: "unknown", providerId: null });
    const retry = () => one.agent.post(`/messages/${sent.id}/retry`);
    expect(await retry()).toMatchObject({ status: 409, body: { code: "not_retryable" } });
    const [entry, ...others] = await meta.ledgerOf(one);
    expect(others).toEqual([]);
    await meta.sees(entry.providerId);
    await settle();
    const { providerId } = entry;
    expect(await meta.messageOf(one, sent)).toMatchObject({ status: "read", providerId });
    expect(await meta.ledgerOf(one)).toHaveLength(1);
  });

  test("is made up for by the statuses alone, and nothing is sent twice", async () => {
    const one = await workspace();
    const { reply } = await meta.talkWith(one, LOST);
    const sent = [await reply(text("One")), await reply(text("Two"))];
    await settle();
    for (const message of sent) {
      expect(await meta.messageOf(one, message)).toMatchObject({ status: "delivered", attempt: 1 });
    }
    const references = (await meta.ledgerOf(one)).map(({ reference }) => reference);
    expect(references).toEqual(sent.map(({ id }) => id));
  });
});

describe("Meta asks to come back later", () => {
  const BUSY = "+447700200002";

  test("and gets the message at the next try, before what was written after it", async () => {
    const one = await workspace();
    await meta.play({ recoverAfter: 1 });
    const { reply } = await meta.talkWith(one, BUSY);
    const [first, second] = [await reply(text("First")), await reply(text("Second"))];
    await meta.becomes(one, first, { status: "queued", attempt: 2 });
    expect(await meta.messageOf(one, second)).toMatchObject({ status: "queued", attempt: 1 });
    await advance("6s");
    await settle();
    for (const sent of [first, second]) {
      expect(await meta.messageOf(one, sent)).toMatchObject({ status: "delivered", error: null });
    }
    const ledger = await meta.ledgerOf(one);
    expect(ledger.map(({ content }) => content.text)).toEqual(["First", "Second"]);
  });
});

test("a failure that Meta tells later, and that passes, is tried once more by itself", async () => {
  const one = await workspace();
  await meta.play({ statuses: "none" });
  const sent = await meta.sendTo(one, meta.PHONE);
  await settle();
  const [{ providerId }] = await meta.ledgerOf(one);
  await meta.play({});
  const timestamp = String(Math.floor(now() / 1_000));
  const errors = [{ code: 131016, title: "Service unavailable" }];
  const change = one.meta.change([]);
  const statuses = [{ id: providerId, status: "failed", timestamp, errors }];
  const value = { ...(change.value as object), statuses };
  const tell = () => one.meta.post(callbackOf([{ ...change, value }]));
  expect(await tell()).toBe(200);
  await meta.becomes(one, sent, { status: "queued", attempt: 2, error: null });
  // The same failure again is that of the first try, and fails nothing.
  expect(await tell()).toBe(200);
  await advance("6s");
  await settle();
  expect(await meta.messageOf(one, sent)).toMatchObject({ status: "delivered", attempt: 2 });
  const references = (await meta.ledgerOf(one)).map(({ reference }) => reference);
  expect(references).toEqual([sent.id, sent.id]);
});

test("a number that Meta knows by another is the same contact in the same talk", async () => {
  const one = await workspace();
  const sent = await meta.sendTo(one, "+447700200006");
  await settle();
  expect(await meta.messageOf(one, sent)).toMatchObject({ status: "delivered" });
  await one.meta.customer({ phone: "+447700900006" }).phones("It is me");
  await settle();
  const [conversation, ...others] = await one.agent.all("/conversations");
  expect(others).toEqual([]);
  expect(conversation).toMatchObject({ id: sent.conversationId, unreadCount: 1 });
  const [contact, ...contacts] = await one.agent.all("/contacts");
  expect(contacts).toEqual([]);
  const known = contact.identities.map(({ value }: Body) => value);
  expect(known).toEqual(expect.arrayContaining(["+447700200006", "447700900006"]));
});

test("a refused token stops the channel; what waits can be cancelled; it recovers", async () => {
  const one = await workspace();
  const failed = await meta.sendTo(one, "+447700200005");
  await settle();
  const error = { code: "channel_broken", class: "channel", providerCode: "190" };
  expect(await meta.messageOf(one, failed)).toMatchObject({ status: "failed", error });
  expect(await channelOf(one)).toMatchObject({ status: "broken", health: { state: "blocked" } });
  const waits = await meta.sendTo(one, meta.PHONE);
  await meta.becomes(one, waits, { status: "queued", attempt: 1 });
  expect(await meta.ledgerOf(one)).toEqual([]);
  expect((await one.agent.post(`/messages/${waits.id}/cancel`)).status).toBe(200);
  await advance("6m");
  expect(await channelOf(one)).toMatchObject({ status: "connected" });
  const sent = await meta.sendTo(one, meta.PHONE);
  await settle();
  expect(await meta.messageOf(one, sent)).toMatchObject({ status: "delivered" });
  expect(await meta.ledgerOf(one)).toHaveLength(1);
});

const span = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, place) => first + place);

/** The table of errors once more, by what each means (WhatsApp reference, section 11.2). */
const MEANING: Readonly<Record<string, readonly number[]>> = {
  retry: [
    1, 2, 4, 613, 80007, 80008, 130429, 131000, 131016, 131056, 131057, 133004, 133008, 133009,
    133015, 133016, 134101, 139102, 139103,
  ],
  recipient: [130403, 130472, 130497, 131021, 131026, 131030, 131049, 131050, 131062, 137000],
  template: [132001, 132005, 132007, 132015, 132016, 132068, 132069],
  channel: [
    0, 3, 10, 33, 104, 190, 200, 368, 131005, 131031, 131037, 131042, 131045, 131048, 131063,
    131064, 133000, 133005, 133006, 133010, 134011, 134102,
  ],
  window: [131047],
  caller: [
    100, 131008, 131009, 131020, 131041, 131044, 131051, 131053, 131055, 131059, 131201, 132000,
    132008, 132012, 132018, 134100, 135000, 138000, 139000, 139100, 147001, 200007,
  ],
};
/** Of these, one stands for all in the stories. */
const MORE: Readonly<Record<string, readonly number[]>> = {
  channel: span(201, 299),
  caller: [
    ...span(131202, 131215),
    ...span(138001, 138018),
    ...span(139001, 139004),
    ...[139101, 200005, 200006],
    ...span(147002, 147005),
  ],
};
const magic = (code: number) => `+447700${String(code).padStart(6, "0")}`;

describe("every error of Meta", () => {
  test("has one meaning", () => {
    const expected = Object.entries(MEANING).flatMap(([name, codes]) =>
      [...codes, ...(MORE[name] ?? [])].map((code) => [code, name]),
    );
    const known = span(0, 999_999).flatMap((code) => errorRow(code) ?? []);
    const told = known.map(({ code, httpStatus }) => [code, classOf(code, httpStatus)]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected));
  });

  test("that a repeat cannot help fails the message at once, and says why", async () => {
    const one = await workspace();
    const content = await meta.welcome(one);
    const names = ["recipient", "template", "window", "caller"];
    const rows = names.flatMap((name) =>
      (MEANING[name] ?? []).map((code) => [code, name] as const),
    );
    const sent = await Promise.all(rows.map(([code]) => meta.sendTo(one, magic(code), content)));
    await settle();
    const told = await Promise.all(sent.map((message) => meta.messageOf(one, message)));
    const shown = told.map(({ status, attempt, error }) => [
      error?.providerCode,
      status,
      attempt,
      error?.class,
    ]);
    expect(shown).toEqual(rows.map(([code, name]) => [String(code), "failed", 1, name]));
    expect(await channelOf(one)).toMatchObject({ status: "connected" });
  });

  test("that passes by itself leaves the message in the queue, for a later try", async () => {
    const one = await workspace();
    const content = await meta.welcome(one);
    await Promise.all(
      (MEANING.retry ?? []).map(async (code) => {
        const sent = await meta.sendTo(one, magic(code), content);
        await meta.becomes(one, sent, { status: "queued", attempt: 2, error: null });
        const cancelled = await one.agent.post(`/messages/${sent.id}/cancel`);
        expect(cancelled.body).toMatchObject({ status: "cancelled" });
      }),
    );
    await advance("10s");
    expect(await meta.ledgerOf(one)).toEqual([]);
    expect(await channelOf(one)).toMatchObject({ status: "connected" });
  });

  test("that is the channel's fails the message and stops the channel", async () => {
    const rows = await Promise.all(
      (MEANING.channel ?? []).map(async (code) => {
        const one = await workspace();
        return { code, one, sent: await meta.sendTo(one, magic(code)) };
      }),
    );
    await settle();
    for (const { code, one, sent } of rows) {
      const { status, error } = await meta.messageOf(one, sent);
      const told = [error?.providerCode, status, error?.class, (await channelOf(one)).status];
      expect(told).toEqual([String(code), "failed", "channel", "broken"]);
    }
  });
});

test("quick replies keep their order, and overtake who answered slowly before them", async () => {
  const one = await workspace();
  const { reply } = await meta.talkWith(one);
  const slow = await meta.sendTo(one, "+447700200003");
  await expect.poll(() => meta.ledgerOf(one), { timeout: 5_000 }).toHaveLength(1);
  const quick: Body[] = [];
  for (let place = 0; place < 20; place++) quick.push(await reply(text(`Reply ${place}`)));
  await meta.becomes(one, quick.at(-1), { status: "delivered" });
  const ledger = await meta.ledgerOf(one);
  const references = ledger.map(({ reference }) => reference);
  expect(references).toEqual([slow, ...quick].map(({ id }) => id));
  // The answer to the slow one is given up after 12 seconds.
  const [first, last] = [ledger[0], ledger.at(-1)].map((row) => Date.parse(row?.acceptedAt));
  expect((last ?? Number.NaN) - (first ?? Number.NaN)).toBeLessThan(12_000);
  await settle();
  expect(await meta.messageOf(one, slow)).toMatchObject({ status: "delivered", attempt: 1 });
  expect(await meta.ledgerOf(one)).toHaveLength(21);
});
