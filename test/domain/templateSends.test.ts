import { describe, expect, test } from "vitest";
import type { Content } from "../../shared/domain/messages.ts";
import {
  collapsed,
  examplesOf,
  rendered,
  requiredKeysOf,
  urlSuffix,
} from "../../shared/domain/templateFields.ts";
import { sendViolations, valueWarnings } from "../../shared/domain/templateSends.ts";
import {
  type Template,
  type TemplateComponent,
  templateStatuses,
} from "../../shared/domain/templates.ts";
import { templateWith } from "./things.ts";

/** What may be sent with a template, and what everybody sees of it (reference, section 7.3). */

type Filled = Extract<Content, { type: "template" }>;
const x = (count: number) => "x".repeat(count);

/** One of everything, with a header and a body that both have a {{1}}. */
const FULL = templateWith({
  parameterFormat: "positional",
  components: [
    { type: "header", format: "text", text: "Order {{1}}", examples: { "1": "A-17" } },
    {
      type: "body",
      text: "Hi {{1}}, your order of {{2}} is ready.",
      examples: { "1": "Ada", "2": "Monday" },
    },
    { type: "footer", text: "Example Ltd" },
    {
      type: "buttons",
      buttons: [
        { type: "quick_reply", text: "Stop" },
        {
          type: "url",
          text: "Track",
          url: "https://shop.example/t/{{1}}",
          example: "https://shop.example/t/A-17",
        },
        { type: "phone_number", text: "Call", phoneNumber: "+15550100001" },
        { type: "copy_code", example: "SAVE20" },
      ],
    },
  ],
});
const VALUES = {
  "header.1": "A-18",
  "1": "Bola",
  "2": "Friday",
  "button.1": "A 18/é",
  "button.3": "SAVE30",
};
const CODE = templateWith({
  category: "authentication",
  components: [
    { type: "body", text: "*{{1}}* is your verification code." },
    { type: "buttons", buttons: [{ type: "otp", otpType: "copy_code" }] },
  ],
});
const LOCATION: TemplateComponent = { type: "header", format: "location" };

const filled = (variables: Record<string, string>, more: Partial<Filled> = {}): Filled => ({
  type: "template",
  templateId: FULL.id,
  variables,
  ...more,
});
const codesOf = (template: Template, content: Filled) =>
  sendViolations(template, content).map(({ pointer, code }) => `${pointer} ${code}`);

test("what must be filled is told by name; a header's number is not the body's", () => {
  expect(requiredKeysOf(FULL)).toEqual(["header.1", "1", "2", "button.1", "button.3"]);
  expect(requiredKeysOf(CODE)).toEqual(["1"]);
  expect(requiredKeysOf(templateWith())).toEqual(["first_name"]);
});

