import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Amendment } from "../../shared/domain/amendments.ts";
import { amendMessage, pointAt, showReaction } from "../../shared/operations/amendments.ts";
import type { Scope } from "../../shared/ports.ts";
import { AT, channelWith, conversationWith, messageWith } from "../domain/things.ts";
import { type Rig, tablesInMemory } from "../store/rig.ts";
import { scopeOn, scopeWith } from "./scopes.ts";

let rig: Rig;
let scope: Scope;
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());
beforeEach(() => {
  scope = scopeOn(rig);
});

const channel = channelWith();
const ours = messageWith({ direction: "outbound", status: "sending", providerId: null });
const reaction = (emoji: string, id: string): Amendment => {
  const told = { reactor: "contact", by: "contact", name: null, emoji, at: AT } as const;
  return { kind: "reaction", targetId: "wamid.1", reaction: { ...told, providerId: id } };
};
const emojis = async () => {
  const message = await scope.store.message(ours.id);
  return message?.reactions?.map(({ emoji }) => emoji) ?? [];
};
const store = () =>
  scope.store.commit([
    { noun: "message", before: null, after: ours },
    { noun: "conversation", before: null, after: conversationWith() },
  ]);

test("what comes before we know the provider's id of our message is applied with it", async () => {
  await store();
  expect(await amendMessage(scope, channel, reaction("👍", "wamid.2"))).toBe("stored");
  expect(await amendMessage(scope, channel, reaction("👍", "wamid.2"))).toBe("seen");
  await pointAt(scope, ours, "wamid.1");
  expect(await emojis()).toEqual(["👍"]);
  expect(await scope.store.messageOf(channel.id, "wamid.1")).toBe(ours.id);
  expect(await scope.store.awaited(channel.id, "wamid.1")).toBeNull();
  await pointAt(scope, ours, "wamid.1");
  expect(await amendMessage(scope, channel, reaction("❤️", "wamid.3"))).toBe("stored");
  expect(await amendMessage(scope, channel, reaction("👍", "wamid.2"))).toBe("seen");
  expect(await emojis()).toEqual(["❤️"]);
});

test("a crash before the pointer loses nothing", async () => {
  await store();
  await amendMessage(scope, channel, reaction("👍", "wamid.2"));
  const crash = new Error("The process died.");
  const crashing = scopeWith(scope, {
    pointAt: (_channelId, _providerId, _messageId, meets) =>
      meets === null ? Promise.resolve(false) : Promise.reject(crash),
  });
  await expect(pointAt(crashing, ours, "wamid.1")).rejects.toBe(crash);
  expect(await scope.store.messageOf(channel.id, "wamid.1")).toBeNull();
  await pointAt(scope, ours, "wamid.1");
  expect(await emojis()).toEqual(["👍"]);
});

test("many at once before and beside the pointer are all there", async () => {
  await store();
  const people = Array.from({ length: 6 }, (_, place) => `person ${place}`);
  const told = people.map((reactor, place): Amendment => {
    const one = { reactor, by: "contact", name: null, emoji: "👍", at: AT } as const;
    return {
      kind: "reaction",
      targetId: "wamid.1",
      reaction: { ...one, providerId: `wamid.r${place}` },
    };
  });
  const work = told.map((one) => amendMessage(scope, channel, one).then(() => true));
  await Promise.all([...work, pointAt(scope, ours, "wamid.1")]);
  expect(await emojis()).toHaveLength(people.length);
});

test("our own reaction stands on its message", async () => {
  await store();
  const content = { type: "reaction", messageId: ours.id, emoji: "👍" } as const;
  const author = { kind: "agent", id: "agt_1", name: null } as const;
  const sent = messageWith({ direction: "outbound", content, author, providerId: "wamid.9" });
  await showReaction(scope, sent);
  await showReaction(scope, sent);
  const message = await scope.store.message(ours.id);
  expect(message?.reactions).toMatchObject([{ reactor: "business", by: "agent", emoji: "👍" }]);
  await showReaction(scope, { ...sent, providerId: null });
  await showReaction(scope, { ...sent, content: { type: "text", text: "Hi" } });
  expect((await scope.store.message(ours.id))?.rev).toBe(message?.rev);
});
