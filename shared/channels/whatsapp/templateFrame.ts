import type { Content } from "../../domain/messages.ts";
import { type Field, fieldsOf, urlSuffix } from "../../domain/templateFields.ts";
import { isPosition, type Template } from "../../domain/templates.ts";

type Filled = Extract<Content, { type: "template" }>;

/**
 * The `template` object of a send (WhatsApp reference, section 7.3): only components that take
 * something are named, and a button by its place among all buttons.
 */
export function templateFrame(template: Template, content: Filled): object {
  const components = [
    ...headerFrame(template, content),
    ...textFrame(template, content, "body"),
    ...buttonFrames(template, content),
  ];
  return {
    name: template.name,
    language: { code: template.language },
    ...(components.length > 0 ? { components } : {}),
  };
}

function headerFrame(template: Template, content: Filled): object[] {
  const { headerLocation: location } = content;
  if (location === undefined) return textFrame(template, content, "header");
  return [{ type: "header", parameters: [{ type: "location", location }] }];
}

function textFrame(template: Template, content: Filled, type: "header" | "body"): object[] {
  const fields = fieldsOf(template).filter(({ place }) => place === type);
  // Without names, the order of the parameters is that of the numbers.
  const inOrder = fields.toSorted((one, other) => positionOf(one) - positionOf(other));
  const parameters = inOrder.map(({ key, variable }) => ({
    type: "text",
    ...(isPosition(variable) ? {} : { parameter_name: variable }),
    text: content.variables[key],
  }));
  return parameters.length > 0 ? [{ type, parameters }] : [];
}

function positionOf({ variable }: Field): number {
  return isPosition(variable) ? Number(variable) : 0;
}

function buttonFrames(template: Template, { variables }: Filled): object[] {
  return fieldsOf(template).flatMap((field) => {
    const value = variables[field.key];
    if (field.place !== "button" || value === undefined) return [];
    return [{ type: "button", index: String(field.index), ...buttonFrame(field.kind, value) }];
  });
}

function buttonFrame(kind: Field["kind"], value: string): object {
  switch (kind) {
    case "payload":
      return { sub_type: "quick_reply", parameters: [{ type: "payload", payload: value }] };
    case "suffix":
      return { sub_type: "url", parameters: [{ type: "text", text: urlSuffix(value) }] };
    case "coupon":
      return {
        sub_type: "copy_code",
        parameters: [{ type: "coupon_code", coupon_code: value }],
      };
    case "code":
      return { sub_type: "url", parameters: [{ type: "text", text: value }] };
    case "text":
      throw new Error("A text variable belongs to no button.");
    default:
      return kind satisfies never;
  }
}
