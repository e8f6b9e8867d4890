import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { attempt, conflictOf } from "../../shared/operations/attempts.ts";
import type { Commit } from "../../shared/ports.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Runs it to its end, however long it pauses. */
async function ended<T>(run: Promise<T>): Promise<T | unknown> {
  const outcome = run.catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return outcome;
}

test("the first look may be loose, every other is strict", async () => {
  const looks: [string, number][] = [];
  const run = attempt(async (freshness, count) => {
    looks.push([freshness, count]);
    return count === 2 ? "done" : null;
  });
  expect(await ended(run)).toBe("done");
  expect(looks).toEqual([
    ["loose", 0],
    ["strict", 1],
    ["strict", 2],
  ]);
});

test("it ends after twelve, within seconds", async () => {
  const startedAt = Date.now();
  let count = 0;
  const run = attempt(async () => {
    count++;
    return null;
  });
  expect(await ended(run)).toMatchObject({ code: "unavailable" });
  expect(count).toBe(12);
  expect(Date.now() - startedAt).toBeLessThan(6_000);
});

test("an error ends it at once", async () => {
  let count = 0;
  const run = attempt(() => {
    count++;
    return Promise.reject(new Error("no"));
  });
  expect(await ended(run)).toMatchObject({ message: "no" });
  expect(count).toBe(1);
});

test("a conflict is found by its kind", () => {
  const seen = { reason: "seen", messageId: "msg_1" } as const;
  const commit: Commit = { ok: false, conflicts: [{ reason: "busy" }, seen] };
  expect(conflictOf(commit, "seen")).toEqual(seen);
  expect(conflictOf(commit, "taken")).toBeNull();
  expect(conflictOf({ ok: true }, "seen")).toBeNull();
});
