import { accountIdOf, type Channel } from "../domain/channels.ts";
import { DomainError, unavailable } from "../domain/errors.ts";
import type { TemplateDesk } from "../domain/templateDesk.ts";
import { followingAt, gone, read, type TemplateReport } from "../domain/templateEvents.ts";
import { type Template, unsubmitted } from "../domain/templates.ts";
import type { Position, Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { allChannels } from "./channels.ts";

/** Keeping our templates as their provider has them: after an event, every hour, and on demand. */

const PAGE = 100;
/** An account has 6,000 templates at most (WhatsApp reference, section 8.4). */
const PAGES_MAX = 70;
/** How many rows are written side by side. */
const WRITES = 10;
const DUE_MS = 3_600_000;
/** What was submitted so lately may not be listed yet. */
const GRACE_MS = 60_000;

/** All templates of an account that we know, the deleted ones too. */
export async function* templatesIn(scope: Scope, wabaId: string): AsyncGenerator<Template> {
  for (const query of [{ wabaId }, { wabaId, status: "deleted" as const }]) {
    let position: Position | null = null;
    for (let count = 0; count < PAGES_MAX; count++) {
      const page = await scope.store.templates(query, { limit: PAGE, position });
      yield* page.items;
      position = page.position;
      if (position === null) break;
    }
  }
}

/** The channel that asks for an account: the one wished for, or another one of the account. */
export async function speakerOf(scope: Scope, wabaId: string, channelId: string): Promise<Channel> {
  const channels = await channelsIn(scope, wabaId);
  const usable = channels.filter(({ status }) => status !== "broken");
  const own = usable.find(({ id }) => id === channelId) ?? usable[0] ?? channels[0];
  if (own !== undefined) return own;
  const detail = "No channel of this template's account is connected any more.";
  throw new DomainError("channel_broken", detail);
}

/** The channels of an account, the first one made first. */
async function channelsIn(scope: Scope, wabaId: string): Promise<Channel[]> {
  return (await allChannels(scope)).filter((channel) => accountIdOf(channel) === wabaId);
}

export interface Synced {
  readonly wabaId: string;
  readonly channelId: string;
  readonly found: number;
  readonly adopted: number;
  readonly changed: number;
  readonly deleted: number;
}

/** Syncs the account of one channel, or every account of the workspace. */
export async function syncTemplates(
  scope: Scope,
  desk: TemplateDesk,
  channelId: string | null,
): Promise<Synced[]> {
  const channels = (await allChannels(scope)).filter(
    (channel) => accountIdOf(channel) !== null && (channelId ?? channel.id) === channel.id,
  );
  if (channelId !== null && channels.length === 0) {
    const detail = "There is no channel with templates of this id.";
    throw new DomainError("invalid_request", detail, {
      violations: [{ pointer: "/channelId", code: "unknown", detail }],
    });
  }
  const accounts = new Map(channels.toReversed().map((each) => [accountIdOf(each) ?? "", each]));
  const synced: Synced[] = [];
  for (const [wabaId, { id }] of accounts) {
    synced.push(await syncAccount(scope, desk, await speakerOf(scope, wabaId, id)));
  }
  return synced;
}

/** Every hour, by the first of the channels that share an account. */
export async function syncWhenDue(
  scope: Scope,
  desk: TemplateDesk,
  channelId: string,
): Promise<void> {
  const channel = await scope.store.channel(channelId);
  const wabaId = channel === null ? null : accountIdOf(channel);
  if (channel === null || wabaId === null || channel.status !== "connected") return;
  const last = channel.templatesSyncedAt ?? null;
  if (last !== null && scope.clock.now() - Date.parse(last) < DUE_MS) return;
  const others = await channelsIn(scope, wabaId);
  const first = others.find(({ status }) => status === "connected");
  if (first?.id === channelId) await syncAccount(scope, desk, channel);
}

async function syncAccount(scope: Scope, desk: TemplateDesk, channel: Channel): Promise<Synced> {
  const wabaId = accountIdOf(channel) ?? "";
  const startedAt = new Date(scope.clock.now()).toISOString();
  const ours = new Map<string, Template>();
  for await (const template of templatesIn(scope, wabaId)) {
    if (template.holdsName) ours.set(identityOf(template), template);
  }
  const seen = new Set<string>();
  const counts = { found: 0, adopted: 0, changed: 0, deleted: 0 };
  let position: string | null = null;
  for (let count = 0; ; count++) {
    if (count === PAGES_MAX) throw unavailable("Meta has more templates than can be synced.");
    const page: Awaited<ReturnType<TemplateDesk["page"]>> = await desk.page(channel, position);
    for (const report of page.items) seen.add(identityOf(report));
    counts.found += page.items.length;
    await sideBySide(page.items, async (report) => {
      const known = ours.get(identityOf(report));
      if (known === undefined) {
        await adopt(scope, channel, report);
        counts.adopted++;
      } else if (await readBack(scope, known, report, startedAt)) counts.changed++;
    });
    position = page.position;
    if (position === null) break;
  }
  const missing = [...ours].filter(([key, each]) => !seen.has(key) && isMissed(each, startedAt));
  await sideBySide(missing, async ([, template]) => {
    if (await markGone(scope, template.id, startedAt)) counts.deleted++;
  });
  await noteSync(scope, channel.id, startedAt);
  return { wabaId, channelId: channel.id, ...counts };
}

function identityOf({ name, language }: { name: string; language: string }): string {
  return `${name} ${language}`;
}

/** A draft that is just being submitted may or may not be there yet. */
function isMissed({ status, submittedAt }: Template, startedAt: string): boolean {
  if (status === "draft" || status === "deleted") return false;
  return Date.parse(submittedAt ?? startedAt) <= Date.parse(startedAt) - GRACE_MS;
}

async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += WRITES) {
    await Promise.all(items.slice(from, from + WRITES).map(work));
  }
}

