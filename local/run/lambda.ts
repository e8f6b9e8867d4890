/**
 * AWS Lambda on a laptop: the deployed bundles in worker threads, with the limits and the words of
 * the real service (Lambda developer guide, "Quotas" and "Troubleshooting invocation").
 *
 * Two differences remain. An environment here is not frozen between invocations, so what a handler
 * leaves running goes on; and the time zone is the process's, so it must be started in UTC.
 */

import { AwsError, type Busy, type Functions, type Outcome } from "../parts.ts";
import { type FunctionSpec, Instance } from "./instance.ts";
import type { Logs } from "./logs.ts";
import type { Metrics } from "./metrics.ts";
import { Pool } from "./pool.ts";

export type { FunctionSpec } from "./instance.ts";

/** Lambda's limit on the event of a synchronous invocation (quotas page, 6 MB). */
const REQUEST_BYTES_MAX = 6_291_456;

/** The error type of an event above the limit; API Gateway answers it with 413. */
export const REQUEST_TOO_LARGE = "RequestEntityTooLargeException";

const UNTRUSTED = "The role defined for the function cannot be assumed by Lambda.";

/** More would only make a laptop's few cores take turns. */
const CONCURRENCY_MAX = 4;

export interface LambdasParts {
  /** One Float64: milliseconds to add to real time. */
  readonly clockOffset: SharedArrayBuffer;
  readonly logs: Logs;
  readonly metrics: Metrics;
  /** Environments of one function at once; a smaller reserved concurrency wins. */
  readonly concurrencyMax?: number;
}

export class Lambdas implements Functions, Busy {
  readonly #parts: LambdasParts;
  readonly #pools = new Map<string, Pool>();
  readonly #specs = new Map<string, FunctionSpec>();

  constructor(parts: LambdasParts) {
    this.#parts = parts;
  }

  define(spec: FunctionSpec): void {
    if (this.#pools.has(spec.name)) throw new Error(`Function ${spec.name} is defined twice`);
    const { clockOffset, logs, concurrencyMax = CONCURRENCY_MAX } = this.#parts;
    const pool = new Pool({
      spec,
      concurrencyMax: Math.min(concurrencyMax, spec.reserved ?? concurrencyMax),
      start: (current, onEnd) => new Instance(current, { clockOffset, logs, onEnd }),
    });
    this.#pools.set(spec.name, pool);
    this.#specs.set(spec.name, spec);
  }

  async invoke(functionName: string, event: unknown): Promise<Outcome> {
    const pool = this.#pools.get(functionName);
    const spec = this.#specs.get(functionName);
    if (pool === undefined || spec === undefined) {
      return refused("ResourceNotFoundException", `Function not found: ${functionName}`);
    }
    const payload = JSON.stringify(event ?? {});
    if (Buffer.byteLength(payload) > REQUEST_BYTES_MAX) {
      const limit = `Request must be smaller than ${REQUEST_BYTES_MAX} bytes`;
      return refused(REQUEST_TOO_LARGE, `${limit} for the InvokeFunction operation`);
    }
    if (spec.reserved !== undefined && pool.full) this.#measure(functionName, "Throttles", 1);
    if (spec.reserved === 0) return refused("TooManyRequestsException", "Rate Exceeded.");
    if (!mayRun(spec)) return refused("AccessDeniedException", UNTRUSTED);
    return await this.#run(pool, functionName, payload);
  }

  /** Ends warm environments, of all functions unless one is named: the next call starts cold. */
  async recycle(functionName?: string): Promise<void> {
    await Promise.all(this.#named(functionName).map((pool) => pool.recycle()));
  }

  /** Gives a function new code. What runs ends as it began; the next call runs the new code. */
  async deploy(functionName: string, codeDirectory: string): Promise<void> {
    await this.#known(functionName).recycle(codeDirectory);
  }

  /** The folder that a function's next cold start loads. */
  codeDirectory(functionName: string): string {
    return this.#known(functionName).codeDirectory;
  }

  /** Ends a function's environments in mid-flight, as a crash would. */
  async kill(functionName: string): Promise<void> {
    await Promise.all(this.#named(functionName).map((pool) => pool.kill()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#named().map((pool) => pool.stop()));
  }

  /** Invocations under way. */
  running(): number {
    return this.#named().reduce((sum, pool) => sum + pool.running, 0);
  }

  pending(): string[] {
    return [...this.#pools]
      .filter(([, { running, waiting }]) => running + waiting > 0)
      .map(([name, { running, waiting }]) => `${name}: ${running} running, ${waiting} waiting`);
  }

  async #run(pool: Pool, functionName: string, payload: string): Promise<Outcome> {
    const startedMs = performance.now();
    const outcome = await pool.run(payload);
    this.#measure(functionName, "Invocations", 1);
    this.#measure(functionName, "Errors", outcome.ok ? 0 : 1);
    this.#measure(functionName, "Duration", performance.now() - startedMs);
    return outcome;
  }

  #known(functionName: string): Pool {
    const [pool] = this.#named(functionName);
    if (pool === undefined) throw new Error(`There is no function ${functionName}`);
    return pool;
  }

  #named(functionName?: string): Pool[] {
    if (functionName === undefined) return [...this.#pools.values()];
    const pool = this.#pools.get(functionName);
    return pool === undefined ? [] : [pool];
  }

  #measure(functionName: string, name: string, value: number): void {
    const now = Date.now() + (new Float64Array(this.#parts.clockOffset)[0] ?? 0);
    this.#parts.metrics.add("AWS/Lambda", name, { FunctionName: functionName }, value, now);
  }
}

function mayRun({ assumeRole }: FunctionSpec): boolean {
  try {
    assumeRole?.();
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}

function refused(errorType: string, errorMessage: string): Outcome {
  return { ok: false, errorType, errorMessage };
}
