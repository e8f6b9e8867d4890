import type { Violation } from "./errors.ts";
import { isPosition, type ParameterFormat, variablesOf } from "./templates.ts";

/** What the rules for templates share: how a violation is noted, and how texts are measured. */

export type Violations = Violation[];

export function found(all: Violations, pointer: string, code: string, detail: string): void {
  all.push({ pointer, code, detail });
}

/** Meta does not say what it counts: the larger of both counts decides (section 16). */
export function tooLong(text: string, max: number): boolean {
  return Math.max([...text].length, text.length) > max;
}

/** Whether there is a text to look at further. */
export function present(
  all: Violations,
  pointer: string,
  text: string | undefined,
  max: number,
): text is string {
  if (text === undefined || text.trim() === "") {
    found(all, pointer, "required", "Give a text.");
    return false;
  }
  if (tooLong(text, max)) {
    found(all, pointer, "too_long", `At most ${max} characters fit here.`);
  }
  return true;
}

const WELL_FORMED = /\{\{[a-z0-9_]+\}\}/g;
const NAMED = /^[a-z][a-z0-9_]*$/;

interface Text {
  readonly text?: string | undefined;
  readonly examples?: Readonly<Record<string, string>> | undefined;
}

/** How variables are written, numbered and named, and that each has an example. */
export function variableRules(
  all: Violations,
  at: string,
  { text = "", examples = {} }: Text,
  format: ParameterFormat,
): void {
  if (/\{\{|\}\}/.test(text.replaceAll(WELL_FORMED, ""))) {
    const detail = "Write a variable as {{first_name}}: small letters, digits, underscores only.";
    found(all, `${at}/text`, "malformed_variable", detail);
  }
  const written = [...text.matchAll(WELL_FORMED)].map(([whole]) => whole.slice(2, -2));
  const variables = [...new Set(written)];
  if (format === "named") namedRules(all, `${at}/text`, written);
  else positionRules(all, `${at}/text`, variables);
  for (const name of variables) {
    if ((examples[name] ?? "").trim() !== "") continue;
    found(all, `${at}/examples/${name}`, "required", `Give an example of {{${name}}}.`);
  }
  for (const name of Object.keys(examples)) {
    if (variablesOf(text).includes(name)) continue;
    found(all, `${at}/examples/${pointed(name)}`, "unknown", "The text has no such variable.");
  }
}

function namedRules(all: Violations, pointer: string, written: readonly string[]): void {
  for (const name of new Set(written)) {
    if (isPosition(name)) {
      found(all, pointer, "mixed_variables", `Give {{${name}}} a name, as the others have.`);
    } else if (!NAMED.test(name)) {
      found(all, pointer, "invalid_variable", `Begin {{${name}}} with a letter.`);
    }
  }
  if (new Set(written).size === written.length) return;
  found(all, pointer, "not_unique", "Every variable has a name of its own.");
}

function positionRules(all: Violations, pointer: string, variables: readonly string[]): void {
  const named = variables.find((name) => !isPosition(name));
  if (named !== undefined) {
    const detail = `Variables here are numbers: {{1}} instead of {{${named}}}.`;
    found(all, pointer, "mixed_variables", detail);
    return;
  }
  const sorted = variables.map(Number).toSorted((one, other) => one - other);
  if (sorted.every((value, place) => value === place + 1)) return;
  found(all, pointer, "not_sequential", "Number the variables {{1}}, {{2}} and so on, no gaps.");
}

/** A step of a JSON pointer (RFC 6901). */
export function pointed(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}
