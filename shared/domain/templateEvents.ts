import {
  componentOf,
  type StatusChange,
  type Template,
  type TemplateCategory,
  type TemplateComponent,
  type TemplateStatus,
} from "./templates.ts";

/**
 * What a provider tells of a template. Webhooks come at least once and in any order, so the time of
 * each decides, not its arrival; and because the provider itself advises to read the template back
 * after any of them, an event only says early what the next reading confirms (WhatsApp reference,
 * section 2.4).
 *
 *   event   -> history by time, status = the newest; stale
 *   reading -> whatever differs is overwritten; no longer stale
 */
export interface TemplateEvent {
  readonly providerId: string;
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory | null;
  /** By the provider's clock, which ticks in seconds. */
  readonly at: string;
  readonly news:
    | {
        readonly kind: "status";
        /** null: nothing that we know a word for; the reading tells. */
        readonly status: TemplateStatus | null;
        readonly reason: string | null;
        readonly rejection: Template["rejection"];
        readonly disableAt: string | null;
      }
    | { readonly kind: "quality"; readonly quality: string }
    | {
        readonly kind: "category";
        readonly category: TemplateCategory;
        /** What it will become, and when; null when it has just become what it is. */
        readonly change: Template["categoryChange"];
      }
    | { readonly kind: "components" };
}

/** A template as its provider has it. */
export interface TemplateReport {
  readonly providerId: string;
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory | null;
  readonly parameterFormat: Template["parameterFormat"];
  readonly components: readonly TemplateComponent[];
  readonly messageTtlSeconds: number | null;
  /** null: a word that we do not know. */
  readonly status: TemplateStatus | null;
  readonly reason: string | null;
  readonly quality: string | null;
  /** What the category is about to become. */
  readonly correctCategory: TemplateCategory | null;
}

const HISTORY_MAX = 50;
/** By how much the provider's clock and ours may differ. */
const CLOCKS_MS = 60_000;

/**
 * In one second things happen in this order: a review ends after it began, and of two that
 * contradict each other the one that forbids to send holds until the template is read.
 */
const ORDER: readonly TemplateStatus[] = [
  "draft",
  "pending",
  "in_appeal",
  "approved",
  "rejected",
  "paused",
  "archived",
  "disabled",
  "pending_deletion",
  "deleted",
];

/** The same object when the event tells nothing new. */
export function told(template: Template, event: TemplateEvent, now: string): Template {
  const providerId = template.providerId ?? event.providerId;
  // Another one of this name was there before, or is there now: the reading tells which.
  const isOurs = providerId === event.providerId;
  const changed = isOurs ? newsIn({ ...template, providerId }, event) : template;
  const isRead =
    template.fetchedAt !== null &&
    Date.parse(event.at) + CLOCKS_MS < Date.parse(template.fetchedAt);
  const after = isRead ? changed : { ...changed, staleAt: now };
  return isSame(after, template) ? template : { ...after, updatedAt: now };
}

function newsIn(template: Template, { news, at }: TemplateEvent): Template {
  switch (news.kind) {
    case "status": {
      const { status, reason, rejection, disableAt } = news;
      const dated = disableAt === null ? template : { ...template, disableAt };
      if (status === null) return dated;
      const moved = withStatus(dated, { status, at, reason });
      const isLatest = moved.statusHistory.at(-1)?.at === at && moved.status === status;
      return isLatest && rejection !== null ? { ...moved, rejection } : moved;
    }
    case "quality":
      if (template.qualityAt !== null && template.qualityAt > at) return template;
      return { ...template, quality: news.quality, qualityAt: at };
    case "category":
      if (template.categoryAt !== null && template.categoryAt > at) return template;
      return {
        ...template,
        category: news.category,
        categoryChange: news.change,
        categoryAt: at,
      };
    case "components":
      return template;
    default:
      return news satisfies never;
  }
}

/** The change in its place in time; the newest of all is the status. */
export function withStatus(template: Template, change: StatusChange): Template {
  const { statusHistory: known } = template;
  if (known.some(({ status, at }) => status === change.status && at === change.at)) return template;
  const history = [...known, change].sort(byTime).slice(-HISTORY_MAX);
  const status = history.at(-1)?.status ?? template.status;
  const left = status === template.status ? {} : leavingDraft(template, status);
  const rejection = status === "rejected" ? template.rejection : null;
  const disableAt = status === "disabled" ? null : template.disableAt;
  const lockedUntil = status === "deleted" ? lockAfter(history) : null;
  const rest = { status, statusHistory: history, rejection, disableAt, lockedUntil };
  return { ...template, ...left, ...rest };
}

const LOCK_MS = 30 * 24 * 3_600_000;

/** The name of a template that was approved cannot be used again for 30 days (section 8.4). */
function lockAfter(history: readonly StatusChange[]): string | null {
  const deletedAt = history.at(-1)?.at;
  if (deletedAt === undefined || !history.some(({ status }) => status === "approved")) return null;
  return new Date(Date.parse(deletedAt) + LOCK_MS).toISOString();
}

