import type { Violation } from "./errors.ts";
import { buttonRules, buttonWarnings } from "./templateButtons.ts";
import { languageFrom } from "./templateLanguages.ts";
import {
  componentOf,
  type ParameterFormat,
  type Template,
  type TemplateComponent,
  type TemplateDraft,
  variablesOf,
} from "./templates.ts";
import { found, present, tooLong, type Violations, variableRules } from "./templateTexts.ts";

/**
 * Meta's rules for a template, all of them checked before it is submitted (WhatsApp reference,
 * section 8.3). Where Meta names no number, only what it must refuse is refused here.
 */
const NAME_MAX = 512;
const HEADER_MAX = 60;
const BODY_MAX = 1024;
const FOOTER_MAX = 60;
const EXPIRY_MINUTES = { min: 1, max: 90 };
/** Announced for marketing, the numbers never confirmed (section 17, point 5). */
const MARKETING_BODY_MAX = 550;
const MARKETING_EMOJIS_MAX = 10;

/** -1 is 30 days, where it is allowed. */
const TTL_SECONDS = {
  authentication: { min: 30, max: 900, endless: true },
  utility: { min: 30, max: 43_200, endless: true },
  marketing: { min: 43_200, max: 2_592_000, endless: false },
} as const;

type Placed<T extends TemplateComponent["type"]> = {
  readonly at: string;
  readonly component: Extract<TemplateComponent, { type: T }>;
};

/** Every rule that the draft breaks, with its place and what to do; none: it can be submitted. */
export function templateViolations(draft: TemplateDraft): Violation[] {
  const all: Violations = [];
  nameRules(all, draft.name);
  if (languageFrom(draft.language) !== draft.language) {
    found(all, "/language", "unknown", "Give a language code of WhatsApp, such as en_US or fr.");
  }
  ttlRules(all, draft);
  countRules(all, draft);
  sharedNameRules(all, draft);
  for (const [place, component] of draft.components.entries()) {
    componentRules(all, draft, component, `/components/${place}`);
  }
  return all;
}

function nameRules(all: Violations, name: string): void {
  const at = "/name";
  if (name === "") {
    found(all, at, "required", "Give a name, such as order_ready.");
  } else if (tooLong(name, NAME_MAX)) {
    found(all, at, "too_long", `At most ${NAME_MAX} characters fit here.`);
  }
  const lower = name.toLowerCase();
  if (lower !== name && /^[a-z0-9_]+$/.test(lower)) {
    found(all, at, "capitals", `Names have no capitals: write ${lower.slice(0, NAME_MAX)}.`);
  } else if (name !== "" && !/^[a-z0-9_]+$/.test(name)) {
    found(all, at, "invalid", "Use only the letters a to z, digits and underscores.");
  }
}

function ttlRules(all: Violations, { category, messageTtlSeconds: ttl }: TemplateDraft): void {
  if (ttl === null) return;
  const { min, max, endless } = TTL_SECONDS[category];
  if ((endless && ttl === -1) || (Number.isInteger(ttl) && ttl >= min && ttl <= max)) return;
  const or = endless ? ", or -1 for 30 days" : "";
  found(all, "/messageTtlSeconds", "out_of_range", `Give ${min} to ${max} seconds${or}.`);
}

function countRules(all: Violations, { components }: TemplateDraft): void {
  if (componentOf(components, "body") === null) {
    found(all, "/components", "required", "A template needs a body.");
  }
  for (const [place, { type }] of components.entries()) {
    const first = components.findIndex((component) => component.type === type);
    if (first === place) continue;
    found(all, `/components/${place}/type`, "not_unique", `A template has one ${type} at most.`);
  }
}

/** A name stands for one value in the whole template; numbers begin anew in each component. */
function sharedNameRules(all: Violations, { components, parameterFormat }: TemplateDraft): void {
  if (parameterFormat !== "named") return;
  const inHeader = variablesOf(componentOf(components, "header")?.text ?? "");
  for (const [place, component] of components.entries()) {
    if (component.type !== "body") continue;
    const shared = variablesOf(component.text ?? "").find((name) => inHeader.includes(name));
    if (shared === undefined) continue;
    const detail = `{{${shared}}} is in the header already: give one of them another name.`;
    found(all, `/components/${place}/text`, "not_unique", detail);
  }
}

function componentRules(
  all: Violations,
  draft: TemplateDraft,
  component: TemplateComponent,
  at: string,
): void {
  const isCode = draft.category === "authentication";
  switch (component.type) {
    case "header":
      if (isCode) found(all, at, "not_allowed", "An authentication template has no header.");
      else headerRules(all, { at, component }, draft.parameterFormat);
      break;
    case "body":
      if (isCode) codeBodyRules(all, { at, component });
      else bodyRules(all, { at, component }, draft.parameterFormat);
      break;
    case "footer":
      if (isCode) codeFooterRules(all, { at, component });
      else footerRules(all, { at, component });
      break;
    case "buttons":
      buttonRules(all, `${at}/buttons`, component.buttons, draft.category);
      break;
    case "other":
      found(all, `${at}/type`, "unknown", "This kind cannot be made here.");
      break;
    default:
      component satisfies never;
  }
}

