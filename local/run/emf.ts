/**
 * The embedded metric format: CloudWatch reads metrics out of log lines of this shape and keeps the
 * line as a log (CloudWatch user guide, "Specification: Embedded metric format"). A line that does
 * not follow the specification is only a log line, there as here.
 */

import * as z from "zod";
import type { Metric } from "./metrics.ts";

const document = z.looseObject({
  _aws: z.looseObject({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.looseObject({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.looseObject({ Name: z.string() })),
      }),
    ),
  }),
});

const values = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

type Document = z.infer<typeof document>;
type Directive = Document["_aws"]["CloudWatchMetrics"][number];

export interface Measurement {
  readonly metric: Metric;
  readonly value: number;
  readonly at: number;
}

/** The measurements inside a log line; none when it is an ordinary line. */
export function measurementsIn(line: string): Measurement[] {
  if (!line.startsWith("{") || !line.includes('"CloudWatchMetrics"')) return [];
  const parsed = document.safeParse(parseJson(line));
  if (!parsed.success) return [];
  return parsed.data._aws.CloudWatchMetrics.flatMap((one) => measurementsOf(parsed.data, one));
}

function measurementsOf(data: Document, directive: Directive): Measurement[] {
  const at = data._aws.Timestamp;
  return directive.Metrics.flatMap(({ Name: name }) =>
    directive.Dimensions.flatMap((keys) => {
      const dimensions = Object.fromEntries(keys.map((key) => [key, String(data[key])]));
      const metric = { namespace: directive.Namespace, name, dimensions };
      return (values.safeParse(data[name]).data ?? []).map((value) => ({ metric, value, at }));
    }),
  );
}

/** Undefined when it is not JSON. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
