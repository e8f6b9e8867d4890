import { AwsError, type AwsReply } from "../parts.ts";
import type { Call } from "./call.ts";
import { isWanted } from "./conditions.ts";
import type { StoredObject } from "./objects.ts";

/** First and last byte, both included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/** Answers GetObject and HeadObject; `body` is asked for only when bytes are wanted. */
export function read(
  call: Call,
  query: URLSearchParams,
  object: StoredObject,
  body: () => Buffer,
): AwsReply {
  const headers = { etag: object.etag, "last-modified": httpDate(object.modifiedAt) };
  if (!isWanted(call.headers, object)) return { status: 304, headers };
  const range = rangeOf(call.headers.get("range"), object.sizeBytes);
  const { first, last } = range ?? { first: 0, last: object.sizeBytes - 1 };
  const reply = {
    status: range === null ? 200 : 206,
    headers: {
      ...headers,
      ...object.headers,
      ...overrides(query),
      // The checksum is of the whole object, so a part comes without it.
      ...(range === null ? checksums(call, object) : {}),
      ...(range === null ? {} : { "content-range": `bytes ${first}-${last}/${object.sizeBytes}` }),
      "accept-ranges": "bytes",
      "content-length": String(last - first + 1),
    },
  };
  return call.operation === "HeadObject"
    ? reply
    : { ...reply, body: body().subarray(first, last + 1) };
}

/** As HTTP writes times. */
export function httpDate(time: number): string {
  return new Date(time).toUTCString();
}

/**
 * Null when the whole object is wanted: "Amazon S3 doesn't support retrieving multiple ranges of
 * data per GET request" (GetObject), and a range that cannot be read is ignored (RFC 9110 section
 * 14.2).
 */
function rangeOf(header: string | undefined, sizeBytes: number): Range | null {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return null;
  const last = from === "" || to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  const first = from === "" ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  if (from !== "" && to !== "" && Number(to) < first) return null;
  if (first <= last) return { first, last };
  throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416, {
    RangeRequested: header,
    ActualObjectSize: sizeBytes,
  });
}

/**
 * "You can override values of a response header" (GetObject): `response-content-type` and so on.
 */
function overrides(query: URLSearchParams): Record<string, string> {
  const prefix = "response-";
  const pairs = [...query].filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(pairs.map(([name, value]) => [name.slice(prefix.length), value]));
}

function checksums(call: Call, object: StoredObject): Readonly<Record<string, string>> {
  const isAsked = call.headers.get("x-amz-checksum-mode") === "ENABLED";
  if (!isAsked || Object.keys(object.checksums).length === 0) return {};
  return { ...object.checksums, "x-amz-checksum-type": "FULL_OBJECT" };
}
