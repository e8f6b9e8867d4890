import { afterAll, describe, expect, test } from "vitest";
import { expectNothingDenied, settle, workspace } from "../support/client.ts";
import { text } from "../support/contents.ts";
import * as meta from "../support/sends.ts";

/** The first word is ours: who is written to, and where it lands. */

afterAll(expectNothingDenied);

describe("somebody who never wrote", () => {
  test("is made a contact with a conversation by the first template, and keeps both", async () => {
    const one = await workspace();
    const first = await meta.sendTo(one, "+44 7700 900123");
    const second = await meta.sendTo(one, meta.PHONE);
    expect(second.conversationId).toBe(first.conversationId);
    await settle();
    const [contact, ...contacts] = await one.agent.all("/contacts");
    expect(contacts).toEqual([]);
    const [conversation, ...others] = await one.agent.all("/conversations");
    expect(others).toEqual([]);
    expect(conversation).toMatchObject({
      id: first.conversationId,
      contact: { id: contact.id },
      address: meta.PHONE,
      window: { state: "closed" },
    });
    await one.meta.customer({ phone: meta.PHONE }).phones("Hello");
    await settle();
    expect(await one.agent.all(`/conversations/${conversation.id}/messages`)).toHaveLength(3);
    const given = { channelId: one.whatsapp, contactId: contact.id, content: text("Hi again") };
    const { status, body } = await meta.send(one.agent, "/messages", given);
    expect([status, body.conversationId]).toEqual([202, conversation.id]);
  });

  test("takes no free message", async () => {
    const one = await workspace();
    const given = { channelId: one.whatsapp, to: meta.PHONE, content: text("Hi") };
    const refused = await meta.send(one.agent, "/messages", given);
    expect(refused).toMatchObject({ status: 409, body: { code: "window_closed" } });
    expect(await one.agent.all("/contacts")).toEqual([]);
  });

  test("has a conversation from the first start on: 201, then 200", async () => {
    const one = await workspace();
    const given = { channelId: one.whatsapp, to: meta.PHONE };
    const [made, found] = [
      await one.agent.post("/conversations", given),
      await one.agent.post("/conversations", given),
    ];
    expect([made.status, found.status]).toEqual([201, 200]);
    expect(found.body.id).toBe(made.body.id);
    expect(made.body).toMatchObject({ lastMessage: null, window: { state: "closed" } });
    for (const to of ["0123", "ada@shop.example"]) {
      const { status, body } = await one.agent.post("/conversations", { ...given, to });
      expect({ status, ...body.errors[0] }).toMatchObject({ status: 422, pointer: "/to" });
    }
  });
});

test.each([
  ["email", "ada@shop.example"],
  ["sms", meta.PHONE],
])("a channel that cannot send yet (%s) says so", async (kind, to) => {
  const one = await workspace();
  const channelId = one.channels.find((channel) => channel.kind === kind)?.id;
  const given = { channelId, to, content: text("Hi") };
  const refused = await meta.send(one.agent, "/messages", given);
  expect(refused).toMatchObject({ status: 422, body: { code: "content_not_supported" } });
});
