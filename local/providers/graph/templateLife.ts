/**
 * What happens to a template after it was submitted, and what Meta tells of it (sections 2.4, 8.4):
 *
 *   PENDING -- review --> APPROVED -- pause --> PAUSED -- 3 h, then 6 h --> APPROVED
 *      |                     |  +-- third pause, disable --> DISABLED
 *      +--> REJECTED         +-- category: notice, 24 h later another category
 *
 * An edit leads back to PENDING.
 */

import type { Due, MessageTemplate, TemplateStatus } from "./messageTemplate.ts";
import type { Json } from "./templateFault.ts";
import type { Category } from "./templateRules.ts";
import { shownComponents } from "./templateShown.ts";

export const REASONS = [
  "ABUSIVE_CONTENT",
  "INCORRECT_CATEGORY",
  "INVALID_FORMAT",
  "PROMOTIONAL",
  "SCAM",
  "TAG_CONTENT_MISMATCH",
  "NONE",
] as const;
export type Reason = (typeof REASONS)[number];

export type TemplateEvent =
  /** Without a verdict the name decides: `reject`, `reject_promotional`. */
  | {
      readonly event: "review";
      readonly verdict?: "APPROVED" | "REJECTED" | undefined;
      readonly reason?: Reason | undefined;
    }
  /** For its quality it ends by itself; for pacing only by `unpause`. */
  | { readonly event: "pause"; readonly cause: "quality" | "pacing" }
  | { readonly event: "resume" | "disable" | "recategorise" }
  | { readonly event: "quality"; readonly score: "GREEN" | "YELLOW" | "RED" | "UNKNOWN" }
  | { readonly event: "category"; readonly category: Category; readonly notice: boolean }
  | { readonly event: "components"; readonly components: readonly Json[] }
  | { readonly event: "status"; readonly status: TemplateStatus };

/** One `changes[]` element. */
export interface Told {
  readonly field: string;
  readonly value: Json;
}

export interface Outcome {
  readonly after: MessageTemplate;
  readonly told: readonly Told[];
}

export const REVIEW_MS = 2_000;
const PAUSES_MS = [3 * 3_600_000, 6 * 3_600_000];
const PAUSE_TITLES = ["FIRST_PAUSE", "SECOND_PAUSE"];
const NOTICE_MS = 86_400_000;

/** @returns null when that cannot happen to it as it is */
export function happen(
  template: MessageTemplate,
  event: TemplateEvent,
  now: number,
): Outcome | null {
  switch (event.event) {
    case "review":
      return template.status === "PENDING" || event.verdict !== undefined
        ? reviewed(template, event)
        : null;
    case "pause":
      return isSendable(template) ? paused(template, event.cause, now) : null;
    case "resume":
      return template.status === "PAUSED" ? resumed(template) : null;
    case "disable":
      return template.status === "DISABLED" ? null : disabled(template, now);
    case "quality":
      return graded(template, event.score, now);
    case "category":
      return event.category === template.category
        ? null
        : announced(template, event.category, event.notice ? now + NOTICE_MS : null);
    case "recategorise":
      return recategorised(template);
    case "components":
      return rewritten(template, event.components, now);
    case "status":
      return changed({ ...template, status: event.status, due: keepCategory(template) });
    default:
      return event satisfies never;
  }
}

/** Old content is not sendable while the new one is looked at. */
export function isSendable({ status }: MessageTemplate): boolean {
  return status === "APPROVED" || status === "FLAGGED" || status === "REINSTATED";
}

export function rewritten(
  template: MessageTemplate,
  components: readonly Json[],
  now: number,
): Outcome {
  const due: Due[] = [...keepCategory(template), { what: "review", at: now + REVIEW_MS }];
  const after = { ...template, components, status: "PENDING", due } as const;
  return { after, told: [componentsUpdate(after)] };
}

export function deletionOf(template: MessageTemplate): Told {
  return statusUpdate(template, "DELETED", "NONE", {});
}

function changed(to: MessageTemplate, more: Json = {}): Outcome {
  const after = { ...to, wasApproved: to.wasApproved || isSendable(to) };
  return { after, told: [statusUpdate(after, after.status, after.rejectedReason, more)] };
}

function reviewed(
  template: MessageTemplate,
  { verdict, reason }: Extract<TemplateEvent, { event: "review" }>,
): Outcome {
  const due = keepCategory(template);
  const isRejected =
    verdict === undefined ? template.name.includes("reject") : verdict !== "APPROVED";
  if (!isRejected) {
    return changed({ ...template, status: "APPROVED", rejectedReason: "NONE", due });
  }
  const rejectedReason = reason ?? reasonIn(template.name);
  const info = {
    reason: "The text does not follow the format.",
    recommendation: "Look at the variables and the words around them.",
  };
  return changed(
    { ...template, status: "REJECTED", rejectedReason, due },
    rejectedReason === "INVALID_FORMAT" ? { rejection_info: info } : {},
  );
}

