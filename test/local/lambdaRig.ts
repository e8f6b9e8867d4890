import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsError, type Need } from "../../local/parts.ts";
import { type FunctionSpec, Lambdas } from "../../local/run/lambda.ts";
import { Logs } from "../../local/run/logs.ts";
import { Metrics, type Statistic, statisticOf } from "../../local/run/metrics.ts";

/** Functions made of a few lines each, on real worker threads, with all they report to. */
export class LambdaRig {
  readonly #directory = mkdtempSync(join(tmpdir(), "lambda-"));
  readonly offset = new Float64Array(new SharedArrayBuffer(8));
  readonly metrics = new Metrics();
  /** Actions that the role of every function lacks. */
  readonly denied = new Set<string>();
  /** What was asked of the role. */
  readonly needs: Need[] = [];
  readonly logs = new Logs({
    clock: { now: () => Date.now() + this.offset[0]! },
    metrics: this.metrics,
    authorize: (_, needs) => this.#authorize(needs),
    print: () => undefined,
  });
  readonly lambdas = new Lambdas({
    clockOffset: this.offset.buffer,
    logs: this.logs,
    metrics: this.metrics,
  });

  /** Writes `index.mjs` and defines the function `api` on it. */
  define(source: string, more: Partial<FunctionSpec> = {}): void {
    const codeDirectory = join(this.#directory, "api");
    mkdirSync(codeDirectory);
    writeFileSync(join(codeDirectory, "index.mjs"), source);
    this.lambdas.define({
      name: "api",
      arn: "arn:aws:lambda:us-east-1:000000000000:function:api",
      codeDirectory,
      handler: "index.handler",
      environment: { AWS_LAMBDA_FUNCTION_NAME: "api", AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128" },
      timeoutMs: 10_000,
      memoryMb: 128,
      ...more,
    });
  }

  /** What the function answers; throws when it fails. */
  async payloadOf(event: unknown): Promise<unknown> {
    const outcome = await this.lambdas.invoke("api", event);
    if (!outcome.ok) throw new Error(`${outcome.errorType}: ${outcome.errorMessage}`);
    return outcome.payload;
  }

  /** One of AWS/Lambda's metrics of the function, over all time. */
  measured(name: string, statistic: Statistic): number {
    const metric = { namespace: "AWS/Lambda", name, dimensions: { FunctionName: "api" } };
    return this.metrics
      .points(metric, 60_000, 0)
      .reduce((sum, point) => sum + statisticOf(point, statistic), 0);
  }

  async close(): Promise<void> {
    await this.lambdas.stop();
    rmSync(this.#directory, { recursive: true });
  }

  #authorize(needs: readonly Need[]): void {
    this.needs.push(...needs);
    if (needs.some(({ action }) => this.denied.has(action))) {
      throw new AwsError("AccessDeniedException", "not authorized");
    }
  }
}
