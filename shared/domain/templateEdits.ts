import { DomainError, invalid } from "./errors.ts";
import type { Template, TemplateDraft, TemplateStatus } from "./templates.ts";

/** What may be changed of a template that Meta has (WhatsApp reference, section 8.4). */
const EDITABLE: readonly TemplateStatus[] = ["approved", "rejected", "paused"];
const DAY_MS = 24 * 3_600_000;
const EDITS_MS = 30 * DAY_MS;
const EDITS_MAX = 10;

export function checkEditable({ status }: Template): void {
  if (EDITABLE.includes(status)) return;
  const detail = `A template that is ${status} cannot be edited; only ${EDITABLE.join(", ")}.`;
  throw new DomainError("not_editable", detail, { more: { templateStatus: status } });
}

/** @throws what forbids this edit at this moment */
export function checkEdit(template: Template, draft: TemplateDraft, now: number): void {
  checkEditable(template);
  for (const field of ["name", "language"] as const) {
    if (draft[field] === template[field]) continue;
    const detail = `The ${field} of a submitted template stays; make another template.`;
    throw invalid(`/${field}`, "fixed", detail);
  }
  if (draft.parameterFormat !== template.parameterFormat) {
    const detail = "Variables stay named or numbered as they are; make another template.";
    throw invalid("/parameterFormat", "fixed", detail);
  }
  if (template.status !== "approved") return;
  if (draft.category !== template.category) {
    throw invalid("/category", "fixed", "The category of an approved template stays.");
  }
  const editableAt = editableAgainAt(template, now);
  if (editableAt === null) return;
  const detail = "An approved template is edited once a day and ten times in 30 days; wait.";
  throw new DomainError("edit_limit", detail, { more: { editableAt } });
}

/** When an approved template may be edited again; null: now. */
export function editableAgainAt({ editedAt }: Template, now: number): string | null {
  const recent = (editedAt ?? []).map(Date.parse).filter((at) => at > now - EDITS_MS);
  const last = recent.at(-1) ?? 0;
  const tenth = recent.at(-EDITS_MAX);
  const at = Math.max(last + DAY_MS, tenth === undefined ? 0 : tenth + EDITS_MS);
  return at > now ? new Date(at).toISOString() : null;
}

/** The edits that still count, and this one. */
export function withEdit({ editedAt, status }: Template, at: string): string[] | null {
  if (status !== "approved") return editedAt;
  return [...(editedAt ?? []), at].slice(-EDITS_MAX);
}
