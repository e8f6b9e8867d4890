import * as z from "zod/mini";

export const templateCategories = ["marketing", "utility", "authentication"] as const;
export type TemplateCategory = (typeof templateCategories)[number];

export const templateStatuses = [
  "draft",
  "pending",
  "approved",
  "rejected",
  "in_appeal",
  "paused",
  "disabled",
  "archived",
  "pending_deletion",
  "deleted",
] as const;
export type TemplateStatus = (typeof templateStatuses)[number];

export const parameterFormats = ["named", "positional"] as const;
export type ParameterFormat = (typeof parameterFormats)[number];

export const headerFormats = ["text", "image", "video", "document", "location"] as const;
export const otpTypes = ["copy_code", "one_tap", "zero_tap"] as const;

const raw = z.record(z.string(), z.unknown());
/** A sample value for each variable, by its name. */
const examples = z.optional(z.record(z.string(), z.string()));

export const headerComponent = z.object({
  type: z.literal("header"),
  format: z.enum(headerFormats),
  text: z.optional(z.string()),
  mediaId: z.optional(z.string()),
  examples,
});
/** The text of an authentication template is the provider's own; it may add a warning. */
export const bodyComponent = z.object({
  type: z.literal("body"),
  text: z.optional(z.string()),
  examples,
  addSecurityRecommendation: z.optional(z.boolean()),
});
export const footerComponent = z.object({
  type: z.literal("footer"),
  text: z.optional(z.string()),
  codeExpirationMinutes: z.optional(z.number()),
});
export const templateButton = z.object({
  type: z.enum(["quick_reply", "url", "phone_number", "copy_code", "otp"]),
  text: z.optional(z.string()),
  url: z.optional(z.string()),
  phoneNumber: z.optional(z.string()),
  /** What fills a url's variable, alone or as the whole address; a sample code to copy. */
  example: z.optional(z.string()),
  otpType: z.optional(z.enum(otpTypes)),
  supportedApps: z.optional(
    z.array(z.object({ packageName: z.string(), signatureHash: z.string() })),
  ),
  zeroTapTermsAccepted: z.optional(z.boolean()),
});
/** Made elsewhere, of a kind that is kept as the provider has it and cannot be filled here. */
const otherButton = z.object({ type: z.literal("other"), text: z.optional(z.string()), raw });
export const buttonsComponent = z.object({
  type: z.literal("buttons"),
  buttons: z.array(z.discriminatedUnion("type", [templateButton, otherButton])),
});
const otherComponent = z.object({ type: z.literal("other"), raw });

export const componentSchema = z.discriminatedUnion("type", [
  headerComponent,
  bodyComponent,
  footerComponent,
  buttonsComponent,
  otherComponent,
]);
export type TemplateComponent = z.infer<typeof componentSchema>;
export type TemplateButton = z.infer<typeof buttonsComponent>["buttons"][number];
/** One that can be made here. */
export type OwnButton = z.infer<typeof templateButton>;
type ComponentOf<T extends TemplateComponent["type"]> = Extract<TemplateComponent, { type: T }>;

const nullableTime = z.nullable(z.string());

export const statusChangeSchema = z.object({
  status: z.enum(templateStatuses),
  at: z.string(),
  reason: z.nullable(z.string()),
});
export type StatusChange = z.infer<typeof statusChangeSchema>;

/** Why the provider does not take it, and what it advises; both in the provider's words. */
export const rejectionSchema = z.object({
  reason: z.string(),
  detail: z.nullable(z.string()),
  recommendation: z.nullable(z.string()),
});

/** The provider will move the template to another category at that time. */
export const categoryChangeSchema = z.object({
  from: z.enum(templateCategories),
  to: z.enum(templateCategories),
  at: nullableTime,
});

/**
 * A message template. It belongs to a business account (WABA) that several numbers may share, and
 * inside it a name and a language are its identity (WhatsApp reference, section 8.3, pitfall 22).
 */