describe("a template is sent", () => {
  test("when everything is filled", () => {
    expect(codesOf(FULL, filled(VALUES))).toEqual([]);
    expect(codesOf(FULL, filled({ ...VALUES, "button.0": "stop" }))).toEqual([]);
    expect(codesOf(CODE, filled({ "1": "123456" }))).toEqual([]);
  });

  test.each(templateStatuses.filter((status) => status !== "approved"))("not when %s", (status) => {
    expect(codesOf({ ...FULL, status }, filled(VALUES))).toEqual([`/templateId ${status}`]);
  });

  test("not while a value is missing, and all of them are told", () => {
    expect(codesOf(FULL, filled({ "1": " ", "2": "Friday" }))).toEqual([
      "/variables/header.1 required",
      "/variables/1 required",
      "/variables/button.1 required",
      "/variables/button.3 required",
    ]);
  });

  test("not with values that it does not ask for", () => {
    expect(codesOf(FULL, filled({ ...VALUES, "a/b": "x" }))).toEqual(["/variables/a~1b unknown"]);
  });

  test.each(["A\nB", "A\rB", "A\tB", "A     B"])(
    "not with %j in a value (132018) (pitfall 18)",
    (value) => {
      expect(codesOf(FULL, filled({ ...VALUES, "1": value }))).toEqual(["/variables/1 invalid"]);
    },
  );

  test("with four spaces in a row", () => {
    expect(codesOf(FULL, filled({ ...VALUES, "1": "A    B" }))).toEqual([]);
  });

  test.each([
    ["button.0", 128],
    ["button.3", 20],
  ])("with %s of %i characters, no more", (key, max) => {
    expect(codesOf(FULL, filled({ ...VALUES, [key]: x(max) }))).toEqual([]);
    const over = codesOf(FULL, filled({ ...VALUES, [key]: x(max + 1) }));
    expect(over).toEqual([`/variables/${key} too_long`]);
  });

  test("with a code of 15, no more", () => {
    expect(codesOf(CODE, filled({ "1": x(15) }))).toEqual([]);
    expect(codesOf(CODE, filled({ "1": x(16) }))).toEqual(["/variables/1 too_long"]);
  });

  test("with a filled text of 1,024, no more (132005)", () => {
    const fixed = "Hi , your order of  is ready.".length + "Friday".length;
    expect(codesOf(FULL, filled({ ...VALUES, "1": x(1_024 - fixed) }))).toEqual([]);
    const over = codesOf(FULL, filled({ ...VALUES, "1": x(1_025 - fixed) }));
    expect(over).toEqual(["/variables too_long"]);
  });

  test("with a place where the header shows one, and only there", () => {
    const headed = templateWith({ components: [LOCATION, ...templateWith().components] });
    const values = { first_name: "Ada" };
    const named = { name: "Office", address: "1 Road" };
    const headerLocation = { latitude: 51.5, longitude: -0.12, ...named };
    expect(codesOf(headed, filled(values, { headerLocation }))).toEqual([]);
    expect(codesOf(headed, filled(values))).toEqual(["/headerLocation required"]);
    const bare = { latitude: 90, longitude: -180, name: " " };
    expect(codesOf(headed, filled(values, { headerLocation: bare }))).toEqual([
      "/headerLocation/name required",
      "/headerLocation/address required",
    ]);
    const far = { latitude: 91, longitude: 180, ...named };
    expect(codesOf(headed, filled(values, { headerLocation: far }))).toEqual([
      "/headerLocation/latitude out_of_range",
    ]);
    expect(codesOf(templateWith(), filled(values, { headerLocation }))).toEqual([
      "/headerLocation unknown",
    ]);
  });

  test("not with a file, which cannot be sent yet", () => {
    const [body] = templateWith().components;
    const image: TemplateComponent = { type: "header", format: "image" };
    const headed = templateWith({ components: [image, body!] });
    const values = { first_name: "Ada" };
    expect(codesOf(headed, filled(values, { headerMediaId: "med_1" }))).toEqual([
      "/headerMediaId not_supported",
    ]);
    expect(codesOf(templateWith(), filled(values, { headerMediaId: "med_1" }))).toEqual([
      "/headerMediaId unknown",
    ]);
  });

  test("not when it has parts that nobody here can fill", () => {
    const [body] = FULL.components.slice(1);
    const raw = { type: "CAROUSEL" };
    for (const components of [
      [],
      [body!, { type: "other" as const, raw }],
      [body!, { type: "buttons" as const, buttons: [{ type: "other" as const, raw }] }],
    ]) {
      const template = { ...FULL, components };
      expect(codesOf(template, filled(VALUES))).toEqual(["/templateId not_supported"]);
    }
  });
});

describe("a template looks", () => {
  test("as it is filled, with what fits into an address", () => {
    expect(rendered(FULL, VALUES)).toEqual({
      header: { format: "text", text: "Order A-18" },
      body: "Hi Bola, your order of Friday is ready.",
      footer: "Example Ltd",
      buttons: [
        { type: "quick_reply", text: "Stop", url: null, phoneNumber: null, code: null },
        {
          type: "url",
          text: "Track",
          url: "https://shop.example/t/A%2018/%C3%A9",
          phoneNumber: null,
          code: null,
        },
        { type: "phone_number", text: "Call", url: null, phoneNumber: "+15550100001", code: null },
        { type: "copy_code", text: null, url: null, phoneNumber: null, code: "SAVE30" },
      ],
    });
  });

  test("as its examples, which are not values that anybody gave", () => {
    expect(examplesOf(FULL)).toEqual({
      "header.1": "A-17",
      "1": "Ada",
      "2": "Monday",
      "button.1": "A-17",
      "button.3": "SAVE20",
    });
    expect(rendered(FULL, examplesOf(FULL)).body).toBe("Hi Ada, your order of Monday is ready.");
  });

  test("with its braces where nothing is given", () => {
    expect(rendered(templateWith(), {}).body).toContain("Hi {{first_name}},");
  });

  test("with a warning for what would be refused, and a way out", () => {
    const told = valueWarnings(FULL, { "1": "A\nB" });
    expect(told.map(({ pointer, code }) => [pointer, code])).toEqual([["/variables/1", "invalid"]]);
    expect(collapsed(" A\n\tB     C ")).toBe("A B C");
  });
});

test("an address keeps what is encoded already", () => {
  expect(urlSuffix("a%20b?c=d&e#f")).toBe("a%20b?c=d&e#f");
  expect(urlSuffix("a b{}\ud800")).toBe("a%20b%7B%7D%EF%BF%BD");
});
