/** The buttons of a template as they are sent (section 7.3). */
import { GraphRefusal } from "./answer.ts";
import type { TemplatePart } from "./frame.ts";
import type { Json } from "./templateFault.ts";

export interface FilledButton {
  readonly type: string;
  readonly text: string;
  /** Of a link with its end, a number to call, a code to copy, or what a reply brings along. */
  readonly value: string | null;
}

const PAYLOAD_MAX = 128;
const CODE_MAX = 20;

/** Every button of the template; the values come by their place among all of them. */
export function fillButtons(
  buttons: readonly Json[],
  given: readonly TemplatePart[],
): FilledButton[] {
  const byPlace = new Map<number, TemplatePart>();
  for (const component of given) {
    const place = placeOf(component);
    const type = buttons[place]?.type;
    if (type === undefined) throw new GraphRefusal(132012, `button: there is none at ${place}`);
    if (component.sub_type?.toUpperCase() !== type) {
      const received = component.sub_type ?? "nothing";
      throw new GraphRefusal(132012, `button ${place}: expected ${String(type)}, not ${received}`);
    }
    if (byPlace.has(place)) throw new GraphRefusal(132012, `button ${place}: is there twice`);
    byPlace.set(place, component);
  }
  return buttons.map((button, place) => ({
    type: String(button.type),
    text: String(button.text ?? "Copy offer code"),
    value: buttonValue(button, place, byPlace.get(place)?.parameters ?? []),
  }));
}

function placeOf({ index }: TemplatePart): number {
  if (index === undefined) throw new GraphRefusal(131008, "button: index is mandatory");
  const place = /^\d+$/.test(String(index)) ? Number(index) : -1;
  if (place >= 0) return place;
  throw new GraphRefusal(131009, "button: index is a place, counted from zero");
}

type Parameters = NonNullable<TemplatePart["parameters"]>;

function buttonValue(button: Json, place: number, parameters: Parameters): string | null {
  const [first] = parameters;
  const at = `button ${place}`;
  if (parameters.length > 1) throw tooMany(at, parameters.length, 1);
  switch (button.type) {
    case "URL": {
      const url = String(button.url);
      if (url.includes("{{1}}")) return url.replace("{{1}}", () => textIn(first, "text", at));
      if (first !== undefined) throw tooMany(at, 1, 0);
      return url;
    }
    case "COPY_CODE": {
      const code = textIn(first, "coupon_code", at);
      if (code.length <= CODE_MAX) return code;
      throw new GraphRefusal(132018, `${at}: a code has ${CODE_MAX} characters at most`);
    }
    case "QUICK_REPLY": {
      if (first === undefined) return null;
      const payload = textIn(first, "payload", at);
      if (payload.length <= PAYLOAD_MAX) return payload;
      throw new GraphRefusal(132018, `${at}: a payload has ${PAYLOAD_MAX} characters at most`);
    }
    case "PHONE_NUMBER":
      if (first !== undefined) throw tooMany(at, 1, 0);
      return String(button.phone_number);
    default:
      // Flows, catalogs and calls take an action, whose inside is not looked at.
      return null;
  }
}

function tooMany(at: string, given: number, expected: number): GraphRefusal {
  const details = `${at}: number of params (${given}) does not match the expected number`;
  return new GraphRefusal(132000, `${details} (${expected})`);
}

/** A parameter of a type carries its value under the name of the type. */
function textIn(parameter: Parameters[number] | undefined, type: string, at: string): string {
  if (parameter === undefined) throw new GraphRefusal(131008, `${at} requires a parameter`);
  if (parameter.type !== type) {
    throw new GraphRefusal(132012, `${at}: expected ${type}, received ${parameter.type}`);
  }
  const value = parameter[type];
  if (typeof value === "string" && value.trim() !== "" && !/[\n\r\t]| {5,}/.test(value)) {
    return value;
  }
  const details = "cannot be empty or have new-line/tab characters or more than 4 spaces";
  throw new GraphRefusal(132018, `${at}: Param text ${details} in a row`);
}
