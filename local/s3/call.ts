/** What a request asks of S3, by closed lists: what is on no list is refused, never ignored. */
import type { Incoming } from "../aws/sigv4.ts";
import { uriDecode } from "../aws/uri.ts";
import { AwsError } from "../parts.ts";
import { formOf, isForm } from "./form.ts";
import { notImitated } from "./refusal.ts";

export type Operation =
  | "GetObject"
  | "HeadObject"
  | "PutObject"
  | "CopyObject"
  | "PostObject"
  | "DeleteObject"
  | "DeleteObjects"
  | "ListObjectsV2"
  | "Preflight";

export interface Call {
  readonly operation: Operation;
  readonly bucket: string;
  /** Empty for an operation on the bucket. */
  readonly key: string;
  /** Lower-case, with those that a presigned URL carries in its query. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface Place {
  readonly bucket: string;
  readonly key: string;
}

const READ_OVERRIDES = [
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
];
const QUERIES: Readonly<Record<Operation, readonly string[]>> = {
  GetObject: READ_OVERRIDES,
  HeadObject: READ_OVERRIDES,
  PutObject: [],
  CopyObject: [],
  PostObject: [],
  DeleteObject: [],
  DeleteObjects: ["delete"],
  ListObjectsV2: [
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "continuation-token",
    "start-after",
    "encoding-type",
  ],
  Preflight: READ_OVERRIDES,
};

const SIGNING = [
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-signature",
  "x-amz-signedheaders",
  "x-amz-security-token",
  "x-amz-content-sha256",
];
const KNOWN_HEADERS = new Set([
  ...SIGNING,
  "x-amz-user-agent",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-decoded-content-length",
  "x-amz-trailer",
  "x-amz-copy-source",
  "x-amz-metadata-directive",
]);
const KNOWN_FIELDS = new Set([...SIGNING, "key", "bucket", "policy", "success_action_status"]);
const KNOWN_PREFIXES = ["x-amz-meta-", "x-amz-checksum-"];

/** Headers that describe the object and come back with it. */
export const CONTENT_HEADERS: readonly string[] = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
];

export function callOf(request: Incoming): Call {
  const place = placeOf(request.path);
  const operation = operationOf(request, place.key);
  const headers = headersOf(request);
  refuseVirtualHost(headers.get("host") ?? "");
  if (operation === "Preflight") return { operation, ...place, headers };
  for (const name of request.query.keys()) {
    const isKnown = name === "x-id" || /^x-amz-/i.test(name) || QUERIES[operation].includes(name);
    if (!isKnown) throw notImitated(`${operation} with ?${name}`);
  }
  for (const name of headers.keys()) {
    if (name.startsWith("x-amz-") && !isKnownName(name, KNOWN_HEADERS)) throw notImitated(name);
  }
  if (operation !== "PostObject") return { operation, ...place, headers };
  const { fields } = formOf(request);
  refuseUnknownFields(fields);
  return { operation, bucket: place.bucket, key: fields.get("key") ?? "", headers: fields };
}

/** `/bucket/key` of a path, or of x-amz-copy-source, which may leave the first slash out. */
export function placeOf(path: string): Place {
  const [, bucket = "", key = ""] = /^\/?([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket: uriDecode(bucket), key: uriDecode(key) };
}

/** Where a CopyObject takes its bytes from. */
export function sourceOf(call: Call): Place {
  const source = call.headers.get("x-amz-copy-source") ?? "";
  if (source.includes("?")) throw notImitated("A copy of a version");
  const place = placeOf(source);
  if (place.key !== "") return place;
  throw new AwsError("InvalidArgument", "Copy Source must mention the source bucket and key");
}

function operationOf(request: Incoming, key: string): Operation {
  const { method, query } = request;
  if (method === "OPTIONS") return "Preflight";
  if (key === "") {
    if (method === "GET" && query.get("list-type") === "2") return "ListObjectsV2";
    if (method === "POST" && query.has("delete")) return "DeleteObjects";
    if (isForm(request)) return "PostObject";
    throw notImitated(`${method} on a bucket`);
  }
  if (method === "GET") return "GetObject";
  if (method === "HEAD") return "HeadObject";
  if (method === "DELETE") return "DeleteObject";
  if (method !== "PUT") throw notImitated(`${method} on an object`);
  return "x-amz-copy-source" in request.headers ? "CopyObject" : "PutObject";
}

/** Presigning moves x-amz- headers into the query, where S3 reads them as if they were headers. */
function headersOf(request: Incoming): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of request.query) {
    if (/^x-amz-/i.test(name)) headers.set(name.toLowerCase(), value);
  }
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

/** The fields of a form are what a PutObject sends as headers. */
function refuseUnknownFields(fields: ReadonlyMap<string, string>): void {
  for (const name of fields.keys()) {
    const isIgnored = CONTENT_HEADERS.includes(name) || name.startsWith("x-ignore-");
    if (!isIgnored && !isKnownName(name, KNOWN_FIELDS)) throw notImitated(`The field ${name}`);
  }
}

function isKnownName(name: string, known: ReadonlySet<string>): boolean {
  return known.has(name) || KNOWN_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** A bucket in the host name would be taken for one in the path, and its key for another bucket. */
function refuseVirtualHost(host: string): void {
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) throw notImitated(`The host ${host}`);
}
