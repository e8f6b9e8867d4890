import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { options } from "../../infra/build.ts";
import { Reloader } from "../../local/reload.ts";
import { LambdaRig } from "./lambdaRig.ts";

/** "A code change is live within 3 s." */
const LIVE_MS = 3_000;

let rig: LambdaRig;
let folder: string;
let printed: string[];
let reloader: Reloader;

/** Writes the function's source, with its answer in a chunk that is loaded at the first call. */
function write(answer: string): void {
  writeFileSync(join(folder, "answer.ts"), answer);
}

beforeEach(async () => {
  rig = new LambdaRig();
  rig.define("export const handler = async () => 'deployed';");
  folder = mkdtempSync(join(tmpdir(), "reload-"));
  mkdirSync(join(folder, "live"));
  printed = [];
  const source = 'export const handler = async () => (await import("./answer.ts")).answer;';
  writeFileSync(join(folder, "api.ts"), source);
  write('export const answer: string = "one";');
  reloader = await Reloader.open({
    lambdas: rig.lambdas,
    bundles: new Map([
      ["api", { ...options("api", folder), entryPoints: { index: join(folder, "api.ts") } }],
    ]),
    directory: join(folder, "live"),
    print: (line) => printed.push(line),
  });
});

afterEach(async () => {
  await reloader.close();
  await rig.close();
  rmSync(folder, { recursive: true });
});

test("a saved change is live at the next call, in a line and within three seconds", async () => {
  expect(await rig.payloadOf({})).toBe("deployed");
  for (const answer of ["one", "two", "three", "four"]) {
    write(`export const answer = "${answer}";`);
    const savedAt = performance.now();
    await reloader.refresh();
    expect(await rig.payloadOf({})).toBe(answer);
    expect(performance.now() - savedAt).toBeLessThan(LIVE_MS);
  }
  expect(printed).toHaveLength(4);
  expect(printed[0]).toMatch(/^reloaded api in \d\.\d s$/);
  expect(readdirSync(join(folder, "live")).length).toBeLessThanOrEqual(2);
});

test("what did not change is not reloaded", async () => {
  await reloader.refresh();
  const running = rig.lambdas.codeDirectory("api");
  await reloader.refresh();
  expect([printed.length, rig.lambdas.codeDirectory("api")]).toEqual([1, running]);
});

test("a change saved during a build is built too", async () => {
  const first = reloader.refresh();
  write('export const answer = "two";');
  await Promise.all([first, reloader.refresh()]);
  expect(await rig.payloadOf({})).toBe("two");
});

test("a source that does not build is printed, and the old code runs on", async () => {
  await reloader.refresh();
  write('export const answer = "broken;');
  await reloader.refresh();
  expect(printed[1]).toMatch(/^not reloaded, the old code runs on:\n {2}\S*answer.ts:1: /);
  expect(await rig.payloadOf({})).toBe("one");
  write('export const answer = "mended";');
  await reloader.refresh();
  expect(await rig.payloadOf({})).toBe("mended");
});
