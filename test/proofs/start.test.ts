import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { flagsOf } from "../../local/flags.ts";
import { StartProblem } from "../../local/problem.ts";
import { apiAt } from "../support/api.ts";
import { childrenOf, freshFolder, runLaptop, startLaptop } from "../support/process.ts";

/** Whoever starts the laptop cloud is told in one message what keeps it from starting. */
const folder = freshFolder();
afterAll(folder.remove);

/** No stack, and nothing was started that would have to be ended. */
function expectProblem({ code, output }: { code: number | null; output: string }, says: RegExp) {
  expect(output).toMatch(says);
  expect(output).not.toMatch(/^\s+at /m);
  expect(code).toBe(1);
}

test("without java it says what is missing and how to get it", async () => {
  const path = join(folder.path, "bin");
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, "node"));
  const environment = { PATH: path };
  const ended = await runLaptop({ flags: ["--memory", "--port", "0"], environment });
  expectProblem(ended, /needs Java 17 or newer; none was found/);
  expect(ended.output).toMatch(/apt install openjdk-17.*brew install.*winget install/s);
});

test("a flag that nobody knows is refused with those it knows", async () => {
  const ended = await runLaptop({ flags: ["--prot", "4000"] });
  expectProblem(ended, /Unknown option '--prot'/);
  for (const known of ["--port", "--memory", "--data", "--empty"]) {
    expect(ended.output).toContain(`  ${known} `);
  }
});

test.each([
  [["4000"], "Unexpected argument '4000'"],
  [["--data"], "--data"],
  [["--port", "many"], '--port takes a number from 0 to 65535, not "many"'],
  [["--port", "70000"], 'not "70000"'],
  [["--port", ""], 'not ""'],
])("and so are the flags %j", (flags, says) => {
  expect(() => flagsOf(flags, "/")).toThrow(StartProblem);
  expect(() => flagsOf(flags, "/")).toThrow(says);
});

test("a taken port is named, with a way out", async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, "127.0.0.1", () => {
      const address = other.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const ended = await runLaptop({ flags: ["--memory", "--port", String(port)] });
  other.close();
  expectProblem(ended, new RegExp(`Port ${port} is taken.*--port`));
});

test("in memory it writes nothing anywhere, seeds its customers, and ends on Ctrl+C", async () => {
  const temporary = join(folder.path, "temporary");
  mkdirSync(temporary);
  // Java does not look at TMPDIR.
  const java = `-Djava.io.tmpdir=${temporary}`;
  const environment = { TMPDIR: temporary, JAVA_TOOL_OPTIONS: java };
  const dataBefore = dataOf();
  const { url, pid, kill } = await startLaptop({
    flags: ["--memory", "--port", "0"],
    environment,
  });
  await fetch(`${url}/local/settle`, { method: "POST" });
  const queue = await apiAt(url, "pk_local_agent").all("/conversations?assignee=none");
  expect(queue.map(({ contact }) => contact.name)).toContain("Ada Example");
  expect(childrenOf(pid)).toHaveLength(1);
  expect(await kill("SIGINT")).toMatchObject({ code: 0 });
  expect(readdirSync(temporary)).toEqual([]);
  expect(dataOf()).toEqual(dataBefore);
});

/** What is where data is kept unless somebody says otherwise. */
function dataOf(): string[] {
  const data = join(import.meta.dirname, "../../.parley");
  return existsSync(data) ? readdirSync(data, { recursive: true }).map(String) : [];
}

test("the flags of npm start reach the server, which is its last command", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(scripts.start.split("&&").at(-1).trim()).toBe("node local/main.ts");
});
