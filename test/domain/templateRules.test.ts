import { describe, expect, test } from "vitest";
import { languageFrom } from "../../shared/domain/templateLanguages.ts";
import {
  saysTheSame,
  templateViolations,
  templateWarnings,
} from "../../shared/domain/templateRules.ts";
import {
  formatOf,
  nameFrom,
  type TemplateButton,
  type TemplateComponent,
  type TemplateDraft,
  withOwnText,
  withoutOwnText,
} from "../../shared/domain/templates.ts";
import { draftWith, templateWith } from "./things.ts";

/** Meta's rules, each on both sides of its edge (WhatsApp reference, section 8.3). */

const codesOf = (draft: TemplateDraft) =>
  templateViolations(draft).map(({ pointer, code }) => `${pointer} ${code}`);
const x = (count: number) => "x".repeat(count);
const BODY: TemplateComponent = { type: "body", text: "Your order is ready." };

/** A draft of these components, and the usual body unless there is one. */
function of(components: readonly TemplateComponent[], given: Partial<TemplateDraft> = {}) {
  const hasBody = components.some(({ type }) => type === "body");
  const all = hasBody ? [...components] : [BODY, ...components];
  return draftWith({ components: all, parameterFormat: formatOf(all), ...given });
}
const body = (
  text: string,
  examples?: Record<string, string>,
  given: Partial<TemplateDraft> = {},
) => of([{ type: "body", text, ...(examples && { examples }) }], given);
const header = (more: Partial<Extract<TemplateComponent, { type: "header" }>>) =>
  of([{ type: "header", format: "text", ...more }]);
const buttons = (...all: TemplateButton[]) => of([{ type: "buttons", buttons: all }]);
const reply = (text = "Yes"): TemplateButton => ({ type: "quick_reply", text });
const url = (address: string, example?: string): TemplateButton => {
  return { type: "url", text: "Track", url: address, ...(example && { example }) };
};
const call = (phoneNumber: string): TemplateButton => ({
  type: "phone_number",
  text: "Call",
  phoneNumber,
});

test("a good draft breaks none", () => expect(templateViolations(draftWith())).toEqual([]));

