import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCallback } from "../../shared/channels/whatsapp/receive.ts";
import type { CallbackPart } from "../../shared/domain/callbacks.ts";
import { AT } from "../domain/things.ts";

const PHONE_ID = "300000000000001";
const message = (id: string) => ({
  from: "447700900123",
  id,
  timestamp: "1767225600",
  type: "text",
  text: { body: id },
});
const value = (given: object) => ({
  messaging_product: "whatsapp",
  metadata: { display_phone_number: "15550100001", phone_number_id: PHONE_ID },
  ...given,
});
const change = (given: object) => ({ field: "messages", value: value(given) });

const readText = (body: string, encoding: "utf8" | "base64" = "utf8"): CallbackPart[] =>
  readCallback({ channelKey: "local", receivedAt: AT, encoding, body });
const read = (body: unknown) => readText(JSON.stringify(body));

/** What stands where, in one line per part. */
const told = (parts: CallbackPart[]) =>
  parts.map(({ pointer, route, body }) => {
    const what = body.kind === "left" ? body.what : body.kind;
    return `${pointer} ${route === null ? "-" : "number"} ${what}`;
  });

describe("every element of a callback is one part", () => {
  test("in order, wherever it stands", () => {
    const read1 = { id: "wamid.1", status: "read", timestamp: "1767225600" };
    const body = {
      object: "whatsapp_business_account",
      entry: [
        { id: "1", changes: [change({ messages: [message("a"), message("b")] })] },
        {
          id: "2",
          changes: [
            change({ statuses: [read1], errors: [{ code: 130429 }] }),
            change({ messages: [message("c")] }),
          ],
        },
      ],
    };
    expect(told(read(body))).toEqual([
      "/entry/0/changes/0/value/messages/0 number message",
      "/entry/0/changes/0/value/messages/1 number message",
      "/entry/1/changes/0/value/statuses/0 number status",
      "/entry/1/changes/0/value/errors/0 number errors",
      "/entry/1/changes/1/value/messages/0 number message",
    ]);
  });

  test("a thousand in one body", () => {
    const list = Array.from({ length: 1_000 }, (_, place) => message(`wamid.${place}`));
    const parts = read({ entry: [{ changes: [change({ messages: list })] }] });
    expect(parts.filter(({ body }) => body.kind === "message")).toHaveLength(1_000);
  });

  test.each(["message_template_odd_update", "flows", "constructor"])(
    "of the field %s is left",
    (field) => {
      const parts = read({ entry: [{ id: "1", changes: [{ field, value: { event: "x" } }] }] });
      expect(told(parts)).toEqual([`/entry/0/changes/0 - ${field}`]);
    },
  );

  test.each([[{}], [{ messages: null }], [{ messages: [] }], [{ contacts: [] }]])(
    "a value of %j has none",
    (given) => expect(read({ entry: [{ changes: [change(given)] }] })).toEqual([]),
  );
});

describe("what is broken never hides its neighbours", () => {
  test.each([
    ["no id", { ...message("x"), id: undefined }],
    ["an empty id", { ...message("x"), id: "" }],
    ["no type", { ...message("x"), type: undefined }],
    ["no object", "nonsense"],
    ["null", null],
    ["a list", []],
  ])("a message with %s", (_, broken) => {
    const parts = read({
      entry: [{ changes: [change({ messages: [message("a"), broken, message("b")] })] }],
    });
    expect(told(parts)).toEqual([
      "/entry/0/changes/0/value/messages/0 number message",
      "/entry/0/changes/0/value/messages/1 number unreadable",
      "/entry/0/changes/0/value/messages/2 number message",
    ]);
    expect(parts[1]?.raw).toEqual(broken === undefined ? null : JSON.parse(JSON.stringify(broken)));
  });

  test.each([
    ["no changes", { id: "1" }, "/entry/0"],
    ["nothing at all", null, "/entry/0"],
    ["a change without a field", { changes: [{ value: value({}) }] }, "/entry/0/changes/0"],
    [
      "a change without metadata",
      { changes: [{ field: "messages", value: { messages: [message("x")] } }] },
      "/entry/0/changes/0",
    ],
    [
      "a number id that is empty",
      { changes: [{ field: "messages", value: { metadata: { phone_number_id: "" } } }] },
      "/entry/0/changes/0",
    ],
  ])("an entry with %s", (_, entry, pointer) => {
    const parts = read({ entry: [entry, { changes: [change({ messages: [message("a")] })] }] });
    expect(told(parts)).toEqual([
      `${pointer} - unreadable`,
      "/entry/1/changes/0/value/messages/0 number message",
    ]);
  });

  test("statuses of an unknown shape", () => {
    const parts = read({
      entry: [{ changes: [change({ messages: [message("a")], statuses: {} })] }],
    });
    expect(told(parts)).toEqual([
      "/entry/0/changes/0/value/messages/0 number message",
      "/entry/0/changes/0/value/statuses number unreadable",
    ]);
  });

  test("and an envelope or entry of an odd kind", () => {
    const entry = { id: true, time: "x", changes: [change({ messages: [message("a")] })] };
    expect(told(read({ object: 1, entry: [entry] }))).toEqual([
      "/entry/0/changes/0/value/messages/0 number message",
    ]);
  });
});

