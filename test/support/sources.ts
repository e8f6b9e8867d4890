/**
 * The house as text: every file git knows or would add, and what a source file imports and defines.
 * TypeScript 7 has no stable parser for programs; the one that vitest brings reads TypeScript too.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { parseAst } from "vitest/node";

export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  /** A path from the root of the repository, a package, or a built-in with `node:`. */
  readonly target: string;
  readonly kind: "file" | "package" | "node";
  /** Whether it is written `import * as x from`. */
  readonly namespace: boolean;
}

export interface Callable {
  readonly line: number;
  readonly lines: number;
  /** A callback of `describe` is the outline of a test, not something to hold in mind at once. */
  readonly outline: boolean;
}

type Node = Readonly<Record<string, unknown>>;

/** Every file of the repository, also the ones that wait to be added. */
export function houseFiles(): Source[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    encoding: "utf8",
  });
  const paths = [...new Set(listed.split("\0"))].filter((path) => path !== "" && existsSync(path));
  return paths.map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

export function isCode({ path }: Source): boolean {
  return /\.(ts|tsx|mts|js|mjs)$/.test(path);
}

/** Everything the file names as a module: values, types, re-exports and dynamic imports. */
export function importsOf(source: Source): Import[] {
  return nodesOf(source).flatMap((node) => {
    const named = isNode(node.source) ? node.source.value : undefined;
    return typeof named === "string" ? [importOf(source, named, node)] : [];
  });
}

function importOf({ path }: Source, named: string, node: Node): Import {
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
  const namespace = specifiers.some(({ type }) => type === "ImportNamespaceSpecifier");
  if (named.startsWith(".")) {
    return { target: join(dirname(path), named), kind: "file", namespace };
  }
  return { target: named, kind: named.startsWith("node:") ? "node" : "package", namespace };
}

export function callablesOf(source: Source): Callable[] {
  const nodes = nodesOf(source);
  const outlines = new Set(nodes.filter(isDescribe).flatMap((node) => node.arguments));
  return nodes
    .filter(({ type, body }) => /Function/.test(String(type)) && isNode(body))
    .map((node) => {
      const line = lineAt(source.text, Number(node.start));
      const lines = lineAt(source.text, Number(node.end)) - line + 1;
      return { line, lines, outline: outlines.has(node) };
    });
}

/** `describe(...)`, `describe.each(...)(...)` and the like. */
function isDescribe(node: Node): boolean {
  const callee = node.callee;
  if (node.type !== "CallExpression" || !isNode(callee)) return false;
  if (callee.name === "describe") return true;
  return isDescribe({ type: "CallExpression", callee: callee.object ?? callee.callee });
}

function nodesOf({ path, text }: Source): Node[] {
  const nodes: Node[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (isNode(value)) nodes.push(value);
    for (const part of Object.values(value)) visit(part);
  };
  visit(parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }));
  return nodes;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
