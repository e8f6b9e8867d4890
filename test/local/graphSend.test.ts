import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SeedTemplate } from "../../local/providers/graph/templateSubmitted.ts";
import { ADA, errorOf, GraphRig, idOf, NUMBER } from "./graphRig.ts";

let rig: GraphRig;

beforeEach(async () => {
  rig = new GraphRig();
  await rig.start();
});
afterEach(() => rig.stop());

const button = (id: string, title: string) => ({ type: "reply", reply: { id, title } });
const row = (id: string, title = "A") => ({ id, title });
const interactive = (type: string, action: object, more: object = {}) => ({
  type: "interactive",
  interactive: { type, body: { text: "Pick" }, action, ...more },
});
const list = (sections: object[], more: object = {}) =>
  interactive("list", { button: "Open", sections }, more);
const LINK = "https://x.example/a";
const x = (count: number) => "x".repeat(count);

describe("the frame", () => {
  test.each([
    ["text", { text: { body: x(4096), preview_url: true } }],
    ["image by link", { type: "image", image: { link: LINK, caption: x(1024) } }],
    ["document by link", { type: "document", document: { link: "https://x.example/a.pdf" } }],
    ["audio", { type: "audio", audio: { link: LINK, voice: true } }],
    ["sticker", { type: "sticker", sticker: { link: LINK } }],
    ["location", { type: "location", location: { latitude: "51.5", longitude: -0.12 } }],
    [
      "contacts",
      { type: "contacts", contacts: [{ name: { formatted_name: "Bo S", first_name: "Bo" } }] },
    ],
    [
      "buttons",
      interactive("button", { buttons: ["a", "b", "c"].map((id) => button(id, x(19) + id)) }),
    ],
    ["list", list([{ rows: Array.from({ length: 10 }, (_, at) => row(`${at}`)) }])],
    [
      "cta_url",
      interactive("cta_url", {
        name: "cta_url",
        parameters: { display_text: x(20), url: "https://x.example" },
      }),
    ],
    ["location request", interactive("location_request_message", { name: "send_location" })],
    ["contact request", interactive("request_contact_info", { name: "request_contact_info" })],
    ["a quote and a reference", { context: { message_id: "w" }, biz_opaque_callback_data: x(512) }],
  ])("takes %s", async (_, more) => {
    await rig.write();
    const taken = await rig.text(more);
    expect(taken.body).toMatchObject({ messaging_product: "whatsapp" });
    expect(taken.body.contacts).toEqual([{ input: ADA, wa_id: "447700900001" }]);
    expect(idOf(taken)).toMatch(/^wamid\./);
  });

  test.each([
    [131008, "no type", { type: undefined }],
    [131008, "no body of the type", { text: undefined }],
    [131008, "nobody to send to", { to: undefined }],
    [131008, "no product", { messaging_product: undefined }],
    [131051, "a type that Meta does not send", { type: "hologram" }],
    [100, "an unknown key", { colour: "red" }],
    [100, "an unknown key inside", { text: { body: "Hi", bold: true } }],
    [131009, "a bad number", { to: "ada" }],
    [131009, "a number that is too short", { to: "+123" }],
    [131009, "an empty text", { text: { body: "" } }],
    [131009, "a long text", { text: { body: x(4097) } }],
    [131009, "a long reference", { biz_opaque_callback_data: x(513) }],
    [131009, "id and link", { type: "image", image: { id: "4", link: "https://x.example" } }],
    [131009, "neither id nor link", { type: "image", image: {} }],
    [131009, "a long caption", { type: "video", video: { id: "4", caption: x(1025) } }],
    [100, "a caption of audio", { type: "audio", audio: { id: "4", caption: "Hi" } }],
    [131009, "a place off the map", { type: "location", location: { latitude: 91, longitude: 0 } }],
    [131009, "half a name", { type: "contacts", contacts: [{ name: { formatted_name: "Bo" } }] }],
    [131009, "no contacts", { type: "contacts", contacts: [] }],
    [131009, "no buttons", interactive("button", { buttons: [] })],
    [
      131009,
      "four buttons",
      interactive("button", { buttons: [..."abcd"].map((id) => button(id, id)) }),
    ],
    [
      131009,
      "equal titles",
      interactive("button", { buttons: [button("a", "A"), button("b", "A")] }),
    ],
    [131009, "equal ids", interactive("button", { buttons: [button("a", "A"), button("a", "B")] })],
    [131009, "a long title", interactive("button", { buttons: [button("a", x(21))] })],
    [131009, "a long id", interactive("button", { buttons: [button(x(257), "A")] })],
    [131009, "a long footer", list([{ rows: [row("a")] }], { footer: { text: x(61) } })],
    [131009, "eleven rows", list([{ rows: Array.from({ length: 11 }, (_, at) => row(`${at}`)) }])],
    [131009, "a long row id", list([{ rows: [row(x(201))] }])],
    [131009, "a long row title", list([{ rows: [row("a", x(25))] }])],
    [131009, "sections without titles", list([{ rows: [row("a")] }, { rows: [row("b")] }])],
    [131009, "an image over a list", list([{ rows: [row("a")] }], { header: { type: "image" } })],
    [131009, "an interactive type that is not there", interactive("dance", {})],
    [
      131009,
      "no web address",
      interactive("cta_url", {
        name: "cta_url",
        parameters: { display_text: "Go", url: "ftp://x.example" },
      }),
    ],
    [
      100,
      "a footer of a location request",
      interactive("location_request_message", { name: "send_location" }, { footer: { text: "A" } }),
    ],
  ])("refuses with %i %s", async (code, _, more) => {
    await rig.write();
    const refused = await rig.text(more);
    expect(refused.status).toBe(400);
    expect(errorOf(refused)).toMatchObject({ code, type: "OAuthException" });
    expect(errorOf(refused).error_data?.details).toBeTruthy();
    expect(await rig.ledger()).toEqual([]);
    expect(await rig.statuses()).toEqual([]);
  });

  test("is a JSON object", async () => {
    expect(errorOf(await rig.post([])).code).toBe(100);
  });
});

