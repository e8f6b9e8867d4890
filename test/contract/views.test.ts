import { describe, expect, test } from "vitest";
import * as apiKeys from "../../shared/contract/apiKeys.ts";
import * as callbacks from "../../shared/contract/callbacks.ts";
import * as channels from "../../shared/contract/channels.ts";
import * as conversations from "../../shared/contract/conversations.ts";
import { factShape, viewFact } from "../../shared/contract/facts.ts";
import * as messages from "../../shared/contract/messages.ts";
import * as templates from "../../shared/contract/templates.ts";
import { type Change, factsOf } from "../../shared/domain/facts.ts";
import type { Message } from "../../shared/domain/messages.ts";
import {
  AT_MS,
  apiKeyWith,
  callbackWith,
  channelWith,
  contactWith,
  conversationWith,
  messageWith,
  moment,
  redriveWith,
  templateWith,
  WORKSPACE,
} from "../domain/things.ts";

/** What the next release may have stored in a row is not this release's to tell. */
const NEWER = { hash: "newer-hash", credentials: "newer-credentials", pk: "w#1", colour: "green" };

describe("an API key as it is told", () => {
  const key = apiKeyWith({ expiresAt: moment(1), lastUsedAt: moment(0) });
  const view = apiKeys.viewApiKey({ ...key, colour: "green" });

  test("is what the contract says", () => {
    expect(apiKeys.apiKey.strict().parse(view)).toEqual(view);
    const fresh = apiKeys.viewApiKey(apiKeyWith({ agentId: null }));
    expect(apiKeys.apiKey.strict().parse(fresh)).toEqual(fresh);
  });

  test("never says its hash", () => expect(JSON.stringify(view)).not.toContain(key.hash));

  test("says its secret once, when it is made", () => {
    expect(apiKeys.newApiKey.safeParse(view).success).toBe(false);
    expect(apiKeys.newApiKey.safeParse({ ...view, secret: "pk_1" }).success).toBe(true);
  });
});

describe("a channel as it is told", () => {
  const row = { ...channelWith(), ...NEWER };
  const view = channels.viewChannel(row);

  test("is what the contract says", () => {
    expect(channels.channel.strict().parse(view)).toEqual(view);
    for (const kind of ["email", "sms"] as const) {
      const other = channels.viewChannel(channelWith({ kind, whatsapp: null, credentials: null }));
      expect(channels.channel.strict().parse(other)).toEqual(other);
    }
  });

  test("never says its credentials", () => {
    const text = JSON.stringify([view, channels.viewChannel(channelWith())]);
    expect(text).not.toContain(NEWER.credentials);
    expect(text).not.toContain(channelWith().credentials);
  });

  test("says the window in hours", () => expect(view.capabilities.windowHours).toBe(24));
});

describe("a template as it is told", () => {
  const row = {
    ...templateWith({ quality: "green", submittingUntil: moment(1), staleAt: moment(1) }),
    ...NEWER,
  };
  const view = templates.viewTemplate(row);

  test("is what the contract says", () => {
    expect(templates.template.strict().parse(view)).toEqual(view);
    expect(view).toMatchObject({ variables: ["first_name"], quality: "green" });
  });

  test("says nothing of how it is kept", () => {
    for (const own of ["staleAt", "submittingUntil", "holdsName", "wabaId", "colour"]) {
      expect(view).not.toHaveProperty(own);
    }
  });
});

