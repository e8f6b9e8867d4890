import { setTimeout as pause } from "node:timers/promises";
import type { Busy } from "./parts.ts";

const LOOK_EVERY_MS = 10;

/**
 * Waits until every part is idle at the same time and stays so for `quietMs`: a function that just
 * ended may have written a row whose stream record nobody has seen yet, so one idle look proves
 * nothing. Real time on purpose: the moved clock jumps. Otherwise answers after `timeoutMs` with
 * what was pending at the last look.
 */
export async function settle(
  parts: readonly Busy[],
  { timeoutMs = 30_000, quietMs = 60 }: { timeoutMs?: number; quietMs?: number } = {},
): Promise<{ settled: boolean; pending: string[] }> {
  const giveUpAt = performance.now() + timeoutMs;
  let busyAt = performance.now();
  for (;;) {
    const pending = parts.flatMap((part) => part.pending());
    const now = performance.now();
    if (pending.length > 0) busyAt = now;
    else if (now - busyAt >= quietMs) return { settled: true, pending };
    if (now >= giveUpAt) return { settled: false, pending };
    await pause(LOOK_EVERY_MS);
  }
}
