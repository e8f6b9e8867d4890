/** The approved texts of each business account, and what is checked when one is sent (7.3). */
import type { Shelf, State } from "../../parts.ts";
import { GraphRefusal } from "./answer.ts";
import type { TemplateSend } from "./frame.ts";

export interface GraphTemplate {
  readonly wabaId: string;
  readonly name: string;
  readonly language: string;
  readonly category: "marketing" | "utility" | "authentication";
  /** With its placeholders: `Hi {{first_name}}` or `Hi {{1}}`. */
  readonly body: string;
  /** The names between the braces, in order; digits when they are positions. */
  readonly parameterNames: readonly string[];
  readonly status: "approved" | "pending" | "rejected" | "paused" | "disabled";
}

const BODY_MAX = 1024;

export class Templates {
  readonly #shelf: Shelf<GraphTemplate>;

  constructor(state: State) {
    this.#shelf = state.shelf("graph.templates");
  }

  /** Adding one of the same account, name and language replaces it. */
  add(template: GraphTemplate): void {
    this.#shelf.put(keyOf(template.wabaId, template.name, template.language), template);
  }

  /** The template that a send names and its text with the values filled in. */
  render(wabaId: string, send: TemplateSend): { template: GraphTemplate; text: string } {
    const { name, language, components = [] } = send;
    const template = this.#shelf.get(keyOf(wabaId, name, language.code));
    const isOpen = template?.status !== "pending" && template?.status !== "rejected";
    if (template === undefined || !isOpen) {
      throw new GraphRefusal(132001, `template name (${name}) does not exist in ${language.code}`);
    }
    if (template.status === "paused") throw new GraphRefusal(132015, `${name} is paused`);
    if (template.status === "disabled") throw new GraphRefusal(132016, `${name} is disabled`);
    const extra = components.find(({ type }) => type.toLowerCase() !== "body");
    if (extra !== undefined) {
      throw new GraphRefusal(132012, `${extra.type}: the template has no such component`);
    }
    const values = valuesOf(
      template,
      components.flatMap(({ parameters = [] }) => parameters),
    );
    const text = template.body.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (whole, variable: string) => {
      return values.get(variable) ?? whole;
    });
    if (text.length > BODY_MAX) {
      throw new GraphRefusal(132005, `Translated text has ${text.length} characters`);
    }
    return { template, text };
  }
}

function keyOf(wabaId: string, name: string, language: string): string {
  return `${wabaId} ${name} ${language}`;
}

type Parameter = Readonly<Record<string, unknown>> & { readonly type: string };

/** The value of every variable, by name. */
function valuesOf(
  { parameterNames }: GraphTemplate,
  parameters: readonly Parameter[],
): ReadonlyMap<string, string> {
  const [given, expected] = [parameters.length, parameterNames.length];
  if (given !== expected) {
    const details = `body: number of localizable_params (${given}) does not match the expected`;
    throw new GraphRefusal(132000, `${details} number of params (${expected})`);
  }
  const values = new Map<string, string>();
  for (const [place, { type, text, parameter_name: named }] of parameters.entries()) {
    const expectedName = parameterNames[place] ?? "";
    const isPosition = /^\d+$/.test(expectedName);
    const name = isPosition && named === undefined ? expectedName : named;
    if (type !== "text" || typeof name !== "string" || !parameterNames.includes(name)) {
      const details = "a text with its parameter_name is expected for every named variable";
      throw new GraphRefusal(132012, `body: ${details}, and one without it for a position`);
    }
    if (typeof text !== "string" || text === "" || /[\n\r\t]| {5,}/.test(text)) {
      const details = "cannot be empty or have new-line/tab characters or more than 4 spaces";
      throw new GraphRefusal(132018, `Param text of ${name} ${details} in a row`);
    }
    values.set(name, text);
  }
  if (values.size === expected) return values;
  throw new GraphRefusal(132012, "body: a parameter_name is given twice");
}
