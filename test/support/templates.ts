import * as fc from "fast-check";
import type { TemplateButton, TemplateComponent } from "../../shared/domain/templates.ts";
import { formatOf, type TemplateDraft } from "../../shared/domain/templates.ts";

/**
 * Drafts as people write them: most are good, and each of the rest breaks one rule or two. What the
 * reference leaves open (how many words a variable needs, whether a comma separates two variables,
 * marks in a header) is not made, because nobody could say who is right.
 */

const words = fc
  .array(fc.constantFrom("order", "ready", "today", "please", "collect", "thank", "you", "shop"), {
    minLength: 4,
    maxLength: 8,
  })
  .map((all) => all.join(" "));

const name = fc.oneof(
  { weight: 12, arbitrary: fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/) },
  { weight: 1, arbitrary: fc.constantFrom("Order", "order-ready", "order ready", "é", "order.1") },
  { weight: 1, arbitrary: fc.constantFrom("a".repeat(512), "a".repeat(513)) },
);

interface Written {
  readonly text: string;
  readonly examples: Record<string, string>;
}

/** Words, a variable, words, a variable, words; no variable is at an edge. */
function textWith(variables: readonly string[]): fc.Arbitrary<Written> {
  return fc.array(words, { minLength: variables.length + 1, maxLength: variables.length + 1 }).map(
    (parts): Written => ({
      text: parts
        .flatMap((part, place) => {
          const variable = variables[place];
          return variable === undefined ? [part] : [part, `{{${variable}}}`];
        })
        .join(" "),
      examples: Object.fromEntries(variables.map((variable) => [variable, "A-17"])),
    }),
  );
}

const variables = fc.constantFrom<readonly string[]>(
  [],
  [],
  ["first_name"],
  ["first_name", "order_no"],
  ["1"],
  ["1", "2"],
  ["1", "2", "3"],
);

/** What people get wrong in a body. */
const slips: readonly ((written: Written) => Written)[] = [
  ({ text, examples }) => ({ text: `{{1}} ${text}`, examples: { ...examples, 1: "A" } }),
  ({ text, examples }) => ({ text: `${text} {{1}}`, examples: { ...examples, 1: "A" } }),
  ({ text }) => ({ text: `Hello {{1}} {{2}} ${text}`, examples: { 1: "A", 2: "B" } }),
  ({ text }) => ({ text: `Hello {{2}} ${text}`, examples: { 2: "B" } }),
  ({ text }) => ({ text: `Hello {{ 1 }} ${text}`, examples: {} }),
  ({ text }) => ({ text: `Hello {{1} ${text}`, examples: {} }),
  ({ text }) => ({ text: `Hello {{1}} ${text} {{first_name}} ${text}`, examples: { 1: "A" } }),
  ({ text }) => ({ text, examples: {} }),
  () => ({ text: "On {{1}} - {{2}} - {{3}} it", examples: { 1: "A", 2: "B", 3: "C" } }),
  ({ text, examples }) => ({ text: `${text} ${"x".repeat(1_025)}`, examples }),
  () => ({ text: "", examples: {} }),
];

const body = fc
  .tuple(
    variables.chain(textWith),
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      { weight: 2, arbitrary: fc.constantFrom(...slips) },
    ),
  )
  .map(([written, slip]): TemplateComponent => {
    return { type: "body", ...(slip === null ? written : slip(written)) };
  });

const header: fc.Arbitrary<TemplateComponent> = fc.oneof(
  fc.constant({ type: "header" as const, format: "text" as const, text: "Your order" }),
  fc.constantFrom<TemplateComponent>(
    { type: "header", format: "text", text: "Order {{1}} is ready", examples: { 1: "A-17" } },
    { type: "header", format: "text", text: "Order {{1}} is ready" },
    { type: "header", format: "text", text: "Order {{1}} for {{2}}", examples: { 1: "A", 2: "B" } },
    { type: "header", format: "text", text: "For {{first_name}}", examples: { first_name: "A" } },
    { type: "header", format: "text", text: "x".repeat(61) },
    { type: "header", format: "text", text: "x".repeat(60) },
    { type: "header", format: "location" },
    { type: "header", format: "image", mediaId: "med_1" },
    { type: "header", format: "image" },
  ),
);

