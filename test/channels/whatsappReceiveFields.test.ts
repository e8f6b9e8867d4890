import { describe, expect, test } from "vitest";
import { ADA, BSUID, messageOf, NUMBER, PHONE_ID, partOf, readField } from "./callbacks.ts";

/** The fields beside `messages`: sections 2.2, 2.7 and 2.8. */

const AT = "2026-01-01T00:00:00.000Z";
const SECOND = "1767225600";
const waId = { kind: "wa_id", value: ADA };
const phone = { kind: "phone", value: `+${ADA}` };
const bsuid = { kind: "wa_bsuid", value: BSUID };
const text = { type: "text", text: { body: "Hi" } };

describe.each(["smb_message_echoes", "message_echoes"])("%s", (field) => {
  const frame = { from: NUMBER, to: ADA, to_user_id: BSUID, id: "wamid.1", timestamp: SECOND };
  const contacts = [{ profile: { name: "Ada" }, wa_id: ADA, user_id: BSUID }];
  const read = (element: object) =>
    partOf(field, { contacts, message_echoes: [{ ...frame, ...element }] });

  test("are copies of what the business wrote elsewhere", () => {
    const message = messageOf(read({ ...text, context: { id: "wamid.0" } }));
    expect(message).toMatchObject({
      providerId: "wamid.1",
      sender: { identities: [bsuid, waId, phone], address: waId, profileName: null },
      content: { type: "text", text: "Hi" },
      replyToProviderId: "wamid.0",
      marks: { origin: "echo" },
      opensWindow: false,
      copy: { direction: "outbound", status: "sent" },
    });
    expect(message.copy?.author).toMatch(/app$/);
  });

  test("may go to somebody who hides the number, or to a group", () => {
    const alone = (more: object) =>
      partOf(field, { message_echoes: [{ ...frame, ...text, ...more }] });
    expect(messageOf(alone({ to: undefined })).sender.address).toEqual(bsuid);
    const group = messageOf(alone({ to: "Z3JvdXA", recipient_type: "group" }));
    expect(group.sender.address.value).toBe("whatsapp-group:Z3JvdXA");
    expect(alone({ to: "", to_user_id: "" }).body.kind).toBe("unreadable");
  });

  test("react, edit and revoke for the business", () => {
    const reaction = { message_id: "wamid.0", emoji: "👍" };
    expect(read({ type: "reaction", reaction }).body).toMatchObject({
      amendment: { reaction: { reactor: "business", by: "system", emoji: "👍" } },
    });
    const revoke = { original_message_id: "wamid.0" };
    expect(read({ type: "revoke", revoke }).body).toMatchObject({
      amendment: { kind: "revoke", of: "outbound" },
    });
    const edit = { original_message_id: "wamid.0", message: text };
    expect(read({ type: "edit", edit }).body).toMatchObject({
      amendment: { kind: "edit", of: "outbound", edit: { content: { text: "Hi" } } },
    });
  });
});

describe("history", () => {
  const theirs = { from: ADA, id: "wamid.1", timestamp: SECOND, ...text };
  const ours = { ...theirs, from: NUMBER, to: ADA, id: "wamid.2" };
  const threadsOf = (...messages: object[]) => ({
    history: [{ metadata: { phase: 0, chunk_order: 1 }, threads: [{ id: ADA, messages }] }],
  });
  const read = (message: object) => messageOf(partOf("history", threadsOf(message)));

  test("tells where every message stands", () => {
    const value = {
      history: [...threadsOf(theirs, ours).history, ...threadsOf("odd" as never).history],
    };
    const at = "/entry/0/changes/0/value/history";
    expect(readField("history", value).map(({ pointer, body }) => [pointer, body.kind])).toEqual([
      [`${at}/0/threads/0/messages/0`, "message"],
      [`${at}/0/threads/0/messages/1`, "message"],
      [`${at}/1/threads/0/messages/0`, "unreadable"],
    ]);
  });

  test.each([
    ["READ", "read"],
    ["delivered", "delivered"],
    ["SENT", "sent"],
    ["PLAYED", "played"],
    ["ERROR", "failed"],
    ["PENDING", "unknown"],
    ["NEWER", "sent"],
    [undefined, "sent"],
  ])("of what the business wrote says how far it came: %s", (status, expected) => {
    const message = read({ ...ours, history_context: { status } });
    expect(message.copy).toMatchObject({ direction: "outbound", status: expected });
    expect(message).toMatchObject({ marks: { origin: "history" }, sender: { address: waId } });
  });

  test("of what the customer wrote opens nothing", () => {
    const message = read({ ...theirs, history_context: { status: "READ" } });
    expect(message).toMatchObject({
      opensWindow: false,
      copy: { direction: "inbound", status: "received" },
      sender: { identities: [waId, phone] },
    });
  });

  test.each([
    ["the thread is a user id", BSUID, {}],
    ["and stands for the number too", BSUID, { from: BSUID }],
  ])("names whom it is with: %s", (_, id, more) => {
    const { from: _from, ...bare } = theirs;
    const threads = [{ id, messages: [{ ...bare, ...more }] }];
    const message = messageOf(partOf("history", { history: [{ threads }] }));
    expect(message.sender.identities).toEqual([bsuid]);
  });

  test("has files by themselves", () => {
    const file = { ...theirs, type: "image", image: { id: "4" } };
    const message = messageOf(partOf("history", { messages: [file] }));
    expect(message).toMatchObject({
      providerId: "wamid.1",
      content: { type: "media", provider: { mediaId: "4" } },
      marks: { origin: "history" },
    });
  });

  test("that is not shared is left", () => {
    const errors = [{ code: 2593109, title: "History sharing is turned off by the business" }];
    const part = partOf("history", { history: [{ errors }] });
    expect(part.body).toEqual({ kind: "left", what: "history error 2593109" });
  });

  test.each([[{ history: {} }], [{ history: [7] }], [{ history: [{ threads: [{}] }] }]])(
    "of another shape is kept: %j",
    (value) => expect(partOf("history", value).body.kind).toBe("unreadable"),
  );
});

