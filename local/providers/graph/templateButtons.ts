/** The buttons of a template (section 8.3). */
import {
  fault,
  firstFault,
  isJson,
  type Json,
  keysFault,
  type TemplateFault,
  textFault,
  upper,
} from "./templateFault.ts";
import { variablesOf } from "./templateText.ts";

const BUTTONS_MAX = 10;
const LABEL_MAX = 25;
const VOICE_LABEL_MAX = 20;
const URL_MAX = 2000;
const PHONE_MAX = 20;
const CODE_MAX = 20;

/** How many of a kind a template may have. */
const KIND_MAX: Readonly<Record<string, number>> = {
  QUICK_REPLY: 10,
  URL: 2,
  PHONE_NUMBER: 1,
  COPY_CODE: 1,
  FLOW: 1,
  CATALOG: 1,
  MPM: 1,
  SPM: 1,
  VOICE_CALL: 1,
};

/** The buttons as objects; undefined when they are none. */
export function buttonsIn(component: Json | undefined): readonly Json[] | undefined {
  const given = component?.buttons;
  return Array.isArray(given) && given.every(isJson) ? given : undefined;
}

/** @param limits fewer for the cards of a carousel; a shorter code for a limited-time offer */
export function buttonsFault(
  component: Json,
  limits: { readonly count?: number; readonly code?: number } = {},
): TemplateFault | null {
  const { count = BUTTONS_MAX, code = CODE_MAX } = limits;
  const strays = keysFault(component, ["type", "buttons"], "buttons");
  if (strays !== null) return strays;
  const buttons = buttonsIn(component);
  if (buttons === undefined || buttons.length === 0 || buttons.length > count) {
    return fault(`buttons: 1 to ${count} are taken`);
  }
  const kinds = buttons.map(({ type }) => upper(type));
  return (
    firstFault(buttons, (button, place) => buttonFault(button, `buttons[${place}]`, code)) ??
    kindsFault(kinds)
  );
}

function kindsFault(kinds: readonly string[]): TemplateFault | null {
  for (const [kind, max] of Object.entries(KIND_MAX)) {
    if (kinds.filter((one) => one === kind).length > max) {
      return fault(`buttons: at most ${max} of the type ${kind}`);
    }
  }
  const quick = kinds.flatMap((kind, place) => (kind === "QUICK_REPLY" ? [place] : []));
  const areTogether = quick.every((place, at) => at === 0 || quick[at - 1] === place - 1);
  return areTogether ? null : fault("buttons: quick replies stand side by side");
}

function buttonFault(button: Json, at: string, codeMax: number): TemplateFault | null {
  const kind = upper(button.type);
  switch (kind) {
    case "QUICK_REPLY":
      return keysFault(button, ["type", "text"], at) ?? labelFault(button, at);
    case "URL":
      return (
        keysFault(button, ["type", "text", "url", "example"], at) ??
        labelFault(button, at) ??
        urlFault(button, at)
      );
    case "PHONE_NUMBER":
      return (
        keysFault(button, ["type", "text", "phone_number"], at) ??
        labelFault(button, at) ??
        phoneFault(button, at)
      );
    case "COPY_CODE":
      return (
        keysFault(button, ["type", "text", "example"], at) ??
        (button.text === undefined ? null : labelFault(button, at)) ??
        textFault(codeOf(button), `${at}.example`, codeMax)
      );
    case "FLOW":
      return labelFault(button, at) ?? flowFault(button, at);
    case "VOICE_CALL":
      return labelFault(button, at, VOICE_LABEL_MAX);
    case "CATALOG":
    case "MPM":
    case "SPM":
      return labelFault(button, at);
    case "OTP":
      return fault(`${at}.type: OTP is for the category AUTHENTICATION`);
    default:
      return fault(`${at}.type: ${kind || "none"} is unknown or not simulated`);
  }
}

function labelFault(button: Json, at: string, max = LABEL_MAX): TemplateFault | null {
  const wrong = textFault(button.text, `${at}.text`, max);
  if (wrong !== null) return wrong;
  return /\{\{|\}\}/.test(String(button.text)) ? fault(`${at}.text takes no variable`) : null;
}

/** One variable, at the end, and then a whole address as the example. */
function urlFault({ url, example }: Json, at: string): TemplateFault | null {
  const wrong = textFault(url, `${at}.url`, URL_MAX);
  if (wrong !== null) return wrong;
  const address = String(url);
  const variables = variablesOf(address);
  if (variables === null || variables.length > 1) return fault(`${at}.url takes {{1}} at most`);
  if (!isWebAddress(address.replace("{{1}}", ""))) {
    return fault(`${at}.url must be an address of the web`);
  }
  if (variables.length === 0) return null;
  if (!address.endsWith("{{1}}")) return fault(`${at}.url takes {{1}} at its end alone`);
  const [shown, ...more] = Array.isArray(example) ? example : [];
  const isWhole = more.length === 0 && typeof shown === "string" && isWebAddress(shown);
  return isWhole ? null : fault(`${at}.example: one whole address in a list`);
}

function isWebAddress(text: string): boolean {
  const scheme = /^https?:\/\//.test(text);
  return scheme && !/[\s{}]/.test(text) && URL.canParse(text);
}

function phoneFault({ phone_number }: Json, at: string): TemplateFault | null {
  const wrong = textFault(phone_number, `${at}.phone_number`, PHONE_MAX);
  if (wrong !== null) return wrong;
  const isNumber = /^\+?\d{5,}$/.test(String(phone_number));
  return isNumber ? null : fault(`${at}.phone_number must be digits, with or without a plus`);
}

/** A text, or a list with one. */
function codeOf({ example }: Json): unknown {
  return Array.isArray(example) && example.length === 1 ? example[0] : example;
}

function flowFault(button: Json, at: string): TemplateFault | null {
  const names = ["flow_id", "flow_name", "flow_json"].filter((key) => button[key] !== undefined);
  return names.length === 1 ? null : fault(`${at}: one of flow_id, flow_name and flow_json`);
}
