import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchFolders } from "../../local/watch.ts";

let root: string;
let saved: string[];
let stop: () => void;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "watch-"));
  mkdirSync(join(root, "code/inner"), { recursive: true });
  mkdirSync(join(root, "other"));
  writeFileSync(join(root, "code/inner/a.ts"), "1");
  saved = [];
  stop = watchFolders(root, ["code"], (paths) => saved.push(...paths));
});

afterEach(() => {
  stop();
  rmSync(root, { recursive: true });
});

/** Waits for news of a file, and forgets all news. */
async function heardOf(path: string): Promise<void> {
  await expect.poll(() => saved).toContain(path);
  saved.length = 0;
}

test("a file is heard of each time it is saved in place", async () => {
  for (const text of ["2", "3", "4"]) {
    writeFileSync(join(root, "code/inner/a.ts"), text);
    await heardOf("code/inner/a.ts");
  }
});

test("a file is heard of each time another is put in its place", async () => {
  for (const text of ["2", "3", "4"]) {
    writeFileSync(join(root, "new"), text);
    renameSync(join(root, "new"), join(root, "code/inner/a.ts"));
    await heardOf("code/inner/a.ts");
  }
});

test("a folder made later is watched, and one that goes is no matter", async () => {
  mkdirSync(join(root, "code/later"));
  await heardOf("code/later");
  writeFileSync(join(root, "code/later/b.ts"), "1");
  await heardOf("code/later/b.ts");
  rmSync(join(root, "code/later"), { recursive: true });
  await heardOf("code/later");
  mkdirSync(join(root, "code/later"));
  await heardOf("code/later");
  writeFileSync(join(root, "code/later/c.ts"), "1");
  await heardOf("code/later/c.ts");
});

test("nothing is heard of other folders, or after the stop", async () => {
  writeFileSync(join(root, "other/c.ts"), "1");
  writeFileSync(join(root, "code/inner/a.ts"), "2");
  await heardOf("code/inner/a.ts");
  stop();
  writeFileSync(join(root, "code/inner/a.ts"), "3");
  await new Promise((done) => setTimeout(done, 100));
  expect(saved).toEqual([]);
});
