import type { OwnButton, TemplateButton, TemplateCategory } from "./templates.ts";
import { found, present, tooLong, type Violations } from "./templateTexts.ts";

/** The buttons of a template (WhatsApp reference, section 8.3). */
const BUTTONS_MAX = 10;
const TEXT_MAX = 25;
const URL_MAX = 2000;
const NUMBER_MAX = 20;
const CODE_MAX = 20;
/** More than so many are hidden behind a list; this many cannot be seen on a desktop. */
const SHOWN_MAX = 3;

type Kind = TemplateButton["type"];

const COUNTS_MAX: Readonly<Partial<Record<Kind, number>>> = {
  url: 2,
  phone_number: 1,
  copy_code: 1,
  otp: 1,
};

export function buttonRules(
  all: Violations,
  at: string,
  buttons: readonly TemplateButton[],
  category: TemplateCategory,
): void {
  if (buttons.length === 0 || buttons.length > BUTTONS_MAX) {
    found(all, at, "count", `Give 1 to ${BUTTONS_MAX} buttons.`);
  }
  for (const [kind, max] of Object.entries(COUNTS_MAX)) {
    if (buttons.filter(({ type }) => type === kind).length <= max) continue;
    found(all, at, "count", `Give at most ${max} of type ${kind}.`);
  }
  const replies = buttons.flatMap(({ type }, place) => (type === "quick_reply" ? [place] : []));
  const [first = 0] = replies;
  if (replies.some((place, count) => place !== first + count)) {
    found(all, at, "not_contiguous", "Put all quick replies next to each other.");
  }
  for (const [place, button] of buttons.entries()) {
    const here = `${at}/${place}`;
    if ((button.type === "otp") !== (category === "authentication")) {
      const detail =
        button.type === "otp"
          ? "Only an authentication template has this button."
          : "An authentication template has one button of type otp, and no other.";
      found(all, `${here}/type`, "not_allowed", detail);
    } else buttonRule(all, here, button);
  }
}

function buttonRule(all: Violations, at: string, button: TemplateButton): void {
  switch (button.type) {
    case "quick_reply":
      present(all, `${at}/text`, button.text, TEXT_MAX);
      break;
    case "url":
      present(all, `${at}/text`, button.text, TEXT_MAX);
      urlRules(all, at, button);
      break;
    case "phone_number":
      present(all, `${at}/text`, button.text, TEXT_MAX);
      phoneRules(all, `${at}/phoneNumber`, button.phoneNumber);
      break;
    case "copy_code":
      present(all, `${at}/example`, button.example, CODE_MAX);
      break;
    case "otp":
      otpRules(all, at, button);
      break;
    case "other":
      found(all, `${at}/type`, "unknown", "This kind cannot be made here.");
      break;
    default:
      button satisfies never;
  }
}

function phoneRules(all: Violations, at: string, phone: string | undefined): void {
  if (!present(all, at, phone, NUMBER_MAX) || /^\+?\d+$/.test(phone)) return;
  found(all, at, "invalid", "Give digits only, such as +15550100001.");
}

function urlRules(all: Violations, at: string, button: OwnButton): void {
  const { url } = button;
  if (!present(all, `${at}/url`, url, URL_MAX)) return;
  if (!/^https?:\/\/[^\s{}]/i.test(url)) {
    found(all, `${at}/url`, "invalid", "Give an http or https address.");
  }
  const base = baseOf(url);
  if (/\s/.test(url) || /[{}]/.test(base)) {
    const detail = "An address has no spaces, and one variable at most: {{1}}, at its end.";
    found(all, `${at}/url`, "malformed_variable", detail);
    return;
  }
  if (base === url) return;
  const example = wholeExampleOf(button);
  if (example === null) {
    found(all, `${at}/example`, "required", "Give an example of the whole address.");
  } else if (!example.startsWith(base) || example === base || tooLong(example, URL_MAX)) {
    found(all, `${at}/example`, "invalid", `Give an example that starts with ${base}.`);
  }
}

/** What stands before the variable; the whole address when there is none. */
export function baseOf(url: string): string {
  return url.endsWith("{{1}}") ? url.slice(0, -"{{1}}".length) : url;
}

/** The address with its variable filled; the example may be what fills it, or all of it. */
export function wholeExampleOf({ url = "", example }: OwnButton): string | null {
  if (example === undefined || example.trim() === "") return null;
  return /^https?:\/\//i.test(example) ? example : `${baseOf(url)}${example}`;
}

/** One tap and zero tap hand the code to an app, which must be known. */
function otpRules(all: Violations, at: string, button: OwnButton): void {
  if (button.text !== undefined && tooLong(button.text, TEXT_MAX)) {
    found(all, `${at}/text`, "too_long", `At most ${TEXT_MAX} characters fit here.`);
  }
  const { otpType = "copy_code", supportedApps = [], zeroTapTermsAccepted } = button;
  if (otpType !== "copy_code" && supportedApps.length === 0) {
    found(all, `${at}/supportedApps`, "required", "Name the apps that take the code.");
  }
  if (otpType !== "zero_tap" || zeroTapTermsAccepted === true) return;
  found(all, `${at}/zeroTapTermsAccepted`, "required", "Accept Meta's terms for zero tap.");
}

export function buttonWarnings(
  all: Violations,
  at: string,
  buttons: readonly TemplateButton[],
): void {
  const replies = buttons.filter(({ type }) => type === "quick_reply").length;
  if (buttons.length > SHOWN_MAX) {
    const detail = `Phones show two of more than ${SHOWN_MAX} buttons; desktops show no message.`;
    found(all, at, "hidden", detail);
  } else if (replies > 0 && replies < buttons.length) {
    const detail = "Quick replies beside other buttons cannot be seen on a desktop.";
    found(all, at, "hidden", detail);
  }
}
