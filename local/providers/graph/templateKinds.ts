/** Templates of a shape of their own: codes, limited-time offers, carousels (section 8.3). */
import { buttonsFault, buttonsIn } from "./templateButtons.ts";
import {
  fault,
  firstFault,
  isJson,
  type Json,
  keysFault,
  SUBCODES,
  type TemplateFault,
  textFault,
  upper,
} from "./templateFault.ts";
import { bodyFault, headerFault, type ParameterFormat } from "./templateText.ts";

/** The components of a template by their type, each at most once. */
export type Parts = Readonly<Partial<Record<string, Json>>>;

const CODE_MINUTES = { min: 1, max: 90 };
const APPS_MAX = 5;
const AUTOFILL_MAX = 25;
const OFFER_TEXT_MAX = 16;
const OFFER_CODE_MAX = 15;
const CARDS = { min: 2, max: 10 };
const CARD_BUTTONS_MAX = 2;
const CARD_BODY_MAX = 160;

/** Meta writes the words of a template with a code itself. */
export function authenticationFault(parts: Parts): TemplateFault | null {
  const { BODY: body = {}, FOOTER: footer, BUTTONS: buttons = {} } = parts;
  const stray = Object.keys(parts).find((type) => !["BODY", "FOOTER", "BUTTONS"].includes(type));
  if (stray !== undefined) return fault(`${stray.toLowerCase()}: not for AUTHENTICATION`);
  const { text, add_security_recommendation: advice } = body;
  if (text !== undefined) {
    return fault("body.text: Meta words a template of this category itself", SUBCODES.body);
  }
  if (advice !== undefined && typeof advice !== "boolean") {
    return fault("body.add_security_recommendation: true or false", SUBCODES.body);
  }
  return (
    keysFault(body, ["type", "add_security_recommendation"], "body") ??
    (footer === undefined ? null : expiryFault(footer)) ??
    codeButtonFault(buttons)
  );
}

function expiryFault(footer: Json): TemplateFault | null {
  const { code_expiration_minutes: minutes } = footer;
  const isWithin =
    typeof minutes === "number" &&
    Number.isInteger(minutes) &&
    minutes >= CODE_MINUTES.min &&
    minutes <= CODE_MINUTES.max;
  return (
    keysFault(footer, ["type", "code_expiration_minutes"], "footer") ??
    (isWithin ? null : fault("footer.code_expiration_minutes: 1 to 90", SUBCODES.footer))
  );
}

const CODE_KEYS = [
  "type",
  "otp_type",
  "text",
  "autofill_text",
  "supported_apps",
  "zero_tap_terms_accepted",
];

function codeButtonFault(component: Json): TemplateFault | null {
  const buttons = buttonsIn(component) ?? [];
  const [button] = buttons;
  if (buttons.length !== 1 || button === undefined || upper(button.type) !== "OTP") {
    return fault("buttons: AUTHENTICATION takes exactly one, of the type OTP");
  }
  const { text, autofill_text: autofill, otp_type: given } = button;
  const wrong =
    keysFault(button, CODE_KEYS, "buttons[0]") ??
    (text === undefined ? null : textFault(text, "buttons[0].text", AUTOFILL_MAX)) ??
    (autofill === undefined ? null : textFault(autofill, "buttons[0].autofill_text", AUTOFILL_MAX));
  if (wrong !== null) return wrong;
  const kind = upper(given);
  if (kind === "COPY_CODE") return null;
  if (kind !== "ONE_TAP" && kind !== "ZERO_TAP") {
    return fault("buttons[0].otp_type: COPY_CODE, ONE_TAP or ZERO_TAP");
  }
  if (kind === "ZERO_TAP" && button.zero_tap_terms_accepted !== true) {
    return fault("buttons[0].zero_tap_terms_accepted: must be true");
  }
  return appsFault(button.supported_apps);
}

