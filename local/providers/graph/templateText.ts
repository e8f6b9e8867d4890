/** The texts of a template and the variables in them (section 8.3). */
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

export type ParameterFormat = "POSITIONAL" | "NAMED";

const HEADER_MAX = 60;
const FOOTER_MAX = 60;
const EXAMPLE_MAX = 1024;
const VARIABLE = /\{\{(\d+|[a-z][a-z0-9_]*)\}\}/g;
/** Stands for a variable where only the words around it count. */
const MARK = "\0";

/** Needed by every variable and useless without one. */
interface Place {
  readonly at: "header" | "body";
  readonly subcode: number;
}
const HEADER: Place = { at: "header", subcode: SUBCODES.header };
const BODY: Place = { at: "body", subcode: SUBCODES.body };

/** The names between the braces in order of appearance; null: the braces are malformed. */
export function variablesOf(text: string): string[] | null {
  const rest = text.replaceAll(VARIABLE, MARK);
  if (/\{\{|\}\}|\{\0|\0\}/.test(rest)) return null;
  return [...text.matchAll(VARIABLE)].map(([, name = ""]) => name);
}

/** Every variable replaced by what `fill` says of its name. */
export function filled(text: string, fill: (name: string) => string): string {
  return text.replaceAll(VARIABLE, (_, name: string) => fill(name));
}

/** @param max 1024, or fewer for some kinds of template */
export function bodyFault(body: Json, format: ParameterFormat, max: number): TemplateFault | null {
  return (
    keysFault(body, ["type", "text", "example"], "body") ??
    textFault(body.text, "body.text", max, BODY.subcode) ??
    variableFault(String(body.text), body.example, format, BODY) ??
    placesFault(String(body.text))
  );
}

