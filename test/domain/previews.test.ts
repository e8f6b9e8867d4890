import { expect, test } from "vitest";
import type { Content } from "../../shared/domain/messages.ts";
import { previewOf } from "../../shared/domain/previews.ts";

const text = (words: string): Content => ({ type: "text", text: words });
const interactive = (value: Record<string, unknown>): Content => ({
  type: "interactive",
  interactive: value,
});
const place = { type: "location", latitude: 51.5, longitude: -0.12 } as const;

const media = {
  type: "media",
  mediaId: null,
  kind: "document",
  mimeType: null,
  filename: null,
  sha256: null,
  voice: false,
  animated: false,
  provider: null,
} as const;

test.each<[string, Content, string]>([
  ["a line", text("Hi"), "Hi"],
  ["100 letters", text("x".repeat(100)), "x".repeat(100)],
  ["101 letters", text("x".repeat(101)), "x".repeat(100)],
  ["emoji at the end", text("🙂".repeat(101)), "🙂".repeat(100)],
  ["a reaction", { type: "reaction", messageId: "msg_1", emoji: "👍" }, "👍"],
  ["a place", { ...place, name: "Cafe", address: "1 High Street" }, "Cafe"],
  ["a place without a name", { ...place, address: "1 High Street" }, "1 High Street"],
  ["a question", interactive({ type: "button", body: { text: "Tea?" } }), "Tea?"],
  [
    "its answer",
    interactive({ type: "button_reply", button_reply: { id: "b1", title: "Yes" } }),
    "Yes",
  ],
  ["lines", text("One\r\n\n Two\u2028Three\tFour\n"), "One Two Three\tFour"],
  ["a caption", { ...media, caption: "Look" }, "Look"],
  ["a file", { ...media, filename: "a.pdf" }, "a.pdf"],
  ["an order", { type: "order", catalogId: null, text: "Two, please", items: [] }, "Two, please"],
  ["a flow's answer", interactive({ type: "nfm_reply", nfm_reply: { body: "Sent" } }), "Sent"],
  [
    "a permission",
    interactive({ type: "call_permission_reply", call_permission_reply: { response: "accept" } }),
    "accept",
  ],
  ["a template's button", interactive({ type: "button", button: { text: "Stop" } }), "Stop"],
])("the preview of %s", (_, content, preview) => expect(previewOf(content)).toBe(preview));

test.each<Content>([
  text(""),
  text(" \n "),
  media,
  { type: "order", catalogId: null, text: null, items: [] },
  { type: "revoked" },
  place,
  interactive({ type: "nfm_reply", nfm_reply: {} }),
  { type: "contacts", contacts: [] },
  { type: "template", templateId: "tpl_1", variables: {} },
  { type: "unsupported", raw: { type: "sticker" } },
])("what has no words has no preview: %j", (content) => expect(previewOf(content)).toBeNull());
