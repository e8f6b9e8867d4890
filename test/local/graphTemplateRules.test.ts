import { describe, expect, test } from "vitest";
import { checkTemplate } from "../../local/providers/graph/templateRules.ts";

const x = (count: number) => "x".repeat(count);
type Part = Readonly<Record<string, unknown>>;

const body = (text: string, ...values: string[]) => ({
  type: "BODY",
  text,
  ...(values.length > 0 && { example: { body_text: [values] } }),
});
const named = (text: string, ...names: string[]) => ({
  type: "BODY",
  text,
  example: { body_text_named_params: names.map((one) => ({ param_name: one, example: "Ada" })) },
});
const header = (text: string, ...values: string[]) => ({
  type: "HEADER",
  format: "TEXT",
  text,
  ...(values.length > 0 && { example: { header_text: values } }),
});
const picture = (header_handle: unknown, format = "IMAGE") => ({
  type: "HEADER",
  format,
  example: { header_handle },
});
const footer = (text: string) => ({ type: "FOOTER", text });
const buttons = (...all: Part[]) => ({ type: "BUTTONS", buttons: all });
const quick = (text = "Stop") => ({ type: "QUICK_REPLY", text });
const url = (address: string, more: Part = {}) => ({
  type: "URL",
  text: "Track",
  url: address,
  ...more,
});
const tracked = url("https://x.example/t/{{1}}", { example: ["https://x.example/t/A-17"] });
const HANDLE = "4::aW1hZ2UvanBlZw==:ARabc:e:1767225600:600000000000001:ARdef";
const READY = body("Your order is ready to collect.");
const GREETING = "Hi {{1}}, your order {{2}} is ready to collect.";

const template = (components: unknown, more: Part = {}) => ({
  name: "order_ready_v1",
  language: "en_US",
  category: "UTILITY",
  components,
  ...more,
});
const NAMED = { parameter_format: "NAMED" };
const MARKETING = { category: "MARKETING" };
const AUTHENTICATION = { category: "AUTHENTICATION" };
const otp = (more: Part = {}) => buttons({ type: "OTP", otp_type: "COPY_CODE", ...more });
const code = [{ type: "body", add_security_recommendation: true }, otp()];
const card = (more: Part = {}) => ({
  components: [
    picture([HANDLE]),
    buttons(quick()),
    ...((more.components as Part[] | undefined) ?? []),
  ],
});
const carousel = (...cards: unknown[]) => [READY, { type: "CAROUSEL", cards }];
const offer = (terms: Part, ...more: Part[]) => [
  READY,
  { type: "LIMITED_TIME_OFFER", limited_time_offer: { text: "Ends soon", ...terms } },
  ...more,
];
const coupon = { type: "COPY_CODE", example: "SAVE20" };

