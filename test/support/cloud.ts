import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { build } from "../../infra/build.ts";
import { newApp, parley } from "../../infra/parley.ts";
import { routesFrom } from "../../infra/routes.ts";
import { stageNamed } from "../../infra/stage.ts";
import { openCloud } from "../../local/open.ts";

/** Where the stories find their cloud. */
export interface CloudPlace {
  readonly url: string;
  /** The AWS services of the laptop. */
  readonly gatewayUrl: string;
  /** The synthesised template that it runs. */
  readonly assembly: string;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly cloud: CloudPlace;
  }
}

const ROOT = join(import.meta.dirname, "../..");

/**
 * One laptop cloud for all stories: bundles and synthesises what is in the work tree into a folder
 * of its own, so that nothing stale is tested and nobody's `cdk.out` is pulled away, and runs it in
 * memory until the last story is told.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "parley-stories-"));
  const assembly = join(folder, "cdk.out");
  const assets = join(folder, "dist");
  await build(assets);
  const app = newApp(assembly);
  const routes = routesFrom(join(ROOT, "docs/openapi.json"));
  parley(app, { stage: stageNamed("local"), routes, assets });
  app.synth();
  const { cloud } = await openCloud({ assembly, directory: null, port: 0, empty: true });
  project.provide("cloud", { url: cloud.url, gatewayUrl: cloud.gatewayUrl, assembly });
  return async () => {
    await cloud.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
