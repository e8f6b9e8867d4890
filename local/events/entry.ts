import * as z from "zod";
import { parseJson } from "../json.ts";
import { ACCOUNT, AwsError, type AwsRequest, REGION } from "../parts.ts";
import { DEFAULT_BUS } from "./rule.ts";

/** PutEvents (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html). */

/** "The total entry size must be less than 1MB" (PutEvents, since January 2026). */
const TOTAL_MAX_BYTES = 1_048_576;

/** What an entry's time counts for, says "Calculating PutEvents event entry size". */
const TIME_BYTES = 14;

/** The last second of the year 9999. */
const TIME_MAX_S = 253_402_300_799;

const putEvents = z.strictObject({
  Entries: z
    .array(
      z.strictObject({
        Time: z.number().min(0).max(TIME_MAX_S).optional(),
        Source: z.string().default(""),
        Resources: z.array(z.string()).default([]),
        DetailType: z.string().default(""),
        Detail: z.string().default(""),
        EventBusName: z.string().min(1).default(DEFAULT_BUS),
      }),
    )
    .min(1)
    .max(10),
});

export type Entry = z.output<typeof putEvents>["Entries"][number];

/** An event as a target gets it. */
export interface BusEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339 in whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Throws for what fails the whole call; what is wrong with one entry is said by `toEvent`. */
export function readEntries(request: AwsRequest): Entry[] {
  if (request.operation !== "PutEvents") {
    throw new AwsError("NotImplemented", `EventBridge has no ${request.operation} here.`, 501);
  }
  const parsed = putEvents.safeParse(parseJson(request.body.toString()));
  if (!parsed.success) {
    const unknown = parsed.error.issues.find((issue) => issue.code === "unrecognized_keys");
    if (unknown) throw new AwsError("NotImplemented", unknown.message, 501);
    throw new AwsError("ValidationException", z.prettifyError(parsed.error));
  }
  const entries = parsed.data.Entries;
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= TOTAL_MAX_BYTES) {
    throw new AwsError(
      "ValidationException",
      "Total size of the entries in the request is over the limit.",
    );
  }
  return entries;
}

export function toEvent(entry: Entry, id: string, now: number): BusEvent | EntryError {
  for (const name of ["Source", "DetailType", "Detail"] as const) {
    if (entry[name] === "") {
      const why = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
      return { ErrorCode: "InvalidArgument", ErrorMessage: why };
    }
  }
  if (entry.Source.startsWith("aws.")) {
    const why = "Not authorized for the source.";
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: why };
  }
  const detail = z.record(z.string(), z.unknown()).safeParse(parseJson(entry.Detail));
  if (!detail.success)
    return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  const at = entry.Time === undefined ? now : entry.Time * 1_000;
  return {
    version: "0",
    id,
    "detail-type": entry.DetailType,
    source: entry.Source,
    account: ACCOUNT,
    time: new Date(at).toISOString().replace(/\.\d+Z$/, "Z"),
    region: REGION,
    resources: entry.Resources,
    detail: detail.data,
  };
}

function sizeOf(entry: Entry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...entry.Resources];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return bytes + (entry.Time === undefined ? 0 : TIME_BYTES);
}
