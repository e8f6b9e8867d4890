import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build as bundle, type Plugin } from "esbuild";
import { functions } from "../shared/grants.ts";
import type { FunctionName } from "../shared/topology.ts";
import { slim } from "./sourceMaps.ts";

/**
 * Bundles every function of the topology into a folder of its own, `dist/<name>`, which is deployed
 * and run on the laptop as it is. Nothing else is made here: `docs/openapi.json`, from which the
 * template takes its routes, is generated from the contract and committed.
 */

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");

/** ESM has no `require`, and CommonJS packages inside a bundle still call it. */
const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';" +
  "const require=__createRequire(import.meta.url);";

/**
 * The AWS SDK spells keys of its shapes as `[_h]`, which a bundler takes for a side effect: then
 * every shape of S3 is in every bundle with one call of S3. Their constants are put in their place.
 */
const unusedShapes: Plugin = {
  name: "unused-shapes",
  setup: ({ onLoad }) =>
    onLoad(
      { filter: /@aws-sdk.client-[\w-]+.dist-es.schemas.schemas_0\.js$/ },
      async ({ path }) => {
        const source = await readFile(path, "utf8");
        const found = source.matchAll(/^const (_\w+) = ("[^"\n]*");$/gm);
        const constants = new Map([...found].map(([, name, value]) => [name, value]));
        const contents = source.replace(/\[(_\w+)\]:/g, (key, name) => {
          const value = constants.get(name);
          return value === undefined ? key : `${value}:`;
        });
        return { contents };
      },
    ),
};

/** One call per function, so that the chunks of lazy imports stay inside the function's folder. */
export function options(name: FunctionName, outdir = DIST) {
  return {
    absWorkingDir: ROOT,
    entryPoints: { index: sourceOf(name) },
    outdir: join(outdir, name),
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    banner: { js: REQUIRE },
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    metafile: true,
    plugins: [unusedShapes],
  } satisfies BuildOptions;
}

/** Throws when a function of the topology has no source. What is in each bundle: `dist/meta`. */
export async function build(outdir = DIST): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(join(outdir, "meta"), { recursive: true });
  await Promise.all(Object.keys(functions).map((name) => one(name as FunctionName, outdir)));
}

async function one(name: FunctionName, outdir: string): Promise<void> {
  const source = sourceOf(name);
  await access(source).catch((cause: unknown) => {
    throw new Error(`The topology has a function "${name}", but ${source} does not exist.`, {
      cause,
    });
  });
  const { metafile } = await bundle(options(name, outdir));
  await writeFile(join(outdir, "meta", `${name}.json`), JSON.stringify(metafile));
  const maps = Object.keys(metafile.outputs).filter((path) => path.endsWith(".map"));
  await Promise.all(maps.map((path) => slimFile(join(ROOT, path))));
}

async function slimFile(path: string): Promise<void> {
  await writeFile(path, JSON.stringify(slim(JSON.parse(await readFile(path, "utf8")))));
}

function sourceOf(name: FunctionName): string {
  return join(ROOT, "functions", `${name}.ts`);
}

if (import.meta.main) await build();
