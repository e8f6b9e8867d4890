import { describe, expect, test } from "vitest";
import { readCallback } from "../../shared/channels/whatsapp/receive.ts";
import type { CallbackPart, InboundMessage } from "../../shared/domain/callbacks.ts";
import type { Content } from "../../shared/domain/messages.ts";
import { AT } from "../domain/things.ts";

const PHONE_ID = "300000000000001";
const BSUID = "GB.71000000000000000001";
const metadata = { display_phone_number: "15550100001", phone_number_id: PHONE_ID };
const contact = {
  profile: { name: "Ada Example", username: "@ada.example" },
  wa_id: "447700900123",
  user_id: BSUID,
  parent_user_id: "GB.ENT.82000000000000000002",
  identity_key_hash: "AbC123=",
};
const message = {
  from: "447700900123",
  from_user_id: BSUID,
  from_parent_user_id: "GB.ENT.82000000000000000002",
  id: "wamid.FAKE0001",
  timestamp: "1767225600",
  type: "text",
  text: { body: "Hi" },
};

const read = (body: unknown): CallbackPart[] =>
  readCallback({
    channelKey: "local",
    receivedAt: AT,
    encoding: "utf8",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const envelope = (...changes: unknown[]) => ({
  object: "whatsapp_business_account",
  entry: [{ id: "200000000000001", changes }],
});
const messages = (value: object) =>
  read(
    envelope({ field: "messages", value: { messaging_product: "whatsapp", metadata, ...value } }),
  );

/** The one message of a value with one element. */
function only(given: object, ...contacts: unknown[]): InboundMessage {
  return onlyOf({ contacts: contacts.length === 0 ? [contact] : contacts, messages: [given] });
}

function onlyOf(value: object): InboundMessage {
  const [part, ...others] = messages(value);
  expect(others).toEqual([]);
  if (part?.body.kind !== "message") throw new Error(`Not a message: ${JSON.stringify(part)}`);
  return part.body.message;
}
const kindOf = ({ body }: CallbackPart) => (body.kind === "left" ? body.what : body.kind);

test("a text is read with all that it names", () => {
  expect(messages({ contacts: [contact], messages: [message] })).toEqual([
    {
      pointer: "/entry/0/changes/0/value/messages/0",
      route: PHONE_ID,
      raw: message,
      body: {
        kind: "message",
        message: {
          providerId: "wamid.FAKE0001",
          sentAt: 1_767_225_600_000,
          sender: {
            identities: [
              { kind: "wa_bsuid", value: BSUID },
              { kind: "wa_parent_bsuid", value: "GB.ENT.82000000000000000002" },
              { kind: "wa_id", value: "447700900123" },
              { kind: "phone", value: "+447700900123" },
            ],
            address: { kind: "wa_id", value: "447700900123" },
            profileName: "Ada Example",
          },
          participantName: null,
          content: { type: "text", text: "Hi" },
          replyToProviderId: null,
        },
      },
    },
  ]);
});

const location = { latitude: 51.5, longitude: -0.12, name: "Cafe" };
const contacts = [{ name: { formatted_name: "Bob Sample" }, phones: [{ phone: "+447700900456" }] }];
const interactive = { type: "button_reply", button_reply: { id: "b1", title: "Yes" } };
const button = { payload: "p1", text: "Yes" };

describe("is shown as what it is", () => {
  test.each<[string, unknown, Content]>([
    ["location", location, { type: "location", ...location }],
    ["location", { ...location, url: "https://x" }, { type: "location", ...location }],
    ["contacts", contacts, { type: "contacts", contacts }],
    ["interactive", interactive, { type: "interactive", interactive }],
    ["button", button, { type: "interactive", interactive: { type: "button", button } }],
  ])("%s %j", (type, body, content) => {
    expect(only({ ...message, text: undefined, type, [type]: body }).content).toEqual(content);
  });

  test.each([
    ["location", { latitude: "51.5" }],
    ["contacts", {}],
    ["interactive", { button_reply: {} }],
    ["button", {}],
  ])("unless it cannot be read: %s %j", (type, body) => {
    const given = JSON.parse(JSON.stringify({ ...message, type, [type]: body }));
    expect(only(given).content).toEqual({ type: "unsupported", raw: given });
  });
});

describe("a status", () => {
  const status = { id: "wamid.1", status: "sent", timestamp: "1767225600" };
  const report = {
    providerId: "wamid.1",
    status: "sent",
    at: "2026-01-01T00:00:00.000Z",
    error: null,
    price: null,
  };
  const bodyOf = (given: object) => messages({ statuses: [given] })[0]?.body;

  test.each(["sent", "delivered", "read", "played"])("%s is told with its time", (name) => {
    expect(bodyOf({ ...status, status: name })).toEqual({
      kind: "status",
      report: { ...report, status: name },
      messageId: null,
    });
  });

  test("brings back our own id and the price", () => {
    const pricing = { pricing_model: "PMP", type: "regular", category: "service", billable: true };
    expect(bodyOf({ ...status, biz_opaque_callback_data: "msg_1", pricing })).toEqual({
      kind: "status",
      report: { ...report, price: { model: "PMP", type: "regular", category: "service" } },
      messageId: "msg_1",
    });
  });

  test("failed says why, also without a reason", () => {
    const errors = [{ code: 131026, title: "Message undeliverable" }];
    expect(bodyOf({ ...status, status: "failed", errors })).toMatchObject({
      report: { status: "failed", error: { class: "recipient", providerCode: "131026" } },
    });
    expect(bodyOf({ ...status, status: "failed" })).toMatchObject({
      report: { error: { code: "unexplained", class: "caller", providerCode: null } },
    });
  });

  test("of a kind that tells nothing is left, one that cannot be read is not", () => {
    expect(bodyOf({ ...status, status: "deleted" })).toEqual({
      kind: "left",
      what: "status deleted",
    });
    expect(bodyOf({ ...status, timestamp: "soon" })).toMatchObject({ kind: "unreadable" });
  });
});

/** Section 3.2, and what old captures and the next version may hold. */
const unread: Record<string, unknown> = {
  image: { caption: "x", mime_type: "image/jpeg", sha256: "x", id: "400000000000001" },
  video: { mime_type: "video/mp4", id: "400000000000001" },
  audio: { mime_type: "audio/ogg; codecs=opus", id: "400000000000001", voice: true },
  document: { filename: "a.pdf", mime_type: "application/pdf", id: "400000000000001" },
  sticker: { mime_type: "image/webp", id: "400000000000001", animated: false },
  order: { catalog_id: "7000", product_items: [{ quantity: 2, item_price: 9.5 }] },
  unsupported: { type: "poll_creation" },
  unknown: undefined,
  request_welcome: undefined,
  ephemeral: undefined,
  hologram: { depth: 3 },
};

describe("every other type is kept as it came", () => {
  test.each(Object.entries(unread))("%s", (type, body) => {
    const { text: _, ...frame } = message;
    const given = JSON.parse(JSON.stringify({ ...frame, type, [type]: body, from_user_id: "" }));
    expect(only(given).content).toEqual({ type: "unsupported", raw: given });
  });

  test("also a text without words", () => {
    expect(only({ ...message, text: {} }).content.type).toBe("unsupported");
    expect(only({ ...message, text: { body: "" } }).content).toEqual({ type: "text", text: "" });
  });

  test("with the digits of numbers that are none of ours to round", () => {
    const text = JSON.stringify(
      envelope({
        field: "messages",
        value: {
          metadata,
          messages: [{ ...message, type: "order", order: { id: "N", price: "P" } }],
        },
      }),
    );
    const [part] = read(text.replace('"N"', "12345678901234567890").replace('"P"', "1e300"));
    expect(part?.raw).toMatchObject({ order: { id: "12345678901234567890", price: "1e300" } });
  });

  test.each(["reaction", "system", "edit", "revoke"])("but %s is no message", (type) => {
    const parts = messages({ messages: [{ ...message, type, [type]: { body: "x" } }] });
    expect(parts.map(kindOf)).toEqual([type]);
  });
});

describe("who wrote", () => {
  const { from: _, ...hidden } = message;
  const values = (inbound: InboundMessage) => inbound.sender.identities.map(({ value }) => value);

  test.each([
    ["contacts are missing", {}],
    ["contacts are null", { contacts: null }],
    ["contacts are no array", { contacts: { 0: contact } }],
    ["the profile is missing", { contacts: [{ wa_id: "447700900123" }] }],
    ["the profile is null", { contacts: [{ ...contact, profile: null }] }],
    ["the name is empty", { contacts: [{ ...contact, profile: { name: "" } }] }],
    ["the contact is nonsense", { contacts: [17] }],
  ])("is known when %s, without a name", (_case, value) => {
    const { sender } = onlyOf({ ...value, messages: [message] });
    expect(sender.address).toEqual({ kind: "wa_id", value: "447700900123" });
    expect(sender.profileName).toBeNull();
  });

  test("is called by the username when there is no name", () => {
    const called = { ...contact, profile: { username: "@ada.example" } };
    expect(only(message, called).sender.profileName).toBe("@ada.example");
  });

  test.each([[hidden], [{ ...hidden, from: "" }], [{ ...hidden, from: null }]])(
    "may hide the number: %j",
    (given) => {
      const { wa_id: _number, ...named } = contact;
      const { sender } = only(given, { ...named, wa_id: "" });
      expect(sender.address).toEqual({ kind: "wa_bsuid", value: BSUID });
      expect(sender.identities.map(({ kind }) => kind)).toEqual(["wa_bsuid", "wa_parent_bsuid"]);
      expect(sender.profileName).toBe("Ada Example");
    },
  );

  test("is taken from the contact where the message says nothing", () => {
    const bare = { id: "wamid.1", timestamp: "1767225600", type: "text", text: { body: "Hi" } };
    expect(values(only(bare))).toEqual([
      BSUID,
      "GB.ENT.82000000000000000002",
      "447700900123",
      "+447700900123",
    ]);
  });

  test("is nobody: the element is kept", () => {
    const bare = { id: "wamid.1", timestamp: "1767225600", type: "text", text: { body: "Hi" } };
    const [part] = messages({ messages: [bare] });
    expect(part).toMatchObject({ body: { kind: "unreadable" }, raw: bare, route: PHONE_ID });
  });

  test.each([
    ["digits that are no phone number", "5215512345678", ["5215512345678"]],
    ["a plus", "+447700900123", ["447700900123", "+447700900123"]],
    ["a short code", "12345", ["12345"]],
    ["nothing that we know", "lid:8877", ["whatsapp:lid:8877"]],
  ])("is never refused: %s", (_case, from, identities) => {
    const given = { from, id: "wamid.1", timestamp: "1", type: "text", text: { body: "Hi" } };
    expect(values(onlyOf({ messages: [given] }))).toEqual(identities);
  });

  test("in a group is the group, and the participant is the author", () => {
    const { sender, participantName } = only({ ...message, group_id: "Y2FwaV9ncm91cDox" });
    const group = { kind: "external", value: "whatsapp-group:Y2FwaV9ncm91cDox" };
    expect(sender).toEqual({ identities: [group], address: group, profileName: "WhatsApp group" });
    expect(participantName).toBe("Ada Example");
  });
});

describe("contacts stand beside messages by convention only", () => {
  const bob = { profile: { name: "Bob" }, wa_id: "447700900124", user_id: "GB.72" };
  const byBob = { ...message, from: "447700900124", from_user_id: "GB.72", id: "wamid.2" };
  const names = (contacts: unknown[], ...list: object[]) =>
    messages({ contacts, messages: list }).map(({ body }) =>
      body.kind === "message" ? body.message.sender.profileName : null,
    );

  test("so they are found by user id, in any order", () => {
    expect(names([bob, contact], message, byBob)).toEqual(["Ada Example", "Bob"]);
  });

  test("or by number, where there is no user id", () => {
    const { user_id: _, ...numbered } = bob;
    expect(names([contact, numbered], byBob, message)).toEqual(["Bob", "Ada Example"]);
  });

  test("and the user id wins", () => {
    const moved = { ...bob, profile: { name: "Moved" }, wa_id: "447700900123" };
    expect(names([moved, contact], message)).toEqual(["Ada Example"]);
  });

  test("two messages of one person need one contact", () => {
    expect(names([contact], message, { ...message, id: "wamid.2" })).toEqual([
      "Ada Example",
      "Ada Example",
    ]);
  });

  test("the only contact is never somebody else", () => {
    const { from: _, from_parent_user_id: __, ...hidden } = message;
    const { sender } = only(hidden, bob);
    expect(sender).toEqual({
      identities: [{ kind: "wa_bsuid", value: BSUID }],
      address: { kind: "wa_bsuid", value: BSUID },
      profileName: null,
    });
    expect(only({ ...message, from_user_id: undefined }, bob).sender.profileName).toBeNull();
  });
});

describe("when and to what", () => {
  test.each([
    ["1767225600", 1_767_225_600_000],
    [1_767_225_600, 1_767_225_600_000],
    ["0", 0],
    ["999999999999", 999_999_999_999_000],
  ])("the timestamp %j is read", (timestamp, sentAt) => {
    expect(only({ ...message, timestamp }).sentAt).toBe(sentAt);
  });

  test.each([
    [undefined],
    [null],
    [""],
    ["soon"],
    ["-1"],
    [-1],
    [1.5],
    ["1767225600.5"],
    ["1767225600000"],
    [" 1767225600"],
    [{}],
  ])("the timestamp %j is not, and the element is kept", (timestamp) => {
    const [part] = messages({ messages: [{ ...message, timestamp }] });
    expect(part?.body).toEqual({
      kind: "unreadable",
      detail: "The message cannot be read at timestamp.",
    });
  });

  test.each([
    [{ from: "15550100001", id: "wamid.FAKE0007" }, "wamid.FAKE0007"],
    [{ forwarded: true }, null],
    [{ id: "" }, null],
    [{ id: 7 }, null],
    [null, null],
    [undefined, null],
  ])("the context %j answers %s", (context, id) => {
    expect(only({ ...message, context }).replyToProviderId).toBe(id);
  });
});
