import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";
import { ENV } from "../shared/topology.ts";
import type { Bundle } from "./bundles.ts";
import { median } from "./figures.ts";

const run = promisify(execFile);

/** Medians of this many fresh processes per bundle. */
const ROUNDS = 15;

const SCRIPT =
  "const before = process.cpuUsage(); await import(process.argv[1]);" +
  "const spent = process.cpuUsage(before); const all = process.cpuUsage();" +
  "process.stdout.write(JSON.stringify([spent.user + spent.system, all.user + all.system]));";

const spentSchema = z.tuple([z.number(), z.number()]);

/**
 * Processor time, not time on the clock: what else the machine does makes a cold start longer, but
 * hardly more work.
 */
export interface Start {
  readonly name: string;
  /** Loading the bundle, in microseconds. */
  readonly importUs: number;
  /** Starting Node.js and loading the bundle. */
  readonly processUs: number;
}

/** Loads each bundle in fresh processes, one after the other, so that all meet the same noise. */
export async function startsOf(bundles: readonly Bundle[]): Promise<Start[]> {
  const measured = bundles.map(({ name, entry }) => ({
    name,
    url: pathToFileURL(entry).href,
    spentUs: [] as [number, number][],
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { url, spentUs } of measured) {
      const flags = ["--input-type=module", "--eval", SCRIPT, url];
      const { stdout } = await run(process.execPath, flags, { env: environment() });
      spentUs.push(spentSchema.parse(JSON.parse(stdout)));
    }
  }
  return measured.map(({ name, spentUs }) => ({
    name,
    importUs: median(spentUs.map(([importUs]) => importUs)),
    processUs: median(spentUs.map(([, processUs]) => processUs)),
  }));
}

/** Whatever a function asks for while it loads; nobody is called. */
function environment(): Record<string, string> {
  const variables = Object.values(ENV).map((name) => [name, "1"]);
  const { PATH = "" } = process.env;
  return {
    ...Object.fromEntries(variables),
    [ENV.timers]: JSON.stringify({ group: "1", target: "1", deadLetters: "1" }),
    PATH,
    NODE_OPTIONS: "--enable-source-maps",
    AWS_REGION: "us-east-1",
  };
}
