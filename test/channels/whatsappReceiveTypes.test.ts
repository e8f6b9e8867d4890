import { describe, expect, test } from "vitest";
import type { Content } from "../../shared/domain/messages.ts";
import { ADA, messageOf, partOf } from "./callbacks.ts";

/** Every type of section 3.2, every mark of 3.3 and 3.4, and what cannot be shown (3.7). */

const frame = { from: ADA, id: "wamid.2", timestamp: "1767225600" };
const AT = "2026-01-01T00:00:00.000Z";
const read = (element: object) => partOf("messages", { messages: [{ ...frame, ...element }] });
const heard = (element: object) => messageOf(read(element));
const contentOf = (element: object) => heard(element).content;

const meta = {
  mime_type: "image/jpeg",
  sha256: "aGFzaA==",
  id: "400000000000001",
  url: "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=400000000000001",
};
const media = {
  type: "media",
  mediaId: null,
  kind: "image",
  mimeType: "image/jpeg",
  filename: null,
  sha256: "aGFzaA==",
  voice: false,
  animated: false,
  provider: { mediaId: meta.id, url: meta.url },
} as const;

describe("a file keeps all that is needed to copy it later", () => {
  test.each<[string, object, Partial<Content>]>([
    ["image", { ...meta, caption: "Look" }, { ...media, caption: "Look" }],
    ["image", { ...meta, url: undefined }, { ...media, provider: { mediaId: meta.id, url: null } }],
    [
      "video",
      { ...meta, mime_type: "video/mp4" },
      { ...media, kind: "video", mimeType: "video/mp4" },
    ],
    [
      "audio",
      { ...meta, mime_type: "audio/ogg; codecs=opus", voice: true },
      { ...media, kind: "audio", mimeType: "audio/ogg", voice: true },
    ],
    [
      "audio",
      { ...meta, mime_type: "audio/mpeg" },
      { ...media, kind: "audio", mimeType: "audio/mpeg" },
    ],
    [
      "document",
      { ...meta, filename: "a.pdf", caption: "Here" },
      { ...media, kind: "document", filename: "a.pdf", caption: "Here" },
    ],
    ["document", meta, { ...media, kind: "document" }],
    ["sticker", { ...meta, animated: true }, { ...media, kind: "sticker", animated: true }],
  ])("%s %#", (type, body, content) => {
    expect(contentOf({ type, [type]: body })).toEqual(content);
  });

  test("and is still a file when it could not be passed on", () => {
    const errors = [{ code: 131052, title: "Media download error" }];
    const message = heard({ type: "image", errors });
    const empty = { ...media, mimeType: null, sha256: null, provider: null };
    expect(message.content).toEqual(empty);
    expect(message.marks.providerErrors).toEqual([
      { providerCode: "131052", detail: "Media download error" },
    ]);
    expect(contentOf({ type: "image", image: 7 })).toEqual(empty);
  });
});

describe("an answer to something that we asked", () => {
  const interactive = (value: object): Content => ({
    type: "interactive",
    interactive: JSON.parse(JSON.stringify(value)),
  });
  const flow = (json: string) => ({
    type: "nfm_reply",
    nfm_reply: { name: "flow", body: "Sent", response_json: json },
  });
  const flowWith = (response: object) =>
    interactive({ type: "nfm_reply", nfm_reply: { name: "flow", body: "Sent", response } });

  test.each<[string, object, Content]>([
    [
      "a list",
      { type: "list_reply", list_reply: { id: "r1", title: "Red" } },
      interactive({ type: "list_reply", list_reply: { id: "r1", title: "Red" } }),
    ],
    ["a flow", flow('{"seats":2,"day":"Monday"}'), flowWith({ seats: 2, day: "Monday" })],
    [
      "a flow, large numbers",
      flow('{"id":12345678901234567890}'),
      flowWith({ id: "12345678901234567890" }),
    ],
    ["a flow, no object", flow("[1]"), interactive(flow("[1]"))],
    ["a flow, no JSON", flow("{"), interactive(flow("{"))],
    [
      "leave to call",
      { type: "call_permission_reply", call_permission_reply: { response: "accept" } },
      interactive({ type: "call_permission_reply", call_permission_reply: { response: "accept" } }),
    ],
  ])("%s", (_, value, content) => {
    expect(contentOf({ type: "interactive", interactive: value })).toEqual(content);
  });

  test("may be missing, with the reason beside it", () => {
    const message = heard({ type: "interactive", errors: [{ code: 131000 }] });
    expect(message.content.type).toBe("unsupported");
    expect(message.marks.providerErrors).toEqual([{ providerCode: "131000", detail: null }]);
  });
});

test("an order names its products", () => {
  const order = {
    catalog_id: "7000",
    text: "Quickly, please",
    product_items: [{ product_retailer_id: "sku1", quantity: 2, item_price: 9.5, currency: "GBP" }],
  };
  expect(contentOf({ type: "order", order })).toEqual({
    type: "order",
    catalogId: "7000",
    text: "Quickly, please",
    items: [{ productId: "sku1", quantity: 2, price: 9.5, currency: "GBP" }],
  });
});

