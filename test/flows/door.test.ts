import { createHmac } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { metaJson, signatureOf } from "../../local/providers/graph/webhook.ts";
import {
  advance,
  type Body,
  expectNothingDenied,
  local,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { APP_SECRET, VERIFY_TOKEN } from "../support/meta.ts";

/** The door for Meta: who is let in, and that nothing which is signed is ever refused or lost. */

afterAll(expectNothingDenied);

const ADA = { phone: "+447700900123", userId: "GB.71000000000000000001", name: "Zoë / Ada 🎈" };
const MINUTE_MS = 60_000;

/** Nothing stored and, because a re-drive of everything finds nothing, nothing archived. */
async function expectUntouched({ admin }: Workspace): Promise<void> {
  await settle();
  for (const list of ["/contacts", "/conversations", "/callbacks?state=broken"]) {
    expect(await admin.all(list), list).toEqual([]);
  }
  const range = {
    from: new Date(now() - 10 * MINUTE_MS).toISOString(),
    to: new Date(now() + MINUTE_MS).toISOString(),
  };
  const { body } = await admin.post("/callbacks/redrive", range);
  await settle();
  const redrive = (await admin.get(`/callbacks/redrives/${body.id}`)).body;
  expect(redrive).toMatchObject({ status: "completed", callbacks: 0, kept: 0 });
}

const broken = async ({ admin }: Workspace): Promise<Body[]> =>
  admin.all("/callbacks?state=broken");

describe("the handshake", () => {
  const asked = { "hub.mode": "subscribe", "hub.challenge": "1158201444" };

  test("answers the bare challenge to our token, and needs no signature (pitfall 15)", async () => {
    const { meta } = await workspace();
    const good = { ...asked, "hub.verify_token": VERIFY_TOKEN };
    expect(await meta.handshake(good)).toEqual({ status: 200, body: "1158201444" });
  });

  test("is 403 for a wrong token, none, or another mode", async () => {
    const { meta } = await workspace();
    const token = { "hub.verify_token": VERIFY_TOKEN };
    const wrong: Record<string, string>[] = [
      { ...asked, "hub.verify_token": `${VERIFY_TOKEN}x` },
      { ...asked, "hub.verify_token": "" },
      asked,
      { ...asked, ...token, "hub.mode": "unsubscribe" },
      {},
    ];
    for (const query of wrong) {
      const { status, body } = await meta.handshake(query);
      expect(status, JSON.stringify(query)).toBe(403);
      expect(body).not.toContain("1158201444");
    }
  });

  test("and a callback under a key that nobody has are 404", async () => {
    const { meta } = await workspace();
    const stranger = new URL(`/webhooks/whatsapp/${meta.channelKey}x`, meta.door);
    const query = new URLSearchParams({ ...asked, "hub.verify_token": VERIFY_TOKEN });
    expect((await fetch(`${stranger}?${query}`)).status).toBe(404);
    const headers = { "x-hub-signature-256": signatureOf("{}", APP_SECRET) };
    expect((await fetch(stranger, { method: "POST", headers, body: "{}" })).status).toBe(404);
  });
});

describe("without a good signature", () => {
  const sha1 = (body: string) => createHmac("sha1", APP_SECRET).update(body).digest("hex");
  const forgeries: Record<string, (body: string) => Record<string, string>> = {
    "none at all": () => ({}),
    "an empty one": () => ({ "x-hub-signature-256": "" }),
    "of another secret": (body) => ({ "x-hub-signature-256": signatureOf(body, "another") }),
    "of another body": (body) => ({ "x-hub-signature-256": signatureOf(`${body} `, APP_SECRET) }),
    "over re-serialised JSON": (body) => ({
      "x-hub-signature-256": signatureOf(JSON.stringify(JSON.parse(body)), APP_SECRET),
    }),
    "SHA-1 in the old header": (body) => ({ "x-hub-signature": `sha1=${sha1(body)}` }),
    "SHA-1 in the new header": (body) => ({ "x-hub-signature-256": `sha1=${sha1(body)}` }),
    "without its prefix": (body) => ({
      "x-hub-signature-256": signatureOf(body, APP_SECRET).slice("sha256=".length),
    }),
  };

  test("a callback is 401, and nothing is stored, queued or archived", async () => {
    const one = await workspace();
    const { meta } = one;
    const body = metaJson(meta.callback([meta.customer(ADA).says("Let me in: https://x/é")]));
    for (const [forgery, headersFor] of Object.entries(forgeries)) {
      expect(await meta.postUnder(body, headersFor(body)), forgery).toBe(401);
    }
    await expectUntouched(one);
    const good = { "x-hub-signature-256": signatureOf(body, APP_SECRET) };
    const both = { ...good, "x-hub-signature": `sha1=${sha1("anything")}` };
    expect(await meta.postUnder(body, both)).toBe(200);
    await settle();
    expect(await one.admin.all("/conversations")).toHaveLength(1);
  });
});

describe("what is signed and cannot be read", () => {
  const odd: Record<string, string | Uint8Array> = {
    "is not JSON": "entry=1&changes=2",
    "is half of JSON": '{"entry": [{',
    "holds control characters": '{"entry": "\u0000\u0001\u001f"}',
    "is invalid UTF-8": Uint8Array.of(0x7b, 0xff, 0xfe, 0xc0, 0x80, 0x7d),
    "is a lone surrogate": '{"entry": "\\ud83c"}',
    "is empty": "",
    "is JSON of another kind": "[[[null]]]",
    "has no entry array": '{"object": "page", "entry": {}}',
  };

  test("is answered 200, kept raw and alarmed, each part once however often it comes", async () => {
    await advance("5m");
    const alarmsBefore = await local("alarms");
    const one = await workspace();
    for (const [what, body] of Object.entries(odd)) {
      expect(await one.meta.post(body), what).toBe(200);
      expect(await one.meta.post(body), what).toBe(200);
    }
    await settle();
    const kept = await broken(one);
    expect(kept).toHaveLength(Object.keys(odd).length);
    for (const part of kept) {
      expect(part).toMatchObject({ reason: "unreadable", pointer: "", appliedAt: null });
      expect(part.archiveKey).toMatch(/^raw\//);
    }
    expect(kept.map(({ raw }) => raw)).toContain(odd["is not JSON"]);
    await advance("1m");
    const alarms = await local("alarms");
    const raised = alarms.slice(0, alarms.length - alarmsBefore.length);
    expect(raised.map(({ name }) => name)).toContain("local-callbacks-kept");
    expect(await one.admin.all("/conversations")).toEqual([]);
    expect((await one.agent.get("/callbacks?state=broken")).status).toBe(403);
  });

  test("is kept element by element: its neighbours are applied", async () => {
    const one = await workspace();
    const { meta, admin } = one;
    const ada = meta.customer(ADA);
    const [first, second] = [ada.says("before"), ada.says("after")];
    const bad: unknown[] = [{ id: "wamid.BAD" }, "text", 7, { ...first.message, timestamp: "x" }];
    const value = meta.change([first, second]).value as Record<string, unknown>;
    const messages = [first.message, ...bad, second.message];
    const entry = [
      "no object",
      { id: "1", changes: [{ field: "messages", value: { metadata: {} } }, null] },
      { id: "1", changes: [{ field: "messages", value: { ...value, messages } }] },
    ];
    expect(await meta.post({ object: "whatsapp_business_account", entry })).toBe(200);
    await settle();
    const [conversation] = await admin.all("/conversations");
    const heard = await admin.all(`/conversations/${conversation.id}/messages`);
    expect(heard.map(({ content }) => content.text)).toEqual(["after", "before"]);
    const kept = await broken(one);
    const places = [
      "/entry/0",
      "/entry/1/changes/0",
      "/entry/1/changes/1",
      ...bad.map((_, place) => `/entry/2/changes/0/value/messages/${place + 1}`),
    ];
    expect(kept).toHaveLength(places.length);
    expect(new Set(kept.map(({ pointer }) => pointer))).toEqual(new Set(places));
    const [whole] = kept.filter(({ pointer }) => pointer.endsWith("messages/1"));
    expect(JSON.parse(whole.raw)).toEqual(bad[0]);
  });
});

describe("an id that is not connected under this key", () => {
  test.each(["nobody's", "another workspace's"])(
    "(%s) is kept and applied nowhere",
    async (whose) => {
      const [one, other] = [await workspace(), await workspace()];
      const id = whose === "nobody's" ? "300999999999999" : other.meta.phoneNumberId;
      const ada = one.meta.customer(ADA);
      expect(await one.meta.post(one.meta.callback([ada.says("Astray")], id))).toBe(200);
      await settle();
      for (const { admin } of [one, other]) {
        expect(await admin.all("/contacts")).toEqual([]);
        expect(await admin.all("/conversations")).toEqual([]);
      }
      const [kept, ...more] = await broken(one);
      expect(more).toEqual([]);
      expect(kept).toMatchObject({ reason: "unknown_channel", channelKey: one.meta.channelKey });
      expect(await broken(other)).toEqual([]);
    },
  );
});

describe("large bodies", () => {
  const MESSAGE_KB = 50;
  const text = "x".repeat(MESSAGE_KB * 1_000);

  test.each([1_500, 3_000])("%i KB arrive whole, to the last message", async (kilobytes) => {
    const { admin, meta } = await workspace();
    const customers = Array.from({ length: 10 }, (_, place) =>
      meta.customer({ phone: `+44770090010${place}` }),
    );
    const count = kilobytes / MESSAGE_KB / customers.length;
    const said = customers.flatMap((one) => Array.from({ length: count }, () => one.says(text)));
    const body = metaJson(meta.callback(said));
    expect(body.length).toBeGreaterThan(kilobytes * 1_000);
    expect(await meta.post(body)).toBe(200);
    await settle();
    const conversations = await admin.all("/conversations");
    expect(conversations.map(({ unreadCount }) => unreadCount)).toEqual(customers.map(() => count));
  });

  test("a list of messages larger than one read of the database is whole", async () => {
    const { admin, meta } = await workspace();
    const ada = meta.customer(ADA);
    const said = Array.from({ length: 25 }, (_, place) => ada.says(`${place} ${text}`));
    expect(await meta.post(meta.callback(said))).toBe(200);
    await settle();
    const [conversation] = await admin.all("/conversations");
    const messages = await admin.all(`/conversations/${conversation.id}/messages`);
    expect(messages.map(({ content }) => Number.parseInt(content.text, 10))).toEqual(
      said.map((_, place) => said.length - 1 - place),
    );
  });

  test("more than Lambda takes is 413, and nothing of it is kept", async () => {
    const one = await workspace();
    for (const megabytes of [7, 11]) {
      expect(await one.meta.post(`"${"x".repeat(megabytes * 1_048_576)}"`)).toBe(413);
    }
    await expectUntouched(one);
  });
});
