import type { Violation } from "./errors.ts";
import type { Content } from "./messages.ts";

/**
 * What Meta takes, checked before sending (WhatsApp reference, sections 7.1 and 7.2). Characters
 * are counted as code points and as UTF-16 units, and the larger count decides, because Meta does
 * not say which it means (section 16).
 */
const TEXT_MAX = 4096;
const BODY_MAX = 1024;
const HEADER_MAX = 60;
const FOOTER_MAX = 60;
const BUTTONS_MAX = 3;
const BUTTON_TITLE_MAX = 20;
const BUTTON_ID_MAX = 256;
const SECTIONS_MAX = 10;
const ROWS_MAX = 10;
const ROW_ID_MAX = 200;
const ROW_TITLE_MAX = 24;
const ROW_DESCRIPTION_MAX = 72;
const SECTION_TITLE_MAX = 24;
const CARDS_MAX = 5;

type Found = Violation[];
type Values = Readonly<Record<string, unknown>>;

/** Every rule that `content` breaks, with its place; none when it can be sent. */
export function violationsOf(content: Content): Violation[] {
  const found: Found = [];
  switch (content.type) {
    case "text":
      text(found, "/text", content.text, TEXT_MAX);
      break;
    case "interactive":
      interactive(found, content.interactive);
      break;
    case "location":
      range(found, "/latitude", content.latitude, 90);
      range(found, "/longitude", content.longitude, 180);
      break;
    case "contacts":
      cards(found, content.contacts);
      break;
    case "reaction":
      emoji(found, content.emoji);
      break;
    case "template":
    case "media":
    case "order":
    case "revoked":
    case "unsupported":
      break;
    default:
      content satisfies never;
  }
  return found;
}

function interactive(found: Found, value: Values): void {
  const type = String(value.type);
  const base = "/interactive";
  const action = valuesOf(value.action);
  body(found, value, type === "list" ? TEXT_MAX : BODY_MAX);
  switch (type) {
    case "button":
      header(found, value, ["text", "image", "video", "document"]);
      footer(found, value);
      buttons(found, action);
      break;
    case "list":
      header(found, value, ["text"]);
      footer(found, value);
      list(found, action);
      break;
    case "cta_url":
      header(found, value, ["text", "image", "video", "document"]);
      footer(found, value);
      link(found, action);
      break;
    case "location_request_message":
    case "request_contact_info":
      absent(found, `${base}/header`, value.header);
      absent(found, `${base}/footer`, value.footer);
      named(found, action, type === "request_contact_info" ? type : "send_location");
      break;
    default:
      found.push({
        pointer: `${base}/type`,
        code: "unknown",
        detail: "Give button, list, cta_url, location_request_message or request_contact_info.",
      });
  }
}

function buttons(found: Found, action: Values): void {
  const at = "/interactive/action/buttons";
  const all = listOf(action.buttons);
  count(found, at, all.length, 1, BUTTONS_MAX);
  const replies = all.map((button) => valuesOf(valuesOf(button).reply));
  replies.forEach((reply, place) => {
    text(found, `${at}/${place}/reply/id`, reply.id, BUTTON_ID_MAX);
    text(found, `${at}/${place}/reply/title`, reply.title, BUTTON_TITLE_MAX);
  });
  unique(
    found,
    at,
    "reply/id",
    replies.map(({ id }) => id),
  );
  unique(
    found,
    at,
    "reply/title",
    replies.map(({ title }) => title),
  );
}

function list(found: Found, action: Values): void {
  const at = "/interactive/action";
  text(found, `${at}/button`, action.button, BUTTON_TITLE_MAX);
  const sections = listOf(action.sections).map(valuesOf);
  count(found, `${at}/sections`, sections.length, 1, SECTIONS_MAX);
  const rows = sections.flatMap((section) => listOf(section.rows).map(valuesOf));
  count(found, `${at}/sections`, rows.length, 1, ROWS_MAX, "rows in all sections together");
  sections.forEach((section, place) => {
    const here = `${at}/sections/${place}`;
    if (sections.length > 1 || section.title !== undefined) {
      text(found, `${here}/title`, section.title, SECTION_TITLE_MAX);
    }
    for (const [index, row] of listOf(section.rows).map(valuesOf).entries()) {
      listRow(found, `${here}/rows/${index}`, row);
    }
  });
  unique(
    found,
    `${at}/sections`,
    "rows/id",
    rows.map(({ id }) => id),
  );
}

