import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { errorOf, GraphRig, idOf, NUMBER } from "./graphRig.ts";

let rig: GraphRig;

beforeEach(async () => {
  rig = new GraphRig();
  await rig.start();
});
afterEach(() => rig.stop());

const x = (count: number) => "x".repeat(count);
const HANDLE = "4::aW1hZ2UvanBlZw==:ARabc:e:1767225600:600000000000001:ARdef";
const LINK = "https://x.example/a.jpg";
type Part = Readonly<Record<string, unknown>>;

const BODY = {
  type: "BODY",
  text: "Hi {{1}}, your order {{2}} is ready to collect.",
  example: { body_text: [["Ada", "A-17"]] },
};
const BUTTONS = {
  type: "BUTTONS",
  buttons: [
    { type: "QUICK_REPLY", text: "Stop" },
    {
      type: "URL",
      text: "Track",
      url: "https://x.example/t/{{1}}",
      example: ["https://x.example/t/A-17"],
    },
    { type: "COPY_CODE", example: "SAVE20" },
    { type: "PHONE_NUMBER", text: "Call", phone_number: "15550100001" },
  ],
};
const SHORT = { type: "BODY", text: "It is ready." };
const IMAGE = { type: "HEADER", format: "IMAGE", example: { header_handle: [HANDLE] } };

/** Makes an approved one in Meta's own pages. */
const have = async (components: readonly Part[], more: Part = {}) => {
  const template = { name: "order", language: "en_US", category: "MARKETING", components, ...more };
  const { status, body } = await rig.sim("templates", { event: "create", template });
  expect(status, JSON.stringify(body)).toBe(200);
};
const send = (components: readonly Part[] | undefined, more: Part = {}) =>
  rig.send({
    type: "template",
    template: { name: "order", language: { code: "en_US" }, components },
    ...more,
  });
const text = (value: unknown, more: Part = {}) => ({ type: "text", text: value, ...more });
const body = (...parameters: Part[]) => ({ type: "body", parameters });
const header = (...parameters: Part[]) => ({ type: "header", parameters });
const button = (index: unknown, sub_type: string, ...parameters: Part[]) => ({
  type: "button",
  sub_type,
  index,
  parameters,
});
const track = button("1", "url", text("A-17"));
const coupon = button(2, "copy_code", { type: "coupon_code", coupon_code: "SAVE20" });
const image = { type: "image", image: { link: LINK } };
const shown = async () => {
  const { body: chat } = await rig.sim("chats?number=447700900001");
  return (chat.data as { rendered: unknown }[]).at(-1)?.rendered;
};