describe("a conversation as it is told", () => {
  const DAY_MS = 86_400_000;
  const row = conversationWith({
    assigneeId: "agt_1",
    windowClosesAt: moment(DAY_MS),
    waitingSince: moment(0),
    lastMessage: {
      id: messageWith().id,
      direction: "inbound",
      type: "unsupported",
      preview: null,
      createdAt: moment(0),
    },
  });
  const view = (given: object, now: number) =>
    conversations.viewConversation({ ...row, ...given }, contactWith(), now);

  test("is what the contract says", () => {
    const shown = view(NEWER, AT_MS);
    expect(conversations.conversation.strict().parse(shown)).toEqual(shown);
    const empty = view({ lastMessage: null, windowClosesAt: null, waitingSince: null }, AT_MS);
    expect(conversations.conversation.strict().parse(empty)).toEqual(empty);
    expect(JSON.stringify(shown)).not.toContain("newer");
  });

  test.each([
    [DAY_MS - 1, "open"],
    [DAY_MS, "closed"],
  ])("%i ms after the customer wrote its window is %s", (after, state) => {
    expect(view({}, AT_MS + after).window).toEqual({ state, closesAt: moment(DAY_MS) });
  });

  test("has no window where the channel has none", () => {
    expect(view({ channelKind: "sms", windowClosesAt: null }, AT_MS).window).toBeNull();
  });

  test.each([
    ["wa_id", "447700900123", "+447700900123"],
    ["wa_id", "5215512345678", "5215512345678"],
    ["wa_bsuid", "GB.71000000000000000001", "GB.71000000000000000001"],
    ["external", "whatsapp-group:1", "whatsapp-group:1"],
    ["email", "ada@x.example", "ada@x.example"],
  ] as const)("with %s %s is at %s", (kind, value, address) => {
    expect(view({ address: { kind, value } }, AT_MS).address).toBe(address);
  });
});

describe("a message as it is told", () => {
  test.each([
    ["a text", messageWith()],
    ["an answer", messageWith({ replyToProviderId: "wamid.0" })],
    ["what we do not read", messageWith({ content: { type: "unsupported", raw: { a: [1] } } })],
    ["one of a group", messageWith({ author: { kind: "contact", id: "ctc_1", name: "Bob" } })],
  ])("%s is what the contract says", (_, row) => {
    const view = messages.viewMessage({ ...row, ...NEWER });
    expect(messages.message.strict().parse(view)).toEqual(view);
    expect(JSON.stringify(view)).not.toContain("newer");
  });

  test("names what it answers by the provider's id, and by ours where we know it", () => {
    const replyTo = (more: Partial<Message>) => messages.viewMessage(messageWith(more)).replyTo;
    const replyToProviderId = "wamid.0";
    expect(replyTo({})).toBeNull();
    expect(replyTo({ replyToProviderId })).toEqual({ providerId: "wamid.0", messageId: null });
    expect(replyTo({ replyToProviderId, replyToMessageId: "msg_0" })).toEqual({
      providerId: "wamid.0",
      messageId: "msg_0",
    });
  });
});

describe("what was kept of callbacks as it is told", () => {
  test("is what the contract says", () => {
    for (const given of [{}, { raw: null }, { state: "applied", appliedAt: moment(1) }] as const) {
      const view = callbacks.viewCallback({ ...callbackWith(given), ...NEWER });
      expect(callbacks.callback.strict().parse(view)).toEqual(view);
    }
    for (const given of [{}, { status: "completed", completedAt: moment(1) }] as const) {
      const view = callbacks.viewRedrive({ ...redriveWith(given), ...NEWER });
      expect(callbacks.redrive.strict().parse(view)).toEqual(view);
    }
  });
});

describe("a fact as it is told", () => {
  const shown = (change: Change) => viewFact(factsOf(change)[0]!, WORKSPACE);
  const changes: Change[] = [
    { noun: "message", before: null, after: messageWith() },
    { noun: "conversation", before: null, after: conversationWith() },
    { noun: "contact", before: null, after: contactWith() },
    {
      noun: "channel",
      before: channelWith({ status: "broken" }),
      after: channelWith({ rev: 2 }),
    },
    { noun: "template", before: templateWith({ status: "pending" }), after: templateWith() },
  ];

  test.each(changes)("of a $noun is what the contract says", (change) => {
    const fact = shown(change);
    expect(factShape.parse(JSON.parse(JSON.stringify(fact)))).toEqual(fact);
    expect(fact.workspaceId).toBe(WORKSPACE);
    expect(JSON.stringify(fact)).not.toContain(channelWith().credentials);
    expect(Object.keys(fact.data)).toEqual([change.noun]);
  });

  test.each([
    [63_900, true],
    [64_100, false],
  ])("tells a content of %i letters: %s", (length, whole) => {
    const content = { type: "text" as const, text: "x".repeat(length) };
    const fact = shown({ noun: "message", before: null, after: messageWith({ content }) });
    expect(fact.data.message).toMatchObject({ content: whole ? content : { type: "text" } });
    expect(JSON.stringify(fact).length).toBeLessThan(70_000);
  });
});
