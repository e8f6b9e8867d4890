import { Metrics } from "@aws-lambda-powertools/metrics";

/** Metrics of the function this runs in, as EMF lines in its log. */
export const metrics = new Metrics();

type Level = "WARN" | "ERROR";

/**
 * One JSON line per event, in the shape of Lambda's own JSON logs, so that one query finds both.
 * What is logged are ids, codes and errors with their cause; never a token, a secret, a signature,
 * a message body or an address.
 */
export function log(
  level: Level,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  const line = { timestamp: new Date().toISOString(), level, message, ...fields };
  process.stdout.write(`${JSON.stringify(line, plain)}\n`);
}

/** Errors have no enumerable members of their own, and their cause is what one looks for. */
function plain(_name: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack: stack?.split("\n").map((line) => line.trim()), cause };
}
