import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleInto } from "../../bench/bundles.ts";
import { type Cost, costsOn } from "../../bench/costs.ts";
import { callbackOf, post, textFrom } from "../../bench/customers.ts";
import { type Laptop, openLaptop, settled } from "../../bench/laptop.ts";
import { BOUGHT, FIRST_REPLY, repliesOn } from "../../bench/replies.ts";
import { costTable } from "../../bench/report.ts";
import { spentOn } from "../../bench/spent.ts";

/**
 * What operations cost in request units, counted at the gateway of a cloud of its own, with all
 * that the stream causes. Units are no matter of speed, so they are the same on every machine.
 */

const OPEN_LIMIT_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), "parley-cost-"));
let laptop: Laptop;
let costs: readonly Cost[];

beforeAll(async () => {
  const { assets } = await bundleInto(folder);
  laptop = await openLaptop(assets);
  costs = [...(await costsOn(laptop)), ...(await repliesOn(laptop))];
}, OPEN_LIMIT_MS);

afterAll(async () => {
  await laptop.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("every operation with a budget keeps it", () => {
  const budgeted = costs.flatMap(({ name, budget, spent }) =>
    budget === null ? [] : [{ name, budget, spent }],
  );
  expect(budgeted.map(({ name }) => name)).toHaveLength(6);
  for (const { name, budget, spent } of budgeted) {
    expect(spent.write, name).toBeGreaterThan(0);
    expect(spent.write, name).toBeLessThanOrEqual(budget.write);
    expect(spent.read, name).toBeLessThanOrEqual(budget.read ?? Number.POSITIVE_INFINITY);
  }
});

describe("docs/BENCH.md", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/BENCH.md"), "utf8");

  test.each(["text", "reply", "request"] as const)(
    "says what a %s costs (write it anew: npm run bench -- --write)",
    (kind) => expect(page).toContain(costTable(costs, kind)),
  );
});

test("what a reply's units buy adds up to what they were counted", () => {
  const spent = costs.find(({ name }) => name === FIRST_REPLY)?.spent;
  expect(BOUGHT.reduce((sum, { units }) => sum + units, 0)).toBe(spent?.write);
});

test("a delivery that comes twice writes nothing, and a request repeated costs no write", () => {
  const spentOn = (part: string) => costs.find(({ name }) => name.includes(part))?.spent;
  expect(spentOn("callback delivered again")).toMatchObject({ rowBytes: 0, busEvents: 0 });
  expect(spentOn("request repeated")).toMatchObject({ write: 0, rowBytes: 0, busEvents: 0 });
});

/** People who write for the first time, and how often each of them does. */
const TALKING = 60;
const TEXTS_EACH = 20;
const AT_ONCE = 15;

test(`timers grow with windows: ${TALKING} conversations of ${TEXTS_EACH} messages`, {
  timeout: 300_000,
}, async () => {
  const spent = await spentOn(laptop, async () => {
    for (let first = 0; first < TALKING; first += AT_ONCE) {
      const people = Array.from({ length: AT_ONCE }, (_, place) => 500 + first + place);
      const texts = people.flatMap((one) => Array.from({ length: TEXTS_EACH }, () => one));
      await post(laptop.cloud.url, callbackOf(texts.map((one) => textFrom(one))));
      await settled(laptop);
    }
  });
  const { calls } = spent;
  expect(calls.events).toBeGreaterThanOrEqual(TALKING * TEXTS_EACH);
  expect(calls.scheduler).toBeGreaterThanOrEqual(TALKING);
  // A stream record that comes twice asks twice, and its name is refused as a repeat.
  expect(calls.scheduler).toBeLessThan(1.5 * TALKING);
});

test("nothing was refused while it was measured", () => {
  expect(laptop.cloud.iam.denied()).toEqual([]);
});
