/** A template as it was handed in, after `checkTemplate` took it. */
import * as z from "zod";
import { type MessageTemplate, TEMPLATE_STATUSES } from "./messageTemplate.ts";
import type { Json } from "./templateFault.ts";
import { partsOf } from "./templateKinds.ts";
import { REVIEW_MS } from "./templateLife.ts";
import { categoryOf, parameterFormatOf } from "./templateRules.ts";
import { normalised } from "./templateShown.ts";
import { variablesOf } from "./templateText.ts";

export const submittedSchema = z.object({
  name: z.string(),
  language: z.string(),
  category: z.string(),
  parameter_format: z.string().optional(),
  components: z.array(z.record(z.string(), z.unknown())),
  message_send_ttl_seconds: z.number().optional(),
});

/** A template on its way to the review. */
export function draft(
  wabaId: string,
  submitted: z.infer<typeof submittedSchema>,
  now: number,
): Omit<MessageTemplate, "id" | "place"> {
  const { name, language, components, message_send_ttl_seconds: lifeSeconds } = submitted;
  return {
    wabaId,
    name,
    language,
    category: categoryOf(submitted.category) ?? "UTILITY",
    parameterFormat: parameterFormatOf(submitted.parameter_format) ?? "POSITIONAL",
    components: normalised(components),
    status: "PENDING",
    rejectedReason: "NONE",
    quality: { score: "UNKNOWN", date: Math.floor(now / 1_000) },
    correctCategory: null,
    previousCategory: null,
    lifeSeconds: lifeSeconds ?? null,
    wasApproved: false,
    pauses: 0,
    editedAt: [],
    due: [{ what: "review", at: now + REVIEW_MS }],
  };
}

/** What makes two templates the same to a reader. */
export function wordsOf(components: readonly Json[]): string {
  const { BODY: body, FOOTER: footer } = partsOf(components) ?? {};
  return JSON.stringify([body?.text ?? null, footer?.text ?? null]);
}

/** A template of one text, as tests and the laptop make them. */
export interface SeedTemplate {
  readonly wabaId: string;
  readonly name: string;
  readonly language: string;
  readonly category: string;
  /** With its placeholders: `Hi {{first_name}}` or `Hi {{1}}`. */
  readonly body: string;
  readonly status: string;
}

export function seedOf(seed: SeedTemplate, now: number): Omit<MessageTemplate, "id" | "place"> {
  const { wabaId, name, language, category, body } = seed;
  const names = variablesOf(body) ?? [];
  const isNamed = names.some((one) => !/^\d+$/.test(one));
  const example = isNamed
    ? { body_text_named_params: names.map((one) => ({ param_name: one, example: "Ada" })) }
    : { body_text: [names.map(() => "Ada")] };
  const submitted = {
    name,
    language,
    category,
    parameter_format: isNamed ? "NAMED" : "POSITIONAL",
    components: [{ type: "BODY", text: body, ...(names.length > 0 && { example }) }],
  };
  const status = TEMPLATE_STATUSES.find((one) => one === seed.status.toUpperCase()) ?? "APPROVED";
  const wasApproved = status === "APPROVED";
  return { ...draft(wabaId, submitted, now), status, wasApproved, due: [] };
}