describe("whom a message is for", () => {
  const userId = "GB.71000000000000000001";

  test("a user id in `to` is accepted and lost", async () => {
    const taken = await rig.text({ to: userId });
    expect(taken.status).toBe(200);
    expect(await rig.statuses()).toEqual([]);
    expect(await rig.ledger()).toEqual([]);
  });

  test("a user without a number is reached by `recipient`", async () => {
    await rig.write(null, { userId });
    const taken = await rig.text({ to: undefined, recipient: userId });
    expect(taken.body.contacts).toEqual([{ input: userId, user_id: userId }]);
    const [sent] = await rig.statuses();
    expect(sent).toMatchObject({ status: "sent", recipient_user_id: userId });
    expect(sent).not.toHaveProperty("recipient_id");
    expect(await rig.ledger()).toMatchObject([{ to: userId }]);
  });

  test("a user id that never wrote here is refused", async () => {
    const refused = await rig.text({ to: undefined, recipient: userId });
    expect(errorOf(refused).code).toBe(131009);
  });

  test("`to` wins over `recipient`", async () => {
    await rig.write();
    const taken = await rig.text({ recipient: userId });
    expect(taken.body.contacts).toEqual([{ input: ADA, wa_id: "447700900001" }]);
  });

  test("without a plus the sender's own country code is put in front", async () => {
    const taken = await rig.text({ to: "447700900001" });
    expect(taken.body.contacts).toEqual([{ input: "447700900001", wa_id: "1447700900001" }]);
    expect(await rig.statuses()).toMatchObject([{ status: "failed", errors: [{ code: 131026 }] }]);
  });

  test("punctuation in a number is fine", async () => {
    await rig.write();
    const taken = await rig.text({ to: "+44 (7700) 900-001" });
    expect(taken.body.contacts).toMatchObject([{ wa_id: "447700900001" }]);
  });
});

