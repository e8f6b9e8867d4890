/**
 * Reads a CDK assembly (`cdk.out`): its stacks in the order in which they deploy, their resources
 * with lazily resolved properties, and the folders of their assets. The assembly format is that of
 * `aws-cdk-lib/cloud-assembly-schema`; only what the laptop cloud needs of it is parsed.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { Resource } from "../parts.ts";
import type { Addresses } from "./kinds.ts";
import { Resolver, referencesIn, type Stack } from "./resolve.ts";

/** The ports of `npm start`. */
const DEFAULT_ADDRESSES: Addresses = {
  gateway: "http://127.0.0.1:4001",
  web: "http://127.0.0.1:4000",
};

const artifactSchema = z.object({
  type: z.string(),
  dependencies: z.array(z.string()).default([]),
  properties: z
    .object({
      templateFile: z.string().optional(),
      stackName: z.string().optional(),
      file: z.string().optional(),
    })
    .default({}),
});
const manifestSchema = z.object({ artifacts: z.record(z.string(), artifactSchema) });

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
  DependsOn: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
});
const outputSchema = z.object({
  Value: z.unknown(),
  Export: z.object({ Name: z.unknown() }).optional(),
  Condition: z.string().optional(),
});
const parameterSchema = z.object({
  Type: z.string(),
  Default: z.union([z.string(), z.number().transform(String)]).optional(),
});
const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), outputSchema).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Parameters: z.record(z.string(), parameterSchema).default({}),
});

/** The synthesised application as one: several stacks, one set of resources. */
export class Template {
  /** Names, dependencies first. */
  readonly stacks: readonly string[];
  readonly #stacks: ReadonlyMap<string, Stack>;
  readonly #resolver: Resolver;
  readonly #resources: readonly Resource[];
  /** Folder of each asset by the S3 key that the template gives it. */
  readonly #assets: ReadonlyMap<string, string>;

  constructor(stacks: readonly Stack[], assets: Map<string, string>, addresses: Addresses) {
    const resolver = new Resolver(stacks, addresses);
    this.stacks = stacks.map((stack) => stack.name);
    this.#stacks = new Map(stacks.map((stack) => [stack.name, stack]));
    this.#resolver = resolver;
    this.#assets = assets;
    this.#resources = stacks.flatMap((stack) =>
      Object.entries(stack.resources).map(([logicalId, { type }]) => ({
        stack: stack.name,
        logicalId,
        type,
        get properties() {
          return resolver.properties(stack, logicalId);
        },
      })),
    );
  }

  /** All resources, or those of one type such as `AWS::SQS::Queue`; dependencies first. */
  resources(type?: string): readonly Resource[] {
    if (type === undefined) return this.#resources;
    return this.#resources.filter((resource) => resource.type === type);
  }

  /** What `Ref` gives: the name of a table, the URL of a queue, the ARN of a topic. */
  ref(resource: Resource): string {
    const value = this.#resolver.reference(this.#placeOf(resource), resource.logicalId);
    if (value === undefined) throw new Error(`${resource.logicalId} has no Ref`);
    return value;
  }

  /** What `Fn::GetAtt` gives, for example `Arn`. */
  attribute(resource: Resource, name: string): string {
    return this.#resolver.attribute(this.#placeOf(resource), resource.logicalId, name);
  }

  /** An output by its name, of whichever stack has it. */
  output(name: string): string {
    const owners = [...this.#stacks.values()].filter((stack) => Object.hasOwn(stack.outputs, name));
    const [owner] = owners;
    if (owner === undefined || owners.length > 1) {
      throw new Error(`output ${name}: ${owners.length} stacks have it, one should`);
    }
    return this.#resolver.output(owner, name);
  }

  /** The folder that the deployment would zip and upload under this key. */
  asset(s3Key: string): string {
    const folder = this.#assets.get(s3Key);
    if (folder === undefined) throw new Error(`asset ${s3Key}: not in any asset manifest`);
    return folder;
  }

  #placeOf(resource: Resource) {
    const stack = this.#stacks.get(resource.stack);
    if (stack === undefined) throw new Error(`${resource.stack}: no such stack`);
    return { stack, path: resource.logicalId };
  }
}