function headerRules(
  all: Violations,
  { at, component }: Placed<"header">,
  format: ParameterFormat,
): void {
  const { text } = component;
  if (component.format !== "text") {
    if (text !== undefined) {
      found(all, `${at}/text`, "not_allowed", "Only a header of format text has a text.");
    }
    if (component.format !== "location" && component.mediaId === undefined) {
      found(all, `${at}/mediaId`, "required", "Give a sample file.");
    }
    return;
  }
  if (component.mediaId !== undefined) {
    found(all, `${at}/mediaId`, "not_allowed", "A text header has no file.");
  }
  if (!present(all, `${at}/text`, text, HEADER_MAX)) return;
  variableRules(all, at, component, format);
  if (variablesOf(text).length > 1) {
    found(all, `${at}/text`, "too_many_variables", "A header has one variable at most.");
  }
  const words = text.replaceAll(/\{\{.*?\}\}/g, "");
  if (/[\r\n]/.test(words)) {
    found(all, `${at}/text`, "line_break", "A header is one line.");
  }
  if (/[*_~`]/.test(words)) {
    found(all, `${at}/text`, "markdown", "A header has no formatting: leave out * _ ~ and `.");
  }
  if (emojisIn(words) > 0) found(all, `${at}/text`, "emoji", "A header has no emoji.");
}

function bodyRules(
  all: Violations,
  { at, component }: Placed<"body">,
  format: ParameterFormat,
): void {
  if (component.addSecurityRecommendation !== undefined) {
    const detail = "Only an authentication template has this.";
    found(all, `${at}/addSecurityRecommendation`, "not_allowed", detail);
  }
  const { text } = component;
  if (!present(all, `${at}/text`, text, BODY_MAX)) return;
  variableRules(all, at, component, format);
  const trimmed = text.trim();
  if (/^\{\{\w+\}\}/.test(trimmed) || /\{\{\w+\}\}$/.test(trimmed)) {
    const detail = "Put words before the first variable and after the last one.";
    found(all, `${at}/text`, "variable_at_edge", detail);
  }
  if (/\{\{\w+\}\}\s*\{\{\w+\}\}/.test(text)) {
    found(all, `${at}/text`, "variables_adjacent", "Put words between two variables.");
  }
  const variables = [...text.matchAll(/\{\{\w+\}\}/g)].length;
  if (wordsIn(text) < variables) {
    const detail = "There are more variables than words: write more, or use fewer variables.";
    found(all, `${at}/text`, "too_many_variables", detail);
  }
}

function footerRules(all: Violations, { at, component }: Placed<"footer">): void {
  if (component.codeExpirationMinutes !== undefined) {
    const detail = "Only an authentication template has this.";
    found(all, `${at}/codeExpirationMinutes`, "not_allowed", detail);
  }
  const { text } = component;
  if (!present(all, `${at}/text`, text, FOOTER_MAX)) return;
  if (!/\{\{|\}\}/.test(text)) return;
  found(all, `${at}/text`, "not_allowed", "A footer has no variables.");
}

/** Meta writes the words of an authentication template itself. */
function codeBodyRules(all: Violations, { at, component }: Placed<"body">): void {
  if (component.text === undefined) return;
  found(all, `${at}/text`, "not_allowed", "Meta writes this text itself: leave it out.");
}

function codeFooterRules(all: Violations, { at, component }: Placed<"footer">): void {
  const { text, codeExpirationMinutes: minutes = 0 } = component;
  if (text !== undefined) {
    found(all, `${at}/text`, "not_allowed", "Meta writes this text itself: leave it out.");
  }
  const { min, max } = EXPIRY_MINUTES;
  if (Number.isInteger(minutes) && minutes >= min && minutes <= max) return;
  const detail = `Give ${min} to ${max} minutes.`;
  found(all, `${at}/codeExpirationMinutes`, "out_of_range", detail);
}

function wordsIn(text: string): number {
  const words = text.replaceAll(/\{\{\w+\}\}/g, " ").split(/\s+/);
  return words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

function emojisIn(text: string): number {
  const graphemes = [...new Intl.Segmenter("en").segment(text)];
  return graphemes.filter(({ segment }) =>
    /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\u20e3/u.test(segment),
  ).length;
}

/** What Meta takes and people may regret. */
export function templateWarnings({ category, components }: TemplateDraft): Violation[] {
  const all: Violations = [];
  for (const [place, component] of components.entries()) {
    const at = `/components/${place}`;
    if (component.type === "buttons") buttonWarnings(all, `${at}/buttons`, component.buttons);
    if (component.type !== "body" || category !== "marketing") continue;
    const { text = "" } = component;
    if (tooLong(text, MARKETING_BODY_MAX)) {
      const detail = `Meta may refuse marketing of more than ${MARKETING_BODY_MAX} characters.`;
      found(all, `${at}/text`, "long", detail);
    }
    if (emojisIn(text) > MARKETING_EMOJIS_MAX) {
      const detail = `Meta may refuse marketing of more than ${MARKETING_EMOJIS_MAX} emojis.`;
      found(all, `${at}/text`, "emojis", detail);
    }
  }
  return all;
}

/** Meta refuses a second template with the same body and footer, whatever its name. */
export function saysTheSame(one: TemplateDraft, other: Template): boolean {
  if (one.category === "authentication" || other.category === "authentication") return false;
  const wordsOf = ({ components }: { components: readonly TemplateComponent[] }) =>
    JSON.stringify([
      componentOf(components, "body")?.text,
      componentOf(components, "footer")?.text ?? null,
    ]);
  return wordsOf(one) === wordsOf(other);
}
