import { baseOf, wholeExampleOf } from "../../domain/templateButtons.ts";
import {
  formatOf,
  type OwnButton,
  type TemplateButton,
  type TemplateComponent,
  type TemplateDraft,
  variablesOf,
} from "../../domain/templates.ts";

/** Templates in Meta's words, as they are submitted (WhatsApp reference, section 8.2). */

type Json = Readonly<Record<string, unknown>>;

/** @param handle of the header's uploaded sample file; null when the header is no file */
export function createBody(template: TemplateDraft, handle: string | null): Json {
  return {
    name: template.name,
    language: template.language,
    category: template.category.toUpperCase(),
    parameter_format: template.parameterFormat.toUpperCase(),
    ...contentBody(template, handle),
  };
}

/** What an edit may change; the components replace the whole set (section 8.4). */
export function editBody(
  template: TemplateDraft,
  handle: string | null,
  withCategory: boolean,
): Json {
  const category = withCategory ? { category: template.category.toUpperCase() } : {};
  return { ...category, ...contentBody(template, handle) };
}

function contentBody(template: TemplateDraft, handle: string | null): Json {
  const { messageTtlSeconds: ttl } = template;
  return {
    components: template.components.map((component) => wireOf(component, template, handle)),
    ...(ttl === null ? {} : { message_send_ttl_seconds: ttl }),
  };
}

function wireOf(component: TemplateComponent, draft: TemplateDraft, handle: string | null): Json {
  const isCode = draft.category === "authentication";
  switch (component.type) {
    case "header": {
      const format = component.format.toUpperCase();
      if (component.format === "location") return { type: "HEADER", format };
      if (component.format !== "text") {
        const example = handle === null ? {} : { example: { header_handle: [handle] } };
        return { type: "HEADER", format, ...example };
      }
      return { type: "HEADER", format, text: component.text, ...samplesOf("header", component) };
    }
    case "body":
      if (!isCode) return { type: "BODY", text: component.text, ...samplesOf("body", component) };
      return {
        type: "BODY",
        add_security_recommendation: component.addSecurityRecommendation ?? false,
      };
    case "footer":
      return isCode
        ? { type: "FOOTER", code_expiration_minutes: component.codeExpirationMinutes }
        : { type: "FOOTER", text: component.text };
    case "buttons":
      return { type: "BUTTONS", buttons: component.buttons.map(buttonWire) };
    case "other":
      return component.raw;
    default:
      return component satisfies never;
  }
}

/** Named examples are a list of pairs, positional ones a list of lists (section 8.2). */
function samplesOf(
  place: "header" | "body",
  { text = "", examples = {} }: { text?: string | undefined; examples?: Values | undefined },
): Json {
  const names = variablesOf(text);
  if (names.length === 0) return {};
  const isNamed = formatOf([{ type: "body", text }]) === "named";
  if (isNamed) {
    const pairs = names.map((name) => ({ param_name: name, example: examples[name] }));
    return { example: { [`${place}_text_named_params`]: pairs } };
  }
  const values = names
    .toSorted((one, other) => Number(one) - Number(other))
    .map((name) => examples[name]);
  return { example: { [`${place}_text`]: place === "body" ? [values] : values } };
}
type Values = Readonly<Record<string, string>>;

function buttonWire(button: TemplateButton): Json {
  const { text } = button;
  switch (button.type) {
    case "quick_reply":
      return { type: "QUICK_REPLY", text };
    case "url": {
      const isOpen = baseOf(button.url ?? "") !== button.url;
      const example = isOpen ? { example: [wholeExampleOf(button)] } : {};
      return { type: "URL", text, url: button.url, ...example };
    }
    case "phone_number":
      return { type: "PHONE_NUMBER", text, phone_number: button.phoneNumber };
    case "copy_code":
      return { type: "COPY_CODE", example: button.example };
    case "otp":
      return otpWire(button);
    case "other":
      return button.raw;
    default:
      return button satisfies never;
  }
}

function otpWire(button: OwnButton): Json {
  const { text, otpType = "copy_code", supportedApps: apps, zeroTapTermsAccepted } = button;
  return {
    type: "OTP",
    otp_type: otpType.toUpperCase(),
    ...(text === undefined ? {} : { text }),
    ...(apps === undefined
      ? {}
      : {
          supported_apps: apps.map(({ packageName, signatureHash }) => ({
            package_name: packageName,
            signature_hash: signatureHash,
          })),
        }),
    ...(zeroTapTermsAccepted === undefined
      ? {}
      : { zero_tap_terms_accepted: zeroTapTermsAccepted }),
  };
}
