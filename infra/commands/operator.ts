import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { STAGE_NAMES, type Stage, stageNamed } from "../stage.ts";

/** What the commands of an operator share: how flags are read, and what a deployment is made of. */

export const ROOT = join(import.meta.dirname, "../..");

/** Every call to AWS ends: three tries of at most ten seconds. */
export const CALLS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000 },
} as const;

/** A stage that is in AWS. */
export function deployable(name: string | undefined): Stage {
  if (name === undefined || name === "local") {
    const names = STAGE_NAMES.filter((each) => each !== "local").join(" or ");
    throw new Error(`--stage is required: ${names}. The laptop is npm start.`);
  }
  return stageNamed(name);
}

/** The value of a flag; null when it was not given. */
export function matching(flag: string, value: string | undefined, pattern: RegExp): string | null {
  if (value === undefined) return null;
  if (!pattern.test(value)) throw new Error(`${flag} does not look right: "${value}".`);
  return value;
}

export const REGION_NAME = /^[a-z]{2,3}(-[a-z]+)+-\d$/;

/** Where a command works, and what it was told besides. */
export interface Flags<Name extends string> {
  readonly stage: Stage;
  readonly region: string | null;
  /** Checked by the pattern of its flag; null when it was not given. */
  readonly values: Readonly<Record<Name, string | null>>;
}

/**
 * Reads `--stage`, `--region` and the flags of one command; null when it asks for help.
 *
 * @param patterns what the value of each flag looks like
 * @throws with what to do, for a flag that nobody knows or a value that cannot be right
 */
export function flagsFrom<Name extends string>(
  argv: readonly string[],
  patterns: Readonly<Record<Name, RegExp>>,
): Flags<Name> | null {
  const names = Object.keys(patterns);
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...Object.fromEntries(names.map((name) => [name, text])),
      stage: text,
      region: text,
      help: { type: "boolean", default: false },
    },
  });
  const given: Readonly<Record<string, unknown>> = values;
  if (values.help) return null;
  const checked = Object.entries<RegExp>(patterns).map(([name, pattern]) => {
    const value = given[name];
    const flag = `--${name}`;
    return [name, matching(flag, typeof value === "string" ? value : undefined, pattern)] as const;
  });
  return {
    stage: deployable(values.stage),
    region: matching("--region", values.region, REGION_NAME),
    values: Object.fromEntries(checked) as Flags<Name>["values"],
  };
}

/** Where `npm run deploy` leaves what the stacks tell of themselves, relative to the root. */
export function outputsFile(stageName: string): string {
  return `cdk.out/outputs.${stageName}.json`;
}

const outputsSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** Outputs by name, of all stacks of the stage; none where it was not deployed from this folder. */
export async function outputsOf(stageName: string): Promise<Readonly<Record<string, string>>> {
  const path = join(ROOT, outputsFile(stageName));
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "{}";
    throw error;
  });
  const stacks = outputsSchema.parse(JSON.parse(text));
  return Object.fromEntries(Object.values(stacks).flatMap((stack) => Object.entries(stack)));
}

/**
 * The flag when it was given, else what the deployment told. Throws with what to do when neither
 * says it.
 */
export function told(
  outputs: Readonly<Record<string, string>>,
  output: string,
  { flag, value, stage }: { flag: string; value: string | null; stage: Stage },
): string {
  const found = value ?? outputs[output];
  if (found !== undefined) return found;
  throw new Error(
    `${outputsFile(stage.name)} does not name the ${output}: this folder has not deployed ` +
      `${stage.name}. Give it with ${flag}; it is the output ${output} of the data stack.`,
  );
}

/** Runs a command line to its end; null from `read` is a call for help. */
export async function commandLine<T>(
  help: string,
  read: (argv: readonly string[]) => T | null,
  run: (order: T) => Promise<void>,
): Promise<void> {
  try {
    const order = read(process.argv.slice(2));
    if (order === null) process.stdout.write(help);
    else await run(order);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
