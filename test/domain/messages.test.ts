import { expect, test } from "vitest";
import { previewOf } from "../../shared/domain/messages.ts";

const text = (words: string) => previewOf({ type: "text", text: words });

test.each([
  ["nothing", "", ""],
  ["a line", "Hi", "Hi"],
  ["160 letters", "x".repeat(160), "x".repeat(160)],
  ["161 letters", "x".repeat(161), "x".repeat(160)],
  ["emoji at the end", "🙂".repeat(161), "🙂".repeat(160)],
])("the preview of %s", (_, words, preview) => expect(text(words)).toBe(preview));

test("what has no words has no preview", () => {
  expect(previewOf({ type: "unsupported", raw: { type: "sticker" } })).toBeNull();
});
