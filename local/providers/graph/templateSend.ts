/**
 * A template as it is sent (section 7.3): every value that the stored one asks for, none that it
 * does not, and what the customer sees in the end.
 */
import { GraphRefusal } from "./answer.ts";
import type { TemplatePart, TemplateSend } from "./frame.ts";
import type { MessageTemplate } from "./messageTemplate.ts";
import { type FilledButton, fillButtons } from "./templateButtonSend.ts";
import { buttonsIn } from "./templateButtons.ts";
import { isJson, type Json } from "./templateFault.ts";
import { type Parts, partsOf } from "./templateKinds.ts";
import { isSendable } from "./templateLife.ts";
import { shownComponents } from "./templateShown.ts";
import { filled, variablesOf } from "./templateText.ts";
import { headerValue, type MediaNamed, textValues } from "./templateValues.ts";

/** What the customer sees. */
export interface Filled {
  readonly header: FilledHeader | null;
  readonly body: string;
  readonly footer: string | null;
  readonly buttons: readonly FilledButton[];
  readonly cards: readonly Filled[];
}

export interface FilledHeader {
  readonly format: string;
  readonly text: string | null;
  readonly media: MediaNamed | null;
}

const HEADER_MAX = 60;
const BODY_MAX = 1024;
const CODE_MAX = 15;

/** @throws GraphRefusal with 131008 or one of 132xxx */
export function fill(template: MessageTemplate | undefined, send: TemplateSend): Filled {
  const { name, language, components = [] } = send;
  if (template?.status === "PAUSED") throw new GraphRefusal(132015, `${name} is paused`);
  if (template?.status === "DISABLED") throw new GraphRefusal(132016, `${name} is disabled`);
  if (template === undefined || !isSendable(template)) {
    throw new GraphRefusal(132001, `template name (${name}) does not exist in ${language.code}`);
  }
  const parts = partsOf(shownComponents(template)) ?? {};
  const whole = fillParts(parts, components);
  if (template.category === "AUTHENTICATION") checkCode(components);
  return whole;
}

/** The parts of a template, or of a card. */
function fillParts(parts: Parts, given: readonly TemplatePart[]): Filled {
  const of = sorted(parts, given);
  checkOffer(parts, of("limited_time_offer"));
  const body = textOf(parts.BODY, of("body"), "body", BODY_MAX);
  return {
    header: parts.HEADER === undefined ? null : fillHeader(parts.HEADER, of("header")),
    body,
    footer: typeof parts.FOOTER?.text === "string" ? parts.FOOTER.text : null,
    buttons: fillButtons(
      buttonsIn(parts.BUTTONS) ?? [],
      given.filter(({ type }) => type.toLowerCase() === "button"),
    ),
    cards: fillCards(parts.CAROUSEL, of("carousel")),
  };
}

const SENT_TYPES = ["header", "body", "button", "limited_time_offer", "carousel"];

/** The one component of a type; there is none for what the template does not have. */
function sorted(parts: Parts, given: readonly TemplatePart[]) {
  const types = given.map(({ type }) => type.toLowerCase());
  for (const [place, type] of types.entries()) {
    const name = type === "button" ? "BUTTONS" : type.toUpperCase();
    if (!SENT_TYPES.includes(type) || parts[name] === undefined) {
      throw new GraphRefusal(132012, `${type}: the template has no such component`);
    }
    if (type !== "button" && types.indexOf(type) !== place) {
      throw new GraphRefusal(132012, `${type}: is there twice`);
    }
  }
  return (type: string) => given.find((one) => one.type.toLowerCase() === type);
}

function textOf(
  part: Json | undefined,
  given: TemplatePart | undefined,
  at: "header" | "body",
  max: number,
): string {
  const text = typeof part?.text === "string" ? part.text : "";
  const values = textValues(variablesOf(text) ?? [], given?.parameters ?? [], at);
  const whole = filled(text, (name) => values.get(name) ?? "");
  if (whole.length <= max) return whole;
  throw new GraphRefusal(132005, `${at}: translated text has ${whole.length} characters`);
}

function fillHeader(header: Json, given: TemplatePart | undefined): FilledHeader {
  const format = String(header.format);
  if (format === "TEXT") {
    return { format, text: textOf(header, given, "header", HEADER_MAX), media: null };
  }
  return { format, ...headerValue(format, given?.parameters ?? []) };
}

/** An offer that expires has to say when. */
function checkOffer({ LIMITED_TIME_OFFER: offer }: Parts, given: TemplatePart | undefined): void {
  const { limited_time_offer: terms } = offer ?? {};
  if (!isJson(terms) || terms.has_expiration !== true) return;
  const value = given?.parameters?.find(({ type }) => type === "limited_time_offer");
  const until = isJson(value?.limited_time_offer) ? value.limited_time_offer : {};
  if (Number.isInteger(until.expiration_time_ms)) return;
  throw new GraphRefusal(131008, "limited_time_offer: expiration_time_ms is mandatory");
}

/** Every card of the template, in any order, each with its own index. */
function fillCards(carousel: Json | undefined, given: TemplatePart | undefined): Filled[] {
  const stored = Array.isArray(carousel?.cards) ? carousel.cards.filter(isJson) : [];
  const sent = given?.cards ?? [];
  if (sent.length !== stored.length) {
    const message = `carousel: number of cards (${sent.length}) does not match the expected`;
    throw new GraphRefusal(132000, `${message} number (${stored.length})`);
  }
  return stored.map((card, place) => {
    const found = sent.find(({ card_index: index }) => index === place);
    if (found === undefined) throw new GraphRefusal(131008, `carousel: card ${place} is missing`);
    return fillParts(partsOf(card.components) ?? {}, found.components ?? []);
  });
}

/** The code stands in the text and in the button, and is short. */
function checkCode(given: readonly TemplatePart[]): void {
  const codes = given.map(({ parameters = [] }) => parameters[0]?.text);
  const [code] = codes;
  if (codes.some((one) => one !== code)) {
    throw new GraphRefusal(132018, "The body and the button take the same code");
  }
  if (typeof code === "string" && code.length <= CODE_MAX) return;
  throw new GraphRefusal(132018, `The code has ${CODE_MAX} characters at most`);
}
