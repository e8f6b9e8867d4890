import type { RawCallback, Redrive } from "../domain/callbacks.ts";
import { invalid, notFound, unavailable } from "../domain/errors.ts";
import type { Archive, Scope } from "../ports.ts";
import { attempt, conflictOf } from "./attempts.ts";
import type { Applied } from "./callbacks.ts";

/** Archive objects that one job reads at most; then the next job goes on behind them. */
const OBJECTS_MAX = 20;
/** A job stops early after this long, so that it ends well before its function's timeout. */
const BUDGET_MS = 15_000;

/**
 * Starts a re-drive of what was archived in [from, to). The stored row is the job: publish sees it
 * running and queues the first step, and every step moves the row and so queues the next.
 */
export function startRedrive(
  scope: Scope,
  range: { readonly from: string; readonly to: string },
): Promise<Redrive> {
  const from = new Date(range.from).toISOString();
  const to = new Date(range.to).toISOString();
  if (to <= from) throw invalid("/to", "order", "Give a time after `from`.");
  return attempt(async () => {
    const redrive: Redrive = {
      id: scope.ids.of("redrive"),
      from,
      to,
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

/**
 * One step. The same step delivered twice applies what is applied already, which changes nothing,
 * and meets the moved revision when it saves.
 */
export async function stepRedrive(scope: Scope, redriving: Redriving, id: string): Promise<void> {
  const before = await scope.store.redrive(id);
  if (before === null || before.status === "completed") return;
  const { from, to, position } = before;
  const found = await redriving.archive.list(from, to, position, OBJECTS_MAX);
  const until = scope.clock.now() + BUDGET_MS;
  const counts = { callbacks: before.callbacks, kept: before.kept };
  let last = position;
  for (const key of found) {
    if (last !== position && scope.clock.now() > until) break;
    await applyObject(redriving, key, counts);
    last = key;
  }
  const ended = found.length < OBJECTS_MAX && last === (found.at(-1) ?? position);
  const completedAt = ended ? new Date(scope.clock.now()).toISOString() : null;
  const status = ended ? "completed" : "running";
  const after: Redrive = {
    ...before,
    ...counts,
    position: last,
    status,
    completedAt,
    rev: before.rev + 1,
  };
  const commit = await scope.store.commit([{ noun: "redrive", before, after }]);
  // Moved: another copy of this step saved first. Anything else must be done again.
  if (commit.ok || conflictOf(commit, "moved") !== null) return;
  throw unavailable("The re-drive could not note how far it is.");
}

async function applyObject(
  { archive, apply }: Redriving,
  key: string,
  counts: { callbacks: number; kept: number },
): Promise<void> {
  for (const raw of await archive.read(key)) {
    const applied = await apply(raw, key);
    if (applied === null) continue;
    counts.callbacks++;
    counts.kept += applied.kept;
  }
}
