import * as z from "zod/mini";
import type { TemplateReport } from "../../domain/templateEvents.ts";
import {
  formatOf,
  headerFormats,
  type Template,
  type TemplateButton,
  type TemplateComponent,
  type TemplateStatus,
  templateCategories,
  variablesOf,
} from "../../domain/templates.ts";

/** Templates as Meta answers them, in our words (WhatsApp reference, sections 8.1 and 8.4). */

/** Meta's words for a status; the ones that ours has no word for are neither sendable nor final. */
const STATUSES: Readonly<Record<string, TemplateStatus>> = {
  PENDING: "pending",
  APPROVED: "approved",
  REJECTED: "rejected",
  PAUSED: "paused",
  DISABLED: "disabled",
  IN_APPEAL: "in_appeal",
  LOCKED: "paused",
  LIMIT_EXCEEDED: "paused",
  // Still sent, and about to be disabled.
  FLAGGED: "approved",
  REINSTATED: "approved",
  UNARCHIVED: "approved",
  PENDING_DELETION: "pending_deletion",
  DELETED: "deleted",
  ARCHIVED: "archived",
};

export function statusOf(word: string | undefined): TemplateStatus | null {
  return STATUSES[word?.toUpperCase() ?? ""] ?? null;
}

export function categoryOf(word: string | undefined): Template["category"] | null {
  return templateCategories.find((known) => known === word?.toLowerCase()) ?? null;
}

const optionalText = z.optional(z.nullable(z.string()));
const componentSchema = z.looseObject({
  type: z.string(),
  format: optionalText,
  text: optionalText,
  example: z.optional(z.unknown()),
  add_security_recommendation: z.optional(z.boolean()),
  code_expiration_minutes: z.optional(z.number()),
  buttons: z.optional(z.array(z.record(z.string(), z.unknown()))),
});
const buttonSchema = z.looseObject({
  type: z.string(),
  text: optionalText,
  url: optionalText,
  phone_number: optionalText,
  example: z.optional(z.unknown()),
  otp_type: optionalText,
});

/** A template as the Graph API answers it; what is not asked for or not set is absent. */
export const remoteSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  language: z.string(),
  status: z.optional(z.string()),
  category: z.optional(z.string()),
  parameter_format: optionalText,
  components: z.optional(z.array(componentSchema)),
  message_send_ttl_seconds: z.optional(z.nullable(z.number())),
  quality_score: z.optional(z.nullable(z.looseObject({ score: optionalText }))),
  rejected_reason: optionalText,
  correct_category: optionalText,
});
type Remote = z.infer<typeof remoteSchema>;
type RemoteComponent = z.infer<typeof componentSchema>;

export function reportOf(remote: Remote): TemplateReport {
  const category = categoryOf(remote.category);
  const components = (remote.components ?? []).map((each) =>
    ours(each, category === "authentication"),
  );
  const format = remote.parameter_format?.toLowerCase();
  const reason = remote.rejected_reason ?? null;
  return {
    providerId: remote.id,
    name: remote.name,
    language: remote.language,
    category,
    parameterFormat: format === "named" || format === "positional" ? format : formatOf(components),
    components,
    messageTtlSeconds: remote.message_send_ttl_seconds ?? null,
    status: statusOf(remote.status),
    reason: reason === "NONE" ? null : reason,
    quality: remote.quality_score?.score?.toLowerCase() ?? null,
    correctCategory: categoryOf(remote.correct_category ?? undefined),
  };
}

function ours(component: RemoteComponent, isCode: boolean): TemplateComponent {
  const { text } = component;
  const words = text === undefined || text === null ? {} : { text };
  const raw = Object.fromEntries(
    Object.entries(component).filter(([, value]) => value !== undefined),
  );
  switch (component.type.toUpperCase()) {
    case "HEADER": {
      const format = headerFormats.find((known) => known === component.format?.toLowerCase());
      if (format === undefined) return { type: "other", raw };
      return { type: "header", format, ...words, ...examplesIn("header", text, component.example) };
    }
    case "BODY": {
      const advice = component.add_security_recommendation;
      return {
        type: "body",
        ...words,
        ...examplesIn("body", text, component.example),
        ...(advice === undefined ? {} : { addSecurityRecommendation: advice }),
      };
    }
    case "FOOTER": {
      const minutes = component.code_expiration_minutes;
      const expiry = minutes === undefined ? {} : { codeExpirationMinutes: minutes };
      return { type: "footer", ...words, ...expiry };
    }
    case "BUTTONS":
      return {
        type: "buttons",
        buttons: (component.buttons ?? []).map((button) => ourButton(button, isCode)),
      };
    default:
      return { type: "other", raw };
  }
}

const pairsSchema = z.array(z.looseObject({ param_name: z.string(), example: z.string() }));
const listSchema = z.array(z.union([z.string(), z.array(z.string())]));

/** The docs show positional examples both flat and as a list of lists (section 8.2). */
function examplesIn(
  place: "header" | "body",
  text: string | null | undefined,
  example: unknown,
): { examples?: Record<string, string> } {
  const given = z.looseObject({}).safeParse(example);
  if (!given.success) return {};
  const pairs = pairsSchema.safeParse(given.data[`${place}_text_named_params`]);
  const list = listSchema.safeParse(given.data[`${place}_text`]);
  const positions = variablesOf(text ?? "").toSorted((one, other) => Number(one) - Number(other));
  const named = pairs.data?.map(({ param_name: name, example: value }) => [name, value] as const);
  const values = list.data?.flat().map((value, place) => [positions[place] ?? "", value] as const);
  const entries = (named ?? values ?? []).filter(([name]) => name !== "");
  return entries.length === 0 ? {} : { examples: Object.fromEntries(entries) };
}

/** The button of an authentication template is read back as a URL button (section 8.3). */
function ourButton(raw: Readonly<Record<string, unknown>>, isCode: boolean): TemplateButton {
  const { data } = buttonSchema.safeParse(raw);
  const { text } = data ?? {};
  const words = text === undefined || text === null ? {} : { text };
  const example = firstOf(data?.example);
  const sample = example === null ? {} : { example };
  switch (data?.type.toUpperCase()) {
    case "QUICK_REPLY":
      return { type: "quick_reply", ...words };
    case "URL":
      if (isCode) return { type: "otp", ...words };
      return { type: "url", ...words, url: data?.url ?? "", ...sample };
    case "PHONE_NUMBER":
      return { type: "phone_number", ...words, phoneNumber: data?.phone_number ?? "" };
    case "COPY_CODE":
      return { type: "copy_code", ...words, ...sample };
    case "OTP":
      return { type: "otp", ...words };
    default:
      return { type: "other", ...words, raw: { ...raw } };
  }
}

function firstOf(example: unknown): string | null {
  const first: unknown = Array.isArray(example) ? example[0] : example;
  return typeof first === "string" ? first : null;
}
