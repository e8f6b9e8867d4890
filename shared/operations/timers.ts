import { fireTime, type Timer } from "../domain/timers.ts";
import type { Scope, Timers } from "../ports.ts";
import { expireReply } from "./waiting.ts";
import { tellWindow } from "./windows.ts";

/**
 * Arms a timer: the row first, so that a crash between the two leaves something for the repair to
 * find. Both may be repeated.
 *
 * @param firedAt of the timer that fires now, when this is its next arming
 */
export async function armTimer(
  { timetable, schedules }: Timers,
  wanted: Timer,
  now: number,
  firedAt: string | null = null,
): Promise<void> {
  const timer = { ...wanted, at: fireTime(Date.parse(wanted.at), now, firedAt) };
  await timetable.keep(timer);
  await schedules.create(timer);
}

/**
 * What a timer's time has come for. It may fire late, early, twice or, when the repair stands in,
 * without its schedule: the verb behind it compares times and says when to look again.
 */
export async function fireTimer(scope: Scope, timers: Timers, timer: Timer): Promise<void> {
  const lookAt = await looked(scope, timer);
  if (lookAt !== null) {
    const next = { ...timer, at: new Date(lookAt).toISOString() };
    await armTimer(timers, next, scope.clock.now(), timer.at);
  }
  await timers.timetable.drop(timer);
}

function looked(scope: Scope, { kind, id }: Timer): Promise<number | null> {
  switch (kind) {
    case "window":
      return tellWindow(scope, id);
    case "waiting":
      return expireReply(scope, id);
    default:
      return kind satisfies never;
  }
}

/** A schedule fires within its minute, and is tried again for a while when it cannot. */
const GRACE_MS = 15 * 60_000;
/** Timers of each part of the timetable that one round takes. */
const AT_ONCE = 25;
const ROUNDS_MAX = 20;

/** What the repair needs beside the timers. */
export interface Repairing {
  scopeOf(workspaceId: string): Scope;
  /** Told of every timer that could not be fired; the next repair meets it again. */
  onFailure(timer: Timer, error: unknown): void;
}

/**
 * Fires what was armed and never fired: its schedule was lost, or its function failed for good. A
 * bounded part of it, because the next repair is minutes away.
 *
 * @returns how many timers it fired
 */
export async function repairTimers(
  timers: Timers,
  repairing: Repairing,
  now: number,
): Promise<number> {
  const before = new Date(now - GRACE_MS).toISOString();
  let fired = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const overdue = await timers.timetable.overdue(before, AT_ONCE);
    const outcomes = await Promise.allSettled(
      overdue.map((timer) => fireTimer(repairing.scopeOf(timer.workspaceId), timers, timer)),
    );
    const failed = outcomes.filter(({ status }) => status === "rejected").length;
    for (const [place, timer] of overdue.entries()) {
      const outcome = outcomes[place];
      if (outcome?.status === "rejected") repairing.onFailure(timer, outcome.reason);
    }
    fired += overdue.length - failed;
    if (failed > 0 || overdue.length < AT_ONCE) return fired;
  }
  return fired;
}
