import { unavailable } from "../domain/errors.ts";
import type { Commit, Conflict, Freshness } from "../ports.ts";

/** How often a verb decides anew when somebody else's write came between. */
const ATTEMPTS_MAX = 12;
const PAUSE_MS = 15;
const PAUSE_MAX_MS = 400;

/**
 * Load, decide, save, again and again until the save meets no other. The first look may be loose,
 * because a save on old revisions is refused; after a refusal only the newest will do.
 *
 * @param work one try; it answers null when it must be tried again
 * @throws unavailable after ATTEMPTS_MAX tries
 */
export async function attempt<T>(
  work: (freshness: Freshness, attempt: number) => Promise<T | null>,
): Promise<T> {
  for (let count = 0; count < ATTEMPTS_MAX; count++) {
    const result = await work(count === 0 ? "loose" : "strict", count);
    if (result !== null) return result;
    const pause = Math.min(PAUSE_MS * 2 ** count, PAUSE_MAX_MS);
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
  }
  throw unavailable("Too many changes meet on the same thing; try again in a moment.");
}

/** The first conflict of a kind, or null. */
export function conflictOf<R extends Conflict["reason"]>(
  commit: Commit,
  reason: R,
): Extract<Conflict, { reason: R }> | null {
  if (commit.ok) return null;
  const found = commit.conflicts.find((conflict) => conflict.reason === reason);
  return (found as Extract<Conflict, { reason: R }> | undefined) ?? null;
}