function listRow(found: Found, at: string, row: Values): void {
  text(found, `${at}/id`, row.id, ROW_ID_MAX);
  text(found, `${at}/title`, row.title, ROW_TITLE_MAX);
  if (row.description !== undefined) {
    text(found, `${at}/description`, row.description, ROW_DESCRIPTION_MAX);
  }
}

function named(found: Found, action: Values, name: string): void {
  if (action.name === name) return;
  const detail = `The action of this kind is ${name}.`;
  found.push({ pointer: "/interactive/action/name", code: "invalid", detail });
}

function link(found: Found, action: Values): void {
  const at = "/interactive/action/parameters";
  const parameters = valuesOf(action.parameters);
  text(found, `${at}/display_text`, parameters.display_text, BUTTON_TITLE_MAX);
  const url = parameters.url;
  if (typeof url === "string" && /^https?:\/\/\S+$/.test(url)) return;
  found.push({ pointer: `${at}/url`, code: "invalid", detail: "Give an http or https address." });
}

function body(found: Found, value: Values, max: number): void {
  text(found, "/interactive/body/text", valuesOf(value.body).text, max);
}

function footer(found: Found, { footer: value }: Values): void {
  if (value === undefined) return;
  text(found, "/interactive/footer/text", valuesOf(value).text, FOOTER_MAX);
}

function header(found: Found, { header: value }: Values, types: readonly string[]): void {
  if (value === undefined) return;
  const { type, text: words } = valuesOf(value);
  if (!types.includes(String(type))) {
    const detail = `A header here is ${types.join(", ")}.`;
    found.push({ pointer: "/interactive/header/type", code: "invalid", detail });
  } else if (type === "text") text(found, "/interactive/header/text", words, HEADER_MAX);
}

/** A card needs a formatted name and one more part of it (section 7.1). */
function cards(found: Found, all: readonly Values[]): void {
  count(found, "/contacts", all.length, 1, CARDS_MAX);
  all.forEach((card, place) => {
    const { formatted_name: formatted, ...parts } = valuesOf(card.name);
    const at = `/contacts/${place}/name`;
    text(found, `${at}/formatted_name`, formatted, BODY_MAX);
    if (Object.keys(parts).length > 0) return;
    const detail = "Give one more part of the name, such as first_name.";
    found.push({ pointer: at, code: "required", detail });
  });
}

/** One emoji, however many code points it takes; nothing takes the reaction back. */
function emoji(found: Found, value: string): void {
  const graphemes = [...new Intl.Segmenter("en").segment(value)];
  // A keycap is a plain digit with U+20E3 around it.
  const isEmoji = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(value);
  const isOne = graphemes.length === 1 && isEmoji;
  if (value === "" || isOne) return;
  const detail = "Give one emoji, or an empty text to take the reaction back.";
  found.push({ pointer: "/emoji", code: "invalid", detail });
}

function text(found: Found, pointer: string, value: unknown, max: number): void {
  if (typeof value !== "string" || value.trim() === "") {
    found.push({ pointer, code: "required", detail: "Give a text." });
  } else if (Math.max([...value].length, value.length) > max) {
    found.push({ pointer, code: "too_long", detail: `At most ${max} characters fit here.` });
  }
}

function range(found: Found, pointer: string, value: number, max: number): void {
  if (Math.abs(value) <= max) return;
  found.push({ pointer, code: "out_of_range", detail: `Give a number from -${max} to ${max}.` });
}

function count(
  found: Found,
  pointer: string,
  value: number,
  min: number,
  max: number,
  what = "entries",
): void {
  if (value >= min && value <= max) return;
  found.push({ pointer, code: "count", detail: `Give ${min} to ${max} ${what}.` });
}

function unique(found: Found, pointer: string, what: string, values: readonly unknown[]): void {
  if (new Set(values).size === values.length) return;
  found.push({ pointer, code: "not_unique", detail: `Every ${what} must be different.` });
}

function absent(found: Found, pointer: string, value: unknown): void {
  if (value === undefined) return;
  found.push({ pointer, code: "not_allowed", detail: "This kind of message has none." });
}

function valuesOf(value: unknown): Values {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
