import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Denied, Grant } from "../../local/iam/grants.ts";
import { type OpenCloud, openCloud } from "../../local/open.ts";
import { journey } from "../support/journey.ts";
import { permissionsText } from "../support/permissions.ts";

/**
 * Least privilege, proven: one journey through everything uses every grant of the template and is
 * refused nothing, and without a grant it does not arrive.
 */
const ROOT = join(import.meta.dirname, "../..");
const DOCUMENT = join(ROOT, "docs/PERMISSIONS.md");

/** For the journey that must arrive, also on a busy machine. */
const PATIENT_MS = 60_000;
/** For those that must not: this many times what the first one took. */
const IMPATIENT_TIMES = 1.5;
const WITHDRAWN = 10;
/** Longer than a job is hidden after it failed: then everything is done that was left. */
const REST_MS = 10 * 60_000;

/** Which ten are withdrawn; SEED=<number> repeats a run, GRANTS=all withdraws every one. */
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const everything = process.env.GRANTS === "all";

let open: OpenCloud;
let arrivedMs = 0;

beforeAll(async () => {
  open = await openCloud({
    assembly: join(ROOT, "cdk.out"),
    directory: null,
    port: 0,
    empty: true,
  });
});
afterAll(() => open.cloud.stop());

test("every grant is used, and nothing is denied", { timeout: 2 * PATIENT_MS }, async () => {
  const startedMs = performance.now();
  await journey(open, PATIENT_MS);
  arrivedMs = performance.now() - startedMs;
  const { iam } = open.cloud;
  expect(iam.denied()).toEqual([]);
  const unused = iam.grants().filter(({ used }) => used === 0);
  expect(unused.map(({ text }) => text)).toEqual([]);
});

test("docs/PERMISSIONS.md is not stale", () => {
  const text = permissionsText(open.cloud);
  if (process.env.UPDATE === "1") writeFileSync(DOCUMENT, text);
  expect(readFileSync(DOCUMENT, "utf8"), "write it with UPDATE=1").toBe(text);
});

test(`without a grant something is missed (seed ${seed})`, { timeout: 600_000 }, async () => {
  console.log(`Withdrawn with seed ${seed}; the journey takes ${Math.round(arrivedMs)} ms:`);
  for (const grant of chosen(open.cloud.iam.grants())) {
    const { stuck, denied, ms } = await journeyWithout(grant);
    console.log(`  ${grant.text}\n    ${stuck ?? "arrived"} (${denied.length} denied, ${ms} ms)`);
    const asked = denied.filter(({ action }) => action === grant.action);
    expect(asked, `${grant.text}: nobody asked for it`).not.toEqual([]);
    expect(stuck !== null || isUnseen(grant), `${grant.text}: nobody missed it`).toBe(true);
  }
});

/** A lost line of a log, or a person who is not told, changes nothing for a caller. */
function isUnseen({ action }: Grant): boolean {
  return action.startsWith("logs:") || action === "sns:Publish";
}

/** Cold functions, the grant taken away, the journey, the grant given back, everything done. */
async function journeyWithout(grant: Grant): Promise<{
  stuck: string | null;
  denied: Denied[];
  ms: number;
}> {
  const { cloud } = open;
  const before = cloud.iam.denied().length;
  await cloud.lambdas.recycle();
  const giveBack = cloud.iam.withdraw(grant.id);
  const startedMs = performance.now();
  const stuck = await journey(open, IMPATIENT_TIMES * arrivedMs).then(
    () => null,
    (error: unknown) => (error instanceof Error ? (error.message.split("\n")[0] ?? "") : "stuck"),
  );
  const ms = Math.round(performance.now() - startedMs);
  const denied = cloud.iam.denied().slice(before);
  giveBack();
  await cloud.advance(REST_MS);
  expect(await cloud.settle()).toEqual({ settled: true, pending: [] });
  return { stuck, denied, ms };
}

function chosen(grants: readonly Grant[]): readonly Grant[] {
  if (everything) return grants;
  const left = [...grants];
  const random = randomOf(seed);
  return Array.from({ length: WITHDRAWN }, () => left.splice(random() % left.length, 1)).flat();
}

/** Whole numbers that are the same for the same seed (a linear congruential generator). */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}
