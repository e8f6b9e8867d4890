import { expect, test } from "vitest";
import type { Busy } from "../../local/parts.ts";
import { settle } from "../../local/settle.ts";

function part(pending: () => string[]): Busy {
  return { pending };
}

test("idle parts settle after the quiet moment, not before", async () => {
  const startedAt = performance.now();
  expect(await settle([part(() => [])], { quietMs: 40 })).toEqual({ settled: true, pending: [] });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(40);
});

test("work that follows from finished work within the quiet moment is waited for", async () => {
  let looks = 0;
  let done = false;
  const follows = part(() => {
    looks += 1;
    if (looks < 3) return [];
    if (looks < 6) return ["a stream record"];
    done = true;
    return [];
  });
  expect((await settle([follows], { quietMs: 60 })).settled).toBe(true);
  expect(done).toBe(true);
});

test("parts that are idle in turn, never at the same time, do not settle", async () => {
  let look = 0;
  const left = part(() => {
    look += 1;
    return look % 2 === 0 ? ["left"] : [];
  });
  const right = part(() => (look % 2 === 1 ? ["right"] : []));
  const answer = await settle([left, right], { quietMs: 20, timeoutMs: 120 });
  expect(answer.settled).toBe(false);
  expect(answer.pending).toHaveLength(1);
});

test("after the timeout it says what is still pending", async () => {
  const busy = [part(() => ["job 1", "job 2"]), part(() => ["schedule x"])];
  expect(await settle(busy, { timeoutMs: 30 })).toEqual({
    settled: false,
    pending: ["job 1", "job 2", "schedule x"],
  });
});
