import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { SqliteState } from "../../local/state.ts";

const directory = mkdtempSync(join(tmpdir(), "parley-state-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a shelf keeps values by key, in order of key, apart from other shelves", () => {
  const state = SqliteState.open(null);
  const shelf = state.shelf<{ n: number }>("one");
  for (const key of ["b", "a", "c", "B"]) shelf.put(key, { n: 1 });
  shelf.put("b", { n: 2 });
  shelf.remove("c");
  shelf.remove("never there");
  expect(shelf.entries()).toEqual([
    ["B", { n: 1 }],
    ["a", { n: 1 }],
    ["b", { n: 2 }],
  ]);
  expect(shelf.get("c")).toBeUndefined();
  expect(state.shelf("two").entries()).toEqual([]);
});

test("what a shelf answers is the caller's own copy", () => {
  const shelf = SqliteState.open(null).shelf<{ list: number[] }>("one");
  const value = { list: [1] };
  shelf.put("a", value);
  value.list.push(2);
  shelf.get("a")?.list.push(3);
  expect(shelf.get("a")).toEqual({ list: [1] });
});

test("all of a durable step happens, or nothing of it", () => {
  const state = SqliteState.open(null);
  const shelf = state.shelf<number>("one");
  shelf.put("kept", 1);
  const step = () =>
    state.atOnce(() => {
      shelf.put("new", 2);
      state.atOnce(() => shelf.remove("kept"));
      expect(shelf.entries()).toEqual([["new", 2]]);
      throw new Error("half way");
    });
  expect(step).toThrow("half way");
  expect(shelf.entries()).toEqual([["kept", 1]]);
  expect(state.atOnce(() => shelf.put("new", 2) ?? "answer")).toBe("answer");
  expect(shelf.get("new")).toBe(2);
});

test("a durable step that would wait is refused, because it would end before its work", () => {
  const state = SqliteState.open(null);
  const shelf = state.shelf<number>("one");
  const step = () =>
    state.atOnce(() => {
      shelf.put("a", 1);
      return Promise.resolve();
    });
  expect(step).toThrow(/cannot wait/);
  expect(shelf.get("a")).toBeUndefined();
});

test("what was put is there after the file is closed and opened again", () => {
  const file = join(directory, "deep", "state.sqlite");
  const first = SqliteState.open(file);
  first.shelf("one").put("a", { text: "é\u0000'\"" });
  first.close();
  const second = SqliteState.open(file);
  expect(second.shelf("one").get("a")).toEqual({ text: "é\u0000'\"" });
  second.close();
});

test("a second cloud on the same file is refused with a clear word", () => {
  const file = join(directory, "shared.sqlite");
  const first = SqliteState.open(file);
  expect(() => SqliteState.open(file)).toThrow(/another laptop cloud/);
  first.close();
  SqliteState.open(file).close();
});

test("a process killed with -9 loses nothing that a put had answered for", async () => {
  const file = join(directory, "killed.sqlite");
  const module = join(import.meta.dirname, "../../local/state.ts");
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { SqliteState } from ${JSON.stringify(module)};
       const shelf = SqliteState.open(${JSON.stringify(file)}).shelf("one");
       for (let n = 0; n < 2_000; n += 1) shelf.put(String(n), n);
       process.stdout.write("done");
       setInterval(() => {}, 1_000);`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  const state = SqliteState.open(file);
  expect(state.shelf("one").entries()).toHaveLength(2_000);
  state.close();
});
