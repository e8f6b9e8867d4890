import type { RawCallback, Redrive } from "../domain/callbacks.ts";
import { invalid, notFound, unavailable } from "../domain/errors.ts";
import type { Archive, Position, Scope } from "../ports.ts";
import { attempt, conflictOf } from "./attempts.ts";
import type { Applied } from "./callbacks.ts";

/** Archive objects that one job reads at most; then the next job goes on behind them. */
const OBJECTS_MAX = 20;
/** Broken parts that one job looks at: each may stand for a callback of a thousand elements. */
const BROKEN_MAX = 5;
/** A job stops early after this long, so that it ends well before its function's timeout. */
const BUDGET_MS = 15_000;

export interface RedriveInput {
  readonly from: string;
  readonly to: string;
  readonly state?: Redrive["state"] | undefined;
}

/**
 * Starts a re-drive of what was archived in [from, to). The stored row is the job: publish sees it
 * running and queues the first step, and every step moves the row and so queues the next.
 */
export function startRedrive(scope: Scope, range: RedriveInput): Promise<Redrive> {
  const from = new Date(range.from).toISOString();
  const to = new Date(range.to).toISOString();
  if (to <= from) throw invalid("/to", "order", "Give a time after `from`.");
  return attempt(async () => {
    const redrive: Redrive = {
      id: scope.ids.of("redrive"),
      from,
      to,
      state: range.state ?? "all",
      status: "running",
      position: null,
      callbacks: 0,
      kept: 0,
      createdAt: new Date(scope.clock.now()).toISOString(),
      completedAt: null,
      rev: 1,
    };
    const writes = [{ noun: "redrive" as const, before: null, after: redrive }];
    return (await scope.store.commit(writes, redrive)).ok ? redrive : null;
  });
}

export async function readRedrive(scope: Scope, id: string): Promise<Redrive> {
  const redrive = await scope.store.redrive(id);
  if (redrive === null) throw notFound("re-drive");
  return redrive;
}

/** What a step needs: the archive, and how one callback of this workspace is applied. */
export interface Redriving {
  readonly archive: Archive;
  /** null: the callback belongs to another workspace. */
  apply(raw: RawCallback, archiveKey: string): Promise<Applied | null>;
}

/** How far a step came. */
interface Progress {
  readonly position: string | null;
  readonly callbacks: number;
  readonly kept: number;
  readonly ended: boolean;
}

/**
 * One step. The same step delivered twice applies what is applied already, which changes nothing,
 * and meets the moved revision when it saves.
 */
export async function stepRedrive(scope: Scope, redriving: Redriving, id: string): Promise<void> {
  const before = await scope.store.redrive(id);
  if (before === null || before.status === "completed") return;
  const { ended, ...progress } =
    before.state === "broken"
      ? await stepBroken(scope, redriving, before)
      : await stepArchive(scope, redriving, before);
  const after: Redrive = {
    ...before,
    ...progress,
    status: ended ? "completed" : "running",
    completedAt: ended ? new Date(scope.clock.now()).toISOString() : null,
    rev: before.rev + 1,
  };
  const commit = await scope.store.commit([{ noun: "redrive", before, after }]);
  // Moved: another copy of this step saved first. Anything else must be done again.
  if (commit.ok || conflictOf(commit, "moved") !== null) return;
  throw unavailable("The re-drive could not note how far it is.");
}

/** Object by object, in the order in which they were archived. */
async function stepArchive(
  scope: Scope,
  { archive, apply }: Redriving,
  { from, to, position, callbacks, kept }: Redrive,
): Promise<Progress> {
  const found = await archive.list(from, to, position, OBJECTS_MAX);
  const until = scope.clock.now() + BUDGET_MS;
  const counts = { callbacks, kept };
  let last = position;
  for (const key of found) {
    if (last !== position && scope.clock.now() > until) break;
    for (const raw of await archive.read(key)) count(counts, await apply(raw, key));
    last = key;
  }
  const ended = found.length < OBJECTS_MAX && last === (found.at(-1) ?? position);
  return { ...counts, position: last, ended };
}

/**
 * Down the list of what is broken, newest first. What is mended leaves the list behind the place
 * where it was read, and what stays broken is not met again.
 */
async function stepBroken(
  scope: Scope,
  redriving: Redriving,
  { from, to, position, callbacks, kept }: Redrive,
): Promise<Progress> {
  const counts = { callbacks, kept };
  const read: Position | null = position === null ? null : JSON.parse(position);
  const page = await scope.store.callbacks("broken", { limit: BROKEN_MAX, position: read });
  const meant = page.items.filter(({ receivedAt }) => from <= receivedAt && receivedAt < to);
  for (const [archiveKey, parts] of Map.groupBy(meant, (part) => part.archiveKey)) {
    const names = new Set(parts.map(nameOf));
    const raws = (await redriving.archive.read(archiveKey)).filter((raw) => names.has(nameOf(raw)));
    for (const raw of raws) count(counts, await redriving.apply(raw, archiveKey));
  }
  const last = page.items.at(-1);
  const ended = page.position === null || (last !== undefined && last.receivedAt < from);
  return { ...counts, position: JSON.stringify(page.position), ended };
}

/** Tells a callback from the others of its object. */
function nameOf({ channelKey, receivedAt }: Pick<RawCallback, "channelKey" | "receivedAt">) {
  return `${receivedAt} ${channelKey}`;
}

function count(counts: { callbacks: number; kept: number }, applied: Applied | null): void {
  if (applied === null) return;
  counts.callbacks++;
  counts.kept += applied.kept;
}
