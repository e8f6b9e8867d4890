/**
 * Something that is to be looked at when its time has come. A timer only wakes somebody up: what
 * then happens is decided by comparing times, so it may fire late, early, twice or never.
 */
export const timerKinds = ["window", "waiting"] as const;
export type TimerKind = (typeof timerKinds)[number];

export interface Timer {
  readonly workspaceId: string;
  /** `window`: a conversation's window; `waiting`: a reply that waits. */
  readonly kind: TimerKind;
  /** Of the conversation or the message. */
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
}

const MINUTE_MS = 60_000;
/** EventBridge Scheduler tells times in seconds. */
const SECOND_MS = 1_000;
/** Scheduler looks once a minute, so nothing is asked of it for sooner, nor for the past. */
const SOON_MS = MINUTE_MS;

const PREFIX = { window: "win", waiting: "wait" } as const satisfies Record<TimerKind, string>;

/**
 * One name for each thing and minute: arming the same again is refused as a repeat, and the next
 * arming never meets the name of the one that is firing (names are kept while their target runs).
 */
export function timerName({ kind, id, at }: Timer): string {
  return `${PREFIX[kind]}-${id}-${minuteOf(at)}`;
}

/** The minute in which it is due, RFC 3339: what repeats of the same name have in common. */
export function timerMinute({ at }: Timer): string {
  return new Date(minuteOf(at) * MINUTE_MS).toISOString();
}

/**
 * When to fire for something that is due at `dueAt`, in whole seconds and never before it.
 *
 * @param firedAt of the timer that fires now and is armed again: its minute's name is taken
 */
export function fireTime(dueAt: number, now: number, firedAt: string | null): string {
  const wanted = Math.max(dueAt, now + SOON_MS);
  const next = firedAt === null ? 0 : (minuteOf(firedAt) + 1) * MINUTE_MS;
  const taken = firedAt !== null && wanted < next;
  const at = Math.ceil((taken ? next : wanted) / SECOND_MS) * SECOND_MS;
  return new Date(at).toISOString();
}

function minuteOf(at: string): number {
  return Math.floor(Date.parse(at) / MINUTE_MS);
}
