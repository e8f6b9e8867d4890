import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { build as bundle, type Metafile } from "esbuild";
import { build, options } from "../infra/build.ts";
import { functions } from "../shared/grants.ts";
import type { FunctionName } from "../shared/topology.ts";

/** Bundles what is deployed, and the bare handlers with the same options, and weighs them. */

const ROOT = join(import.meta.dirname, "..");

export interface Bundle {
  readonly name: string;
  /** Absolute path of the module with the handler. */
  readonly entry: string;
  /** Code that a cold start loads: the entry and every chunk that it imports statically. */
  readonly coldBytes: number;
  /** Of that code, by package, heaviest first; `own` is ours. */
  readonly packages: readonly Share[];
}

export interface Deployed extends Bundle {
  readonly name: FunctionName;
  /** The whole folder that is uploaded: lazy chunks and source maps included. */
  readonly assetBytes: number;
}

export interface Share {
  readonly name: string;
  readonly bytes: number;
}

export interface Bundles {
  /** Holds one folder per function. */
  readonly assets: string;
  readonly deployed: readonly Deployed[];
  readonly bareWebhook: Bundle;
  readonly empty: Bundle;
}

export async function bundleInto(folder: string): Promise<Bundles> {
  const assets = join(folder, "dist");
  await build(assets);
  const names = Object.keys(functions) as FunctionName[];
  return {
    assets,
    deployed: await Promise.all(names.map((name) => deployedOf(name, assets))),
    bareWebhook: await bareOf("webhook", join(folder, "bare")),
    empty: await bareOf("empty", join(folder, "bare")),
  };
}

export function deployedNamed(bundles: Bundles, name: FunctionName): Deployed {
  const found = bundles.deployed.find((each) => each.name === name);
  if (found === undefined) throw new Error(`The function ${name} was not bundled.`);
  return found;
}

async function deployedOf(name: FunctionName, assets: string): Promise<Deployed> {
  const metafile = JSON.parse(await readFile(join(assets, "meta", `${name}.json`), "utf8"));
  return { ...weighed(metafile), name, assetBytes: await folderBytes(join(assets, name)) };
}

async function bareOf(name: "webhook" | "empty", folder: string): Promise<Bundle> {
  const { metafile } = await bundle({
    ...options("webhook"),
    entryPoints: { index: join(import.meta.dirname, "bare", `${name}.ts`) },
    outdir: join(folder, name),
  });
  return { ...weighed(metafile), name: `bare ${name}` };
}

function weighed({ outputs }: Metafile): Omit<Bundle, "name"> {
  const entry = Object.keys(outputs).find((path) => path.endsWith("/index.mjs"));
  if (entry === undefined) throw new Error("The bundle has no index.mjs.");
  const loaded = [...loadedWith(entry, outputs)].flatMap((path) => outputs[path] ?? []);
  const shares = new Map<string, number>();
  for (const [path, { bytesInOutput }] of loaded.flatMap(({ inputs }) => Object.entries(inputs))) {
    const name = packageOf(path);
    shares.set(name, (shares.get(name) ?? 0) + bytesInOutput);
  }
  return {
    entry: join(ROOT, entry),
    coldBytes: loaded.reduce((sum, { bytes }) => sum + bytes, 0),
    packages: [...shares]
      .map(([name, bytes]) => ({ name, bytes }))
      .sort((one, other) => other.bytes - one.bytes),
  };
}

/** The output at `path` and all that it imports before its first line runs. */
function loadedWith(
  path: string,
  outputs: Metafile["outputs"],
  found = new Set<string>(),
): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const { path: target, kind, external } of outputs[path]?.imports ?? []) {
    if (kind === "import-statement" && external !== true) loadedWith(target, outputs, found);
  }
  return found;
}

function packageOf(path: string): string {
  const [, name = "own"] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return name;
}

async function folderBytes(folder: string): Promise<number> {
  const paths = await readdir(folder, { recursive: true });
  const found = await Promise.all(paths.map((path) => stat(join(folder, path))));
  return found.filter((each) => each.isFile()).reduce((sum, { size }) => sum + size, 0);
}
