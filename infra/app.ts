import { join } from "node:path";
import { parseArgs } from "node:util";
import { newApp, parley } from "./parley.ts";
import { routesFrom } from "./routes.ts";
import { stageNamed } from "./stage.ts";

/**
 * `node infra/app.ts [-c stage=local|dev|prod] [-c alarmEmail=...]` writes the cloud assembly into
 * cdk.out (or CDK_OUTDIR) without the CDK command line and without a network.
 */

const ROOT = join(import.meta.dirname, "..");

const { values } = parseArgs({
  options: { context: { type: "string", short: "c", multiple: true, default: [] } },
});
const app = newApp(process.env.CDK_OUTDIR ?? join(ROOT, "cdk.out"), contextFrom(values.context));
const stageName = app.node.tryGetContext("stage") ?? process.env.STAGE ?? "local";

parley(app, {
  stage: stageNamed(stageName, app.node.tryGetContext("alarmEmail")),
  routes: routesFrom(join(ROOT, "docs/openapi.json")),
  assets: join(ROOT, "dist"),
});
app.synth();

function contextFrom(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Error(`-c takes name=value, not "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
