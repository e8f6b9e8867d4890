import { describe, expect, test } from "vitest";
import { type Change, factsOf } from "../../shared/domain/facts.ts";
import {
  callbackWith,
  channelWith,
  contactWith,
  conversationWith,
  messageWith,
  moment,
  redriveWith,
} from "./things.ts";

const told = (change: Change) => factsOf(change).map(({ type, timestamp }) => [type, timestamp]);
const LATER = moment(60_000);

describe("a message", () => {
  const message = messageWith({ receivedAt: LATER });

  test("that is stored was received", () => {
    expect(told({ noun: "message", before: null, after: message })).toEqual([
      ["message.received", LATER],
    ]);
  });

  test("that changes, goes, or is ours was not", () => {
    const ours = messageWith({ direction: "outbound", status: "queued" });
    expect(told({ noun: "message", before: message, after: { ...message, rev: 2 } })).toEqual([]);
    expect(told({ noun: "message", before: message, after: null })).toEqual([]);
    expect(told({ noun: "message", before: null, after: ours })).toEqual([]);
  });
});

describe("a conversation", () => {
  test("that is stored was opened", () => {
    const after = conversationWith({ createdAt: LATER });
    expect(told({ noun: "conversation", before: null, after })).toEqual([
      ["conversation.opened", LATER],
    ]);
  });

  test.each([
    ["open", "open", []],
    ["snoozed", "open", [["conversation.reopened", LATER]]],
    ["resolved", "open", [["conversation.reopened", LATER]]],
    ["open", "resolved", []],
    ["snoozed", "resolved", []],
  ] as const)("that was %s and is %s", (was, is, facts) => {
    const before = conversationWith({ status: was });
    const after = conversationWith({ status: is, lastActivityAt: LATER, rev: 2 });
    expect(told({ noun: "conversation", before, after })).toEqual(facts);
  });

  test("that goes is no news", () => {
    expect(told({ noun: "conversation", before: conversationWith(), after: null })).toEqual([]);
  });
});

describe("a contact", () => {
  const before = contactWith();

  test("that is stored was created, that changes was updated", () => {
    const after = contactWith({ name: "Ada", updatedAt: LATER, rev: 2 });
    expect(told({ noun: "contact", before: null, after })).toEqual([
      ["contact.created", after.createdAt],
    ]);
    expect(told({ noun: "contact", before, after })).toEqual([["contact.updated", LATER]]);
  });

  test("that only gains a conversation, or goes, is no news", () => {
    const after = contactWith({ conversations: { chn_2: "cnv_2" }, rev: 2 });
    expect(told({ noun: "contact", before, after })).toEqual([]);
    expect(told({ noun: "contact", before, after: null })).toEqual([]);
  });
});

describe("a channel", () => {
  test.each([
    ["connected", "broken", ["channel.broken"]],
    ["pending", "broken", ["channel.broken"]],
    ["broken", "connected", ["channel.recovered"]],
    ["broken", "broken", []],
    ["broken", "paused", []],
    ["connected", "paused", []],
    ["pending", "connected", []],
    ["paused", "connected", []],
  ] as const)("that was %s and is %s", (was, is, types) => {
    const before = channelWith({ status: was });
    const after = channelWith({ status: is, updatedAt: LATER, rev: 2 });
    const found = told({ noun: "channel", before, after });
    expect(found).toEqual(types.map((type) => [type, LATER]));
  });

  test("that is connected or removed is no news", () => {
    expect(told({ noun: "channel", before: null, after: channelWith() })).toEqual([]);
    expect(told({ noun: "channel", before: channelWith(), after: null })).toEqual([]);
  });
});

test("what is kept and re-driven is nobody's news", () => {
  const after = { ...redriveWith(), rev: 2, status: "completed" as const };
  expect(told({ noun: "redrive", before: redriveWith(), after })).toEqual([]);
  expect(told({ noun: "callback", before: null, after: callbackWith() })).toEqual([]);
});

describe("a fact's id", () => {
  const change = (rev: number): Change => ({
    noun: "contact",
    before: contactWith({ rev: rev - 1 }),
    after: contactWith({ rev, updatedAt: LATER }),
  });

  test("is the same however often it is told", () => {
    expect(factsOf(change(4))).toEqual(factsOf(structuredClone(change(4))));
    expect(factsOf(change(4))[0]?.id).toBe(`contact.updated/${contactWith().id}/4`);
  });

  test("is another one for the next revision", () => {
    expect(factsOf(change(5))[0]?.id).not.toBe(factsOf(change(4))[0]?.id);
  });

  test("carries the thing as it is now", () => {
    const [fact] = factsOf(change(4));
    expect(fact?.about).toEqual({
      noun: "contact",
      value: contactWith({ rev: 4, updatedAt: LATER }),
    });
  });
});
