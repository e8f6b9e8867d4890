/** A template as the Graph API shows it, which is not quite as it was submitted (section 8.3). */

import type { MessageTemplate } from "./messageTemplate.ts";
import { isJson, type Json, upper } from "./templateFault.ts";
import { partsOf } from "./templateKinds.ts";

/** Types and formats are upper case on read (section 8.2). */
export function normalised(components: readonly Json[]): Json[] {
  return components.map((component) => ({
    ...component,
    type: upper(component.type),
    ...(component.format !== undefined && { format: upper(component.format) }),
    ...(Array.isArray(component.buttons) && { buttons: component.buttons.map(inUpper) }),
    ...(Array.isArray(component.cards) && { cards: component.cards.map(cardInUpper) }),
  }));
}

function inUpper(button: unknown): Json {
  const given = isJson(button) ? button : {};
  return {
    ...given,
    type: upper(given.type),
    ...(given.otp_type !== undefined && { otp_type: upper(given.otp_type) }),
  };
}

function cardInUpper(card: unknown): Json {
  const components = isJson(card) && Array.isArray(card.components) ? card.components : [];
  return { components: normalised(components.filter(isJson)) };
}

/** The host of previews; a link there expires, so nothing can be sent with it (section 7.3). */
export const PREVIEW_HOST = "scontent.whatsapp.net";

/** As read back: the words of Meta itself, and previews instead of upload handles. */
export function shownComponents({ category, components }: MessageTemplate): Json[] {
  const shown = category === "AUTHENTICATION" ? authenticationShown(components) : [...components];
  return shown.map(withPreview);
}

function withPreview(component: Json): Json {
  const { example, cards } = component;
  if (Array.isArray(cards)) {
    return {
      ...component,
      cards: cards.filter(isJson).map(({ components }) => ({
        components: (Array.isArray(components) ? components : []).filter(isJson).map(withPreview),
      })),
    };
  }
  if (!isJson(example) || !Array.isArray(example.header_handle)) return component;
  const preview = `https://${PREVIEW_HOST}/v/t61.29466-34/sample?ccb=1-7&oe=68000000`;
  return { ...component, example: { header_handle: [preview] } };
}

/** A template with a code whose words were given (a seed) is shown as it is. */
function authenticationShown(components: readonly Json[]): Json[] {
  const { BODY: body, FOOTER: footer, BUTTONS: buttons } = partsOf(components) ?? {};
  if (body?.text !== undefined) return [...components];
  const advice = body?.add_security_recommendation === true;
  const words = `*{{1}}* is your verification code.${
    advice ? " For your security, do not share this code." : ""
  }`;
  const minutes = footer?.code_expiration_minutes;
  const [button = {}] = Array.isArray(buttons?.buttons) ? buttons.buttons.filter(isJson) : [];
  const address = `https://www.whatsapp.com/otp/code/?otp_type=${String(button.otp_type)}&code=otp`;
  return [
    {
      type: "BODY",
      text: words,
      example: { body_text: [["123456"]] },
      ...(advice && { add_security_recommendation: true }),
    },
    ...(minutes === undefined
      ? []
      : [
          {
            type: "FOOTER",
            text: `This code expires in ${String(minutes)} minutes.`,
            code_expiration_minutes: minutes,
          },
        ]),
    {
      type: "BUTTONS",
      buttons: [
        {
          type: "URL",
          text: typeof button.text === "string" ? button.text : "Copy code",
          url: `${address}{{1}}`,
          example: [`${address}123456`],
        },
      ],
    },
  ];
}

const FIELDS = {
  id: ({ id }: MessageTemplate) => id,
  name: ({ name }: MessageTemplate) => name,
  status: ({ status }: MessageTemplate) => status,
  category: ({ category }: MessageTemplate) => category,
  language: ({ language }: MessageTemplate) => language,
  components: shownComponents,
  parameter_format: ({ parameterFormat }: MessageTemplate) => parameterFormat,
  quality_score: ({ quality }: MessageTemplate) => quality,
  rejected_reason: ({ rejectedReason }: MessageTemplate) => rejectedReason,
  correct_category: ({ correctCategory }: MessageTemplate) => correctCategory ?? undefined,
  previous_category: ({ previousCategory }: MessageTemplate) => previousCategory ?? undefined,
  message_send_ttl_seconds: ({ lifeSeconds }: MessageTemplate) => lifeSeconds ?? undefined,
} as const;
type Field = keyof typeof FIELDS;

/** What Meta answers when `fields` is not given. */
const FIELDS_DEFAULT = "name,parameter_format,components,language,status,category,id";

/** The names asked for, and always the id; the first unknown one instead when there is one. */
export function fieldsAsked(asked: string | null): { fields: Field[] } | { unknown: string } {
  const names = (asked || FIELDS_DEFAULT).split(",").map((name) => name.trim());
  const unknown = names.find((name) => !isField(name));
  if (unknown !== undefined) return { unknown };
  return { fields: [...new Set([...names.filter(isField), "id" as const])] };
}

function isField(name: string): name is Field {
  return Object.hasOwn(FIELDS, name);
}

/** What is not there is left out, as Meta does. */
export function shown(template: MessageTemplate, fields: readonly Field[]): Json {
  return Object.fromEntries(fields.map((field) => [field, FIELDS[field](template)]));
}