/** `now`, or right after all that is known, whatever the provider's clock says. */
export function followingAt({ statusHistory }: Template, now: number): string {
  const last = Date.parse(statusHistory.at(-1)?.at ?? "") || 0;
  return new Date(Math.max(now, last + 1)).toISOString();
}

/**
 * When something that we do begins: after all that is known, and not after what the provider will
 * tell of it, whose clock ticks in seconds.
 */
export function nextAt(template: Template, now: number): string {
  return followingAt(template, now - (now % 1_000));
}

/** What people see: a status once, however often in a row it was told. */
export function historyOf({ statusHistory }: Template): StatusChange[] {
  return statusHistory.flatMap((change, place) => {
    if (statusHistory[place - 1]?.status === change.status) return [];
    const same = statusHistory.slice(place);
    const until = same.findIndex(({ status }) => status !== change.status);
    const run = until === -1 ? same : same.slice(0, until);
    return [{ ...change, reason: run.find(({ reason }) => reason !== null)?.reason ?? null }];
  });
}

/** Whoever is told of a template that we were just submitting knows that it arrived. */
function leavingDraft(template: Template, status: TemplateStatus): Partial<Template> {
  if (template.status !== "draft" || status === "draft") return {};
  return { submittingUntil: null, submittedAt: template.submittedAt ?? template.updatedAt };
}

function byTime(one: StatusChange, other: StatusChange): number {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1;
  return ORDER.indexOf(one.status) - ORDER.indexOf(other.status);
}

/**
 * The template as it was read from its provider at `at`. What the provider does not give back
 * (examples, our own sample files) stays as it was; the same object when nothing differs.
 */
export function read(template: Template, report: TemplateReport, at: string): Template {
  const { status } = report;
  const moved =
    status === null || (status === template.status && template.statusHistory.length > 0)
      ? template
      : withStatus(template, { status, at, reason: report.reason });
  const { rejection } = moved;
  const after: Template = {
    ...moved,
    providerId: report.providerId,
    category: report.category ?? template.category,
    categoryChange: changeAfter(template, report),
    parameterFormat: report.parameterFormat,
    components: report.components.map((component) => completed(component, template.components)),
    messageTtlSeconds: report.messageTtlSeconds ?? template.messageTtlSeconds,
    quality: report.quality ?? template.quality,
    rejection:
      moved.status === "rejected" && rejection === null && report.reason !== null
        ? { reason: report.reason, detail: null, recommendation: null }
        : rejection,
    holdsName: true,
    submittingUntil: null,
  };
  // Nothing differs and nobody waits for the reading: it is not worth a write.
  if (isSame(after, template) && template.staleAt === null) return template;
  const submittedAt = after.submittedAt ?? at;
  return { ...after, staleAt: null, fetchedAt: at, submittedAt, updatedAt: at };
}

function changeAfter(template: Template, report: TemplateReport): Template["categoryChange"] {
  const { category, correctCategory: to } = report;
  const from = category ?? template.category;
  if (to !== null && to !== from) {
    return template.categoryChange?.to === to ? template.categoryChange : { from, to, at: null };
  }
  return template.categoryChange?.to === from ? null : template.categoryChange;
}

function completed(
  component: TemplateComponent,
  before: readonly TemplateComponent[],
): TemplateComponent {
  if (component.type === "header") {
    const own = componentOf(before, "header");
    if (own?.format !== component.format || own.text !== component.text) return component;
    return { ...given({ mediaId: own.mediaId, examples: own.examples }), ...component };
  }
  if (component.type === "body") {
    const own = componentOf(before, "body");
    if (own?.text !== component.text) return component;
    return { ...given({ examples: own?.examples }), ...component };
  }
  if (component.type !== "buttons") return component;
  const own = componentOf(before, "buttons")?.buttons ?? [];
  const buttons = component.buttons.map((button, place) => {
    const mine = own[place];
    const isOurs = mine?.type === button.type && mine.text === button.text;
    return isOurs ? { ...mine, ...button } : button;
  });
  return { ...component, buttons: buttons as typeof component.buttons };
}

function given<T extends object>(values: T): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

/** The template is no longer at its provider. */
export function gone(template: Template, at: string): Template {
  if (template.status === "deleted" && template.staleAt === null) return template;
  const last = template.statusHistory.at(-1)?.at ?? at;
  // Never before what is known already, whatever the clocks say.
  const change = { status: "deleted" as const, at: last > at ? last : at, reason: null };
  const moved = template.status === "deleted" ? template : withStatus(template, change);
  return { ...moved, staleAt: null, updatedAt: at };
}

/** Order of keys and absent keys tell nothing. */
function isSame(one: Template, other: Template): boolean {
  return JSON.stringify(one, sorted) === JSON.stringify(other, sorted);
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
