import { join } from "node:path";
import { parseArgs } from "node:util";
import { javaProblem } from "./dynamo/engine.ts";
import { openCloud } from "./open.ts";

/**
 * `npm start`: runs the synthesised template on this machine.
 *
 *   --port 4000   where the front door is
 *   --memory      keep nothing on disk
 *   --data DIR    keep everything there (default .parley)
 *   --empty       no seeded customers
 */
const ROOT = join(import.meta.dirname, "..");
const PORT_DEFAULT = "4000";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: PORT_DEFAULT },
    memory: { type: "boolean", default: false },
    data: { type: "string", default: join(ROOT, ".parley") },
    empty: { type: "boolean", default: false },
  },
});

const problem = await javaProblem();
if (problem !== null) {
  console.error(problem);
  process.exit(1);
}
const startedAt = performance.now();
const { cloud } = await openCloud({
  assembly: join(ROOT, "cdk.out"),
  directory: values.memory ? null : values.data,
  port: Number(values.port),
  empty: values.empty,
  print: ({ functionName, line }) => {
    if (/"level":"(WARN|ERROR|CRITICAL)"/i.test(line)) console.log(`[${functionName}] ${line}`);
  },
});

const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
console.log(`Parley runs on ${cloud.url} (ready in ${seconds} s)
  API        ${cloud.url}/v1      key pk_local_admin or pk_local_agent
  Reference  ${cloud.url}/docs
  AWS door   ${cloud.gatewayUrl}  (aws --endpoint-url, key local-root, secret local-root-secret)
Stop with Ctrl+C.`);

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    cloud.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