describe("a template is shown", () => {
  test("with its texts and buttons filled in", async () => {
    const title = {
      type: "HEADER",
      format: "TEXT",
      text: "Order {{1}}",
      example: { header_text: ["A-17"] },
    };
    await have([title, BODY, { type: "FOOTER", text: "Example Ltd" }, BUTTONS]);
    const reply = button("0", "quick_reply", { type: "payload", payload: "stop" });
    const values = [header(text("A-17")), body(text("Ada"), text("A$&17"))];
    expect((await send([...values, reply, track, coupon])).status).toBe(200);
    expect(await shown()).toEqual({
      header: { format: "TEXT", text: "Order A-17", media: null },
      body: "Hi Ada, your order A$&17 is ready to collect.",
      footer: "Example Ltd",
      buttons: [
        { type: "QUICK_REPLY", text: "Stop", value: "stop" },
        { type: "URL", text: "Track", value: "https://x.example/t/A-17" },
        { type: "COPY_CODE", text: "Copy offer code", value: "SAVE20" },
        { type: "PHONE_NUMBER", text: "Call", value: "15550100001" },
      ],
      cards: [],
    });
  });

  test("with the image, the place, the money and the day that were sent", async () => {
    await have([IMAGE, BODY]);
    const money = { fallback_value: "£10", code: "GBP", amount_1000: 10_000 };
    const day = { fallback_value: "1 May" };
    const values = [
      { type: "currency", currency: money },
      { type: "date_time", date_time: day },
    ];
    expect((await send([header(image), body(...values)])).status).toBe(200);
    expect(await shown()).toMatchObject({
      header: { format: "IMAGE", media: { kind: "image", link: LINK } },
      body: "Hi £10, your order 1 May is ready to collect.",
    });
    await have([{ type: "HEADER", format: "LOCATION" }, SHORT], { name: "place" });
    const location = { latitude: 51.5, longitude: "-0.1", name: "Cafe", address: "1 Road" };
    const template = { name: "place", language: { code: "en_US" } };
    const components = [header({ type: "location", location })];
    const taken = await send(undefined, { template: { ...template, components } });
    expect(taken.status).toBe(200);
  });

  test("as cards", async () => {
    const card = { components: [IMAGE, { type: "BUTTONS", buttons: [BUTTONS.buttons[1]] }] };
    await have([SHORT, { type: "CAROUSEL", cards: [card, card] }]);
    const cardSent = (card_index: number) => ({
      card_index,
      components: [header(image), button(0, "url", text(`c${card_index}`))],
    });
    const carousel = (...cards: Part[]) => [{ type: "carousel", cards }];
    expect((await send(carousel(cardSent(1), cardSent(0)))).status).toBe(200);
    expect(await shown()).toMatchObject({
      cards: [
        { buttons: [{ value: "https://x.example/t/c0" }] },
        { buttons: [{ value: "https://x.example/t/c1" }] },
      ],
    });
    expect(errorOf(await send(carousel(cardSent(0)))).code).toBe(132000);
    expect(errorOf(await send(carousel(cardSent(0), cardSent(0)))).code).toBe(131008);
    expect(errorOf(await send(undefined)).code).toBe(132000);
  });

  test("and its reply comes back as a tap on a button", async () => {
    await have([BODY, BUTTONS]);
    const reply = button("0", "quick_reply", { type: "payload", payload: "stop" });
    const sent = await send([body(text("Ada"), text("A-17")), reply, track, coupon]);
    const messageId = idOf(sent);
    expect((await rig.sim("press", { messageId, buttonId: "Track" })).status).toBe(422);
    expect((await rig.sim("press", { messageId, buttonId: "stop" })).status).toBe(200);
    await rig.idle();
    const told = rig.told.flatMap((one) => ("value" in one ? (one.value.messages ?? []) : []));
    expect(told).toMatchObject([
      {
        type: "button",
        button: { payload: "stop", text: "Stop" },
        context: { id: messageId, from: NUMBER.displayNumber },
      },
    ]);
  });
});

