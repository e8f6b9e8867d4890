/**
 * One page of a bucket.
 *
 * Source: Amazon S3 API Reference, "ListObjectsV2": keys that share what lies between the prefix
 * and the delimiter are one entry, and count as one.
 */
import { uriEncode } from "../aws/uri.ts";
import { AwsError } from "../parts.ts";
import { compareBytes, type StoredObject } from "./objects.ts";
import { notImitated } from "./refusal.ts";
import type { XmlChildren } from "./xml.ts";

/** A key, or all keys with a common prefix; a page may end after either. */
type Entry =
  | { readonly kind: "key"; readonly name: string; readonly object: StoredObject }
  | { readonly kind: "prefix"; readonly name: string };

const PAGE_MAX = 1000;

/** The children of a ListBucketResult; `objects` start with the prefix and are in order. */
export function page(
  bucket: string,
  query: URLSearchParams,
  objects: readonly [string, StoredObject][],
): XmlChildren {
  const token = query.get("continuation-token");
  const limit = limitOf(query.get("max-keys"));
  const after = token === null ? null : markOf(token);
  const startAfter = query.get("start-after");
  const rest = objects.filter(([key]) =>
    after === null ? compareBytes(key, startAfter ?? "") > 0 : isAfter(key, after),
  );
  const entries = entriesOf(rest, query.get("prefix") ?? "", query.get("delimiter") ?? "");
  const shown = entries.slice(0, limit);
  const last = shown.at(-1);
  const more = entries.length > shown.length && last !== undefined;
  const written = writerOf(query.get("encoding-type"));
  return {
    Name: bucket,
    Prefix: written(query.get("prefix") ?? ""),
    ...optional("Delimiter", query.get("delimiter"), written),
    ...optional("StartAfter", startAfter, written),
    ...optional("EncodingType", query.get("encoding-type"), String),
    ...optional("ContinuationToken", token, String),
    ...(more ? { NextContinuationToken: tokenOf(last) } : {}),
    MaxKeys: limit,
    KeyCount: shown.length,
    IsTruncated: more,
    Contents: shown.flatMap((entry) => (entry.kind === "key" ? [contents(entry, written)] : [])),
    CommonPrefixes: shown.flatMap((entry) =>
      entry.kind === "prefix" ? [{ Prefix: written(entry.name) }] : [],
    ),
  };
}

function entriesOf(
  objects: readonly [string, StoredObject][],
  prefix: string,
  delimiter: string,
): Entry[] {
  const entries: Entry[] = [];
  for (const [name, object] of objects) {
    const end = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
    const common = end < 0 ? null : name.slice(0, end + delimiter.length);
    if (common === null) entries.push({ kind: "key", name, object });
    else if (entries.at(-1)?.name !== common) entries.push({ kind: "prefix", name: common });
  }
  return entries;
}

function contents(entry: Entry & { kind: "key" }, written: (text: string) => string): XmlChildren {
  return {
    Key: written(entry.name),
    LastModified: new Date(entry.object.modifiedAt).toISOString(),
    ETag: entry.object.etag,
    Size: entry.object.sizeBytes,
    StorageClass: "STANDARD",
  };
}

/** Where a page ended; opaque to the caller. */
function tokenOf({ kind, name }: Entry): string {
  return Buffer.from(`${kind}:${name}`).toString("base64url");
}

function markOf(token: string): { kind: string; name: string } {
  const [, kind, name] =
    /^(key|prefix):(.+)$/s.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (kind !== undefined && name !== undefined) return { kind, name };
  throw new AwsError("InvalidArgument", "The continuation token provided is incorrect");
}

function isAfter(key: string, mark: { kind: string; name: string }): boolean {
  const isShown = mark.kind === "prefix" && key.startsWith(mark.name);
  return !isShown && compareBytes(key, mark.name) > 0;
}

function limitOf(text: string | null): number {
  if (text === null) return PAGE_MAX;
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text), PAGE_MAX);
  throw new AwsError("InvalidArgument", "Provided max-keys not an integer or within integer range");
}

function writerOf(encodingType: string | null): (text: string) => string {
  if (encodingType === null) return String;
  if (encodingType !== "url") throw notImitated(`encoding-type ${encodingType}`);
  return (text) => uriEncode(text).replaceAll("%2F", "/").replaceAll("%20", "+");
}

function optional(
  name: string,
  value: string | null,
  written: (text: string) => string,
): XmlChildren {
  return value === null ? {} : { [name]: written(value) };
}
