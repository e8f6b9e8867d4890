import { afterAll, expect, test } from "vitest";
import * as contactContract from "../../shared/contract/contacts.ts";
import * as messageContract from "../../shared/contract/messages.ts";
import {
  type Body,
  expectNothingDenied,
  factsOf,
  local,
  settle,
  workspace,
} from "../support/client.ts";

/** What the customer's event bus hears: every fact at least once, under an id that stays. */

afterAll(expectNothingDenied);

const ADA = { phone: "+447700900123", userId: "GB.71000000000000000001", name: "Ada" };

/** The facts by id; a fact that is told again must be told the same. */
function distinct(facts: readonly Body[]): Body[] {
  const byId = new Map<string, Body>();
  for (const fact of facts) {
    expect(byId.get(fact.id) ?? fact).toEqual(fact);
    byId.set(fact.id, fact);
  }
  return [...byId.values()];
}

test("a first message makes a contact, a conversation, a message and a window", async () => {
  const { admin, meta, id: workspaceId } = await workspace();
  await meta.customer(ADA).writes("Hello");
  await settle();
  const [contact] = await admin.all("/contacts");
  const [conversation] = await admin.all("/conversations");
  const [message] = await admin.all(`/conversations/${conversation.id}/messages`);
  const facts = distinct(await factsOf(workspaceId));
  const [made, opened, received, window] = [
    "contact.created",
    "conversation.opened",
    "message.received",
    "window.opened",
  ].map((type) => facts.find((fact) => fact.type === type));
  expect(facts).toHaveLength(4);
  expect(window.data.conversation).toMatchObject({
    id: conversation.id,
    window: conversation.window,
  });
  expect(made.data).toEqual({ contact });
  contactContract.contact.strict().parse(made.data.contact);
  expect(received.data).toEqual({ message });
  messageContract.message.strict().parse(received.data.message);
  expect(opened.data.conversation).toMatchObject({
    id: conversation.id,
    channelId: conversation.channelId,
    status: "open",
    assigneeId: null,
    lastActivityAt: conversation.lastActivityAt,
  });
  expect(received.timestamp).toBe(message.receivedAt);
  for (const fact of facts) {
    expect(fact).toMatchObject({ workspaceId, id: expect.stringContaining(fact.type) });
    expect(new Date(fact.timestamp).toISOString()).toBe(fact.timestamp);
  }
});

test("the event carries the fact's type and our name, so that rules can match it", async () => {
  const { meta, id: workspaceId } = await workspace();
  await meta.customer(ADA).writes("Hello");
  await settle();
  const events = (await local("events")).map(({ event }) => event);
  const mine = events.filter(({ detail }) => detail.workspaceId === workspaceId);
  expect(mine.length).toBeGreaterThanOrEqual(3);
  for (const event of mine) {
    expect(event).toMatchObject({ source: "parley", "detail-type": event.detail.type });
  }
});

test("each of 25 messages is told, and repeated webhooks are no new facts", async () => {
  const { admin, meta, id: workspaceId } = await workspace();
  const ada = meta.customer(ADA);
  const said = Array.from({ length: 25 }, (_, place) => ada.says(`${place}`));
  const callback = meta.callback(said);
  await meta.post(callback);
  await settle();
  await meta.post(callback);
  await settle();
  const received = distinct(await factsOf(workspaceId, "message.received"));
  const told = received.map(({ data }) => data.message.providerId);
  expect(told).toHaveLength(25);
  expect(new Set(told)).toEqual(new Set(said.map(({ message }) => message.id)));
  const [conversation] = await admin.all("/conversations");
  for (const { data } of received) expect(data.message.conversationId).toBe(conversation.id);
  expect(distinct(await factsOf(workspaceId, "conversation.opened"))).toHaveLength(1);
  expect(distinct(await factsOf(workspaceId, "contact.created"))).toHaveLength(1);
});

test("contacts made and changed by people are told too, unchanged ones are not", async () => {
  const { admin, id: workspaceId } = await workspace();
  const { body: made } = await admin.post("/contacts", { name: "Ada" });
  const { body: changed } = await admin.patch(`/contacts/${made.id}`, { name: "Ada L." });
  await admin.post("/contacts", { identities: [{ kind: "phone", value: "+44" }] });
  await settle();
  const facts = distinct(await factsOf(workspaceId));
  const told = facts.map(({ type, data }) => [type, data]);
  expect(told).toHaveLength(2);
  expect(told).toContainEqual(["contact.created", { contact: made }]);
  expect(told).toContainEqual(["contact.updated", { contact: changed }]);
});
