import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ADA, GraphRig, idOf } from "./graphRig.ts";

/** What the pretend Meta tells of a number beside plain messages, and what it refuses. */

let rig: GraphRig;
beforeEach(async () => {
  rig = new GraphRig();
  await rig.start();
});
afterEach(() => rig.stop());

const WA_ID = ADA.slice(1);
const text = { type: "text", text: "Hi" };
const said = { type: "text", text: { body: "Hi" } };

/** The value of the one callback that a door made. */
async function toldBy(door: string, body: object) {
  rig.told.length = 0;
  const { status, body: answer } = await rig.sim(door, body);
  expect(status, JSON.stringify(answer)).toBe(200);
  await rig.idle();
  const [told, ...others] = rig.told;
  expect(others).toEqual([]);
  if (told === undefined || !("value" in told)) throw new Error("Nothing was told.");
  return { value: told.value, answer };
}

describe("a message", () => {
  const elementOf = async (content: object, more: object = {}) => {
    const { value } = await toldBy("inbound", { from: ADA, content, ...more });
    return value.messages?.[0];
  };

  test("with a file has Meta's names for it", async () => {
    const contentBase64 = Buffer.from("%PDF-1.7").toString("base64");
    const file = { filename: "a.pdf", mimeType: "application/pdf", contentBase64 };
    const content = { type: "media", kind: "document", caption: "Look", ...file };
    expect(await elementOf(content)).toMatchObject({
      type: "document",
      document: {
        filename: "a.pdf",
        caption: "Look",
        mime_type: "application/pdf",
        id: expect.stringMatching(/^\d{15,}$/),
        sha256: expect.stringMatching(/=$/),
        url: expect.stringMatching(/^https?:/),
      },
    });
  });

  test("may be an order, unsupported, from an ad, in a group", async () => {
    const items = [{ productId: "sku1", quantity: 2, price: 9.5, currency: "GBP" }];
    const order = { type: "order", catalogId: "7000", items };
    const more = { referral: { source_type: "ad" }, groupId: "Z3JvdXA" };
    expect(await elementOf(order, more)).toMatchObject({
      referral: { source_type: "ad" },
      group_id: "Z3JvdXA",
      order: {
        catalog_id: "7000",
        product_items: [
          { product_retailer_id: "sku1", quantity: 2, item_price: 9.5, currency: "GBP" },
        ],
      },
    });
    const poll = await elementOf({ type: "unsupported", what: "poll_creation" });
    expect(poll).toMatchObject({
      errors: [{ code: 131051 }],
      unsupported: { type: "poll_creation" },
    });
  });
});

test("an edit and a revoke name what they change, and have ids of their own", async () => {
  const messageId = await rig.write();
  const { value } = await toldBy("edit", { messageId, content: text });
  const edit = { original_message_id: messageId, message: said };
  expect(value.messages).toMatchObject([{ type: "edit", from: WA_ID, edit }]);
  expect(value.messages?.[0]?.id).not.toBe(messageId);
  const revoked = await toldBy("revoke", { messageId });
  const revoke = { original_message_id: messageId };
  expect(revoked.value.messages).toMatchObject([{ type: "revoke", revoke }]);
});

test.each(["edit", "revoke"])("%s of what no customer wrote is refused", async (door) => {
  await rig.write();
  const messageId = idOf(await rig.text());
  const body = { messageId, ...(door === "edit" && { content: text }) };
  expect((await rig.sim(door, body)).status).toBe(404);
});

describe("a field of the number", () => {
  test("an echo is from the number to the customer", async () => {
    const { value, answer } = await toldBy("echo", { to: ADA, content: text });
    const echo = { from: "15550100001", to: WA_ID, id: answer.id, ...said };
    expect(value).toMatchObject({ message_echoes: [echo] });
    expect(await rig.ledger()).toEqual([]);
  });

  test("history has threads, or says why not", async () => {
    const messages = [
      { by: "customer", content: text, timestamp: 1 },
      { by: "business", content: text, timestamp: 2, status: "ERROR" },
    ];
    const { value } = await toldBy("history", { threads: [{ with: ADA, messages }], phase: 1 });
    expect(value).toMatchObject({
      history: [
        {
          metadata: { phase: 1, chunk_order: 1, progress: 100 },
          threads: [
            {
              id: WA_ID,
              messages: [
                { from: WA_ID, timestamp: "1", ...said, history_context: { status: "READ" } },
                { from: "15550100001", to: WA_ID, history_context: { status: "ERROR" } },
              ],
            },
          ],
        },
      ],
    });
    const refused = await toldBy("history", { refused: true });
    expect(refused.value).toMatchObject({ history: [{ errors: [{ code: 2593109 }] }] });
  });

  test("the phone book adds and removes", async () => {
    const { value } = await toldBy("phoneBook", { number: ADA, name: "Ada Example" });
    const contact = { full_name: "Ada Example", first_name: "Ada", phone_number: WA_ID };
    expect(value).toMatchObject({ state_sync: [{ type: "contact", action: "add", contact }] });
  });

  test("a preference has an integer for a time", async () => {
    const { value } = await toldBy("preference", { from: ADA, value: "stop", timestamp: 5 });
    const told = { category: "marketing_messages", value: "stop", timestamp: 5, wa_id: WA_ID };
    expect(value).toMatchObject({ user_preferences: [told] });
  });

  test("a call of the customer opens the window", async () => {
    const { value } = await toldBy("call", { from: ADA });
    expect(value).toMatchObject({ calls: [{ from: WA_ID, direction: "USER_INITIATED" }] });
    await rig.text();
    expect((await rig.statuses()).map(({ status }) => status)).toEqual(["sent", "delivered"]);
  });

  test("one that we make does not", async () => {
    await toldBy("call", { from: ADA, direction: "BUSINESS_INITIATED" });
    await rig.text();
    expect((await rig.statuses()).map(({ status }) => status)).toEqual(["failed"]);
  });
});

test("a group is answered under its own id, once somebody of it wrote", async () => {
  const to = "Z3JvdXA";
  expect((await rig.text({ to, recipient_type: "group" })).status).toBe(400);
  await rig.write(ADA, { groupId: to });
  expect((await rig.text({ to, recipient_type: "group" })).status).toBe(200);
  const [sent] = await rig.statuses();
  expect(sent).toMatchObject({ status: "sent", recipient_id: to, recipient_type: "group" });
});

test.each([
  ["echo", { to: "Ada", content: text }],
  ["echo", { to: ADA, content: { type: "text" } }],
  ["history", {}],
  ["history", { threads: [], refused: false }],
  ["history", { threads: [{ with: ADA, messages: [{ by: "me", content: text, timestamp: 1 }] }] }],
  ["phoneBook", { number: ADA, action: "rename" }],
  ["call", { from: ADA, event: "ring" }],
  ["preference", { from: ADA, value: "pause" }],
  ["edit", { messageId: "wamid.1" }],
  ["revoke", { messageId: "wamid.1", why: "typo" }],
  ["inbound", { from: ADA, content: { type: "media", kind: "hologram" } }],
])("%s refuses %j", async (door, body) => {
  expect(await rig.sim(door, body)).toMatchObject({
    status: 422,
    body: { code: "invalid_request" },
  });
});
