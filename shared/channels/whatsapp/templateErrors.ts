import * as z from "zod/mini";
import { DomainError, unavailable } from "../../domain/errors.ts";
import type { TemplateComponent } from "../../domain/templates.ts";
import { classOf } from "./errors.ts";

/**
 * What Meta says when it does not take a template (WhatsApp reference, section 8.5). Decided on
 * numbers alone; its texts are in the language of whoever owns the token, so they are only shown.
 */
const errorSchema = z.looseObject({
  error: z.looseObject({
    code: z.number(),
    error_subcode: z.optional(z.number()),
    message: z.optional(z.string()),
    error_user_title: z.optional(z.string()),
    error_user_msg: z.optional(z.string()),
  }),
});

export interface GraphError {
  readonly code: number;
  readonly subcode: number | null;
  /** For people only. */
  readonly text: string;
}

/** null for what is no error of the Graph API. */
export function graphErrorOf(body: unknown): GraphError | null {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return null;
  const { code, error_subcode: subcode, message, error_user_msg: told } = parsed.data.error;
  return { code, subcode: subcode ?? null, text: told ?? message ?? "" };
}

/** The template is there already, in this language and under this name. */
export const EXISTS = 2388024;
/** The id is unknown, or may not be seen. */
export const UNKNOWN_ID = 33;

const NAME_LOCKED = 2388023;
const NOT_EDITABLE = 2388039;

interface Rule {
  /** Which component it is about; null: the whole. */
  readonly about: TemplateComponent["type"] | null;
  readonly field?: string;
  readonly code: string;
  readonly detail: string;
}

const RULES: Readonly<Record<number, Rule>> = {
  2388019: {
    about: null,
    code: "template_limit",
    detail: "The account has as many templates as it may have; delete some.",
  },
  2388040: { about: null, code: "too_long", detail: "A field is too long." },
  2388047: { about: "header", field: "text", code: "format", detail: "Change the header's form." },
  2388072: { about: "body", field: "text", code: "format", detail: "Change the body's form." },
  2388073: { about: "footer", field: "text", code: "format", detail: "Change the footer's form." },
  2388050: { about: "buttons", code: "button_text", detail: "Change the button's text." },
  2388153: { about: "buttons", code: "button_text", detail: "Change the button's text." },
  2388273: { about: "header", field: "mediaId", code: "sample", detail: "Give a sample file." },
  2388293: {
    about: "body",
    field: "text",
    code: "too_many_variables",
    detail: "There are too many variables for so few words: write more, or use fewer variables.",
  },
  2388299: {
    about: "body",
    field: "text",
    code: "variable_at_edge",
    detail: "Put words before the first variable and after the last one.",
  },
};

/** A refusal in our words, with its place in the template. */
export function refusalOf(
  body: unknown,
  status: number,
  components: readonly TemplateComponent[],
): DomainError {
  const error = graphErrorOf(body);
  // What stands before Meta answers an outage without a code (section 11.1).
  if (error === null) return unavailable(`Meta answered ${status}; try again in a moment.`);
  const { code, subcode, text } = error;
  const more = { providerCode: code, providerSubcode: subcode };
  if (subcode === NAME_LOCKED) {
    const detail =
      "Meta keeps the name of a deleted template for up to 30 days: take another name.";
    return new DomainError("name_locked", detail, {
      more: { ...more, lockedUntil: null },
      violations: [{ pointer: "/name", code: "locked", detail }],
    });
  }
  if (subcode === NOT_EDITABLE) {
    const detail = "Meta does not let it be changed as it is now; look at its status.";
    return new DomainError("not_editable", detail, { more });
  }
  const rule = RULES[subcode ?? 0];
  if (rule !== undefined) {
    const pointer = pointerOf(rule, components);
    const violations = [{ pointer, code: rule.code, detail: rule.detail }];
    return new DomainError("provider_refused", rule.detail, { violations, more });
  }
  switch (classOf(code, status)) {
    case "retry":
      return unavailable("Meta asks to try again later; its limit of calls may be reached.");
    case "channel": {
      const detail = "Meta does not accept the channel's access token; an admin must renew it.";
      return new DomainError("channel_broken", detail, { more });
    }
    default:
      return new DomainError("provider_refused", `Meta does not take it: ${text}`, { more });
  }
}

function pointerOf({ about, field }: Rule, components: readonly TemplateComponent[]): string {
  if (about === null) return "/components";
  const place = components.findIndex(({ type }) => type === about);
  if (place === -1) return "/components";
  const at = `/components/${place}`;
  if (about === "buttons") return `${at}/buttons`;
  return field === undefined ? at : `${at}/${field}`;
}
