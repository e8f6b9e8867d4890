/**
 * The inside of one execution environment: loads the handler as AWS's Node.js runtime does, then
 * runs one event after the other. Error types and texts are those of that runtime (Lambda developer
 * guide, "Node.js", and the runtime interface client v4), because alarms and people read them.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { shiftDate } from "./preload.ts";

export interface Boot {
  readonly clockOffset: SharedArrayBuffer;
  readonly codeDirectory: string;
  /** `file.export`, for example `index.handler`. */
  readonly handler: string;
}

export interface Task {
  readonly requestId: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  /** JSON. */
  readonly event: string;
}

export interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What the environment tells its owner; after `crashed` it exits. */
export type Report =
  | { readonly kind: "ready" }
  | { readonly kind: "returned"; readonly payload: string }
  | { readonly kind: "threw"; readonly failure: Failure }
  | { readonly kind: "crashed"; readonly failure: Failure };

type Handler = (event: unknown, context: unknown) => unknown;

/** An error of the runtime itself; AWS puts the type in the name. */
class RuntimeError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = `Runtime.${name}`;
  }
}

/** What a synchronous invocation may answer (Lambda quotas page: 6 MB, and 100 bytes). */
const RESPONSE_BYTES_MAX = 6_291_556;

const TOO_LARGE: Failure = {
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage:
    "Response payload size exceeded maximum allowed payload size " +
    `(${RESPONSE_BYTES_MAX} bytes).`,
};

function modulePath(codeDirectory: string, file: string): string {
  const path = ["js", "mjs", "cjs"]
    .map((extension) => join(codeDirectory, `${file}.${extension}`))
    .find(existsSync);
  if (path === undefined) {
    throw new RuntimeError("ImportModuleError", `Error: Cannot find module '${file}'`);
  }
  return path;
}

async function loadHandler({ codeDirectory, handler }: Boot): Promise<Handler> {
  const [, file, exported] = /^(.+)\.([^.]+)$/.exec(handler) ?? [];
  if (file === undefined || exported === undefined) {
    throw new RuntimeError("MalformedHandlerName", "Bad handler");
  }
  const loaded = await import(pathToFileURL(modulePath(codeDirectory, file)).href);
  const found: unknown = loaded[exported] ?? loaded.default?.[exported];
  if (typeof found !== "function") {
    throw new RuntimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  }
  if (found.length >= 3) {
    throw new RuntimeError(
      "CallbackHandlerDeprecated",
      "AWS Lambda has removed support for callback-based function handlers with Node.js 24.",
    );
  }
  return (event, context) => found(event, context);
}

function contextOf(task: Task) {
  const deadline = performance.now() + task.timeoutMs;
  return {
    awsRequestId: task.requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: "$LATEST",
    invokedFunctionArn: task.functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  if ("code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
    return { errorType: "Runtime.ImportModuleError", errorMessage: `Error: ${error.message}` };
  }
  return { errorType: error.name, errorMessage: error.message };
}

/** AWS's runtime logs every failure with its stack before it reports it. */
function logFailure(title: string, error: unknown): Failure {
  const failure = failureOf(error);
  const stack = error instanceof Error ? error.stack?.split("\n") : [];
  console.error(title, JSON.stringify({ ...failure, stack }));
  return failure;
}

function serialize(result: unknown): string {
  try {
    return JSON.stringify(result ?? null);
  } catch (cause) {
    throw new Error("Unable to stringify response body", { cause });
  }
}

async function run(handler: Handler, task: Task): Promise<Report> {
  try {
    const payload = serialize(await handler(JSON.parse(task.event), contextOf(task)));
    if (Buffer.byteLength(payload) <= RESPONSE_BYTES_MAX) return { kind: "returned", payload };
    return { kind: "threw", failure: TOO_LARGE };
  } catch (error) {
    return { kind: "threw", failure: logFailure("Invoke Error", error) };
  }
}

/** Worker output crosses to the owner in the background; a report must not overtake its lines. */
async function flush(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}

async function report(message: Report): Promise<void> {
  await flush(process.stdout);
  await flush(process.stderr);
  parentPort?.postMessage(message);
}

async function crash(title: string, error: unknown): Promise<void> {
  await report({ kind: "crashed", failure: logFailure(title, error) });
  process.exit(1);
}

async function start(boot: Boot): Promise<void> {
  shiftDate(new Float64Array(boot.clockOffset));
  process.on("unhandledRejection", (reason) =>
    crash(
      "Unhandled Promise Rejection",
      new RuntimeError("UnhandledPromiseRejection", String(reason)),
    ),
  );
  try {
    const handler = await loadHandler(boot);
    parentPort?.on("message", async (task: Task) => report(await run(handler, task)));
    await report({ kind: "ready" });
  } catch (error) {
    await crash("Init Error", error);
  }
}

await start(workerData);
