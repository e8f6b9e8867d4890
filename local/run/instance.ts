/**
 * One execution environment: a worker thread that was started for one function, runs one invocation
 * at a time and may be used again. What ends it in mid-flight (time, memory, exit, an error outside
 * the handler) becomes the outcome of its invocation, in Lambda's words.
 */

import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import type { Outcome } from "../parts.ts";
import type { Logs, WriteLine } from "./logs.ts";
import type { Boot, Failure, Report, Task } from "./worker.ts";

export interface FunctionSpec {
  readonly name: string;
  readonly arn: string;
  readonly codeDirectory: string;
  /** `file.export`, for example `index.handler`. */
  readonly handler: string;
  /** All that the function sees of the environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Reserved concurrency; zero is AWS's switch for "off". */
  readonly reserved?: number;
  /** Lambda takes on the function's role; throws AwsError when the role's trust refuses it. */
  readonly assumeRole?: () => void;
}

/** A cold start has ten seconds besides the function's timeout (Lambda guide, "Init phase"). */
const INIT_MS_MAX = 10_000;

const KILLED = "Runtime exited with error: signal: killed";

interface Invocation {
  readonly task: Task;
  readonly settle: (outcome: Outcome) => void;
  timer: NodeJS.Timeout;
}

export interface InstanceParts {
  /** One Float64: milliseconds to add to real time. */
  readonly clockOffset: SharedArrayBuffer;
  readonly logs: Logs;
  /** The thread is gone. */
  readonly onEnd: () => void;
}

export class Instance {
  readonly spec: FunctionSpec;
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #writeLine: WriteLine;
  #invocation: Invocation | undefined;
  #ready: boolean = false;
  #usable = true;

  constructor(spec: FunctionSpec, { clockOffset, logs, onEnd }: InstanceParts) {
    const { AWS_LAMBDA_LOG_GROUP_NAME: logGroup = `/aws/lambda/${spec.name}` } = spec.environment;
    const stream = streamName(clockOffset);
    const boot: Boot = { clockOffset, codeDirectory: spec.codeDirectory, handler: spec.handler };
    this.spec = spec;
    this.#writeLine = logs.open(logGroup, spec.name, stream);
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: boot,
      env: {
        ...spec.environment,
        AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
        AWS_LAMBDA_LOG_STREAM_NAME: stream,
      },
      execArgv: ["--enable-source-maps"],
      resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
      stdout: true,
      stderr: true,
    });
    this.ended = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.once("exit", onEnd);
    this.#listen();
  }

  /** False once it has ended or is about to. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Never rejects. `event` is JSON. */
  async run(requestId: string, event: string): Promise<Outcome> {
    const { arn: functionArn, timeoutMs } = this.spec;
    const task: Task = { requestId, functionArn, timeoutMs, event };
    return await new Promise((settle) => {
      const timer = this.#timer(this.#ready ? timeoutMs : INIT_MS_MAX + timeoutMs);
      this.#invocation = { task, settle, timer };
      this.#worker.postMessage(task);
    });
  }

  /** Ends it at once; what it was doing fails as if the machine had been switched off. */
  end(): void {
    this.#lose({ errorType: "Runtime.ExitError", errorMessage: KILLED });
  }

  #listen(): void {
    this.#worker.on("message", (report: Report) => this.#hear(report));
    this.#worker.on("error", (error) => this.#lose(failureOf(error)));
    this.#worker.on("exit", (code) => this.#lose(exitFailure(code)));
    splitLines(this.#worker.stdout, this.#writeLine);
    splitLines(this.#worker.stderr, this.#writeLine);
  }

  #hear(report: Report): void {
    switch (report.kind) {
      case "ready":
        this.#becomeReady();
        return;
      case "returned":
        this.#settle({ ok: true, payload: JSON.parse(report.payload) });
        return;
      case "threw":
        this.#settle({ ok: false, ...report.failure });
        return;
      case "crashed":
        this.#usable = false;
        this.#settle({ ok: false, ...report.failure });
        return;
      default:
        report satisfies never;
    }
  }

  /** The function's own timeout counts from the end of the cold start. */
  #becomeReady(): void {
    this.#ready = true;
    if (this.#invocation === undefined) return;
    clearTimeout(this.#invocation.timer);
    this.#invocation.timer = this.#timer(this.spec.timeoutMs);
  }

  #timer(limitMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const errorMessage = `Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`;
      this.#lose({ errorType: "Sandbox.Timedout", errorMessage });
    }, limitMs);
  }

  #settle(outcome: Outcome): void {
    const invocation = this.#invocation;
    if (invocation === undefined) return;
    clearTimeout(invocation.timer);
    this.#invocation = undefined;
    this.#report(invocation.task.requestId, outcome);
    invocation.settle(outcome);
  }

  /** As Lambda closes every invocation in its JSON logs ("Lambda telemetry events"). */
  #report(requestId: string, outcome: Outcome): void {
    const status = outcome.ok ? "success" : "error";
    const errorType = outcome.ok ? undefined : outcome.errorType;
    const record = { requestId, status, errorType };
    this.#writeLine(JSON.stringify({ type: "platform.report", record }));
    if (outcome.ok) return;
    const { errorMessage: message } = outcome;
    this.#writeLine(JSON.stringify({ level: "ERROR", message, errorType, requestId }));
  }

  /** The thread is gone or must go; the invocation under way, if any, fails with it. */
  #lose({ errorType, errorMessage }: Failure): void {
    this.#usable = false;
    // Its end is awaited as `ended`.
    void this.#worker.terminate();
    if (this.#invocation === undefined) return;
    const message = `RequestId: ${this.#invocation.task.requestId} Error: ${errorMessage}`;
    this.#settle({ ok: false, errorType, errorMessage: message });
  }
}

/** As AWS names them: day, version, a number nobody else has. */
function streamName(clockOffset: SharedArrayBuffer): string {
  const now = Date.now() + (new Float64Array(clockOffset)[0] ?? 0);
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomUUID().replaceAll("-", "")}`;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return { errorType: "Runtime.OutOfMemory", errorMessage: KILLED };
  }
  return { errorType: error.name, errorMessage: error.message };
}

function exitFailure(code: number): Failure {
  const errorMessage =
    code === 0
      ? "Runtime exited without providing a reason"
      : `Runtime exited with error: exit status ${code}`;
  return { errorType: "Runtime.ExitError", errorMessage };
}

/** Not `readline`: that also splits at U+2028, which JSON leaves inside its strings. */
function splitLines(output: Readable, writeLine: WriteLine): void {
  let rest = "";
  output.setEncoding("utf8");
  output.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) writeLine(line);
  });
  output.on("end", () => {
    if (rest !== "") writeLine(rest);
  });
}
