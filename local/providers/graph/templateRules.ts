/**
 * What Meta takes as a template (sections 8.2, 8.3 and 8.5). What depends on other templates or on
 * the clock is not decided here.
 */
import { buttonsFault } from "./templateButtons.ts";
import {
  fault,
  isJson,
  type Json,
  keysFault,
  SUBCODES,
  type TemplateFault,
  textFault,
  upper,
} from "./templateFault.ts";
import {
  authenticationFault,
  carouselFault,
  offerFault,
  type Parts,
  partsOf,
} from "./templateKinds.ts";
import { TEMPLATE_LANGUAGES } from "./templateLanguages.ts";
import {
  bodyFault,
  footerFault,
  headerFault,
  type ParameterFormat,
  sharedNameFault,
} from "./templateText.ts";

export const CATEGORIES = ["MARKETING", "UTILITY", "AUTHENTICATION"] as const;
export type Category = (typeof CATEGORIES)[number];

const NAME_MAX = 512;
const BODY_MAX = 1024;
const OFFER_BODY_MAX = 600;
const KEYS = [
  "name",
  "language",
  "category",
  "parameter_format",
  "components",
  "message_send_ttl_seconds",
];

/** How long Meta may try to deliver, in seconds; -1 is 30 days where it is taken. */
const LIFE: Readonly<Record<Category, { min: number; max: number; takesMinusOne: boolean }>> = {
  AUTHENTICATION: { min: 30, max: 900, takesMinusOne: true },
  UTILITY: { min: 30, max: 43_200, takesMinusOne: true },
  MARKETING: { min: 43_200, max: 2_592_000, takesMinusOne: false },
};

/**
 * What is wrong with the body of `POST /{WABA}/message_templates`; null: nothing.
 * The code is 100; callers decide on the subcode, which is null where Meta has none.
 */
export function checkTemplate(body: unknown): TemplateFault | null {
  if (!isJson(body)) return fault("The body must be a JSON object");
  const { name, language, message_send_ttl_seconds: life } = body;
  const category = categoryOf(body.category);
  const format = parameterFormatOf(body.parameter_format);
  const wrong = keysFault(body, KEYS, "template") ?? nameFault(name);
  if (wrong !== null) return wrong;
  if (typeof language !== "string" || !TEMPLATE_LANGUAGES.has(language)) {
    return fault(`language: ${String(language)} is no language code`);
  }
  if (category === undefined) return fault(`category: one of ${CATEGORIES.join(", ")}`);
  if (format === undefined) return fault("parameter_format: POSITIONAL or NAMED");
  return lifeFault(life, category) ?? componentsFault(body.components, category, format);
}

export function categoryOf(value: unknown): Category | undefined {
  return CATEGORIES.find((one) => one === upper(value));
}

export function parameterFormatOf(value: unknown): ParameterFormat | undefined {
  const format = value === undefined ? "POSITIONAL" : upper(value);
  return format === "POSITIONAL" || format === "NAMED" ? format : undefined;
}

function nameFault(name: unknown): TemplateFault | null {
  const wrong = textFault(name, "name", NAME_MAX);
  if (wrong !== null) return wrong;
  const isName = /^[a-z0-9_]+$/.test(String(name));
  return isName ? null : fault("name takes lower-case letters, digits and underscores alone");
}

function lifeFault(life: unknown, category: Category): TemplateFault | null {
  if (life === undefined) return null;
  const { min, max, takesMinusOne } = LIFE[category];
  const isWithin = typeof life === "number" && Number.isInteger(life) && life >= min && life <= max;
  if (isWithin || (life === -1 && takesMinusOne)) return null;
  return fault(`message_send_ttl_seconds: ${min} to ${max} for ${category}`);
}

function componentsFault(
  components: unknown,
  category: Category,
  format: ParameterFormat,
): TemplateFault | null {
  const parts = partsOf(components);
  if (parts === null) return fault("components: a list, each of a known type and there once");
  if (parts.BODY === undefined) return fault("components: a body is needed", SUBCODES.body);
  return category === "AUTHENTICATION"
    ? authenticationFault(parts)
    : wordedFault(parts, parts.BODY, { category, format });
}

/** A template with words of the business. */
function wordedFault(
  parts: Parts,
  body: Json,
  around: { readonly category: Category; readonly format: ParameterFormat },
): TemplateFault | null {
  const { HEADER: header, FOOTER: footer, BUTTONS: buttons, CAROUSEL: carousel } = parts;
  const isOffer = parts.LIMITED_TIME_OFFER !== undefined;
  return (
    (header === undefined ? null : headerFault(header, around)) ??
    bodyFault(body, around.format, isOffer ? OFFER_BODY_MAX : BODY_MAX) ??
    sharedNameFault([header, body]) ??
    (footer === undefined ? null : footerFault(footer)) ??
    (buttons === undefined ? null : buttonsFault(buttons)) ??
    (isOffer ? offerFault(parts, around.category) : null) ??
    (carousel === undefined ? null : carouselFault(carousel, around))
  );
}
