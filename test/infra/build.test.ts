import { existsSync, readdirSync, statSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { build as bundle, type Plugin } from "esbuild";
import { describe, expect, test } from "vitest";
import { options } from "../../infra/build.ts";
import { slim } from "../../infra/sourceMaps.ts";
import { functions } from "../../shared/grants.ts";
import type { FunctionName } from "../../shared/topology.ts";

const DIST = join(import.meta.dirname, "../../dist");
const ASSET_MAX_BYTES = 1_500_000;

/** Sources that are on no disk. */
function virtual(files: Readonly<Record<string, string>>): Plugin {
  return {
    name: "virtual",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^virtual:/ }, ({ path }) => ({ path, namespace: "virtual" }));
      onLoad({ filter: /.*/, namespace: "virtual" }, ({ path }) => ({ contents: files[path]! }));
    },
  };
}

describe("a bundle", () => {
  test("is one folder with index.mjs, lazy chunks beside it, maps without sources", async () => {
    const { outputFiles } = await bundle({
      ...options("api", "/out"),
      entryPoints: { index: "virtual:api" },
      plugins: [
        virtual({
          "virtual:api": 'export const handler = async () => (await import("virtual:lazy")).value;',
          "virtual:lazy": "export const value = 1;",
        }),
      ],
      write: false,
    });
    const files = outputFiles.map((each) => each.path.replace(/-[A-Z0-9]{8}/, ""));
    expect(new Set(files)).toEqual(
      new Set([
        "/out/api/chunks/virtual_lazy.mjs",
        "/out/api/chunks/virtual_lazy.mjs.map",
        "/out/api/index.mjs",
        "/out/api/index.mjs.map",
      ]),
    );
    const text = (suffix: string) => outputFiles.find((each) => each.path.endsWith(suffix))!.text;
    expect(text("index.mjs")).toContain("createRequire");
    expect(text("index.mjs")).toContain("//# sourceMappingURL=index.mjs.map");
    expect(text("index.mjs.map")).not.toContain("sourcesContent");
  });
});

describe("a slim source map", () => {
  const files: Record<string, string> = {
    "virtual:own": `import { theirs } from "virtual:node_modules/theirs";
export function ours(value) {
  if (value > 3) throw new Error(\`too much: \${theirs(value)}\`);
  return theirs(value);
}`,
    "virtual:node_modules/theirs": `const digits = [1, 2, 3];
export function theirs(value) {
  return digits.map((digit) => digit * value).join("-");
}`,
  };

  test("keeps each own position and, of package code, the file", async () => {
    const { outputFiles } = await bundle({
      ...options("api", "/out"),
      entryPoints: { index: "virtual:own" },
      plugins: [virtual(files)],
      write: false,
    });
    const map = JSON.parse(outputFiles.find((each) => each.path.endsWith("index.mjs.map"))!.text);
    const [full, slimmed] = [new SourceMap(map), new SourceMap({ ...map, ...slim(map) })];
    const code = outputFiles.find((each) => each.path.endsWith("index.mjs"))!.text.split("\n");
    let [own, packaged] = [0, 0];
    for (const [line, text] of code.entries()) {
      for (let column = 0; column < text.length; column += 1) {
        const [before, after] = [full.findEntry(line, column), slimmed.findEntry(line, column)];
        if (!("originalSource" in before) || before.originalSource === undefined) continue;
        if (before.originalSource.includes("node_modules/")) {
          expect(after).toMatchObject({ originalSource: before.originalSource });
          packaged += 1;
        } else {
          expect(after).toEqual(before);
          own += 1;
        }
      }
    }
    expect(own).toBeGreaterThan(20);
    expect(packaged).toBeGreaterThan(20);
    expect(slim(map).mappings.length).toBeLessThan(map.mappings.length);
  });
});

describe.skipIf(!existsSync(DIST))("what was built", () => {
  test.each(Object.keys(functions) as FunctionName[])(
    "%s is at most 1.5 MB as an asset",
    (name) => {
      const folder = join(DIST, name);
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      const sizes = files.map((each) => statSync(join(folder, each)));
      const bytes = sizes.filter((each) => each.isFile()).reduce((sum, each) => sum + each.size, 0);
      expect(files).toContain("index.mjs");
      expect(bytes).toBeLessThanOrEqual(ASSET_MAX_BYTES);
    },
  );
});
