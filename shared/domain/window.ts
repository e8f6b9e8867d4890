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