describe("templates", () => {
  const template: SeedTemplate = {
    wabaId: NUMBER.wabaId,
    name: "welcome_back",
    language: "en_US",
    category: "utility",
    body: "Hi {{first_name}}, again.",
    status: "approved",
  };
  const named = (text: string, parameter_name: string | undefined = "first_name") => [
    { type: "body", parameters: [{ type: "text", parameter_name, text }] },
  ];
  const use = (components: unknown, more: object = {}) =>
    rig.send({
      type: "template",
      template: { name: template.name, language: { code: "en_US" }, components, ...more },
    });

  test("go out without a window, with their values filled in, priced by category", async () => {
    rig.graph.addTemplate(template);
    const taken = await use(named("Zoë"));
    expect(taken.body.messages).toMatchObject([{ message_status: "accepted" }]);
    const [sent] = await rig.statuses();
    expect(sent).toMatchObject({ pricing: { category: "utility", type: "regular" } });
    expect(await rig.ledger()).toMatchObject([
      {
        content: {
          type: "template",
          name: "welcome_back",
          language: "en_US",
          text: "Hi Zoë, again.",
        },
      },
    ]);
  });

  test("by position take values without names", async () => {
    rig.graph.addTemplate({ ...template, body: "Hi {{1}}." });
    await use([{ type: "body", parameters: [{ type: "text", text: "Ada" }] }]);
    expect(await rig.ledger()).toMatchObject([{ content: { text: "Hi Ada." } }]);
  });

  test.each([
    [404, 132001, "another language", named("A"), { language: { code: "en" } }, {}],
    [404, 132001, "not approved", named("A"), {}, { status: "pending" }],
    [400, 132015, "paused", named("A"), {}, { status: "paused" }],
    [400, 132016, "disabled", named("A"), {}, { status: "disabled" }],
    [400, 132000, "no values", undefined, {}, {}],
    [400, 132012, "a wrong name", named("A", "name"), {}, {}],
    [400, 132012, "a header", [{ type: "header", parameters: [] }], {}, {}],
    [400, 132018, "a line break", named("A\nB"), {}, {}],
    [400, 132018, "five spaces", named("A     B"), {}, {}],
    [400, 132018, "an empty value", named(""), {}, {}],
    [400, 132005, "a text that is too long", named(x(1020)), {}, {}],
  ] as const)("answers %i, code %i: %s", async (status, code, _, components, send, row) => {
    rig.graph.addTemplate({ ...template, ...row });
    const refused = await use(components, send);
    expect(refused.status).toBe(status);
    expect(errorOf(refused).code).toBe(code);
  });

  test("held for their quality go out a minute later", async () => {
    rig.graph.addTemplate(template);
    const taken = await rig.send({
      to: "+447700200004",
      type: "template",
      template: { name: template.name, language: { code: "en_US" }, components: named("Ada") },
    });
    expect(taken.body.messages).toMatchObject([{ message_status: "held_for_quality_assessment" }]);
    expect(rig.graph.pending()).toEqual([]);
    rig.offsetMs += 61_000;
    expect(await rig.statuses()).toHaveLength(2);
  });
});

describe("limits", () => {
  const codes = async (count: number, to: (place: number) => string) => {
    const sends = Array.from({ length: count }, (_, place) => rig.text({ to: to(place) }));
    const answers = await Promise.all(sends);
    return answers.filter(({ status }) => status !== 200).map((answer) => errorOf(answer).code);
  };

  test("one user takes a burst of 45, then one message per six seconds", async () => {
    await rig.write();
    expect(await codes(46, () => ADA)).toEqual([131056]);
    rig.offsetMs += 6_000;
    expect(await codes(2, () => ADA)).toEqual([131056]);
    await rig.sim("script", { limits: false });
    expect(await codes(2, () => ADA)).toEqual([]);
  });

  test("a number takes a burst of 80, then 80 per second", async () => {
    const refused = await codes(250, (place) => `+4477009${String(10_000 + place)}`);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused)).toEqual(new Set([130429]));
    rig.offsetMs += 1_000;
    expect((await rig.text()).status).toBe(200);
  });
});

describe("receipts", () => {
  test("a message that came can be marked as read, with the sign of typing", async () => {
    const message_id = await rig.write();
    const receipt = { messaging_product: "whatsapp", status: "read", message_id };
    const typing_indicator = { type: "text" };
    expect((await rig.post({ ...receipt, typing_indicator })).body).toEqual({ success: true });
    const { body } = await rig.sim(`chats?number=${ADA}`);
    expect(body).toMatchObject({ typing: true, data: [{ status: "read" }] });
    await rig.text();
    expect((await rig.sim(`chats?number=${ADA}`)).body).toMatchObject({ typing: false });
    expect(errorOf(await rig.post({ ...receipt, message_id: "wamid.no" })).code).toBe(131009);
  });
});
