/**
 * The laptop cloud as people run it: `node local/main.ts` as a process of its own, which can be
 * killed. Whatever a test forgets is ended with the test's process.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = join(import.meta.dirname, "../..");
const READY_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 20;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Everything it said, on both outputs. */
  readonly output: string;
}

export interface Laptop {
  readonly url: string;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Ends the process alone, or everything that it started too. */
  kill(signal: NodeJS.Signals, whom?: "process" | "group"): Promise<Ended>;
}

export interface Command {
  readonly flags: readonly string[];
  /** What differs from this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) endGroup(child, "SIGKILL");
});

/** A folder for one test's data; `remove` when it is done. */
export function freshFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "parley-proof-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts it and waits until it takes requests; throws with its output when it ends before. */
export async function startLaptop(command: Command): Promise<Laptop> {
  const child = launch(command);
  const output = listen(child);
  const ended = endOf(child, output);
  const url = await readyUrl(child, output);
  if (url === null || child.pid === undefined) {
    throw new Error(`The laptop cloud did not start:\n${output.text}`);
  }
  const { pid } = child;
  const kill = (signal: NodeJS.Signals, whom: "process" | "group" = "process") => {
    if (whom === "group") endGroup(child, signal);
    else child.kill(signal);
    return ended;
  };
  return { url, pid, ended, kill };
}

/** Runs it to its end: for starts that must be refused. */
export function runLaptop(command: Command): Promise<Ended> {
  const child = launch(command);
  return endOf(child, listen(child));
}

/** The processes that `pid` started. */
export function childrenOf(pid: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = table.split("\n").map((row) => row.trim().split(/\s+/).map(Number));
  return rows.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
}

/** Resolves when none of them is left; throws when one still lives after `withinMs`. */
export async function goneWithin(pids: readonly number[], withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  let left = pids.filter(isAlive);
  while (left.length > 0) {
    if (performance.now() > until) throw new Error(`Processes ${left.join(", ")} still live.`);
    await pause(LOOK_EVERY_MS);
    left = left.filter(isAlive);
  }
}

/** One that has ended and that nobody has waited for is not alive. */
function isAlive(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.startsWith("Z");
  } catch {
    // `ps` fails when it finds no such process.
    return false;
  }
}

/** A group of its own, so that it can be ended with everything that it started. */
function launch({ flags, environment }: Command): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, "local/main.ts"), ...flags], {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  return child;
}

interface Output {
  text: string;
}

function listen(child: ChildProcess): Output {
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output.text += chunk.toString("utf8");
    });
  }
  return output;
}

/** `close` comes after the last output. */
function endOf(child: ChildProcess, output: Output): Promise<Ended> {
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal, output: output.text });
    });
  });
}

/** Null when it ended before it was ready, or is not ready in time. */
async function readyUrl(child: ChildProcess, output: Output): Promise<string | null> {
  const until = performance.now() + READY_LIMIT_MS;
  while (running.has(child) && performance.now() < until) {
    const [, url] = /runs on (http:\/\/127\.0\.0\.1:\d+) /.exec(output.text) ?? [];
    if (url !== undefined) return url;
    await pause(LOOK_EVERY_MS);
  }
  return null;
}

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && error.code === "ESRCH";
    if (!isGone) throw error;
  }
}
