import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { MovedClock, parseAdvance } from "../../local/clock.ts";
import { SqliteState } from "../../local/state.ts";

const HOUR_MS = 3_600_000;

test("an advance moves the clock forward, and real time goes on from there", () => {
  const clock = new MovedClock(SqliteState.open(null));
  const before = clock.now();
  const moved = clock.advance(24 * HOUR_MS);
  expect(moved - before).toBeGreaterThanOrEqual(24 * HOUR_MS);
  expect(moved - before).toBeLessThan(24 * HOUR_MS + 5_000);
  expect(clock.now()).toBeGreaterThanOrEqual(moved);
  expect(clock.advance(0)).toBeGreaterThanOrEqual(moved);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 3_651 * 24 * HOUR_MS])(
  "an advance by %s is refused and moves nothing",
  (ms) => {
    const clock = new MovedClock(SqliteState.open(null));
    expect(() => clock.advance(ms)).toThrow(RangeError);
    expect(clock.now() - Date.now()).toBeLessThan(1_000);
  },
);

test("a new clock over the same state starts where the old one was", () => {
  const state = SqliteState.open(null);
  new MovedClock(state).advance(2 * HOUR_MS);
  const clock = new MovedClock(state);
  clock.advance(HOUR_MS);
  expect(new MovedClock(state).now() - Date.now()).toBeGreaterThan(3 * HOUR_MS - 1_000);
});

test("listeners hear the new time once it holds", () => {
  const clock = new MovedClock(SqliteState.open(null));
  const heard: number[] = [];
  clock.onAdvance((now) => heard.push(clock.now() - now));
  clock.advance(HOUR_MS);
  expect(heard).toHaveLength(1);
  expect(heard[0]).toBeLessThan(1_000);
});

test("a worker sees the offset move while it runs", async () => {
  const clock = new MovedClock(SqliteState.open(null));
  const worker = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
     const offset = new Float64Array(workerData);
     parentPort.on("message", () => { parentPort.postMessage(offset[0]); parentPort.close(); });`,
    { eval: true, workerData: clock.offset },
  );
  await new Promise((resolve) => worker.once("online", resolve));
  clock.advance(5 * HOUR_MS);
  worker.postMessage("look");
  const seen = await new Promise((resolve) => worker.once("message", resolve));
  expect(seen).toBe(5 * HOUR_MS);
});

test.each([
  ["0s", 0],
  ["30s", 30_000],
  ["5m", 300_000],
  ["24h", 24 * HOUR_MS],
  ["3650d", 3_650 * 24 * HOUR_MS],
])("%s is %i ms", (text, ms) => {
  expect(parseAdvance(text)).toBe(ms);
});

test.each(["", "24", "h", "-1h", "1.5h", "1 h", "24H", "1w", "1h30m", "99999999999s"])(
  'the advance "%s" is refused with the form it should have',
  (text) => {
    expect(() => parseAdvance(text)).toThrow(/<integer>s\|m\|h\|d/);
  },
);

test("an advance of more than 3,650 days is refused", () => {
  expect(() => parseAdvance("3651d")).toThrow(/at most 3650d/);
  expect(() => parseAdvance("87601h")).toThrow(/at most 3650d/);
});
