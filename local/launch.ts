import { join } from "node:path";
import type { Cloud } from "./cloud.ts";
import { javaProblem } from "./dynamo/engine.ts";
import { flagsOf } from "./flags.ts";
import { openCloud } from "./open.ts";
import { StartProblem } from "./problem.ts";
import type { LogLine } from "./run/logs.ts";

export const ROOT = join(import.meta.dirname, "..");

/**
 * Runs the synthesised template, and answers when its front door is open. What keeps it from
 * starting is told, and ends the process.
 */
export async function launch(argv: readonly string[]): Promise<Cloud> {
  // Lambda runs in UTC, and the functions' threads have the time zone of their process.
  process.env.TZ = "UTC";
  const startedAt = performance.now();
  const cloud = await open(argv).catch((error: unknown) => {
    console.error(error instanceof StartProblem ? error.message : error);
    process.exit(1);
  });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`Parley runs on ${cloud.url} (ready in ${seconds} s)
  API        ${cloud.url}/v1      key pk_local_admin or pk_local_agent
  Reference  ${cloud.url}/docs
  AWS door   ${cloud.gatewayUrl}  (aws --endpoint-url, key local-root, secret local-root-secret)
Stop with Ctrl+C.`);
  return cloud;
}

async function open(argv: readonly string[]): Promise<Cloud> {
  const flags = flagsOf(argv, ROOT);
  const problem = await javaProblem();
  if (problem !== null) throw new StartProblem(problem);
  const assembly = join(ROOT, "cdk.out");
  const { cloud } = await openCloud({ assembly, ...flags, print: printWarning });
  return cloud;
}

function printWarning({ functionName, line }: LogLine): void {
  if (/"level":"(WARN|ERROR|CRITICAL)"/i.test(line)) console.log(`[${functionName}] ${line}`);
}

/** Ctrl+C, or whoever else asks the process to end. */
export function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
}
