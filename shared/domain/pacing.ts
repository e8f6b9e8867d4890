/**
 * How fast one user may be written to: one message per six seconds, with a burst of 45 that is
 * borrowed from the future (WhatsApp reference, section 10, pair rate). It is kept as the time at
 * which the pair would be even (GCRA), on the conversation that is written anyway.
 */
export interface PairLimit {
  readonly everyMs: number;
  readonly burst: number;
}

/** When the next message may leave, and when the pair is even after it; ms since the epoch. */
export function paced(
  limit: PairLimit | null,
  evenAt: number | null,
  now: number,
): { readonly at: number; readonly evenAt: number | null } {
  if (limit === null) return { at: now, evenAt: null };
  const base = Math.max(evenAt ?? now, now);
  return {
    at: Math.max(now, base - (limit.burst - 1) * limit.everyMs),
    evenAt: base + limit.everyMs,
  };
}

/** How often a message is tried when the provider asks to come back later. */
export const ATTEMPTS_MAX = 8;

const BACK_OFF_MS = 4_000;
/** SQS hides a message for twelve hours at most. */
const BACK_OFF_MAX_MS = 3_600_000;

/** 4 s, 16 s, 64 s, ... up to an hour: what Meta asks for after a pair limit (section 10). */
export function backOffMs(attempt: number): number {
  return Math.min(BACK_OFF_MS * 4 ** (attempt - 1), BACK_OFF_MAX_MS);
}