describe.each<[string, TemplateDraft, string[]]>([
  ["a name of 512", draftWith({ name: x(512) }), []],
  ["a name of 513", draftWith({ name: x(513) }), ["/name too_long"]],
  ["no name", draftWith({ name: "" }), ["/name required"]],
  ["digits and underscores", draftWith({ name: "a_1" }), []],
  ["capitals", draftWith({ name: "Order_Ready" }), ["/name capitals"]],
  ["a dash", draftWith({ name: "order-ready" }), ["/name invalid"]],
  ["an unknown language", draftWith({ language: "en_XX" }), ["/language unknown"]],
  ["no body", draftWith({ components: [] }), ["/components required"]],
  ["two bodies", of([BODY, BODY]), ["/components/1/type not_unique"]],

  ["a text header of 60", header({ text: x(60) }), []],
  ["a text header of 61", header({ text: x(61) }), ["/components/1/text too_long"]],
  ["emoji count as two", header({ text: x(59) }), []],
  ["an empty header", header({ text: " " }), ["/components/1/text required"]],
  ["one variable in a header", header({ text: "No {{1}}", examples: { "1": "A" } }), []],
  [
    "two variables in a header",
    header({ text: "No {{1}} {{2}}", examples: { "1": "A", "2": "B" } }),
    ["/components/1/text too_many_variables"],
  ],
  [
    "a header without its example",
    header({ text: "No {{1}}" }),
    ["/components/1/examples/1 required"],
  ],
  ["a header of two lines", header({ text: "One\nTwo" }), ["/components/1/text line_break"]],
  ["a bold header", header({ text: "*Now*" }), ["/components/1/text markdown"]],
  ["a header with an emoji", header({ text: "Now 🎉" }), ["/components/1/text emoji"]],
  ["a location header", header({ format: "location" }), []],
  ["a header that is a file", header({ format: "image", mediaId: "med_1" }), []],
  ["without the file", header({ format: "image" }), ["/components/1/mediaId required"]],
  [
    "a text beside a file",
    header({ format: "image", mediaId: "med_1", text: "A" }),
    ["/components/1/text not_allowed"],
  ],
  [
    "a file beside a text",
    header({ text: "A", mediaId: "med_1" }),
    ["/components/1/mediaId not_allowed"],
  ],

  ["a body of 1,024", body(x(1_024)), []],
  ["a body of 1,025", body(x(1_025)), ["/components/0/text too_long"]],
  ["513 emojis", body("🎉".repeat(513)), ["/components/0/text too_long"]],
  [
    "a variable at the start",
    body("{{1}}, your order is ready", { "1": "A" }),
    ["/components/0/text variable_at_edge"],
  ],
  [
    "a variable at the end",
    body("Your order is ready {{1}}", { "1": "A" }),
    ["/components/0/text variable_at_edge"],
  ],
  [
    "adjacent variables",
    body("Your order {{1}} {{2}} is ready", { "1": "A", "2": "B" }),
    ["/components/0/text variables_adjacent"],
  ],
  [
    "more variables than words",
    body("On {{1}} - {{2}} - {{3}} it", { "1": "A", "2": "B", "3": "C" }),
    ["/components/0/text too_many_variables"],
  ],
  ["a space in the braces", body("No {{ 1 }} it is"), ["/components/0/text malformed_variable"]],
  ["a brace too few", body("No {{1} it is"), ["/components/0/text malformed_variable"]],
  [
    "a capital in a variable",
    body("No {{First}} it is", {}, { parameterFormat: "named" }),
    ["/components/0/text malformed_variable"],
  ],
  [
    "an underscore first",
    body("No {{_a}} it is", { _a: "A" }),
    ["/components/0/text invalid_variable"],
  ],
  ["a gap", body("No {{2}} it is", { "2": "A" }), ["/components/0/text not_sequential"]],
  [
    "names and numbers",
    body("No {{1}} and {{name}} it is", { "1": "A", name: "B" }),
    ["/components/0/text mixed_variables"],
  ],
  [
    "names where numbers were said",
    body("No {{name}} it is", { name: "B" }, { parameterFormat: "positional" }),
    ["/components/0/text mixed_variables"],
  ],
  [
    "a name twice",
    body("No {{name}} and again {{name}} it is", { name: "B" }),
    ["/components/0/text not_unique"],
  ],
  [
    "a name in the header, too",
    of([
      { type: "body", text: "No {{name}} it is", examples: { name: "B" } },
      { type: "header", format: "text", text: "No {{name}}", examples: { name: "B" } },
    ]),
    ["/components/0/text not_unique"],
  ],
  [
    "a number in the header, too",
    of([
      { type: "body", text: "No {{1}} it is", examples: { "1": "B" } },
      { type: "header", format: "text", text: "No {{1}}", examples: { "1": "B" } },
    ]),
    [],
  ],
  ["a number twice", body("No {{1}} and again {{1}} it is", { "1": "B" }), []],
  ["no example", body("No {{1}} it is"), ["/components/0/examples/1 required"]],
  ["an empty example", body("No {{1}} it is", { "1": " " }), ["/components/0/examples/1 required"]],
  ["an example too many", body("It is", { "a/b": "A" }), ["/components/0/examples/a~1b unknown"]],

  ["a footer of 60", of([{ type: "footer", text: x(60) }]), []],
  ["a footer of 61", of([{ type: "footer", text: x(61) }]), ["/components/1/text too_long"]],
  [
    "a variable in a footer",
    of([{ type: "footer", text: "For {{1}}" }]),
    ["/components/1/text not_allowed"],
  ],

  ["no buttons", buttons(), ["/components/1/buttons count"]],
  ["ten buttons", buttons(...Array.from({ length: 10 }, (_, n) => reply(`${n}`))), []],
  [
    "eleven buttons",
    buttons(...Array.from({ length: 11 }, (_, n) => reply(`${n}`))),
    ["/components/1/buttons count"],
  ],
  ["a label of 25", buttons(reply(x(25))), []],
  ["a label of 26", buttons(reply(x(26))), ["/components/1/buttons/0/text too_long"]],
  ["replies first", buttons(reply("1"), reply("2"), url("https://a.example")), []],
  [
    "replies apart",
    buttons(reply("1"), url("https://a.example"), reply("2")),
    ["/components/1/buttons not_contiguous"],
  ],
  ["two links", buttons(url("https://a.example"), url("https://b.example")), []],
  [
    "three links",
    buttons(url("https://a.example"), url("https://b.example"), url("https://c.example")),
    ["/components/1/buttons count"],
  ],
  ["a link of 2,000", buttons(url(`https://${x(1_992)}`)), []],
  [
    "a link of 2,001",
    buttons(url(`https://${x(1_993)}`)),
    ["/components/1/buttons/0/url too_long"],
  ],
  ["no web address", buttons(url("ftp://a.example")), ["/components/1/buttons/0/url invalid"]],
  ["a variable at its end", buttons(url("https://a.example/{{1}}", "https://a.example/7")), []],
  ["an example of the end alone", buttons(url("https://a.example/{{1}}", "7")), []],
  [
    "no example of it",
    buttons(url("https://a.example/{{1}}")),
    ["/components/1/buttons/0/example required"],
  ],
  [
    "an example of another address",
    buttons(url("https://a.example/{{1}}", "https://b.example/7")),
    ["/components/1/buttons/0/example invalid"],
  ],
  [
    "a variable inside",
    buttons(url("https://a.example/{{1}}/b", "https://a.example/7/b")),
    ["/components/1/buttons/0/url malformed_variable"],
  ],
  [
    "a variable with a name",
    buttons(url("https://a.example/{{order}}", "7")),
    ["/components/1/buttons/0/url malformed_variable"],
  ],
  ["a number of 20", buttons(call(`+${"1".repeat(19)}`)), []],
  [
    "a number of 21",
    buttons(call("1".repeat(21))),
    ["/components/1/buttons/0/phoneNumber too_long"],
  ],
  [
    "two numbers",
    buttons(call("+15550100001"), call("+15550100002")),
    ["/components/1/buttons count"],
  ],
  ["letters", buttons(call("+1555CALL")), ["/components/1/buttons/0/phoneNumber invalid"]],
  ["a code of 20", buttons({ type: "copy_code", example: x(20) }), []],
  [
    "a code of 21",
    buttons({ type: "copy_code", example: x(21) }),
    ["/components/1/buttons/0/example too_long"],
  ],
  [
    "two codes",
    buttons({ type: "copy_code", example: "A" }, { type: "copy_code", example: "B" }),
    ["/components/1/buttons count"],
  ],
  [
    "a button for passwords",
    buttons({ type: "otp", otpType: "copy_code" }),
    ["/components/1/buttons/0/type not_allowed"],
  ],
])("%s", (_what, draft, expected) => {
  test(expected.length === 0 ? "is good" : `is ${expected.join(", ")}`, () => {
    expect(codesOf(draft)).toEqual(expected);
  });
});

