import * as z from "zod/mini";
import type { CallbackPart } from "../../domain/callbacks.ts";
import type { TemplateEvent } from "../../domain/templateEvents.ts";
import { languageFrom } from "../../domain/templateLanguages.ts";
import type { Template } from "../../domain/templates.ts";
import { categoryOf, statusOf } from "./templateReport.ts";

/** Meta's webhooks of templates (WhatsApp reference, section 2.4). */
const FIELDS: readonly string[] = [
  "message_template_status_update",
  "message_template_quality_update",
  "template_category_update",
  "message_template_components_update",
];

export function isTemplateField(field: string): boolean {
  return FIELDS.includes(field);
}

const text = z.optional(z.nullable(z.string()));
const object = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.optional(z.nullable(z.looseObject(shape)));

const valueSchema = z.looseObject({
  /** An integer here, a string in the API; one too large to be exact comes as it is written. */
  message_template_id: z.union([z.string().check(z.minLength(1)), z.int()]),
  message_template_name: z.string().check(z.minLength(1)),
  message_template_language: z.string().check(z.minLength(1)),
  message_template_category: text,
  event: text,
  reason: text,
  rejection_info: object({ reason: text, recommendation: text }),
  disable_info: object({ disable_date: z.optional(z.number()) }),
  other_info: object({ title: text, description: text }),
  new_quality_score: text,
  previous_category: text,
  new_category: text,
  correct_category: text,
  category_update_timestamp: z.optional(z.number()),
});
type Value = z.infer<typeof valueSchema>;

/** @param time of the entry, seconds; without it nothing can be put in order */
export function templateEventOf(given: unknown, time: number | undefined): CallbackPart["body"] {
  const parsed = valueSchema.safeParse(given);
  if (!parsed.success || time === undefined) {
    const where = parsed.success ? "time" : parsed.error.issues[0]?.path.join("/");
    return { kind: "unreadable", detail: `The template event cannot be read at ${where}.` };
  }
  const value = parsed.data;
  const at = timeOf(time);
  const language = value.message_template_language;
  const event: TemplateEvent = {
    providerId: String(value.message_template_id),
    name: value.message_template_name,
    // `en-US` in Meta's examples, `en_US` in its traffic.
    language: languageFrom(language) ?? language.replaceAll("-", "_"),
    category: categoryOf(value.message_template_category ?? undefined),
    at,
    news: newsOf(value, at),
  };
  return { kind: "template", event };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

/** By what is in it: Meta's own page prints one field's name over another's value. */
function newsOf(value: Value, at: string): TemplateEvent["news"] {
  const { new_quality_score: quality, event } = value;
  if (typeof quality === "string") return { kind: "quality", quality: quality.toLowerCase() };
  const moved = categoryNews(value);
  if (moved !== null) return moved;
  if (typeof event === "string") return statusNews(value, event, at);
  return { kind: "components" };
}

/**
 * The trap: announcing a change, `new_category` is the present one and `correct_category` the one
 * to come; once it is done, `new_category` is the new one (pitfall 32).
 */
function categoryNews(value: Value): TemplateEvent["news"] | null {
  const category = categoryOf(value.new_category ?? undefined);
  if (category === null) return null;
  const to = categoryOf(value.correct_category ?? undefined);
  if (to === null) return { kind: "category", category, change: null };
  const { category_update_timestamp: seconds } = value;
  const at = seconds === undefined ? null : timeOf(seconds);
  return { kind: "category", category, change: { from: category, to, at } };
}

function statusNews(value: Value, event: string, at: string): TemplateEvent["news"] {
  const { rejection_info: rejected, disable_info: disabled, other_info: other } = value;
  const reason = value.reason === "NONE" ? null : (value.reason ?? null);
  const date = disabled?.disable_date;
  const disableAt = date === undefined ? null : timeOf(date);
  const title = other?.title ?? null;
  const rejection: Template["rejection"] =
    event !== "REJECTED"
      ? null
      : {
          reason: reason ?? "NONE",
          detail: rejected?.reason ?? null,
          recommendation: rejected?.recommendation ?? null,
        };
  return {
    kind: "status",
    status: statusIn(event, title, disableAt !== null && disableAt > at),
    reason: reason ?? title ?? (event === "REJECTED" ? "NONE" : null),
    rejection,
    disableAt,
  };
}

/** What has no word of ours, or only announces something, is read back and changes nothing yet. */
function statusIn(event: string, title: string | null, isAhead: boolean) {
  if (event === "PAUSED" && title === "UNPAUSE") return "approved";
  if (event === "DISABLED" && isAhead) return null;
  if (event === "UNARCHIVED" || event === "FLAGGED") return null;
  return statusOf(event);
}
