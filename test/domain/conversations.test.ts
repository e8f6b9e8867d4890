import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Conversation,
  called,
  isNewestName,
  isQueued,
  newConversation,
  noted,
  received,
  reworded,
} from "../../shared/domain/conversations.ts";
import { messageIdIn } from "../../shared/domain/id.ts";
import type { Message } from "../../shared/domain/messages.ts";
import { AT, AT_MS, CONVERSATION, conversationWith, messageWith, moment } from "./things.ts";

const DAY_MS = 86_400_000;
const HERE = { kind: "wa_id", value: "447700900123" } as const;
const THERE = { kind: "wa_bsuid", value: "GB.71000000000000000001" } as const;

/** A customer's message `after` ms behind the first, the `place`-th of those of its second. */
function said(after: number, place = 0, text = "Hi"): Message {
  return messageWith({
    id: messageIdIn(CONVERSATION, AT_MS + after, AT_MS + after, place),
    content: { type: "text", text },
    createdAt: moment(after),
  });
}

const fresh = newConversation(conversationWith(), AT);
const all = (messages: readonly Message[], windowMs: number | null): Conversation =>
  messages.reduce((row, message) => received(row, message, HERE, windowMs), fresh);

describe("customers' messages, in whatever order they arrive", () => {
  const seconds = fc.integer({ min: 0, max: 3 * 86_400 });
  const places = fc.integer({ min: 0, max: 3 });
  const orders = fc
    .uniqueArray(fc.tuple(seconds, places), {
      minLength: 1,
      maxLength: 12,
      selector: ([second, place]) => `${second}/${place}`,
    })
    .map((list) => list.map(([second, place]) => said(second * 1_000, place, `${second}/${place}`)))
    .chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );

  test.each([[DAY_MS], [null]])("leave the same conversation (window of %s ms)", (windowMs) => {
    const property = fc.property(orders, ([one, other]) => {
      expect(all(other, windowMs)).toEqual(all(one, windowMs));
    });
    fc.assert(property);
  });

  test("leave what the newest and the oldest of them say", () => {
    const property = fc.property(orders, ([, messages]) => {
      const sorted = messages.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const newest = sorted.at(-1)!;
      const row = all(messages, DAY_MS);
      expect(row.lastMessage?.id).toBe(newest.id);
      expect(row.lastActivityAt).toBe(newest.createdAt);
      expect(row.windowClosesAt).toBe(
        new Date(Date.parse(newest.createdAt) + DAY_MS).toISOString(),
      );
      expect(row.waitingSince).toBe(sorted[0]?.createdAt);
      expect(row.unreadCount).toBe(messages.length);
    });
    fc.assert(property);
  });
});

describe("a customer's message", () => {
  test("shows itself in one line", () => {
    expect(all([said(1_000, 0, "Is it ready?")], DAY_MS).lastMessage).toEqual({
      id: said(1_000).id,
      direction: "inbound",
      type: "text",
      preview: "Is it ready?",
      createdAt: moment(1_000),
    });
  });

  test("changes where replies go only when it is the newest", () => {
    const row = received(fresh, said(2_000), HERE, DAY_MS);
    expect(received(row, said(1_000), THERE, DAY_MS).address).toEqual(HERE);
    expect(received(row, said(3_000), THERE, DAY_MS).address).toEqual(THERE);
  });

  test.each([
    ["open", "open", "agt_1"],
    ["snoozed", "open", "agt_1"],
    ["resolved", "open", null],
  ] as const)("to a %s conversation leaves it %s with %s", (status, after, assigneeId) => {
    const row = conversationWith({ status, assigneeId: "agt_1" });
    const next = received(row, said(1_000), HERE, DAY_MS);
    expect(next).toMatchObject({ status: after, assigneeId, unreadCount: 1 });
    expect(row).toMatchObject({ status, unreadCount: 0 });
  });

  test("keeps what this release does not know of the conversation", () => {
    const row = { ...conversationWith(), colour: "green" };
    expect(received(row, said(1_000), HERE, DAY_MS)).toMatchObject({ colour: "green" });
  });
});

test.each([
  ["open", null, true],
  ["open", "agt_1", false],
  ["snoozed", null, false],
  ["resolved", null, false],
] as const)("a conversation that is %s and has %s: in the queue is %s", (status, who, queued) => {
  expect(isQueued(conversationWith({ status, assigneeId: who }))).toBe(queued);
});

describe("what a customer did not write just now", () => {
  const born: Conversation = { ...newConversation(conversationWith(), AT), status: "resolved" };
  type Change = (row: Conversation) => Conversation;
  const changes: Change[] = [
    (row) => received(row, said(3_000), HERE, DAY_MS),
    (row) => received(row, said(5_000), THERE, DAY_MS),
    (row) => noted(row, said(7_000)),
    (row) => noted(row, said(1_000)),
    (row) => called(row, moment(9_000), DAY_MS),
    (row) => called(row, moment(2_000), DAY_MS),
  ];

  test("ends in the same conversation in any order", () => {
    const orders = fc.shuffledSubarray(changes, { minLength: changes.length });
    const all = (list: readonly Change[]) => list.reduce((row, change) => change(row), born);
    const property = fc.property(orders, (list) => {
      expect(all(list)).toEqual(all(changes));
    });
    fc.assert(property);
    expect(all(changes)).toMatchObject({
      status: "open",
      unreadCount: 2,
      address: THERE,
      lastActivityAt: moment(7_000),
      lastMessage: { createdAt: moment(7_000) },
      windowClosesAt: moment(9_000 + DAY_MS),
    });
  });

  test("asks for nobody's attention", () => {
    const { status, unreadCount, waitingSince, windowClosesAt } = noted(born, said(1_000));
    expect({ status, unreadCount, waitingSince, windowClosesAt }).toEqual({
      status: "resolved",
      unreadCount: 0,
      waitingSince: null,
      windowClosesAt: null,
    });
  });

  test("tells nothing new twice", () => {
    const row = noted(noted(born, said(3_000)), said(1_000));
    expect(noted(row, said(1_000))).toBe(row);
    const after = called(row, moment(4_000), DAY_MS);
    expect(called(after, moment(4_000), DAY_MS)).toBe(after);
    expect(after).toEqual({ ...row, windowClosesAt: moment(4_000 + DAY_MS) });
  });
});

test("the inbox shows the last message as it is now, and of others nothing", () => {
  const row = received(fresh, said(2_000), HERE, DAY_MS);
  const text = { type: "text", text: "Edited" } as const;
  expect(reworded(row, { ...said(2_000), content: text }).lastMessage?.preview).toBe("Edited");
  expect(reworded(row, { ...said(1_000), content: text })).toBe(row);
});

test("a late message brings no old name", () => {
  const row = conversationWith({ namedAt: moment(2_000) });
  const times = [1_000, 2_000, 3_000].map((after) => isNewestName(row, moment(after)));
  expect(times).toEqual([false, true, true]);
  expect(isNewestName(conversationWith(), moment(0))).toBe(true);
});
