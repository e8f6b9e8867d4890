import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type BuildContext, type BuildFailure, type BuildOptions, context } from "esbuild";
import type { Lambdas } from "./run/lambda.ts";

export interface ReloaderParts {
  readonly lambdas: Lambdas;
  /** How each function is bundled, by the name under which it is deployed. */
  readonly bundles: ReadonlyMap<string, BuildOptions & { readonly outdir: string }>;
  /** Where new code is put, a folder for each function and version. */
  readonly directory: string;
  readonly print: (line: string) => void;
}

interface Bundle {
  readonly name: string;
  readonly outdir: string;
  readonly context: BuildContext<{ write: false }>;
  /** Folders of this function's code, oldest first. */
  readonly versions: string[];
}

/** A function that is called while it is replaced may still load lazily from the version before. */
const VERSIONS_KEPT = 2;

/**
 * Gives running functions the code that their sources have become. The deployed folders stay as
 * they are: the CDK takes a staged asset for unchanged whenever its folder exists, and would run
 * today's experiments tomorrow. A source that does not build is printed, and the old code runs on.
 */
export class Reloader {
  readonly #parts: ReloaderParts;
  readonly #bundles: readonly Bundle[];
  #asked: boolean = false;
  #working: Promise<void> | null = null;
  #count = 0;

  static async open(parts: ReloaderParts): Promise<Reloader> {
    const opened = [...parts.bundles].map(async ([name, options]): Promise<Bundle> => {
      // What esbuild knows of each bundle is as large as the bundle, and nobody asks for it here.
      const quiet = { ...options, write: false, metafile: false, logLevel: "silent" } as const;
      return { name, outdir: options.outdir, context: await context(quiet), versions: [] };
    });
    return new Reloader(parts, await Promise.all(opened));
  }

  private constructor(parts: ReloaderParts, bundles: readonly Bundle[]) {
    this.#parts = parts;
    this.#bundles = bundles;
  }

  /** Builds what the sources are now; asked in the middle of it, builds once more. */
  refresh(): Promise<void> {
    this.#asked = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
    return this.#working;
  }

  async close(): Promise<void> {
    await this.#working;
    await Promise.all(this.#bundles.map(({ context }) => context.dispose()));
    const folders = this.#bundles.flatMap(({ versions }) => versions);
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }

  async #work(): Promise<void> {
    while (this.#asked) {
      this.#asked = false;
      const startedAt = performance.now();
      try {
        const changed = await Promise.all(this.#bundles.map((bundle) => this.#renew(bundle)));
        const names = this.#bundles.filter((_, at) => changed[at]).map(({ name }) => name);
        const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
        if (names.length > 0) this.#parts.print(`reloaded ${names.join(", ")} in ${seconds} s`);
      } catch (error) {
        if (!isBuildFailure(error)) throw error;
        const where = error.errors.map(({ location, text }) =>
          location === null ? text : `${location.file}:${location.line}: ${text}`,
        );
        this.#parts.print(`not reloaded, the old code runs on:\n  ${where.join("\n  ")}`);
      }
    }
  }

  /** The names of its chunks hold their hashes, so that `index.mjs` stands for the whole bundle. */
  async #renew({ name, outdir, context, versions }: Bundle): Promise<boolean> {
    const { lambdas, directory } = this.#parts;
    const { outputFiles } = await context.rebuild();
    const index = outputFiles.find(({ path }) => relative(outdir, path) === "index.mjs");
    const running = await readFile(join(lambdas.codeDirectory(name), "index.mjs"), "utf8");
    if (index === undefined || index.text === running) return false;
    this.#count += 1;
    const folder = join(directory, `${name}.${process.pid}.${this.#count}`);
    for (const { path, contents } of outputFiles) {
      const target = join(folder, relative(outdir, path));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, contents);
    }
    await lambdas.deploy(name, folder);
    versions.push(folder);
    const stale = versions.splice(0, versions.length - VERSIONS_KEPT);
    await Promise.all(stale.map((old) => rm(old, { recursive: true, force: true })));
    return true;
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && "warnings" in error;
}