const footer = fc.constantFrom<TemplateComponent>(
  { type: "footer", text: "Example Ltd" },
  { type: "footer", text: "x".repeat(60) },
  { type: "footer", text: "x".repeat(61) },
  { type: "footer", text: "For {{1}}" },
);

const BASE = "https://shop.example/t/";
const button = fc.constantFrom<TemplateButton>(
  { type: "quick_reply", text: "Stop" },
  { type: "quick_reply", text: "Yes please" },
  { type: "quick_reply", text: "x".repeat(26) },
  { type: "url", text: "Track", url: `${BASE}all` },
  { type: "url", text: "Track", url: `${BASE}{{1}}`, example: `${BASE}A-17` },
  { type: "url", text: "Track", url: `${BASE}{{1}}` },
  { type: "url", text: "Track", url: `${BASE}{{1}}/more`, example: `${BASE}A-17/more` },
  { type: "url", text: "Track", url: `${BASE}${"x".repeat(2_000)}` },
  { type: "phone_number", text: "Call", phoneNumber: "+15550100001" },
  { type: "phone_number", text: "Call", phoneNumber: "1".repeat(21) },
  { type: "copy_code", example: "SAVE20" },
  { type: "copy_code", example: "x".repeat(21) },
);

const buttons = fc
  .array(button, { minLength: 1, maxLength: 4 })
  .map((all): TemplateComponent => ({ type: "buttons", buttons: all }));

const many = fc.constantFrom(10, 11).map((count): TemplateComponent => {
  const all = Array.from({ length: count }, (_, place) => `Reply ${place}`);
  return { type: "buttons", buttons: all.map((text) => ({ type: "quick_reply", text })) };
});

const rarely = <T>(arbitrary: fc.Arbitrary<T>, weight: number) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight, arbitrary: arbitrary.map(one) });
const one = <T>(value: T): T[] => [value];

const plain = fc
  .record({
    name,
    category: fc.constantFrom("marketing" as const, "utility" as const),
    header: rarely(header, 2),
    body: rarely(body, 30),
    footer: rarely(footer, 2),
    buttons: rarely(fc.oneof({ weight: 8, arbitrary: buttons }, { weight: 1, arbitrary: many }), 3),
  })
  .map(({ name, category, header, body, footer, buttons }) => {
    return draftOf(name, category, [...header, ...body, ...footer, ...buttons]);
  });

/** A code to log in: the words are Meta's. */
const code = fc
  .record({
    name,
    advice: fc.boolean(),
    minutes: fc.constantFrom(null, 0, 1, 10, 90, 91),
    extra: fc.constantFrom<readonly TemplateComponent[]>(
      [],
      [],
      [],
      [{ type: "header", format: "text", text: "Code" }],
    ),
    otp: fc.constantFrom<readonly TemplateButton[]>(
      [{ type: "otp", otpType: "copy_code" }],
      [{ type: "otp", otpType: "copy_code" }],
      [{ type: "otp", otpType: "one_tap" }],
      [{ type: "quick_reply", text: "Stop" }],
    ),
  })
  .map(({ name, advice, minutes, extra, otp }) =>
    draftOf(name, "authentication", [
      ...extra,
      { type: "body", addSecurityRecommendation: advice },
      ...(minutes === null ? [] : [{ type: "footer" as const, codeExpirationMinutes: minutes }]),
      { type: "buttons", buttons: [...otp] },
    ]),
  );

function draftOf(
  name: string,
  category: TemplateDraft["category"],
  components: TemplateComponent[],
): TemplateDraft {
  const parameterFormat = formatOf(components);
  const language = "en_US";
  return { name, language, category, parameterFormat, components, messageTtlSeconds: null };
}

export const drafts: fc.Arbitrary<TemplateDraft> = fc.oneof(
  { weight: 6, arbitrary: plain },
  { weight: 1, arbitrary: code },
);
