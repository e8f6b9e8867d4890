import { DomainError } from "../domain/errors.ts";
import type { TemplateDesk } from "../domain/templateDesk.ts";
import { checkEdit, checkEditable, withEdit } from "../domain/templateEdits.ts";
import { nextAt, withStatus } from "../domain/templateEvents.ts";
import type { Template, TemplateDraft } from "../domain/templates.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { markGone, speakerOf, templatesIn } from "./syncing.ts";
import { changedDraft, readTemplate, type TemplateChange } from "./templates.ts";

/** Longer than any request lives: whoever holds this lease and is silent is dead. */
const LEASE_MS = 30_000;

export function leaseFrom(now: number): string {
  return new Date(now + LEASE_MS).toISOString();
}

export function checkFree({ submittingUntil }: Template, now: number): void {
  if (submittingUntil === null || Date.parse(submittingUntil) <= now) return;
  throw new DomainError("in_progress", "It is being submitted at this moment; try again.");
}

/** Ends a lease early; what nobody knows keeps its mark, in the past. */
export async function letGo(scope: Scope, id: string, to: Partial<Template>): Promise<void> {
  await attempt(async () => {
    const before = await scope.store.template(id, "strict");
    if (before === null || before.submittingUntil === null) return true;
    const submittingUntil = new Date(scope.clock.now()).toISOString();
    const after = { ...before, submittingUntil, ...to, rev: before.rev + 1 };
    return (await scope.store.prepare([{ noun: "template", before, after }])).ok ? true : null;
  });
}

/**
 * Changes a template: a draft as one likes, and one that Meta has by Meta's rules and at once.
 *
 * @param expectedRev the revision the caller saw; a newer one is refused as stale
 */
export async function changeTemplate(
  scope: Scope,
  desk: TemplateDesk,
  id: string,
  change: TemplateChange,
  expectedRev: number | null,
): Promise<Template> {
  const template = await readTemplate(scope, id);
  if (expectedRev !== null && template.rev !== expectedRev) {
    throw new DomainError("stale", "The template changed since you read it; read it again.");
  }
  if (template.status !== "draft") {
    checkEditable(template);
    return editTemplate(scope, desk, template, changedDraft(template, change));
  }
  if (template.submittingUntil !== null) {
    checkFree(template, scope.clock.now());
    const detail = "Nobody knows yet whether Meta has it: submit it again first.";
    throw new DomainError("not_editable", detail);
  }
  const updatedAt = new Date(scope.clock.now()).toISOString();
  const draft = changedDraft(template, change);
  const after = { ...template, ...draft, updatedAt, rev: template.rev + 1 };
  const commit = await scope.store.commit([{ noun: "template", before: template, after }], after);
  if (commit.ok) return after;
  throw new DomainError("stale", "Somebody changed it at the same time; read it again.");
}

/** Edits what Meta has; it is reviewed again, and cannot be sent until that ends. */
export async function editTemplate(
  scope: Scope,
  desk: TemplateDesk,
  template: Template,
  draft: TemplateDraft,
): Promise<Template> {
  const now = scope.clock.now();
  checkEdit(template, draft, now);
  checkFree(template, now);
  const channel = await speakerOf(scope, template.wabaId, template.channelId);
  const { id, name, language } = template;
  const providerId =
    template.providerId ?? (await desk.find(channel, name, language))?.providerId ?? null;
  if (providerId === null) {
    throw new DomainError("not_editable", "Meta has no such template any more; sync.");
  }
  const submittingUntil = leaseFrom(now);
  const leased = { ...template, providerId, submittingUntil, rev: template.rev + 1 };
  const lease = await scope.store.prepare([{ noun: "template", before: template, after: leased }]);
  if (!lease.ok) throw new DomainError("in_progress", "Somebody changes it too; try again.");
  const withCategory = draft.category !== template.category;
  const edited = { ...leased, ...draft };
  try {
    await desk.edit(channel, edited, { providerId, handle: null, withCategory });
  } catch (error) {
    // An edit that nobody answered may have been made: what Meta has tells.
    const staleAt = new Date(scope.clock.now()).toISOString();
    await letGo(scope, id, { submittingUntil: null, staleAt });
    throw error;
  }
  const startedAt = nextAt(template, now);
  return attempt(async () => {
    const before = await readTemplate(scope, id);
    const at = new Date(scope.clock.now()).toISOString();
    const moved = withStatus(
      { ...before, ...draft },
      { status: "pending", at: startedAt, reason: null },
    );
    const after: Template = {
      ...moved,
      submittingUntil: null,
      editedAt: withEdit(template, at),
      staleAt: at,
      updatedAt: at,
      rev: before.rev + 1,
    };
    const commit = await scope.store.commit([{ noun: "template", before, after }], after);
    return commit.ok ? after : null;
  });
}

/**
 * Deletes a draft, or what Meta has. Again after a crash it finds nothing there, which is as good.
 *
 * @param everyLanguage all templates of this name in the account
 */
export async function deleteTemplate(
  scope: Scope,
  desk: TemplateDesk,
  id: string,
  everyLanguage: boolean,
): Promise<void> {
  const template = await readTemplate(scope, id);
  if (template.status === "draft" && !template.holdsName) return removeDraft(scope, id);
  if (template.status === "deleted") return;
  if (template.status === "disabled") {
    throw new DomainError("not_editable", "Meta does not let a disabled template be deleted.");
  }
  checkFree(template, scope.clock.now());
  const { wabaId, name, language } = template;
  const channel = await speakerOf(scope, wabaId, template.channelId);
  if (everyLanguage) {
    await desk.remove(channel, template, null);
    for await (const other of templatesIn(scope, wabaId)) {
      if (other.name === name && other.holdsName) await ended(scope, other.id);
    }
    return;
  }
  const providerId =
    template.providerId ?? (await desk.find(channel, name, language))?.providerId ?? null;
  if (providerId !== null) await desk.remove(channel, template, providerId);
  await ended(scope, id);
}

async function ended(scope: Scope, id: string): Promise<void> {
  await markGone(scope, id, new Date(scope.clock.now()).toISOString());
}

async function removeDraft(scope: Scope, id: string): Promise<void> {
  await attempt(async () => {
    const before = await scope.store.template(id, "strict");
    if (before === null) return true;
    if (before.holdsName) throw new DomainError("in_progress", "It is being submitted; try again.");
    const write = { noun: "template" as const, before, after: null };
    return (await scope.store.commit([write])).ok ? true : null;
  });
}