describe("an authentication template", () => {
  const OTP: TemplateComponent = { type: "buttons", buttons: [{ type: "otp" }] };
  const code = (...components: TemplateComponent[]) =>
    draftWith({ category: "authentication", parameterFormat: "positional", components });
  const own: TemplateComponent = { type: "body", addSecurityRecommendation: true };

  test.each<[string, TemplateDraft, string[]]>([
    ["with its parts", code(own, { type: "footer", codeExpirationMinutes: 90 }, OTP), []],
    [
      "of 91 minutes",
      code(own, { type: "footer", codeExpirationMinutes: 91 }, OTP),
      ["/components/1/codeExpirationMinutes out_of_range"],
    ],
    [
      "with a header",
      code({ type: "header", format: "text", text: "A" }, own, OTP),
      ["/components/0 not_allowed"],
    ],
    [
      "with words of its own",
      code({ type: "body", text: "Your code is {{1}} now" }, OTP),
      ["/components/0/text not_allowed"],
    ],
    [
      "with a quick reply",
      code(own, { type: "buttons", buttons: [reply()] }),
      ["/components/1/buttons/0/type not_allowed"],
    ],
    [
      "of one tap without an app",
      code(own, {
        type: "buttons",
        buttons: [{ type: "otp", otpType: "one_tap" }],
      }),
      ["/components/1/buttons/0/supportedApps required"],
    ],
    [
      "of zero tap without consent",
      code(own, {
        type: "buttons",
        buttons: [
          {
            type: "otp",
            otpType: "zero_tap",
            supportedApps: [{ packageName: "com.example", signatureHash: "K8a/AINcGX7" }],
          },
        ],
      }),
      ["/components/1/buttons/0/zeroTapTermsAccepted required"],
    ],
  ])("%s", (_what, draft, expected) => expect(codesOf(draft)).toEqual(expected));

  test("shows Meta's words, which are nobody's draft", () => {
    const draft = code(own, { type: "footer", codeExpirationMinutes: 10 }, OTP);
    const shown = withOwnText(draft);
    expect(shown.components.map((part) => ("text" in part ? part.text : null))).toEqual([
      "*{{1}}* is your verification code. For your security, do not share this code.",
      "This code expires in 10 minutes.",
      null,
    ]);
    expect(codesOf(shown)).toHaveLength(2);
    expect(codesOf(withoutOwnText(shown))).toEqual([]);
  });
});

