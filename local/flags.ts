import { join } from "node:path";
import { parseArgs } from "node:util";
import { StartProblem } from "./problem.ts";

/** What `npm start -- ...` takes. */
export interface Flags {
  readonly port: number;
  /** Where everything is kept; null: in memory. */
  readonly directory: string | null;
  readonly empty: boolean;
}

const USAGE = `npm start -- takes
  --port 4000   where the front door is; 0 takes a free one
  --memory      keep nothing on disk
  --data DIR    keep everything there (default .parley)
  --empty       no seeded customers`;

const PORT_MAX = 65_535;

/** @throws StartProblem for a flag that nobody knows or that says nothing */
export function flagsOf(args: readonly string[], root: string): Flags {
  const { port, memory, data, empty } = valuesOf(args, root);
  if (!/^\d{1,5}$/.test(port) || Number(port) > PORT_MAX) {
    throw new StartProblem(`--port takes a number from 0 to ${PORT_MAX}, not "${port}".\n${USAGE}`);
  }
  return { port: Number(port), directory: memory ? null : data, empty };
}

function valuesOf(args: readonly string[], root: string) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "4000" },
        memory: { type: "boolean", default: false },
        data: { type: "string", default: join(root, ".parley") },
        empty: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartProblem(`${reason}\n${USAGE}`, { cause });
  }
}
