/**
 * CloudWatch Logs for the functions. Lambda writes a function's output with that function's role: a
 * role without the permission runs on and leaves no line, which is how one finds out too late, so
 * it is so here too. Every execution environment has a log stream of its own.
 */

import type { Clock, Need } from "../parts.ts";
import { ACCOUNT, AwsError, REGION } from "../parts.ts";
import { measurementsIn } from "./emf.ts";
import type { Metrics } from "./metrics.ts";

const LINES_MAX = 2_000;

export interface LogLine {
  /** Milliseconds since the epoch, on the cloud's clock. */
  readonly at: number;
  readonly functionName: string;
  readonly line: string;
}

/** Writes one line; never throws for want of permission. */
export type WriteLine = (line: string) => void;

export interface LogsParts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Throws AwsError when the function's role does not allow it. */
  readonly authorize: (functionName: string, needs: readonly Need[]) => void;
  /** Sees every line that was written, for example to print it. */
  readonly print: (line: LogLine) => void;
}

export class Logs {
  readonly #parts: LogsParts;
  readonly #lines: LogLine[] = [];

  constructor(parts: LogsParts) {
    this.#parts = parts;
  }

  /** A new log stream; it is created, and that allowed or refused, with its first line. */
  open(logGroup: string, functionName: string, stream: string): WriteLine {
    const resource = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${logGroup}:log-stream:${stream}`;
    let created = false;
    return (line) => {
      created ||= this.#allowed(functionName, { action: "logs:CreateLogStream", resource });
      if (!created) return;
      if (!this.#allowed(functionName, { action: "logs:PutLogEvents", resource })) return;
      this.#write({ at: this.#parts.clock.now(), functionName, line });
    };
  }

  /** The newest lines, oldest first. */
  tail(functionName?: string, limit = LINES_MAX): LogLine[] {
    return this.#lines
      .filter((line) => functionName === undefined || line.functionName === functionName)
      .slice(-limit);
  }

  #write(line: LogLine): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
    for (const { metric, value, at } of measurementsIn(line.line)) {
      this.#parts.metrics.add(metric.namespace, metric.name, metric.dimensions, value, at);
    }
    this.#parts.print(line);
  }

  #allowed(functionName: string, need: Need): boolean {
    try {
      this.#parts.authorize(functionName, [need]);
      return true;
    } catch (error) {
      if (error instanceof AwsError) return false;
      throw error;
    }
  }
}