describe("what is sent with a template is refused", () => {
  const full = [body(text("Ada"), text("A-17")), track, coupon];
  const without = (place: number) => full.filter((_, at) => at !== place);
  const values = (...all: unknown[]) => [body(...all.map((one) => text(one))), track, coupon];

  test.each<[number, string, readonly Part[] | undefined]>([
    [132000, "without its values", undefined],
    [132000, "with one too few", values("Ada")],
    [132000, "with one too many", values("Ada", "A-17", "B")],
    [
      132012,
      "with a name for a position",
      [body(text("Ada", { parameter_name: "name" }), text("A")), track, coupon],
    ],
    [132012, "with an image for a text", [body(image, text("A")), track, coupon]],
    [132018, "with a tab", values("A\tB", "A")],
    [132018, "with nothing but spaces", values("  ", "A")],
    [132005, "with too long a text", values(x(1000), "A")],
    [132012, "with a header that it does not have", [...full, header(text("A"))]],
    [132012, "with a body twice", [...full, body(text("Ada"), text("A"))]],
    [132012, "with an unknown component", [...full, { type: "sidebar" }]],
    [131008, "without the end of its link", without(1)],
    [131008, "without its code", without(2)],
    [
      131008,
      "without the place of a button",
      [...without(1), { type: "button", sub_type: "url", parameters: [text("A")] }],
    ],
    [131009, "with no place of a button", [...without(1), button("one", "url", text("A"))]],
    [132012, "with a button that is not there", [...full, button(4, "url", text("A"))]],
    [132012, "with a button of another type", [...without(1), button(0, "url", text("A"))]],
    [132012, "with a button twice", [...full, track]],
    [132000, "with two ends of a link", [...without(1), button(1, "url", text("A"), text("B"))]],
    [132000, "with a value for a number", [...full, button(3, "phone_number", text("A"))]],
    [132012, "with a text for a code", [...without(2), button(2, "copy_code", text("A"))]],
    [
      132018,
      "with a long code",
      [...without(2), button(2, "copy_code", { type: "coupon_code", coupon_code: x(21) })],
    ],
    [
      132018,
      "with a long payload",
      [...full, button(0, "quick_reply", { type: "payload", payload: x(129) })],
    ],
  ])("%i: %s", async (code, _, components) => {
    await have([BODY, BUTTONS]);
    expect((await send(full)).status).toBe(200);
    const refused = await send(components);
    expect(refused.status).toBe(400);
    expect(errorOf(refused).code).toBe(code);
  });

  test.each<[number, string, readonly Part[] | undefined]>([
    [132012, "nothing", undefined],
    [132012, "no value", [header()]],
    [132012, "a video", [header({ type: "video", video: { link: LINK } })]],
    [132012, "neither id nor link", [header({ type: "image", image: {} })]],
    [100, "an id that nobody uploaded", [header({ type: "image", image: { id: "400" } })]],
  ])("%i: an image header with %s", async (code, _, components) => {
    await have([IMAGE, SHORT]);
    expect(errorOf(await send(components)).code).toBe(code);
  });

  test("a name is needed for every named value", async () => {
    const named = {
      type: "BODY",
      text: "Hi {{first_name}}, it is ready.",
      example: { body_text_named_params: [{ param_name: "first_name", example: "Ada" }] },
    };
    await have([named], { parameter_format: "NAMED" });
    expect(errorOf(await send([body(text("Ada"))])).code).toBe(132012);
    const right = text("Ada", { parameter_name: "first_name" });
    expect((await send([body(right)])).status).toBe(200);
  });

  test("a code goes into the text and into the button, to a number alone", async () => {
    const otp = { type: "BUTTONS", buttons: [{ type: "OTP", otp_type: "COPY_CODE" }] };
    await have([{ type: "BODY" }, otp], { category: "AUTHENTICATION" });
    const code = (one: string, other = one) => [body(text(one)), button("0", "url", text(other))];
    expect((await send(code("123456"))).status).toBe(200);
    expect(await shown()).toMatchObject({ body: "*123456* is your verification code." });
    expect(errorOf(await send([body(text("123456"))])).code).toBe(131008);
    expect(errorOf(await send(code("123456", "654321"))).code).toBe(132018);
    expect(errorOf(await send(code(x(16)))).code).toBe(132018);
    const userId = await rig.userIdOf("447700900001");
    const refused = await send(code("123456"), { to: undefined, recipient: userId });
    expect(errorOf(refused).code).toBe(131062);
  });

  test("an offer that expires says when", async () => {
    const offer = {
      type: "LIMITED_TIME_OFFER",
      limited_time_offer: { text: "Ends soon", has_expiration: true },
    };
    const buttons = {
      type: "BUTTONS",
      buttons: [BUTTONS.buttons[2], { type: "URL", text: "Shop", url: "https://x.example" }],
    };
    await have([SHORT, offer, buttons]);
    const saved = button(0, "copy_code", { type: "coupon_code", coupon_code: "SAVE20" });
    expect(errorOf(await send([saved])).code).toBe(131008);
    const until = {
      type: "limited_time_offer",
      limited_time_offer: { expiration_time_ms: 1_767_225_600_000 },
    };
    const terms = { type: "limited_time_offer", parameters: [until] };
    expect((await send([saved, terms])).status).toBe(200);
  });

  test("while it is paused, disabled, or looked at again", async () => {
    await have([SHORT]);
    const which = { name: "order", language: "en_US" };
    const codeAfter = async (event: string, more: Part = {}) => {
      await rig.sim("templates", { ...which, event, ...more });
      const answer = await send(undefined);
      return answer.status === 200 ? 200 : errorOf(answer).code;
    };
    expect(await codeAfter("pause")).toBe(132015);
    expect(await codeAfter("unpause")).toBe(200);
    expect(await codeAfter("status", { status: "FLAGGED" })).toBe(200);
    expect(await codeAfter("components", { components: [SHORT] })).toBe(132001);
    expect(await codeAfter("disable")).toBe(132016);
  });
});
