import { expect, test } from "vitest";
import { type Content, previewOf } from "../../shared/domain/messages.ts";

const text = (words: string): Content => ({ type: "text", text: words });
const interactive = (value: Record<string, unknown>): Content => ({
  type: "interactive",
  interactive: value,
});
const place = { type: "location", latitude: 51.5, longitude: -0.12 } as const;

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
  ["a template's button", interactive({ type: "button", button: { text: "Stop" } }), "Stop"],
])("the preview of %s", (_, content, preview) => expect(previewOf(content)).toBe(preview));

test.each<Content>([
  text(""),
  place,
  interactive({ type: "nfm_reply", nfm_reply: {} }),
  { type: "contacts", contacts: [] },
  { type: "template", templateId: "tpl_1", variables: {} },
  { type: "unsupported", raw: { type: "sticker" } },
])("what has no words has no preview: %j", (content) => expect(previewOf(content)).toBeNull());