export const templateSchema = z.looseObject({
  id: z.string(),
  /** The channel it was made for; every channel of the same account can send it. */
  channelId: z.string(),
  wabaId: z.string(),
  name: z.string(),
  language: z.string(),
  category: z.enum(templateCategories),
  parameterFormat: z.enum(parameterFormats),
  components: z.array(componentSchema),
  /** How long the provider tries to deliver it, seconds; -1: 30 days; null: its default. */
  messageTtlSeconds: z.nullable(z.number()),
  status: z.enum(templateStatuses),
  /** Oldest first; the last one is the status. */
  statusHistory: z.array(statusChangeSchema),
  rejection: z.nullable(rejectionSchema),
  /** The provider's rating, lower case. */
  quality: z.nullable(z.string()),
  qualityAt: nullableTime,
  categoryChange: z.nullable(categoryChangeSchema),
  categoryAt: nullableTime,
  /** When the provider disables it. */
  disableAt: nullableTime,
  providerId: z.nullable(z.string()),
  /** Whether its name and language are taken by it: from its submission on. */
  holdsName: z.boolean(),
  /** A deleted template keeps its name from being used again until then. */
  lockedUntil: nullableTime,
  /** Somebody is submitting it, or was when the process died. Past: ask before doing it again. */
  submittingUntil: nullableTime,
  /** When it was edited while approved, oldest first. */
  editedAt: z.nullable(z.array(z.string())),
  /** Something happened at the provider that has not been read back yet. */
  staleAt: nullableTime,
  fetchedAt: nullableTime,
  submittedAt: nullableTime,
  createdAt: z.string(),
  updatedAt: z.string(),
  rev: z.number(),
});
export type Template = z.infer<typeof templateSchema>;

/** What people decide about a template. */
export type TemplateDraft = Pick<
  Template,
  "name" | "language" | "category" | "parameterFormat" | "components" | "messageTtlSeconds"
>;

/** What only a template that its provider knows has. */
export const unsubmitted = {
  rejection: null,
  quality: null,
  qualityAt: null,
  categoryChange: null,
  categoryAt: null,
  disableAt: null,
  providerId: null,
  holdsName: false,
  lockedUntil: null,
  submittingUntil: null,
  editedAt: null,
  staleAt: null,
  fetchedAt: null,
  submittedAt: null,
} as const;

/** The names between the braces, each once, in order. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? ""))];
}

export function isPosition(variable: string): boolean {
  return /^\d+$/.test(variable);
}

export function componentOf<T extends TemplateComponent["type"]>(
  components: readonly TemplateComponent[],
  type: T,
): ComponentOf<T> | null {
  const found = components.find((component) => component.type === type);
  return (found as ComponentOf<T> | undefined) ?? null;
}

export function buttonsIn({ components }: Pick<Template, "components">): readonly TemplateButton[] {
  return componentOf(components, "buttons")?.buttons ?? [];
}

/**
 * Named as soon as one variable has a name: the two are never mixed.
 *
 * @param otherwise where there is no variable to tell
 */
export function formatOf(
  components: readonly TemplateComponent[],
  otherwise: ParameterFormat = "positional",
): ParameterFormat {
  const texts = components.flatMap((component) =>
    component.type === "header" || component.type === "body" ? [component.text ?? ""] : [],
  );
  const variables = texts.flatMap(variablesOf);
  if (variables.length === 0) return otherwise;
  return variables.some((name) => !isPosition(name)) ? "named" : "positional";
}

/** What people type as a name: spaces become underscores, capitals are left to the rule. */
export function nameFrom(typed: string): string {
  return typed.trim().replaceAll(/\s/g, "_");
}

/** The provider's own text of an authentication template, so that it can be shown and filled. */
export function withOwnText(draft: TemplateDraft): TemplateDraft {
  if (draft.category !== "authentication") return draft;
  const components = draft.components.map((component): TemplateComponent => {
    if (component.type === "body" && component.text === undefined) {
      const advice = component.addSecurityRecommendation === true ? SECURITY_ADVICE : "";
      return { ...component, text: `${AUTHENTICATION_TEXT}${advice}` };
    }
    if (component.type === "footer" && component.text === undefined) {
      const text = `This code expires in ${component.codeExpirationMinutes} minutes.`;
      return { ...component, text };
    }
    return component;
  });
  return { ...draft, components };
}

/** What people decided of an authentication template: the texts are not theirs. */
export function withoutOwnText(draft: TemplateDraft): TemplateDraft {
  if (draft.category !== "authentication") return draft;
  const components = draft.components.map((component): TemplateComponent => {
    if (component.type !== "body" && component.type !== "footer") return component;
    const { text: _, ...rest } = component;
    return component.type === "body" ? { ...rest, type: "body", examples: undefined } : rest;
  });
  return { ...draft, components };
}

const AUTHENTICATION_TEXT = "*{{1}}* is your verification code.";
const SECURITY_ADVICE = " For your security, do not share this code.";
