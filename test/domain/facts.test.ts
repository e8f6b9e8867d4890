import { describe, expect, test } from "vitest";
import { type Change, factsOf } from "../../shared/domain/facts.ts";
import type { Message } from "../../shared/domain/messages.ts";
import type { Template, TemplateStatus } from "../../shared/domain/templates.ts";
import {
  callbackWith,
  channelWith,
  contactWith,
  conversationWith,
  messageWith,
  moment,
  redriveWith,
  templateWith,
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

  test("that changes or goes was not", () => {
    expect(told({ noun: "message", before: message, after: { ...message, rev: 2 } })).toEqual([]);
    expect(told({ noun: "message", before: message, after: null })).toEqual([]);
  });

  const ours = messageWith({ direction: "outbound", status: "queued" });

  test("of ours that is stored was queued, and is not again with its next try", () => {
    expect(told({ noun: "message", before: null, after: ours })).toEqual([
      ["message.queued", ours.createdAt],
    ]);
    const before: Message = { ...ours, status: "sending" };
    expect(told({ noun: "message", before, after: { ...ours, rev: 3 } })).toEqual([]);
  });

  const at = (minute: number) => moment(minute * 60_000);
  test.each<[Partial<Message>, [string, string][]]>([
    [{ status: "sending" }, []],
    [{ status: "sent", acceptedAt: at(1), sentAt: at(2) }, [["message.sent", at(1)]]],
    [{ status: "sent", sentAt: at(2) }, [["message.sent", at(2)]]],
    [{ status: "delivered", deliveredAt: at(3) }, [["message.delivered", at(3)]]],
    [{ status: "read", readAt: at(4) }, [["message.read", at(4)]]],
    [{ status: "failed", failedAt: at(5) }, [["message.failed", at(5)]]],
    [{ status: "unknown" }, [["message.unknown", ours.createdAt]]],
    [{ status: "cancelled" }, []],
  ])("of ours that becomes %j tells so once", (more, facts) => {
    const after = { ...ours, ...more, rev: 2 };
    expect(told({ noun: "message", before: ours, after })).toEqual(facts);
    expect(told({ noun: "message", before: after, after: { ...after, rev: 3 } })).toEqual([]);
  });
});

describe("a message that was told elsewhere", () => {
  const text = { type: "text", text: "Hi" } as const;
  const old = messageWith({ origin: "history" });

  test("before we listened is no news, until it is told live", () => {
    expect(told({ noun: "message", before: null, after: old })).toEqual([]);
    expect(told({ noun: "message", before: old, after: { ...old, revokedAt: LATER } })).toEqual([]);
    const live = { ...old, origin: null, rev: 2 };
    expect(told({ noun: "message", before: old, after: live })).toMatchObject([
      ["message.received", expect.any(String)],
    ]);
  });

  test("in the phone app was sent", () => {
    const after = messageWith({
      origin: "echo",
      direction: "outbound",
      status: "sent",
      sentAt: LATER,
    });
    expect(told({ noun: "message", before: null, after })).toEqual([["message.sent", LATER]]);
  });

  const before = messageWith();
  const reaction = { reactor: "contact", by: "contact", name: null, emoji: "👍" } as const;
  const edit = { providerId: "wamid.2", at: LATER, content: text };
  test.each<[string, Partial<Message>]>([
    ["message.edited", { edits: [edit] }],
    ["message.revoked", { revokedAt: LATER }],
    ["message.reacted", { reactions: [{ ...reaction, at: LATER, providerId: "wamid.2" }] }],
  ])("%s is told once", (type, more) => {
    const after = { ...before, ...more };
    expect(told({ noun: "message", before, after })).toEqual([[type, LATER]]);
    expect(told({ noun: "message", before: after, after: { ...after, rev: 3 } })).toEqual([]);
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
    ["open", "resolved", [["conversation.resolved", LATER]]],
    ["snoozed", "resolved", [["conversation.resolved", LATER]]],
    ["resolved", "resolved", []],
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

describe("a template", () => {
  const of = (given: Partial<Template>) => templateWith({ updatedAt: LATER, rev: 2, ...given });
  const types = (before: Partial<Template>, after: Partial<Template>) =>
    told({ noun: "template", before: of(before), after: of({ ...after, rev: 3 }) }).map(
      ([type]) => type,
    );

  test.each<[TemplateStatus, TemplateStatus, string[]]>([
    ["draft", "draft", []],
    ["draft", "pending", ["template.submitted"]],
    ["draft", "approved", ["template.submitted", "template.approved"]],
    ["rejected", "pending", ["template.submitted"]],
    ["pending", "approved", ["template.approved"]],
    ["pending", "rejected", ["template.rejected"]],
    ["approved", "paused", ["template.paused"]],
    ["paused", "approved", ["template.approved"]],
    ["approved", "approved", []],
    ["approved", "disabled", []],
    ["approved", "deleted", []],
  ])("that was %s and is %s", (was, is, expected) => {
    expect(types({ status: was }, { status: is })).toEqual(expected);
  });

  test("that Meta puts into another category says so, also when it is submitted", () => {
    const changed = ["template.category_changed"];
    expect(types({}, { category: "marketing" })).toEqual(changed);
    expect(types({ status: "draft" }, { status: "pending", category: "marketing" })).toEqual([
      "template.submitted",
      ...changed,
    ]);
    expect(types({ status: "draft" }, { status: "draft", category: "marketing" })).toEqual([]);
  });

  test("that was found at Meta, or was thrown away, is no news", () => {
    expect(told({ noun: "template", before: null, after: of({}) })).toEqual([]);
    expect(told({ noun: "template", before: of({ status: "draft" }), after: null })).toEqual([]);
  });

  test("tells when, and what it is now", () => {
    const after = of({ status: "paused" });
    const [fact] = factsOf({ noun: "template", before: of({ rev: 1 }), after });
    expect(fact).toMatchObject({ timestamp: LATER, about: { noun: "template", value: after } });
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

describe("a consent", () => {
  const at = moment(60_000);
  const consent = { state: "opted_out", at, source: "user_preferences", evidence: {} } as const;
  const consents = { whatsapp: { marketing: consent } };
  const before = contactWith();
  const after = { ...before, consents, updatedAt: LATER };
  const types = (change: Change) => told(change).map(([type]) => type);

  test("that changes is told, whoever had none", () => {
    expect(types({ noun: "contact", before, after })).toEqual([
      "contact.updated",
      "consent.changed",
    ]);
    expect(types({ noun: "contact", before: null, after })).toEqual([
      "contact.created",
      "consent.changed",
    ]);
  });

  test("that stays is not", () => {
    const again = { ...after, consents: structuredClone(consents), updatedAt: moment(90_000) };
    expect(types({ noun: "contact", before: after, after: again })).toEqual(["contact.updated"]);
  });
});

test("a conversation that nobody has to look at is not opened", () => {
  const after = conversationWith({ status: "resolved" });
  expect(told({ noun: "conversation", before: null, after })).toEqual([]);
});
