import { baseOf } from "./templateButtons.ts";
import {
  buttonsIn,
  componentOf,
  isPosition,
  type Template,
  type TemplateButton,
  type TemplateComponent,
  variablesOf,
} from "./templates.ts";

/** What a template asks for, and how it looks when that is given (WhatsApp reference, 7.3). */
export type Values = Readonly<Partial<Record<string, string>>>;
export type Parts = Pick<Template, "components">;

/**
 * One thing to fill. `key` is how people name it: a variable of the body or the header by what
 * stands between the braces, except that the header's {{1}} is not the body's: `header.1`; what a
 * button takes by its place among all buttons: `button.0`.
 */
export interface Field {
  readonly key: string;
  readonly place: "header" | "body" | "button";
  /** Between the braces; empty for what a button takes. */
  readonly variable: string;
  /** The button's place among all buttons. */
  readonly index: number | null;
  readonly kind: "text" | "suffix" | "payload" | "coupon" | "code";
  readonly isRequired: boolean;
}

export function fieldsOf({ components }: Parts): Field[] {
  return components.flatMap((component): Field[] => {
    switch (component.type) {
      case "header":
      case "body":
        return variablesOf(component.text ?? "").map((variable) => ({
          key: component.type === "header" ? headerKey(variable) : variable,
          place: component.type,
          variable,
          index: null,
          kind: "text",
          isRequired: true,
        }));
      case "buttons":
        return component.buttons.flatMap((button, index) => buttonField(button, index));
      case "footer":
      case "other":
        return [];
      default:
        return component satisfies never;
    }
  });
}

function headerKey(variable: string): string {
  return isPosition(variable) ? `header.${variable}` : variable;
}

function buttonField(button: TemplateButton, index: number): Field[] {
  const field = { key: `button.${index}`, place: "button", variable: "", index } as const;
  switch (button.type) {
    case "quick_reply":
      return [{ ...field, kind: "payload", isRequired: false }];
    case "url":
      if (baseOf(button.url ?? "") === button.url) return [];
      return [{ ...field, kind: "suffix", isRequired: true }];
    case "copy_code":
      return [{ ...field, kind: "coupon", isRequired: true }];
    case "otp":
      // The same code as in the body.
      return [{ ...field, key: "1", kind: "code", isRequired: true }];
    case "phone_number":
    case "other":
      return [];
    default:
      return button satisfies never;
  }
}

/** What must be filled before it can be sent, each once. */
export function requiredKeysOf(template: Parts): string[] {
  const keys = fieldsOf(template).flatMap(({ key, isRequired }) => (isRequired ? [key] : []));
  return [...new Set(keys)];
}

/** What may stand in an address as it is (RFC 3986); everything else is percent-encoded. */
const NOT_IN_URL = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/gu;

export function urlSuffix(value: string): string {
  return value.toWellFormed().replaceAll(NOT_IN_URL, encodeURIComponent);
}

export function filledUrl(button: TemplateButton | null | undefined, value: string): string {
  const url = button?.type === "url" ? (button.url ?? "") : "";
  return `${baseOf(url)}${urlSuffix(value)}`;
}

/** A template as its reader sees it. */
export interface Rendered {
  readonly header: { readonly format: string; readonly text: string | null } | null;
  readonly body: string;
  readonly footer: string | null;
  readonly buttons: readonly {
    readonly type: string;
    readonly text: string | null;
    readonly url: string | null;
    readonly phoneNumber: string | null;
    readonly code: string | null;
  }[];
}

/** What has no value stays as it is written. */
export function rendered(template: Parts, values: Values): Rendered {
  const { components } = template;
  const header = componentOf(components, "header");
  const text = header?.text;
  return {
    header:
      header === null
        ? null
        : {
            format: header.format,
            text: text === undefined ? null : filled(text, values, headerKey),
          },
    body: filled(componentOf(components, "body")?.text ?? "", values, (name) => name),
    footer: componentOf(components, "footer")?.text ?? null,
    buttons: buttonsIn(template).map((button, index) => {
      const value = values[`button.${index}`];
      const { text: label = null } = button;
      const none = { type: button.type, text: label, url: null, phoneNumber: null, code: null };
      if (button.type === "url") {
        const isOpen = baseOf(button.url ?? "") !== button.url && value !== undefined;
        return { ...none, url: isOpen ? filledUrl(button, value) : (button.url ?? null) };
      }
      if (button.type === "copy_code") return { ...none, code: value ?? null };
      if (button.type === "otp") return { ...none, code: values["1"] ?? null };
      if (button.type !== "phone_number") return none;
      return { ...none, phoneNumber: button.phoneNumber ?? null };
    }),
  };
}

function filled(text: string, values: Values, keyOf: (variable: string) => string): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => values[keyOf(name)] ?? whole);
}

/** The values that whoever made the template gave as examples. */
export function examplesOf(template: Parts): Record<string, string> {
  const named = template.components.flatMap((component: TemplateComponent) => {
    if (component.type !== "header" && component.type !== "body") return [];
    const keyOf = component.type === "header" ? headerKey : (name: string) => name;
    return Object.entries(component.examples ?? {}).map(([name, value]) => [keyOf(name), value]);
  });
  const ofButtons = buttonsIn(template).flatMap((button, index) => {
    if (button.type !== "url" && button.type !== "copy_code") return [];
    const { example } = button;
    if (example === undefined) return [];
    const base = baseOf(button.url ?? "");
    return [[`button.${index}`, example.startsWith(base) ? example.slice(base.length) : example]];
  });
  return Object.fromEntries([...named, ...ofButtons]);
}

/** A value that would be refused, as it could be sent; for whoever previews (pitfall 18). */
export function collapsed(value: string): string {
  return value.replaceAll(/\s+/g, " ").trim();
}
