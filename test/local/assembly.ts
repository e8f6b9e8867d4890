/**
 * Small assemblies as CDK writes them, for the tests of whatever reads a template.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { loadTemplate, type Template } from "../../local/template/load.ts";

export type Json = Record<string, unknown>;

interface Written {
  readonly after?: readonly string[];
  readonly template: Json;
}

const ADDRESSES = { gateway: "http://127.0.0.1:7001", web: "http://127.0.0.1:7000" };

/** One asset manifest for all stacks; the folder is gone when the test is over. */
export function assembly(stacks: Record<string, Written>): string {
  const directory = mkdtempSync(join(tmpdir(), "parley-template-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const write = (file: string, content: Json) =>
    writeFileSync(join(directory, file), JSON.stringify(content));
  const artifacts: Json = {
    Tree: { type: "cdk:tree", properties: { file: "tree.json" } },
    assets: { type: "cdk:asset-manifest", properties: { file: "all.assets.json" } },
  };
  for (const [name, { after = [], template }] of Object.entries(stacks)) {
    write(`${name}.template.json`, template);
    artifacts[name] = {
      type: "aws:cloudformation:stack",
      dependencies: ["assets", ...after],
      properties: { templateFile: `${name}.template.json` },
    };
  }
  const here = { objectKey: "abc.zip", bucketName: "assets" };
  const file = { source: { path: "asset.abc", packaging: "zip" }, destinations: { here } };
  write("all.assets.json", { files: { abc: file } });
  write("manifest.json", { version: "55.0.0", artifacts });
  return directory;
}

/** One stack called `app`. */
export function one(template: Json): Template {
  return loadTemplate(assembly({ app: { template } }), ADDRESSES);
}