describe("takes", () => {
  test.each<[string, unknown]>([
    [
      "the example of the reference",
      template(
        [
          {
            type: "HEADER",
            format: "TEXT",
            text: "Order {{order_no}}",
            example: { header_text_named_params: [{ param_name: "order_no", example: "A-17" }] },
          },
          named("Hi {{first_name}}, your order is ready to collect.", "first_name"),
          footer("Example Ltd"),
          buttons(tracked, quick()),
        ],
        NAMED,
      ),
    ],
    [
      "a name and texts at their limits",
      template([header(x(60)), body(x(1024)), footer(x(60))], { name: x(512) }),
    ],
    ["positions", template([body(GREETING, "Ada", "A-17")])],
    [
      "a flat list of examples",
      template([{ type: "body", text: GREETING, example: { body_text: ["Ada", "A-17"] } }]),
    ],
    [
      "lower case",
      template(
        [
          { type: "header", format: "location" },
          { type: "body", text: "It is ready." },
        ],
        { category: "utility", parameter_format: "positional" },
      ),
    ],
    ["the variable of a header", template([header("Order {{1}}", "A-17"), READY])],
    ["media with a handle", template([picture([HANDLE], "DOCUMENT"), READY])],
    ["ten quick replies", template([READY, buttons(...Array.from({ length: 10 }, () => quick()))])],
    ["quick replies and then links", template([READY, buttons(quick(), quick(), tracked)])],
    [
      "labels and addresses at their limits",
      template([
        READY,
        buttons(url(`https://x.example/${x(1982)}`, { text: x(25) }), {
          type: "PHONE_NUMBER",
          text: "Call",
          phone_number: "+1234567890123456789",
        }),
      ]),
    ],
    ["a code to copy", template([READY, buttons({ ...coupon, example: x(20) })], MARKETING)],
    ["three words for one variable", template([body("Hello {{1}} dear friend", "Ada")])],
    [
      "words without spaces between them",
      template([body("您好{{1}},您的订单已准备好,可以领取了。", "Ada")], { language: "zh_CN" }),
    ],
    ["a code", template(code, AUTHENTICATION)],
    [
      "a code that expires",
      template(
        [{ type: "BODY" }, { type: "FOOTER", code_expiration_minutes: 90 }, otp()],
        AUTHENTICATION,
      ),
    ],
    [
      "a code filled in by an app",
      template(
        [
          { type: "BODY" },
          otp({
            otp_type: "ZERO_TAP",
            zero_tap_terms_accepted: true,
            supported_apps: [{ package_name: "com.x", signature_hash: "abc" }],
          }),
        ],
        AUTHENTICATION,
      ),
    ],
    [
      "an offer",
      template(
        offer(
          { has_expiration: true },
          picture([HANDLE]),
          buttons(coupon, url("https://x.example")),
        ),
        MARKETING,
      ),
    ],
    ["a carousel", template(carousel(card(), card()), MARKETING)],
    ["how long it lives", template([READY], { message_send_ttl_seconds: 43_200 })],
    ["a life of 30 days", template([READY], { message_send_ttl_seconds: -1 })],
  ])("%s", (_, given) => {
    expect(checkTemplate(given)).toBeNull();
  });
});

const TOO_LONG = 2388040;
const HEADER = 2388047;
const BODY = 2388072;
const FOOTER = 2388073;

