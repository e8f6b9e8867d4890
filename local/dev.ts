import { watch } from "node:fs";
import { join, sep } from "node:path";
import { options } from "../infra/build.ts";
import { named } from "../infra/names.ts";
import { stageNamed } from "../infra/stage.ts";
import { type FunctionName, functions } from "../shared/topology.ts";
import { launch, ROOT, stopOnSignals } from "./launch.ts";
import { Reloader } from "./reload.ts";

/**
 * `npm run dev`: as `npm start`, and what is saved in `functions/` or `shared/` is live at the next
 * request. What the template is made of is read at the start only.
 */

/** Editors write a file in several steps, and often several files at once. */
const SAVING_MS = 30;

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
stopOnSignals(async () => {
  await reloader.close();
  await cloud.stop();
});

const saved = new Set<string>();
let saving: NodeJS.Timeout | undefined;
for (const folder of ["functions", "shared", "infra", "docs"]) {
  watch(join(ROOT, folder), { recursive: true }, (_, file) => {
    saved.add(join(folder, file ?? ""));
    clearTimeout(saving);
    saving = setTimeout(renew, SAVING_MS);
  });
}
await reloader.refresh();
console.log("Watching functions/ and shared/.");

function renew(): void {
  const ofTemplate = [...saved].filter((path) => TEMPLATE.some((start) => path.startsWith(start)));
  saved.clear();
  if (ofTemplate.length > 0) console.log(`the template changed (${ofTemplate}): restart`);
  reloader.refresh().catch((error: unknown) => console.error("The reload failed:", error));
}
