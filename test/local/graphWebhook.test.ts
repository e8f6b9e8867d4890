import { describe, expect, test } from "vitest";
import { envelope, metaJson, signatureOf } from "../../local/providers/graph/webhook.ts";

describe("the bytes of a callback", () => {
  test("are ASCII with lower-case escapes and escaped slashes", () => {
    expect(metaJson({ é: "a/b 👍" })).toBe('{"\\u00e9":"a\\/b \\ud83d\\udc4d"}');
  });

  test("are signed with the app secret", () => {
    // RFC 4231, test case 2.
    expect(signatureOf("what do ya want for nothing?", "Jefe")).toBe(
      "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });

  test("share an entry per account and a value per number and kind", () => {
    const metadata = { phone_number_id: "3" };
    const messages = (id: string) => ({ metadata, contacts: [id], messages: [id] });
    const update = (wabaId: string, value: object) => ({
      wabaId,
      field: "messages",
      value: value as Record<string, unknown>,
    });
    const body = envelope([
      update("2", messages("a")),
      update("2", messages("b")),
      update("2", { metadata, statuses: ["c"] }),
      update("9", messages("d")),
    ]);
    expect(body.entry).toEqual([
      {
        id: "2",
        changes: [
          { field: "messages", value: { metadata, contacts: ["a", "b"], messages: ["a", "b"] } },
          { field: "messages", value: { metadata, statuses: ["c"] } },
        ],
      },
      { id: "9", changes: [{ field: "messages", value: messages("d") }] },
    ]);
  });
});
