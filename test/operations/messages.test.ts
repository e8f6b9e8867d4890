import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { InboundMessage } from "../../shared/domain/callbacks.ts";
import type { Identity } from "../../shared/domain/contacts.ts";
import { unmarked } from "../../shared/domain/marks.ts";
import { receiveMessage } from "../../shared/operations/messages.ts";
import type { Scope } from "../../shared/ports.ts";
import { AT, AT_MS, channelWith, contactWith, moment } from "../domain/things.ts";
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
const bsuid: Identity = { kind: "wa_bsuid", value: "GB.71000000000000000001" };
const waId: Identity = { kind: "wa_id", value: "447700900123" };
const phone: Identity = { kind: "phone", value: "+447700900123" };

const inbound = (id: string, given: Partial<InboundMessage> = {}): InboundMessage => ({
  providerId: id,
  sentAt: AT_MS,
  sender: { identities: [bsuid, waId, phone], address: waId, profileName: "Ada" },
  participantName: null,
  content: { type: "text", text: id },
  replyToProviderId: null,
  marks: unmarked,
  opensWindow: true,
  copy: null,
  ...given,
});
const from = (...identities: Identity[]) => ({
  sender: { identities, address: identities[0]!, profileName: "Ada" },
});
const receive = (message: InboundMessage, within = scope, position = 0) =>
  receiveMessage(within, channel, message, { receivedAt: AT, position });
const everything = { limit: 100, position: null };
const inbox = async () => (await scope.store.conversations({}, everything)).items;
const contacts = async () => (await scope.store.contacts(everything)).items;
const texts = async (conversationId: string) =>
  (await scope.store.messages(conversationId, everything)).items.map(
    ({ providerId }) => providerId,
  );

describe("an answer", () => {
  const looks = { count: 0 };
  const counting = () =>
    scopeWith(scope, {
      messageOf(channelId, providerId) {
        looks.count++;
        return scope.store.messageOf(channelId, providerId);
      },
    });

  test("names the message that it answers, where we have it, for one more look", async () => {
    const within = counting();
    await receive(inbound("wamid.1"), within);
    expect(looks.count).toBe(0);
    await receive(inbound("wamid.2", { replyToProviderId: "wamid.1" }), within, 1);
    await receive(inbound("wamid.3", { replyToProviderId: "wamid.0" }), within, 2);
    expect(looks.count).toBe(2);
    const [conversation] = await inbox();
    const { items } = await scope.store.messages(conversation!.id, everything);
    const [stranger, answer, question] = items;
    expect(answer?.replyToMessageId).toBe(question?.id);
    expect(stranger).toMatchObject({ replyToProviderId: "wamid.0", replyToMessageId: null });
    expect(question?.replyToMessageId).toBeNull();
  });
});

describe("a customer's message", () => {
  test("is stored with who wrote it and where", async () => {
    expect(await receive(inbound("wamid.1"))).toBe("stored");
    const [[contact], [conversation]] = [await contacts(), await inbox()];
    expect(contact).toMatchObject({
      identities: [bsuid, waId, phone],
      profileName: "Ada",
      conversations: { [channel.id]: conversation!.id },
      rev: 1,
    });
    expect(conversation).toMatchObject({
      contactId: contact!.id,
      unreadCount: 1,
      waitingSince: AT,
      windowClosesAt: moment(86_400_000),
      rev: 1,
    });
    expect(await scope.store.message(conversation!.lastMessage!.id)).toMatchObject({
      providerId: "wamid.1",
      status: "received",
      author: { kind: "contact", id: contact!.id, name: null },
    });
  });

  test("that comes again changes nothing, also many copies at once", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => receive(inbound("wamid.1"))),
    );
    expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(1);
    expect(await receive(inbound("wamid.1"))).toBe("seen");
    expect(await inbox()).toMatchObject([{ unreadCount: 1, rev: 1 }]);
    expect(await contacts()).toHaveLength(1);
  });

  test("and others at the same time all count, in one conversation", async () => {
    const ids = Array.from({ length: 5 }, (_, place) => `wamid.${place}`);
    await Promise.all(ids.map((id, place) => receive(inbound(id), scope, place)));
    const [conversation, ...others] = await inbox();
    expect(others).toEqual([]);
    expect(conversation?.unreadCount).toBe(5);
    expect(await texts(conversation!.id)).toEqual(ids.toReversed());
  });

  test("of another callback in the same moment is stored beside the first", async () => {
    await receive(inbound("wamid.1"));
    await receive(inbound("wamid.2"));
    const [conversation] = await inbox();
    expect(await texts(conversation!.id)).toEqual(["wamid.2", "wamid.1"]);
  });

  test("from a clock ahead of ours opens no longer window", async () => {
    await receive(inbound("wamid.1", { sentAt: AT_MS + 3_600_000 }));
    expect(await inbox()).toMatchObject([
      { windowClosesAt: moment(86_400_000), lastActivityAt: AT },
    ]);
  });
});

describe("who wrote", () => {
  test("is whom somebody typed in by phone", async () => {
    const typed = contactWith({ name: "Ms Example", identities: [phone], conversations: {} });
    await scope.store.commit([{ noun: "contact", before: null, after: typed }]);
    await receive(inbound("wamid.1"));
    expect(await contacts()).toMatchObject([
      { id: typed.id, name: "Ms Example", identities: [phone, bsuid, waId], rev: 2 },
    ]);
  });

  test("stays the same when the number is hidden, or the id is new", async () => {
    await receive(inbound("wamid.1"));
    await receive(inbound("wamid.2", from(bsuid)));
    const rotated: Identity = { kind: "wa_bsuid", value: "GB.73" };
    await receive(inbound("wamid.3", from(rotated, waId)));
    expect(await contacts()).toMatchObject([{ identities: [bsuid, waId, phone, rotated] }]);
    expect(await inbox()).toMatchObject([{ unreadCount: 3 }]);
  });

  test("is the older of two when one has the user id and the other the number", async () => {
    await receive(inbound("wamid.1", from(bsuid)));
    const [first] = await contacts();
    rig.clock.at += 1_000;
    await receive(inbound("wamid.2", from(waId)));
    await receive(inbound("wamid.3", from(bsuid, waId)));
    expect(await contacts()).toMatchObject([{ id: first!.id, identities: [bsuid, waId] }]);
    const all = await inbox();
    expect(all.map(({ contactId }) => contactId)).toEqual([first!.id, first!.id]);
    const ids = (await Promise.all(all.map(({ id }) => texts(id)))).flat();
    expect(ids.toSorted()).toEqual(["wamid.1", "wamid.2", "wamid.3"]);
  });
});

describe("a read that lags behind", () => {
  test.each(["conversation", "contact", "holders"] as const)(
    "of the %s makes nothing new",
    async (what) => {
      await receive(inbound("wamid.1"));
      const lagging = {
        conversation: scopeWith(scope, {
          conversation: async (id, freshness) =>
            freshness === "loose" ? null : scope.store.conversation(id, freshness),
        }),
        contact: scopeWith(scope, {
          contact: async (id, freshness) =>
            freshness === "loose" ? null : scope.store.contact(id, freshness),
        }),
        holders: scopeWith(scope, {
          holders: async (claims, freshness) =>
            freshness === "loose" ? new Map() : scope.store.holders(claims, freshness),
        }),
      };
      expect(await receive(inbound("wamid.2"), lagging[what])).toBe("stored");
      expect(await inbox()).toMatchObject([{ unreadCount: 2 }]);
      expect(await contacts()).toHaveLength(1);
    },
  );
});
