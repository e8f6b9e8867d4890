import type { Channel } from "../domain/channels.ts";
import { DomainError, unavailable } from "../domain/errors.ts";
import type { TemplateDesk, TemplateMade } from "../domain/templateDesk.ts";
import {
  followingAt,
  nextAt,
  read,
  type TemplateReport,
  withStatus,
} from "../domain/templateEvents.ts";
import { saysTheSame } from "../domain/templateRules.ts";
import { componentOf, type Template, withoutOwnText } from "../domain/templates.ts";
import type { Scope } from "../ports.ts";
import { attempt, conflictOf } from "./attempts.ts";
import { checkFree, editTemplate, leaseFrom, letGo } from "./editing.ts";
import { adopt, speakerOf, templatesIn } from "./syncing.ts";
import { checked, nameTaken, readTemplate } from "./templates.ts";

/**
 * Submits a draft for review, however often it is asked: Meta is called by one at a time, and after
 * a call whose end nobody knows it is looked for before it is made again.
 *
 *   claim   (name taken, lease)     one of two at once goes on, the other is told to wait
 *   create  at Meta                 no key makes this idempotent, but name and language do
 *   settle  (draft -> pending)      a webhook that was faster is merged
 *
 * What dies in between leaves the lease behind. The next submission, the next webhook with this
 * name or the next sync finds the template at Meta and takes it for this one.
 */
export async function submitTemplate(
  scope: Scope,
  desk: TemplateDesk,
  id: string,
): Promise<Template> {
  const template = await readTemplate(scope, id);
  if (template.status === "rejected") return resubmitted(scope, desk, template);
  if (template.status !== "draft") return submittedAlready(template);
  checked(withoutOwnText(template));
  await checkOriginal(scope, template);
  const channel = await speakerOf(scope, template.wabaId, template.channelId);
  const claim = await claimed(scope, id);
  if (claim === null) return readTemplate(scope, id);
  try {
    return await settled(scope, claim, await placed(scope, desk, channel, claim));
  } catch (error) {
    const isOver = error instanceof DomainError && error.code !== "unavailable";
    await letGo(scope, id, isOver ? { submittingUntil: null, holdsName: false } : {});
    throw error;
  }
}

function submittedAlready(template: Template): Template {
  const { status } = template;
  if (status === "pending" || status === "approved" || status === "in_appeal") return template;
  const detail = `A template that is ${status} cannot be submitted.`;
  throw new DomainError("not_editable", detail, { more: { templateStatus: status } });
}

/** Meta takes no second template with the same body and footer (section 8.3). */
async function checkOriginal(scope: Scope, template: Template): Promise<void> {
  for await (const other of templatesIn(scope, template.wabaId)) {
    const isThere = other.status !== "draft" && other.status !== "deleted";
    if (!isThere || other.id === template.id || !saysTheSame(template, other)) continue;
    const detail = `The template ${other.name} (${other.language}) has the same body and footer.`;
    const at = template.components.findIndex(({ type }) => type === "body");
    throw new DomainError("invalid_request", detail, {
      violations: [{ pointer: `/components/${at}/text`, code: "not_unique", detail }],
      more: { conflictingId: other.id },
    });
  }
}

interface Claim {
  readonly template: Template;
  /** When its review begins. */
  readonly startedAt: string;
  /** Somebody may have submitted it before, and nobody knows how that ended. */
  readonly isRepeat: boolean;
}

/** @returns null when it is no longer a draft */
async function claimed(scope: Scope, id: string): Promise<Claim | null> {
  const done = await attempt(async () => {
    const before = await readTemplate(scope, id);
    if (before.status !== "draft") return { claim: null };
    const now = scope.clock.now();
    checkFree(before, now);
    const submittingUntil = leaseFrom(now);
    const after = { ...before, holdsName: true, submittingUntil, rev: before.rev + 1 };
    const commit = await scope.store.prepare([{ noun: "template", before, after }]);
    const isRepeat = before.submittingUntil !== null;
    if (commit.ok) return { claim: { template: after, startedAt: nextAt(before, now), isRepeat } };
    const named = conflictOf(commit, "named");
    // Held by itself: another copy of this request was faster, and is looked at again.
    if (named !== null && named.templateId !== id) await freeName(scope, named.templateId);
    return null;
  });
  return done.claim;
}