describe("what changes a message is no message", () => {
  const reaction = { reactor: "contact", by: "contact", name: null, at: AT, providerId: "wamid.2" };
  const body = (element: object) => read(element).body;

  test.each([
    [{ emoji: "👍" }, "👍"],
    [{ emoji: "" }, ""],
    [{}, ""],
  ])("a reaction of %j", (given, emoji) => {
    expect(body({ type: "reaction", reaction: { message_id: "wamid.1", ...given } })).toEqual({
      kind: "amendment",
      party: ADA,
      amendment: { kind: "reaction", targetId: "wamid.1", reaction: { ...reaction, emoji } },
    });
  });

  test("a reaction in a group is one of several", () => {
    const told = body({
      type: "reaction",
      reaction: { message_id: "wamid.1", emoji: "👍" },
      group_id: "Z3JvdXA",
    });
    expect(told).toMatchObject({
      party: "whatsapp-group:Z3JvdXA",
      amendment: { reaction: { reactor: ADA } },
    });
  });

  test("an edit has the new content", () => {
    const message = { context: { id: "M0" }, type: "text", text: { body: "new" } };
    expect(body({ type: "edit", edit: { original_message_id: "wamid.1", message } })).toEqual({
      kind: "amendment",
      party: ADA,
      amendment: {
        kind: "edit",
        targetId: "wamid.1",
        of: "inbound",
        edit: { providerId: "wamid.2", at: AT, content: { type: "text", text: "new" } },
      },
    });
  });

  test("a revoke", () => {
    expect(body({ type: "revoke", revoke: { original_message_id: "wamid.1" } })).toEqual({
      kind: "amendment",
      party: ADA,
      amendment: { kind: "revoke", targetId: "wamid.1", of: "inbound", at: AT },
    });
  });

  test.each([
    ["reaction", { emoji: "👍" }],
    ["edit", { original_message_id: "wamid.1" }],
    ["edit", { message: { type: "text" } }],
    ["revoke", {}],
  ])("a %s of %j cannot be read", (type, value) => {
    expect(body({ type, [type]: value })).toMatchObject({ kind: "unreadable" });
    expect(body({ type })).toMatchObject({ kind: "unreadable" });
  });
});

describe("what stands beside a message", () => {
  const text = { type: "text", text: { body: "Hi" } };
  const marks = (more: object) => heard({ ...text, ...more }).marks;

  test.each([
    [{ forwarded: true }, "forwarded"],
    [{ frequently_forwarded: true }, "frequently_forwarded"],
    [{ forwarded: true, frequently_forwarded: true }, "frequently_forwarded"],
    [{ forwarded: false }, null],
    [{ id: "wamid.1" }, null],
  ])("context %j", (context, forwarded) => {
    expect(marks({ context }).forwarded).toBe(forwarded);
  });

  test("the product that they ask about", () => {
    const product = { catalog_id: "7000", product_retailer_id: "sku1" };
    const message = heard({ ...text, context: { id: "wamid.1", referred_product: product } });
    expect(message.marks.referredProduct).toEqual({ catalogId: "7000", productId: "sku1" });
    expect(message.replyToProviderId).toBe("wamid.1");
  });

  test("the ad that they came from", () => {
    const referral = {
      source_url: "https://fb.me/abc",
      source_id: "120000000000001",
      source_type: "ad",
      headline: "Sale",
      body: "Chat with us",
      media_type: "image",
      image_url: "https://x.example/1",
      ctwa_clid: "ARAk",
      welcome_message: { text: "Hi!" },
    };
    expect(marks({ referral }).referral).toEqual({
      sourceType: "ad",
      sourceId: "120000000000001",
      sourceUrl: "https://fb.me/abc",
      headline: "Sale",
      body: "Chat with us",
      mediaType: "image",
      imageUrl: "https://x.example/1",
      videoUrl: null,
      thumbnailUrl: null,
      clickId: "ARAk",
      welcomeText: "Hi!",
    });
    expect(marks({ referral: "ad" }).referral).toBeNull();
  });
});

describe("what WhatsApp does not pass on is shown as such, with the reason", () => {
  const details = "Message type is currently not supported.";
  test.each([
    [
      "unsupported",
      {
        errors: [{ code: 131051, error_data: { details } }],
        unsupported: { type: "poll_creation" },
      },
      "131051",
      details,
    ],
    [
      "unsupported",
      { errors: [{ code: 131060, title: "This message is currently unavailable." }] },
      "131060",
      "This message is currently unavailable.",
    ],
    [
      "unsupported",
      { errors: [{ code: 131051, error_data: details }], unsupported: { type: "edit" } },
      "131051",
      details,
    ],
    ["unknown", { errors: [{ code: 131051, details, title: "Unknown" }] }, "131051", details],
  ])("%s %j", (type, more, providerCode, detail) => {
    const message = heard({ type, ...more });
    expect(message.content).toEqual({ type: "unsupported", raw: { ...frame, type, ...more } });
    expect(message.marks.providerErrors).toEqual([{ providerCode, detail }]);
    expect(message.opensWindow).toBe(true);
  });

  test.each(["ephemeral", "deleted", "request_welcome", "hologram"])("%s is tolerated", (type) => {
    const message = heard({ type });
    expect(message.content).toEqual({ type: "unsupported", raw: { ...frame, type } });
    // Section 6.1: who only opens the chat has written nothing.
    expect(message.opensWindow).toBe(type !== "request_welcome");
  });
});