describe("calls", () => {
  const call = {
    id: "wacid.1",
    from: ADA,
    to: NUMBER,
    event: "connect",
    direction: "USER_INITIATED",
    timestamp: SECOND,
  };
  const body = (more: object) => partOf("calls", { calls: [{ ...call, ...more }] }).body;

  test("of the customer tell who and when", () => {
    expect(body({})).toEqual({
      kind: "call",
      sender: { identities: [waId, phone], address: waId, profileName: null },
      at: 1_767_225_600_000,
    });
  });

  test.each([
    [{ event: "terminate" }],
    [{ direction: "BUSINESS_INITIATED" }],
    [{ direction: null }],
  ])("of another kind are left: %j", (more) => expect(body(more).kind).toBe("left"));

  test.each([[{ timestamp: "soon" }], [{ from: "" }]])("that say too little are kept: %j", (more) =>
    expect(body(more).kind).toBe("unreadable"),
  );
});

describe("user_preferences", () => {
  const stop = {
    wa_id: ADA,
    user_id: BSUID,
    detail: "User requested to stop marketing messages",
    category: "marketing_messages",
    value: "stop",
    timestamp: 1_767_225_600,
  };
  const body = (more: object) =>
    partOf("user_preferences", { user_preferences: [{ ...stop, ...more }] }).body;

  test.each([
    ["stop", {}, "opted_out"],
    ["resume", {}, "opted_in"],
    ["signup", { signup_id: "9" }, "opted_in"],
  ])("%s", (value, more, state) => {
    const evidence = { value, detail: stop.detail, ...(value === "signup" && { signupId: "9" }) };
    expect(body({ value, ...more })).toEqual({
      kind: "consent",
      sender: { identities: [bsuid, waId, phone], address: waId, profileName: null },
      consent: { purpose: "marketing", state, at: AT, source: "user_preferences", evidence },
    });
  });

  test("may come from somebody who hides the number", () => {
    expect(body({ wa_id: undefined })).toMatchObject({ sender: { address: bsuid } });
  });

  test("of a kind that nobody knows is left; of nobody, kept", () => {
    expect(body({ value: "pause" }).kind).toBe("left");
    expect(body({ category: "jokes" }).kind).toBe("left");
    expect(body({ wa_id: "", user_id: "" }).kind).toBe("unreadable");
  });
});

describe("smb_app_state_sync", () => {
  const entry = (more: object, contact: object = {}) => ({
    type: "contact",
    contact: { full_name: "Ada Example", first_name: "Ada", phone_number: ADA, ...contact },
    action: "add",
    metadata: { timestamp: SECOND },
    ...more,
  });
  const body = (one: object) => partOf("smb_app_state_sync", { state_sync: [one] }).body;

  test.each<[object, string | null]>([
    [entry({}), "Ada Example"],
    [entry({}, { full_name: undefined }), "Ada"],
    [entry({ action: "remove" }), null],
  ])("%j", (one, name) => {
    const told = { identities: [waId, phone], name, at: AT };
    expect(body(one)).toEqual({ kind: "phoneBook", entry: told });
  });

  test("of something else is left; of nobody, kept", () => {
    expect(body(entry({ type: "label" })).kind).toBe("left");
    expect(body(entry({ action: "rename" })).kind).toBe("left");
    expect(body(entry({}, { phone_number: "" })).kind).toBe("unreadable");
    expect(body({}).kind).toBe("unreadable");
  });
});

test("several elements of one value are several parts", () => {
  const calls = ["1", "2"].map((id) => ({ id, from: ADA, timestamp: SECOND }));
  expect(readField("calls", { calls })).toHaveLength(2);
  expect(readField("calls", { calls: {} })[0]).toMatchObject({ route: PHONE_ID });
  expect(readField("calls", {})).toEqual([]);
});

test("a status of a group says at whom it came that far", () => {
  const status = {
    id: "wamid.1",
    status: "read",
    timestamp: SECOND,
    recipient_id: "Z3JvdXA",
    recipient_type: "group",
    recipient_participant_id: ADA,
  };
  const user = { recipient_participant_user_id: BSUID };
  const parts = readField("messages", { statuses: [status, { ...status, ...user }] });
  const participants = parts.map(({ body }) =>
    body.kind === "status" ? body.report.participant : null,
  );
  expect(participants).toEqual([ADA, BSUID]);
});
