import { join, sep } from "node:path";
import { options } from "../infra/build.ts";
import { named } from "../infra/names.ts";
import { stageNamed } from "../infra/stage.ts";
import { functions } from "../shared/grants.ts";
import type { FunctionName } from "../shared/topology.ts";
import { launch, ROOT, stopOnSignals } from "./launch.ts";
import { Reloader } from "./reload.ts";
import { watchFolders } from "./watch.ts";

/**
 * `npm run dev`: as `npm start`, and what is saved in `functions/` or `shared/` is live at the next
 * request. What the template is made of is read at the start only.
 */

/** What the template is made of, beside the bundles. */
const TEMPLATE = [`infra${sep}`, join("shared", "topology.ts"), join("docs", "openapi.json")];

const cloud = await launch(process.argv.slice(2));
const stage = stageNamed("local");
const names = Object.keys(functions) as FunctionName[];
const reloader = await Reloader.open({
  lambdas: cloud.lambdas,
  bundles: new Map(names.map((name) => [named(stage, name), options(name)])),
  // Beside the deployed folders, so that source maps lead to the sources from here too.
  directory: join(ROOT, "cdk.out"),
  print: (line) => console.log(line),
});
const stopWatching = watchFolders(ROOT, ["functions", "shared", "infra", "docs"], (paths) => {
  const ofTemplate = paths.filter((path) => TEMPLATE.some((start) => path.startsWith(start)));
  if (ofTemplate.length > 0) console.log(`the template changed (${ofTemplate}): restart`);
  reloader.refresh().catch((error: unknown) => console.error("The reload failed:", error));
});
stopOnSignals(async () => {
  stopWatching();
  await reloader.close();
  await cloud.stop();
});
await reloader.refresh();
console.log("Watching functions/ and shared/.");