function appsFault(given: unknown): TemplateFault | null {
  const apps: readonly unknown[] = Array.isArray(given) ? given : [];
  const areNamed =
    apps.length > 0 &&
    apps.length <= APPS_MAX &&
    apps.every((app) => isJson(app) && isText(app.package_name) && isText(app.signature_hash));
  if (areNamed) return null;
  return fault("buttons[0].supported_apps: 1 to 5, each with package_name and signature_hash");
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

export function offerFault(parts: Parts, category: string): TemplateFault | null {
  const { LIMITED_TIME_OFFER: component = {}, HEADER: header, FOOTER: footer, BUTTONS } = parts;
  const { limited_time_offer: offer } = component;
  if (category !== "MARKETING") return fault("limited_time_offer: for the category MARKETING");
  if (!isJson(offer)) return fault("limited_time_offer is missing");
  const wrong =
    keysFault(component, ["type", "limited_time_offer"], "limited_time_offer") ??
    keysFault(offer, ["text", "has_expiration"], "limited_time_offer") ??
    textFault(offer.text, "limited_time_offer.text", OFFER_TEXT_MAX);
  if (wrong !== null) return wrong;
  if (header !== undefined && !["IMAGE", "VIDEO"].includes(upper(header.format))) {
    return fault("header: an offer takes an image or a video", SUBCODES.header);
  }
  if (footer !== undefined) return fault("footer: an offer has none", SUBCODES.footer);
  const kinds = (buttonsIn(BUTTONS) ?? []).map(({ type }) => upper(type));
  if (offer.has_expiration === true && !(kinds.includes("COPY_CODE") && kinds.includes("URL"))) {
    return fault("buttons: an offer that expires needs COPY_CODE and URL");
  }
  return BUTTONS === undefined ? null : buttonsFault(BUTTONS, { code: OFFER_CODE_MAX });
}

/** What the cards are checked in. */
interface Around {
  readonly format: ParameterFormat;
  readonly category: string;
}

/** Cards have the same structure, whatever they say. */
export function carouselFault(carousel: Json, around: Around): TemplateFault | null {
  const { cards: given } = carousel;
  const cards = Array.isArray(given) ? given.map(cardOf) : [];
  if (cards.length < CARDS.min || cards.length > CARDS.max || cards.includes(null)) {
    return fault(`carousel.cards: ${CARDS.min} to ${CARDS.max}, each with components`);
  }
  const shapes = new Set(cards.map((card) => JSON.stringify(shapeOf(card ?? {}))));
  return (
    keysFault(carousel, ["type", "cards"], "carousel") ??
    firstFault(cards, (card) => cardFault(card ?? {}, around)) ??
    (shapes.size === 1 ? null : fault("carousel.cards: all have the same components and buttons"))
  );
}

function cardOf(card: unknown): Parts | null {
  if (!isJson(card) || Object.keys(card).join() !== "components") return null;
  return partsOf(card.components);
}

function shapeOf({ HEADER, BODY, BUTTONS }: Parts): unknown {
  const kinds = (buttonsIn(BUTTONS) ?? []).map(({ type }) => upper(type));
  return [upper(HEADER?.format), BODY !== undefined, kinds];
}

function cardFault(card: Parts, around: Around): TemplateFault | null {
  const { HEADER: header, BODY: body, BUTTONS: buttons, ...strays } = card;
  if (Object.keys(strays).length > 0 || header === undefined || buttons === undefined) {
    return fault("carousel.cards: each has a header, buttons and perhaps a body");
  }
  if (!["IMAGE", "VIDEO"].includes(upper(header.format))) {
    return fault("carousel.cards: their header is an image or a video", SUBCODES.header);
  }
  return (
    headerFault(header, around) ??
    (body === undefined ? null : bodyFault(body, around.format, CARD_BODY_MAX)) ??
    buttonsFault(buttons, { count: CARD_BUTTONS_MAX })
  );
}

const TYPES = ["HEADER", "BODY", "FOOTER", "BUTTONS", "LIMITED_TIME_OFFER", "CAROUSEL"];

/** The components by type; null when one is unknown, or there twice. */
export function partsOf(components: unknown): Parts | null {
  if (!Array.isArray(components) || !components.every(isJson)) return null;
  const types = components.map(({ type }) => upper(type));
  if (new Set(types).size !== types.length || types.some((type) => !TYPES.includes(type))) {
    return null;
  }
  return Object.fromEntries(components.map((component) => [upper(component.type), component]));
}
