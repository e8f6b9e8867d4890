/**
 * The customer service window: free messages are allowed until `closesAt`, to the millisecond, and
 * the rule always compares times itself; schedules only tell people about it.
 */
export interface Window {
  readonly state: "open" | "closed";
  readonly closesAt: string | null;
}

/** Where the window stands at `now`; null for a channel that has none. */
export function windowAt(
  windowMs: number | null,
  closesAt: string | null,
  now: number,
): Window | null {
  if (windowMs === null) return null;
  const open = closesAt !== null && now < Date.parse(closesAt);
  return { state: open ? "open" : "closed", closesAt };
}

/** The last hour of an open window: time to answer. */
const CLOSING_MS = 3_600_000;

export function isClosing(window: Window, now: number): boolean {
  if (window.state === "closed" || window.closesAt === null) return false;
  return Date.parse(window.closesAt) - now <= CLOSING_MS;
}

/** When the last hour begins, ms since the epoch. */
export function closingFrom(closesAt: string): number {
  return Date.parse(closesAt) - CLOSING_MS;
}

/** What people were told of a window last; it is about that closing time and no other. */
export interface WindowTold {
  readonly state: "closing" | "closed";
  readonly closesAt: string;
}

/** What is to be told now, and when to look again (ms since the epoch; null: never). */
export interface WindowNews {
  readonly tell: WindowTold["state"] | null;
  readonly lookAt: number | null;
}

/**
 * What a look at the clock tells of a window. A schedule may look late, early, twice or never; the
 * times decide, so each state is told once for each closing time, and a window that has moved on
 * since is looked at again later.
 *
 *   opened                      closes - 1 h                closes
 *   |--- look at closes - 1 h ---|--- tell closing, look ----|--- tell closed
 */
export function windowNews(closesAt: string, told: WindowTold | null, now: number): WindowNews {
  const known = told?.closesAt === closesAt ? told.state : null;
  if (now >= Date.parse(closesAt)) {
    return { tell: known === "closed" ? null : "closed", lookAt: null };
  }
  if (now < closingFrom(closesAt)) return { tell: null, lookAt: closingFrom(closesAt) };
  return { tell: known === null ? "closing" : null, lookAt: Date.parse(closesAt) };
}

/**
 * When the window opened, if it opened between the two closing times; null when it was open all the
 * while, or never was. Decided by the customer's clock, so the order of arrival does not matter.
 */
export function openedBetween(
  windowMs: number | null,
  before: string | null,
  after: string | null,
): string | null {
  if (windowMs === null || after === null || before === after) return null;
  const openedAt = Date.parse(after) - windowMs;
  if (before !== null && Date.parse(before) > openedAt) return null;
  return new Date(openedAt).toISOString();
}

/** When the window closes after the customer wrote at `wroteAt`; it never closes earlier. */
export function closesAfter(
  windowMs: number | null,
  closesAt: string | null,
  wroteAt: string,
): string | null {
  if (windowMs === null) return null;
  const next = new Date(Date.parse(wroteAt) + windowMs).toISOString();
  return closesAt !== null && closesAt > next ? closesAt : next;
}