describe("refuses", () => {
  test.each<[string, number | null, unknown]>([
    ["no object", null, "template"],
    ["an unknown key", null, template([READY], { allow_category_change: true })],
    ["no name", null, template([READY], { name: undefined })],
    ["a name in upper case", null, template([READY], { name: "Order" })],
    ["a long name", TOO_LONG, template([READY], { name: x(513) })],
    ["a language with a dash", null, template([READY], { language: "en-US" })],
    ["an unknown category", null, template([READY], { category: "SERVICE" })],
    ["an unknown format", null, template([READY], { parameter_format: "LOOSE" })],
    ["no components", null, template(undefined)],
    ["no body", BODY, template([footer("Example Ltd")])],
    ["two bodies", null, template([READY, READY])],
    ["an unknown component", null, template([READY, { type: "SIDEBAR" }])],
    ["a life that is too short", null, template([READY], { message_send_ttl_seconds: 29 })],
    [
      "30 days for marketing",
      null,
      template([READY], { ...MARKETING, message_send_ttl_seconds: -1 }),
    ],
    ["an empty body", BODY, template([body(" ")])],
    ["a long body", TOO_LONG, template([body(x(1025))])],
    ["a body of many emojis", TOO_LONG, template([body("🎉".repeat(513))])],
    ["a misspelled key", null, template([{ ...READY, exmaple: {} }])],
    ["a gap", BODY, template([body("Hi {{1}}, your order {{3}} is ready now.", "A", "B")])],
    ["another order", BODY, template([body("Hi {{2}}, your order {{1}} is ready now.", "A", "B")])],
    [
      "a position twice",
      BODY,
      template([body("Hi {{1}}, dear {{1}}, it is ready now.", "A", "A")]),
    ],
    ["names among positions", BODY, template([body("Hi {{name}}, it is ready.", "Ada")])],
    ["positions among names", BODY, template([named("Hi {{1}}, it is ready.", "1")], NAMED)],
    ["a name in upper case", BODY, template([named("Hi {{Name}}, it is ready.", "Name")], NAMED)],
    [
      "a name that starts with a digit",
      BODY,
      template([named("Hi {{1st}}, it is ready.", "1st")], NAMED),
    ],
    [
      "a name twice",
      BODY,
      template([named("Hi {{name}}, dear {{name}}, it is ready.", "name", "name")], NAMED),
    ],
    [
      "a name in the header and in the body",
      BODY,
      template(
        [
          {
            type: "HEADER",
            format: "TEXT",
            text: "Hi {{name}}",
            example: { header_text_named_params: [{ param_name: "name", example: "Ada" }] },
          },
          named("Dear {{name}}, it is ready.", "name"),
        ],
        NAMED,
      ),
    ],
    ["spaces in the braces", BODY, template([body("Hi {{ 1 }}, it is ready.", "Ada")])],
    ["three braces", BODY, template([body("Hi {{{1}}}, it is ready.", "Ada")])],
    ["an open brace", BODY, template([body("Hi {{1}, it is ready.", "Ada")])],
    ["no example", BODY, template([body("Hi {{1}}, it is ready.")])],
    ["too few examples", BODY, template([body(GREETING, "Ada")])],
    ["an empty example", BODY, template([body(GREETING, "Ada", "")])],
    [
      "the example of another name",
      BODY,
      template([named("Hi {{name}}, it is ready.", "surname")], NAMED),
    ],
    [
      "variables next to each other",
      BODY,
      template([body("Hi {{1}} {{2}}, your order is ready to collect.", "Ada", "B")]),
    ],
    ["a variable at the start", 2388299, template([body("{{1}}, it is ready.", "Ada")])],
    ["a variable at the end", 2388299, template([body("It is ready for you, {{1}} ", "Ada")])],
    ["few words", 2388293, template([body("Hi {{1}}, welcome.", "Ada")])],
    ["a long header", TOO_LONG, template([header(x(61)), READY])],
    ["an empty header", HEADER, template([header(""), READY])],
    ["two variables in a header", HEADER, template([header("{{1}} and {{2}}", "A", "B"), READY])],
    ["no example for the header", HEADER, template([header("Order {{1}}"), READY])],
    ["a header of two lines", HEADER, template([header("Order\nready"), READY])],
    ["an emoji in a header", HEADER, template([header("Ready 🎉"), READY])],
    ["markdown in a header", HEADER, template([header("*Ready*"), READY])],
    [
      "a header of an unknown format",
      HEADER,
      template([{ type: "HEADER", format: "SONG" }, READY]),
    ],
    ["an image without a sample", 2388273, template([{ type: "HEADER", format: "IMAGE" }, READY])],
    ["an address as the sample", 2388273, template([picture(["https://x.example/1.jpg"]), READY])],
    ["a media id as the sample", 2388273, template([picture(["400000000000001"]), READY])],
    ["two samples", 2388273, template([picture([HANDLE, HANDLE]), READY])],
    ["a long footer", TOO_LONG, template([READY, footer(x(61))])],
    ["an empty footer", FOOTER, template([READY, footer("")])],
    ["a variable in a footer", FOOTER, template([READY, footer("By {{1}}")])],
    ["no buttons", null, template([READY, buttons()])],
    [
      "eleven buttons",
      null,
      template([READY, buttons(...Array.from({ length: 11 }, () => quick()))]),
    ],
    ["a long label", TOO_LONG, template([READY, buttons(quick(x(26)))])],
    ["a variable in a label", null, template([READY, buttons(quick("Hi {{1}}"))])],
    ["split quick replies", null, template([READY, buttons(quick(), tracked, quick())])],
    ["three links", null, template([READY, buttons(tracked, tracked, tracked)])],
    ["a long address", TOO_LONG, template([READY, buttons(url(`https://x.example/${x(1983)}`))])],
    ["no web address", null, template([READY, buttons(url("ftp://x.example"))])],
    [
      "a variable inside an address",
      null,
      template([
        READY,
        buttons(url("https://x.example/{{1}}/a", { example: ["https://x.example/1/a"] })),
      ]),
    ],
    [
      "a variable without an example",
      null,
      template([READY, buttons(url("https://x.example/{{1}}"))]),
    ],
    [
      "half an address as the example",
      null,
      template([READY, buttons(url("https://x.example/{{1}}", { example: ["A-17"] }))]),
    ],
    [
      "two numbers to call",
      null,
      template([
        READY,
        buttons(
          { type: "PHONE_NUMBER", text: "Call", phone_number: "15550100001" },
          { type: "PHONE_NUMBER", text: "Call", phone_number: "15550100001" },
        ),
      ]),
    ],
    [
      "a long number",
      TOO_LONG,
      template([
        READY,
        buttons({ type: "PHONE_NUMBER", text: "Call", phone_number: "123456789012345678901" }),
      ]),
    ],
    ["two codes to copy", null, template([READY, buttons(coupon, coupon)])],
    ["a long code", TOO_LONG, template([READY, buttons({ ...coupon, example: x(21) })])],
    ["an unknown button", null, template([READY, buttons({ type: "DANCE", text: "Go" })])],
    ["a code button outside its category", null, template([READY, otp()])],
    ["words for a code", BODY, template([READY, otp()], AUTHENTICATION)],
    ["a code without a button", null, template([{ type: "BODY" }], AUTHENTICATION)],
    ["a code with a header", null, template([header("Code"), ...code], AUTHENTICATION)],
    [
      "a code that lives too long",
      FOOTER,
      template([...code, { type: "FOOTER", code_expiration_minutes: 91 }], AUTHENTICATION),
    ],
    [
      "one tap without an app",
      null,
      template([{ type: "BODY" }, otp({ otp_type: "ONE_TAP" })], AUTHENTICATION),
    ],
    [
      "zero tap without the terms",
      null,
      template(
        [
          { type: "BODY" },
          otp({
            otp_type: "ZERO_TAP",
            supported_apps: [{ package_name: "com.x", signature_hash: "abc" }],
          }),
        ],
        AUTHENTICATION,
      ),
    ],
    ["an offer that is none of marketing", null, template(offer({}))],
    ["a long offer", TOO_LONG, template(offer({ text: x(17) }), MARKETING)],
    ["an offer with a footer", FOOTER, template(offer({}, footer("A")), MARKETING)],
    ["an offer under words", HEADER, template(offer({}, header("Sale")), MARKETING)],
    [
      "an offer that expires without a code",
      null,
      template(offer({ has_expiration: true }, buttons(url("https://x.example"))), MARKETING),
    ],
    [
      "the long body of an offer",
      TOO_LONG,
      template([body(x(601)), ...offer({}).slice(1)], MARKETING),
    ],
    ["one card", null, template(carousel(card()), MARKETING)],
    [
      "unlike cards",
      null,
      template(carousel(card(), card({ components: [body("One")] })), MARKETING),
    ],
    [
      "the long body of a card",
      TOO_LONG,
      template(carousel(...[1, 2].map(() => card({ components: [body(x(161))] }))), MARKETING),
    ],
  ])("%s (%s)", (_, subcode, given) => {
    expect(checkTemplate(given)).toMatchObject({ code: 100, subcode, message: expect.any(String) });
  });

  test("whatever is no template at all, without breaking", () => {
    const odd = [null, undefined, 1, [], {}, template([null]), template([{ type: 1 }])];
    const odder = [
      template([{ type: "BODY", text: 1 }]),
      template([READY, buttons(null as never)]),
    ];
    const oddest = template([
      { type: "HEADER", format: "IMAGE", example: { header_handle: {} } },
      READY,
    ]);
    for (const given of [...odd, ...odder, oddest, template(carousel(1, null))]) {
      expect(checkTemplate(given)).toMatchObject({ code: 100 });
    }
  });
});