/** Reads `<directory>/manifest.json` and all it names; throws when something is not understood. */
export function loadTemplate(directory: string, addresses = DEFAULT_ADDRESSES): Template {
  const { artifacts } = readJson(manifestSchema, directory, "manifest.json");
  const dependenciesOf = (id: string) => artifacts[id]?.dependencies ?? [];
  const stacks: Stack[] = [];
  const assets = new Map<string, string>();
  for (const id of inOrder("stacks", Object.keys(artifacts), dependenciesOf)) {
    const { type, properties } = artifacts[id] ?? {};
    if (type === "aws:cloudformation:stack" && properties?.templateFile !== undefined) {
      stacks.push(readStack(properties.stackName ?? id, directory, properties.templateFile));
    }
    if (type === "cdk:asset-manifest" && properties?.file !== undefined) {
      for (const [key, path] of readAssets(directory, properties.file)) assets.set(key, path);
    }
  }
  if (stacks.length === 0) throw new Error(`${directory}/manifest.json: no stack`);
  return new Template(stacks, assets, addresses);
}

function readStack(name: string, directory: string, file: string): Stack {
  const parsed = readJson(templateSchema, directory, file);
  const declared: Stack = {
    name,
    resources: {},
    outputs: {},
    conditions: parsed.Conditions,
    parameters: mapValues(parsed.Parameters, (it) => ({ type: it.Type, default: it.Default })),
  };
  // A condition sees parameters and pseudo parameters only, so no address can matter to it.
  const conditions = new Resolver([declared], DEFAULT_ADDRESSES);
  const stays = ([id, it]: [string, { Condition?: string | undefined }]) =>
    it.Condition === undefined || conditions.condition({ stack: declared, path: id }, it.Condition);
  const kept = Object.fromEntries(Object.entries(parsed.Resources).filter(stays));
  const order = inOrder(`${name}: resources`, Object.keys(kept), (id) =>
    [...referencesIn(kept[id]?.Properties), ...(kept[id]?.DependsOn ?? [])].filter((other) =>
      Object.hasOwn(kept, other),
    ),
  );
  const resources = order.flatMap((id) => {
    const it = kept[id];
    return it === undefined ? [] : [[id, { type: it.Type, properties: it.Properties }] as const];
  });
  const outputs = Object.fromEntries(Object.entries(parsed.Outputs).filter(stays));
  return {
    ...declared,
    resources: Object.fromEntries(resources),
    outputs: mapValues(outputs, (it) => ({ value: it.Value, exportName: it.Export?.Name })),
  };
}

function readAssets(directory: string, file: string): [string, string][] {
  const { files } = readJson(assetsSchema, directory, file);
  return Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ objectKey }): [string, string] => [
      objectKey,
      join(directory, source.path),
    ]),
  );
}

function readJson<S extends z.ZodType>(schema: S, directory: string, file: string): z.output<S> {
  const path = join(directory, file);
  const result = schema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!result.success) throw new Error(`${path}: ${z.prettifyError(result.error)}`);
  return result.data;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/**
 * Dependencies first. A circle is an error that spells it: CDK synthesises a circle of resources
 * without a word, and only the deployment refuses it.
 */
function inOrder(
  what: string,
  names: readonly string[],
  dependenciesOf: (name: string) => readonly string[],
): string[] {
  const ordered = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (ordered.has(name)) return;
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name];
      throw new Error(`${what} depend on each other: ${circle.join(" -> ")}`);
    }
    for (const dependency of dependenciesOf(name)) visit(dependency, [...path, name]);
    ordered.add(name);
  };
  for (const name of names) visit(name, []);
  return [...ordered];
}