/**
 * A template that was made elsewhere becomes ours. Two that find it at once meet on its name, and
 * the later one takes the row of the earlier.
 */
export function adopt(scope: Scope, channel: Channel, report: TemplateReport): Promise<Template> {
  const at = new Date(scope.clock.now()).toISOString();
  const status = report.status ?? "pending";
  const fresh = newFound(scope, channel, report, at);
  const history = [{ status, at, reason: report.reason }];
  const after = read({ ...fresh, status, statusHistory: history }, report, at);
  return inserted(scope, after);
}

/** What was found before it was read. */
export function newFound(
  scope: Scope,
  channel: Channel,
  { providerId, name, language }: { providerId: string; name: string; language: string },
  at: string,
): Template {
  return {
    ...unsubmitted,
    id: scope.ids.of("template"),
    channelId: channel.id,
    wabaId: accountIdOf(channel) ?? "",
    name,
    language,
    // Until it is read: the dearest one, so that nobody counts on less.
    category: "marketing",
    parameterFormat: "positional",
    components: [],
    messageTtlSeconds: null,
    status: "pending",
    statusHistory: [],
    holdsName: true,
    providerId,
    createdAt: at,
    updatedAt: at,
    rev: 1,
  };
}

function inserted(scope: Scope, template: Template): Promise<Template> {
  return attempt(async () => {
    const { wabaId, name, language } = template;
    const holder = await scope.store.templateNamed(wabaId, name, language);
    if (holder !== null) return scope.store.template(holder, "strict");
    const write = { noun: "template" as const, before: null, after: template };
    const commit = await scope.store.prepare([write]);
    return commit.ok ? template : null;
  });
}

export async function readBack(
  scope: Scope,
  known: Template,
  report: TemplateReport,
  at: string,
): Promise<boolean> {
  // What was told before it was read is older than what was read, whatever the clocks say.
  const readAt = followingAt(known, Date.parse(at));
  return attempt(async (_freshness, count) => {
    const before = count === 0 ? known : await scope.store.template(known.id, "strict");
    if (before === null) return false;
    const changed = read(before, report, readAt);
    if (changed === before) return false;
    const after = { ...changed, staleAt: staleAfter(before, known), rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "template", before, after });
    return commit.ok ? true : null;
  });
}

/** What became stale while it was read is to be read again. */
function staleAfter(before: Template, known: Template): string | null {
  return before.staleAt === known.staleAt ? null : before.staleAt;
}

export async function markGone(scope: Scope, id: string, at: string): Promise<boolean> {
  return attempt(async () => {
    const before = await scope.store.template(id, "strict");
    if (before === null) return false;
    const changed = gone(before, at);
    if (changed === before) return false;
    const after = { ...changed, rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "template", before, after });
    return commit.ok ? true : null;
  });
}

async function noteSync(scope: Scope, id: string, templatesSyncedAt: string): Promise<void> {
  await attempt(async () => {
    const before = await scope.store.channel(id);
    if (before === null) return true;
    const after = { ...before, templatesSyncedAt, rev: before.rev + 1 };
    return (await scope.store.prepare([{ noun: "channel", before, after }])).ok ? true : null;
  });
}
