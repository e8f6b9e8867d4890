/**
 * The If- headers of HTTP on reads, and those of S3 on writes.
 *
 * Sources: RFC 9110 section 13.2.2 for their order; Amazon S3 User Guide, "Conditional requests".
 */
import { AwsError } from "../parts.ts";
import type { StoredObject } from "./objects.ts";
import { notImitated } from "./refusal.ts";

type Headers = ReadonlyMap<string, string>;

/** False when the caller's copy is still good (304); throws PreconditionFailed (412). */
export function isWanted(headers: Headers, object: StoredObject): boolean {
  const ifMatch = headers.get("if-match");
  if (ifMatch !== undefined) {
    if (!names(ifMatch, object)) throw failed("If-Match");
  } else if (object.modifiedAt > dateOf(headers.get("if-unmodified-since"), Infinity)) {
    throw failed("If-Unmodified-Since");
  }
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== undefined) return !names(ifNoneMatch, object);
  return object.modifiedAt > dateOf(headers.get("if-modified-since"), -Infinity);
}

/** Throws unless the object may be written over what is there now. */
export function checkWrite(headers: Headers, existing: StoredObject | undefined): void {
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") {
    throw notImitated("A write with another If-None-Match than *");
  }
  if (ifNoneMatch === "*" && existing !== undefined) throw failed("If-None-Match");
  const ifMatch = headers.get("if-match");
  if (ifMatch === undefined) return;
  if (existing === undefined) {
    throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
  }
  if (!names(ifMatch, existing)) throw failed("If-Match");
}

function names(list: string, object: StoredObject): boolean {
  const bare = object.etag.replaceAll('"', "");
  const tags = list.split(",").map((tag) => tag.trim().replaceAll('"', ""));
  return tags.includes("*") || tags.includes(bare);
}

/** A date that cannot be read is as good as none (RFC 9110 section 13.1.3). */
function dateOf(text: string | undefined, otherwise: number): number {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? otherwise : time;
}

function failed(condition: string): AwsError {
  const message = "At least one of the pre-conditions you specified did not hold";
  return new AwsError("PreconditionFailed", message, 412, { Condition: condition });
}