/** The text of a header that has one. */
export function headerTextFault(header: Json, format: ParameterFormat): TemplateFault | null {
  const { text, example } = header;
  const missing = textFault(text, "header.text", HEADER_MAX, HEADER.subcode);
  if (missing !== null) return missing;
  const plain = String(text).replaceAll(VARIABLE, MARK);
  if (/[\n\r*_~`]|\p{Emoji_Presentation}|\ufe0f/u.test(plain)) {
    return fault("header.text takes no new line, no emoji and no markdown", HEADER.subcode);
  }
  if (plain.split(MARK).length > 2) {
    return fault("header.text takes one variable at most", HEADER.subcode);
  }
  return variableFault(String(text), example, format, HEADER);
}

export function footerFault(footer: Json): TemplateFault | null {
  const { footer: subcode } = SUBCODES;
  return (
    keysFault(footer, ["type", "text"], "footer") ??
    textFault(footer.text, "footer.text", FOOTER_MAX, subcode) ??
    (/\{\{|\}\}/.test(String(footer.text)) ? fault("footer.text takes no variable", subcode) : null)
  );
}

/** Names are unique in the whole template, so that a value has one place. */
export function sharedNameFault(parts: readonly (Json | undefined)[]): TemplateFault | null {
  const names = parts.flatMap((part) => variablesOf(String(part?.text ?? "")) ?? []);
  const named = names.filter((name) => !isPosition(name));
  const again = named.find((name, place) => named.indexOf(name) !== place);
  return again === undefined ? null : fault(`{{${again}}} stands there twice`, SUBCODES.body);
}

function variableFault(
  text: string,
  example: unknown,
  format: ParameterFormat,
  { at, subcode }: Place,
): TemplateFault | null {
  const names = variablesOf(text);
  if (names === null) return fault(`${at}.text: variables are {{1}} or {{name}}`, subcode);
  if (format === "NAMED" && names.some(isPosition)) {
    return fault(`${at}.text: a NAMED template takes no {{1}}`, subcode);
  }
  if (format === "POSITIONAL" && names.some((name, place) => name !== String(place + 1))) {
    return fault(`${at}.text: variables are {{1}}, {{2}} and so on, in this order`, subcode);
  }
  if (new Set(names).size !== names.length) {
    return fault(`${at}.text: every variable stands there once`, subcode);
  }
  return names.length === 0 ? null : exampleFault(names, example, format, { at, subcode });
}

function isPosition(name: string): boolean {
  return /^\d+$/.test(name);
}

function exampleFault(
  names: readonly string[],
  example: unknown,
  format: ParameterFormat,
  { at, subcode }: Place,
): TemplateFault | null {
  const shown = isJson(example) ? example : {};
  const key = format === "NAMED" ? `${at}_text_named_params` : `${at}_text`;
  const values = format === "NAMED" ? namedExamples(names, shown[key]) : listed(shown[key], at);
  const areThere = values.length === names.length && values.every(isExample);
  return areThere ? null : fault(`${at}.example.${key}: one for every variable`, subcode);
}

/** Of a header a list; of a body a list in a list, though the flat one is documented too. */
function listed(given: unknown, at: Place["at"]): readonly unknown[] {
  if (!Array.isArray(given)) return [];
  const [inner] = given;
  return at === "body" && given.length === 1 && Array.isArray(inner) ? inner : given;
}

/** In the order of the variables; too many, or one of an unknown name, make another count. */
function namedExamples(names: readonly string[], given: unknown): readonly unknown[] {
  if (!Array.isArray(given) || given.length !== names.length) return [];
  return names.map((name) => {
    const found = given.find((one) => isJson(one) && one.param_name === name);
    return isJson(found) ? found.example : null;
  });
}

function isExample(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && value.length <= EXAMPLE_MAX;
}

/** Where variables may stand in a body, and how many words they need around them. */
function placesFault(text: string): TemplateFault | null {
  const plain = text.trim().replaceAll(VARIABLE, MARK);
  if (plain.startsWith(MARK) || plain.endsWith(MARK)) {
    return fault("body.text cannot start or end with a variable", SUBCODES.variableAtEdge);
  }
  if (/\0\s*\0/.test(plain)) {
    return fault("body.text: variables are next to each other", SUBCODES.body);
  }
  const variables = plain.split(MARK).length - 1;
  if (variables === 0 || wordsOf(plain) >= 2 * variables + 1) return null;
  return fault("body.text has too many variables for its length", SUBCODES.tooManyVariables);
}

/** Meta gives no number: 2n + 1 words for n variables is what resellers report. */
function wordsOf(plain: string): number {
  const segments = [...new Intl.Segmenter("en", { granularity: "word" }).segment(plain)];
  return segments.filter(({ isWordLike }) => isWordLike === true).length;
}

const MEDIA_FORMATS = ["IMAGE", "VIDEO", "DOCUMENT"];

/** Media stand for their upload in `example`: not an address, and not the id of a message's. */
export function headerFault(
  header: Json,
  { format, category }: { format: ParameterFormat; category: string },
): TemplateFault | null {
  const shape = upper(header.format);
  if (shape === "TEXT") {
    return (
      keysFault(header, ["type", "format", "text", "example"], "header") ??
      headerTextFault(header, format)
    );
  }
  if (MEDIA_FORMATS.includes(shape)) return mediaHeaderFault(header);
  if (shape !== "LOCATION") {
    const known = ["TEXT", ...MEDIA_FORMATS, "LOCATION"].join(", ");
    return fault(`header.format: ${shape || "none"} is none of ${known}`, SUBCODES.header);
  }
  if (category !== "UTILITY" && category !== "MARKETING") {
    return fault("header.format: LOCATION is for UTILITY and MARKETING", SUBCODES.header);
  }
  return keysFault(header, ["type", "format"], "header");
}

function mediaHeaderFault(header: Json): TemplateFault | null {
  const strays = keysFault(header, ["type", "format", "example"], "header");
  if (strays !== null) return strays;
  const handles = isJson(header.example) ? header.example.header_handle : undefined;
  const given: readonly unknown[] = Array.isArray(handles) ? handles : [];
  const isOne = given.length === 1 && given.every((handle) => isHandle(handle));
  return isOne ? null : fault("header.example.header_handle: one of an upload", SUBCODES.handle);
}

function isHandle(value: unknown): boolean {
  return typeof value === "string" && /^\d+:[\w:+/=.-]+$/.test(value) && !value.includes("//");
}