/** `reject_promotional_1` is rejected as PROMOTIONAL. */
function reasonIn(name: string): Reason {
  const [, wish = ""] = /reject_([a-z_]+)/.exec(name) ?? [];
  return REASONS.find((reason) => wish.toUpperCase().startsWith(reason)) ?? "INVALID_FORMAT";
}

function paused(template: MessageTemplate, cause: "quality" | "pacing", now: number): Outcome {
  const description = "Customers reported it, or did not read it.";
  const due = keepCategory(template);
  if (cause === "pacing") {
    const other_info = { title: "RATE_LIMITING_PAUSE", description };
    return changed({ ...template, status: "PAUSED", due }, { other_info });
  }
  const { pauses } = template;
  const lastsMs = PAUSES_MS[pauses];
  if (lastsMs === undefined) return disabled(template, now);
  const after: MessageTemplate = {
    ...template,
    status: "PAUSED",
    pauses: pauses + 1,
    due: [...due, { what: "resume", at: now + lastsMs }],
  };
  return changed(after, { other_info: { title: PAUSE_TITLES[pauses], description } });
}

function resumed(template: MessageTemplate): Outcome {
  const other_info = { title: "UNPAUSE", description: "The template can be sent again." };
  return changed({ ...template, status: "APPROVED", due: keepCategory(template) }, { other_info });
}

function disabled(template: MessageTemplate, now: number): Outcome {
  const other_info = { title: "DISABLED", description: "Its quality stayed too low." };
  const disable_info = { disable_date: Math.floor(now / 1_000) };
  return changed({ ...template, status: "DISABLED", due: [] }, { disable_info, other_info });
}

function graded(template: MessageTemplate, score: string, now: number): Outcome {
  const value = {
    previous_quality_score: template.quality.score,
    new_quality_score: score,
    ...names(template),
  };
  const after = { ...template, quality: { score, date: Math.floor(now / 1_000) } };
  return { after, told: [{ field: "message_template_quality_update", value }] };
}

/** In the notice `new_category` is still the present one (section 2.4, the trap). */
function announced(template: MessageTemplate, to: Category, at: number | null): Outcome {
  const after = { ...template, correctCategory: to };
  if (at === null) return recategorised(after);
  const due: Due[] = template.due.filter(({ what }) => what !== "recategorise");
  const value = {
    ...names(template),
    new_category: template.category,
    correct_category: to,
    category_update_timestamp: Math.floor(at / 1_000),
  };
  return {
    after: { ...after, due: [...due, { what: "recategorise", at }] },
    told: [{ field: "template_category_update", value }],
  };
}

function recategorised(template: MessageTemplate): Outcome {
  const { category: previousCategory, correctCategory } = template;
  const category = correctCategory ?? previousCategory;
  const due = template.due.filter(({ what }) => what !== "recategorise");
  const value = {
    ...names(template),
    previous_category: previousCategory,
    new_category: category,
  };
  return {
    after: { ...template, category, previousCategory, correctCategory: null, due },
    told: [{ field: "template_category_update", value }],
  };
}

/** Whatever else was under way is over; another category still comes. */
function keepCategory({ due }: MessageTemplate): readonly Due[] {
  return due.filter(({ what }) => what === "recategorise");
}

function names({ id, name, language }: MessageTemplate): Json {
  return {
    // A number in webhooks, a string in the API (section 2.4).
    message_template_id: Number(id),
    message_template_name: name,
    message_template_language: language,
  };
}

function statusUpdate(template: MessageTemplate, event: string, reason: string, more: Json): Told {
  const { category: message_template_category } = template;
  const value = { event, ...names(template), message_template_category, reason, ...more };
  return { field: "message_template_status_update", value };
}

function componentsUpdate(template: MessageTemplate): Told {
  const shown = shownComponents(template);
  const part = (type: string) => shown.find((one) => one.type === type);
  const { text: title } = part("HEADER") ?? {};
  const { text: element } = part("BODY") ?? {};
  const { text: footer } = part("FOOTER") ?? {};
  const buttons = part("BUTTONS")?.buttons;
  const value = {
    ...names(template),
    ...(title !== undefined && { message_template_title: title }),
    message_template_element: element,
    ...(footer !== undefined && { message_template_footer: footer }),
    ...(Array.isArray(buttons) && { message_template_buttons: buttons.map(buttonTold) }),
  };
  return { field: "message_template_components_update", value };
}

function buttonTold({ type, text, url, phone_number: phone }: Json): Json {
  return {
    message_template_button_type: type,
    message_template_button_text: text,
    ...(url !== undefined && { message_template_button_url: url }),
    ...(phone !== undefined && { message_template_button_phone_number: phone }),
  };
}