describe("a body that is no callback is one part that cannot be read", () => {
  test.each(["", "Hello", "{", "null", "17", "[]", "{}", '{"entry":{}}', '"entry"'])(
    "%s",
    (text) => {
      expect(told(readText(text))).toEqual([" - unreadable"]);
    },
  );

  test("also when it is nested beyond sense", () => {
    const deep = `{"entry":[${"[".repeat(200_000)}${"]".repeat(200_000)}]}`;
    expect(readText(deep).map(({ body }) => body.kind)).toEqual(["unreadable"]);
  });

  test("and bytes come as they are, in base64 too", () => {
    const body = JSON.stringify({ entry: [{ changes: [change({ messages: [message("é🙂")] })] }] });
    expect(readText(Buffer.from(body).toString("base64"), "base64")).toEqual(readText(body));
    expect(told(readText("/////w==", "base64"))).toEqual([" - unreadable"]);
  });

  test("and Meta's escapes are read", () => {
    const body = JSON.stringify({ entry: [{ changes: [change({ messages: [message("X")] })] }] });
    const [part] = readText(body.replaceAll('"X"', '"caf\\u00e9 a\\/b \\ud83d\\ude42"'));
    expect(part?.body).toMatchObject({ message: { content: { text: "café a/b 🙂" } } });
  });
});

describe("whatever Meta sends", () => {
  const anything = fc.anything({ maxDepth: 4 });
  const text = (body: unknown) => String(JSON.stringify(body));

  test("nothing throws", () => {
    const bodies = fc.oneof(
      fc.string(),
      anything.map(text),
      anything.map((entry) => text({ entry: [entry] })),
      anything.map((each) => text({ entry: [{ changes: [each] }] })),
      anything.map((given) =>
        text({ entry: [{ changes: [{ field: "messages", value: given }] }] }),
      ),
    );
    const property = fc.property(bodies, (body) => {
      expect(readText(body)).toBeInstanceOf(Array);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("every element of messages[] is one part", () => {
    const names = ["from", "from_user_id", "timestamp", "type", "context", "group_id", "text"];
    const odd = fc
      .tuple(fc.constantFrom(...names), anything)
      .map(([name, given]) => ({ ...message("wamid.1"), [name]: given }));
    const values = fc.record({
      messages: fc.array(fc.oneof(anything, odd), { maxLength: 5 }),
      contacts: anything,
      statuses: fc.oneof(fc.constant(undefined), fc.array(anything, { maxLength: 3 })),
    });
    const property = fc.property(values, (given) => {
      const sent = JSON.parse(text(given));
      const parts = read({ entry: [{ changes: [change(given)] }] });
      const count = sent.messages.length + (sent.statuses?.length ?? 0);
      expect(parts).toHaveLength(count);
      expect(new Set(parts.map(({ pointer }) => pointer)).size).toBe(count);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("an optional part of any shape costs no message", () => {
    const property = fc.property(anything, anything, anything, (profile, context, userId) => {
      const contacts = [{ profile, wa_id: "447700900123", user_id: userId }];
      const messages = [{ ...message("wamid.1"), context, from_user_id: userId }];
      const [part] = read({ entry: [{ changes: [change({ contacts, messages })] }] });
      expect(part?.body.kind).toBe("message");
    });
    fc.assert(property);
  });
});