/** Takes the name from a template that is gone, once Meta lets it be used again. */
async function freeName(scope: Scope, holderId: string): Promise<void> {
  const holder = await scope.store.template(holderId);
  if (holder === null) throw new Error("A name is held by a template that does not exist.");
  if (holder.status !== "deleted") throw nameTaken(holderId);
  const { lockedUntil } = holder;
  if (lockedUntil !== null && Date.parse(lockedUntil) > scope.clock.now()) {
    const detail = `A deleted template keeps its name until ${lockedUntil}: take another name.`;
    throw new DomainError("name_locked", detail, {
      violations: [{ pointer: "/name", code: "locked", detail }],
      more: { lockedUntil },
    });
  }
  const after = { ...holder, holdsName: false, rev: holder.rev + 1 };
  await scope.store.prepare([{ noun: "template", before: holder, after }]);
}

type Placed = Extract<TemplateMade, { kind: "made" }> | { kind: "found"; report: TemplateReport };

async function placed(
  scope: Scope,
  desk: TemplateDesk,
  channel: Channel,
  { template, isRepeat }: Claim,
): Promise<Placed> {
  const { name, language } = template;
  const earlier = isRepeat ? await desk.find(channel, name, language) : null;
  if (earlier !== null) return foundAs(scope, channel, template, earlier);
  const made = await desk.create(channel, template, null);
  if (made.kind === "made") return made;
  if (made.kind === "lost") throw unavailable(UNCERTAIN);
  const report = await desk.find(channel, name, language);
  if (report === null) throw unavailable(UNCERTAIN);
  if (isRepeat) return foundAs(scope, channel, template, report);
  throw await takenBy(scope, channel, template, report);
}

const UNCERTAIN = "Meta did not answer; submit it again: it is never made twice.";

/** What is there may be what we sent, or what somebody else made under the same name. */
async function foundAs(
  scope: Scope,
  channel: Channel,
  template: Template,
  report: TemplateReport,
): Promise<Placed> {
  const wordsOf = ({ components }: Pick<Template, "components">) =>
    componentOf(components, "body")?.text;
  const isCode = template.category === "authentication";
  if (isCode || wordsOf({ components: [...report.components] }) === wordsOf(template)) {
    return { kind: "found", report };
  }
  throw await takenBy(scope, channel, template, report);
}

async function takenBy(
  scope: Scope,
  channel: Channel,
  { id }: Template,
  report: TemplateReport,
): Promise<DomainError> {
  await letGo(scope, id, { submittingUntil: null, holdsName: false });
  return nameTaken((await adopt(scope, channel, report)).id);
}

/** Settles on whatever the template has become meanwhile; the reply rides along. */
function settled(
  scope: Scope,
  { template: claim, startedAt }: Claim,
  outcome: Placed,
): Promise<Template> {
  return attempt(async () => {
    const before = await readTemplate(scope, claim.id);
    const now = new Date(scope.clock.now()).toISOString();
    const known =
      outcome.kind === "found"
        ? read(before, outcome.report, followingAt(before, scope.clock.now()))
        : made(before, outcome, startedAt);
    const isPlain = known.status === "pending" && known.category === before.category;
    const after = {
      ...known,
      submittingUntil: null,
      submittedAt: known.submittedAt ?? now,
      // Whatever is not as we asked is explained by what Meta has now.
      staleAt: isPlain ? known.staleAt : now,
      updatedAt: now,
      rev: before.rev + 1,
    };
    const commit = await scope.store.commit([{ noun: "template", before, after }], after);
    return commit.ok ? after : null;
  });
}

function made(
  before: Template,
  { providerId, status, category }: Extract<TemplateMade, { kind: "made" }>,
  at: string,
): Template {
  const moved = withStatus(before, { status, at, reason: null });
  return { ...moved, providerId, category: category ?? before.category };
}

/** The same words once more: a rejection may be reconsidered (section 8.4). */
function resubmitted(scope: Scope, desk: TemplateDesk, template: Template): Promise<Template> {
  return editTemplate(scope, desk, template, checked(withoutOwnText(template)));
}
