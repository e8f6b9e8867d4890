import type { Violation } from "./errors.ts";
import type { Content } from "./messages.ts";
import {
  type Field,
  fieldsOf,
  filledUrl,
  type Parts,
  rendered,
  type Values,
} from "./templateFields.ts";
import { buttonsIn, componentOf, type Template } from "./templates.ts";
import { found, pointed, tooLong, type Violations } from "./templateTexts.ts";

/** A template with its variables filled (WhatsApp reference, section 7.3). */
type Filled = Extract<Content, { type: "template" }>;

const BODY_MAX = 1024;
const URL_MAX = 2000;
/** The lower of what SDKs say (section 17, point 7). */
const PAYLOAD_MAX = 128;
const COUPON_MAX = 20;
const CODE_MAX = 15;
/** Line breaks, tabs and five spaces in a row are refused (132018). */
const FORBIDDEN = /[\n\r\t]| {5,}/;

/** Everything that keeps this template from being sent so; pointers are into the content. */
export function sendViolations(template: Template, content: Filled): Violation[] {
  const all: Violations = [];
  if (template.status !== "approved") {
    const detail = `The template is ${template.status}; take an approved one.`;
    found(all, "/templateId", template.status, detail);
    return all;
  }
  if (!canBeFilled(template)) {
    const detail = "The template has parts that cannot be filled here; take another one.";
    found(all, "/templateId", "not_supported", detail);
    return all;
  }
  headerViolations(all, template, content);
  valueViolations(all, template, content.variables);
  return all;
}

/** Made elsewhere, with kinds of parts that are not known here, or not read yet. */
function canBeFilled({ components }: Parts): boolean {
  const isKnown = components.every((component) => {
    if (component.type !== "buttons") return component.type !== "other";
    return component.buttons.every(({ type }) => type !== "other");
  });
  return isKnown && componentOf(components, "body") !== null;
}

function headerViolations(all: Violations, template: Template, content: Filled): void {
  const { headerMediaId, headerLocation } = content;
  const format = componentOf(template.components, "header")?.format ?? null;
  const isFile = format !== null && format !== "text" && format !== "location";
  if (isFile) {
    const detail = `The header is of format ${format}; files cannot be sent yet.`;
    found(all, "/headerMediaId", "not_supported", detail);
  } else if (headerMediaId !== undefined) {
    found(all, "/headerMediaId", "unknown", "The template's header takes no file.");
  }
  if (format !== "location") {
    if (headerLocation === undefined) return;
    found(all, "/headerLocation", "unknown", "The template's header takes no place.");
  } else if (headerLocation === undefined) {
    found(all, "/headerLocation", "required", "Give the place that the header shows.");
  } else placeViolations(all, headerLocation);
}

function placeViolations(all: Violations, place: NonNullable<Filled["headerLocation"]>): void {
  for (const [name, max] of [
    ["latitude", 90],
    ["longitude", 180],
  ] as const) {
    if (Math.abs(place[name]) <= max) continue;
    found(all, `/headerLocation/${name}`, "out_of_range", `Give a number from -${max} to ${max}.`);
  }
  for (const name of ["name", "address"] as const) {
    if ((place[name] ?? "").trim() !== "") continue;
    found(all, `/headerLocation/${name}`, "required", `Give the place a ${name}.`);
  }
}

function valueViolations(all: Violations, template: Template, values: Values): void {
  const fields = fieldsOf(template);
  for (const key of new Set(fields.map((field) => field.key))) {
    const same = fields.filter((field) => field.key === key);
    const value = values[key];
    const at = `/variables/${pointed(key)}`;
    if (value === undefined || value.trim() === "") {
      if (same.every(({ isRequired }) => !isRequired) && value === undefined) continue;
      found(all, at, "required", "Fill every variable.");
    } else if (FORBIDDEN.test(value)) {
      const detail = "No line breaks, tabs or more than four spaces in a row.";
      found(all, at, "invalid", detail);
    } else measured(all, at, template, same, value);
  }
  for (const key of Object.keys(values)) {
    if (fields.some((field) => field.key === key)) continue;
    found(all, `/variables/${pointed(key)}`, "unknown", "The template has no such variable.");
  }
  const { body } = rendered(template, values);
  if (!tooLong(body, BODY_MAX)) return;
  found(all, "/variables", "too_long", `The filled text has more than ${BODY_MAX} characters.`);
}

function measured(
  all: Violations,
  at: string,
  template: Template,
  fields: readonly Field[],
  value: string,
): void {
  for (const { kind, index } of fields) {
    const [text, max] = lengthOf(template, kind, index, value);
    if (!tooLong(text, max)) continue;
    found(all, at, "too_long", `At most ${max} characters fit here.`);
  }
}

function lengthOf(
  template: Parts,
  kind: Field["kind"],
  index: number | null,
  value: string,
): readonly [string, number] {
  switch (kind) {
    case "text":
      return [value, BODY_MAX];
    case "suffix":
      return [filledUrl(index === null ? null : buttonsIn(template).at(index), value), URL_MAX];
    case "payload":
      return [value, PAYLOAD_MAX];
    case "coupon":
      return [value, COUPON_MAX];
    case "code":
      return [value, CODE_MAX];
    default:
      return kind satisfies never;
  }
}

/** What of these values would be refused on sending, for whoever previews. */
export function valueWarnings(template: Template, values: Values): Violation[] {
  const all: Violations = [];
  valueViolations(all, template, values);
  return all.filter(({ code }) => code !== "required");
}