test.each([
  ["authentication", 30, 900, true],
  ["utility", 30, 43_200, true],
  ["marketing", 43_200, 2_592_000, false],
] as const)("%s lives %i to %i seconds", (category, min, max, endless) => {
  const told = (messageTtlSeconds: number) =>
    codesOf(draftWith({ category, messageTtlSeconds })).includes("/messageTtlSeconds out_of_range");
  expect([min - 1, min, max, max + 1, -1].map(told)).toEqual([true, false, false, true, !endless]);
});

test("everything wrong is told at once, with what to do", () => {
  const draft = of([
    { type: "body", text: "{{1}}" },
    { type: "footer", text: x(61) },
    { type: "buttons", buttons: [reply(x(26))] },
  ]);
  const told = templateViolations({ ...draft, name: "Order", language: "xx" });
  expect(told.map(({ pointer }) => pointer)).toEqual([
    "/name",
    "/language",
    "/components/0/examples/1",
    "/components/0/text",
    "/components/0/text",
    "/components/1/text",
    "/components/2/buttons/0/text",
  ]);
  expect(told[0]?.detail).toContain("order");
  for (const { detail } of told) expect(detail).toMatch(/^[A-Z].*\.$/);
});

describe("what people type", () => {
  test("as a name gets underscores for spaces, and keeps its capitals to be told", () => {
    expect(nameFrom(" order ready\t2 ")).toBe("order_ready_2");
    expect(nameFrom("Order Ready")).toBe("Order_Ready");
  });

  test.each([
    ["en-US", "en_US"],
    ["EN_us", "en_US"],
    [" pt_br ", "pt_BR"],
    ["en", "en"],
    ["zh-Hant", null],
    ["", null],
  ])("%j as a language is %j", (typed, expected) => expect(languageFrom(typed)).toBe(expected));
});

test("what Meta may dislike is a warning, no violation", () => {
  const marketing = (text: string) => body(text, undefined, { category: "marketing" });
  const codes = (draft: TemplateDraft) => templateWarnings(draft).map(({ code }) => code);
  expect(codes(marketing(x(550)))).toEqual([]);
  expect(codes(marketing(x(551)))).toEqual(["long"]);
  expect(codes(body(x(551)))).toEqual([]);
  expect(codes(marketing("🎉".repeat(10)))).toEqual([]);
  expect(codes(marketing("🎉".repeat(11)))).toEqual(["emojis"]);
  expect(codes(buttons(reply("1"), reply("2"), reply("3")))).toEqual([]);
  expect(codes(buttons(reply("1"), reply("2"), reply("3"), reply("4")))).toEqual(["hidden"]);
  expect(codes(buttons(reply("1"), url("https://a.example")))).toEqual(["hidden"]);
});

test("the same body and footer is the same text, whatever else differs", () => {
  const template = templateWith();
  expect(saysTheSame(draftWith({ name: "other", language: "fr" }), template)).toBe(true);
  const { components } = draftWith();
  const footed = [...components, { type: "footer" as const, text: "Example Ltd" }];
  expect(saysTheSame(draftWith({ components: footed }), template)).toBe(false);
  expect(saysTheSame(draftWith({ category: "authentication" }), template)).toBe(false);
});
