import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { newApp, parley } from "../../infra/parley.ts";
import { routesFrom } from "../../infra/routes.ts";
import { type StageName, stageNamed } from "../../infra/stage.ts";
import { functions } from "../../shared/grants.ts";

/** A resource as the template has it. */
export interface Declared {
  readonly id: string;
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are open JSON; tests look deep into them.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
}

export interface Synthesised {
  readonly folder: string;
  readonly templates: Readonly<Record<"data" | "core" | "api", Record<string, unknown>>>;
  of(type: string): Declared[];
  the(type: string, idStartsWith: string): Declared;
}

/** Routes for tests of everything but the routes themselves. */
export const OPENAPI = {
  openapi: "3.1.0",
  paths: {
    "/v1/contacts": { parameters: [], get: {}, post: {} },
    "/v1/contacts/{id}": { get: {}, patch: {}, delete: {} },
    "/webhooks/whatsapp/{channelKey}": {
      get: { "x-function": "webhook" },
      post: { "x-function": "webhook" },
    },
  },
};

/** Synthesises a stage with tiny functions into a folder of its own. */
export function synthesise(name: StageName): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), "parley-infra-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const stage = stageNamed(name, "alarms@example.com");
  const app = newApp(join(folder, "cdk.out"));
  const openapi = join(folder, "openapi.json");
  writeFileSync(openapi, JSON.stringify(OPENAPI));
  parley(app, { stage, routes: routesFrom(openapi), assets: tinyAssets(folder) });
  app.synth();
  const read = (stack: string) =>
    JSON.parse(readFileSync(join(folder, `cdk.out/parley-${name}-${stack}.template.json`), "utf8"));
  const templates = { data: read("data"), core: read("core"), api: read("api") };
  const resources: Declared[] = Object.values(templates).flatMap((template) =>
    Object.entries(template.Resources as Record<string, Declared>).map(([id, each]) => ({
      ...each,
      id,
    })),
  );
  const of = (type: string) => resources.filter((each) => each.Type === type);
  return {
    folder,
    templates,
    of,
    the: (type, start) => {
      const found = of(type).filter((each) => each.id.startsWith(start));
      if (found.length !== 1) throw new Error(`${found.length} of ${type} start with ${start}.`);
      return found[0]!;
    },
  };
}

function tinyAssets(folder: string): string {
  for (const name of Object.keys(functions)) {
    mkdirSync(join(folder, "dist", name), { recursive: true });
    writeFileSync(join(folder, "dist", name, "index.mjs"), `export const handler = "${name}";\n`);
  }
  return join(folder, "dist");
}
