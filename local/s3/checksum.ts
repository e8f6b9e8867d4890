/**
 * The integrity checks a body may bring with it. SDKs put one on every upload, and a presigned URL
 * may carry one by mistake: the checksum of the empty body that was there when the URL was made.
 *
 * Source: Amazon S3 User Guide, "Checking object integrity".
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { AwsError } from "../parts.ts";
import { notImitated } from "./refusal.ts";

const PREFIX = "x-amz-checksum-";

const digests: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  crc32: (body) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes;
  },
  sha1: (body) => createHash("sha1").update(body).digest(),
  sha256: (body) => createHash("sha256").update(body).digest(),
};

/** The words that follow `x-amz-checksum-` without being an algorithm. */
const SETTINGS = ["mode", "algorithm", "type"];

/** Verifies every checksum among the headers and answers them, by header name, to be kept. */
export function verifyChecksums(
  body: Buffer,
  headers: ReadonlyMap<string, string>,
): Record<string, string> {
  verifyMd5(body, headers.get("content-md5"));
  const stated = [...headers].filter(
    ([name]) => name.startsWith(PREFIX) && !SETTINGS.includes(name.slice(PREFIX.length)),
  );
  for (const [name, value] of stated) verifyOne(body, name.slice(PREFIX.length), value);
  return Object.fromEntries(stated);
}

function verifyOne(body: Buffer, algorithm: string, value: string): void {
  const digest = digests[algorithm];
  if (digest === undefined) {
    throw notImitated(`The checksum ${algorithm}`);
  }
  if (digest(body).toString("base64") === value) return;
  const name = algorithm.toUpperCase();
  throw new AwsError(
    "BadDigest",
    `The ${name} you specified did not match the calculated checksum.`,
  );
}

function verifyMd5(body: Buffer, stated: string | undefined): void {
  if (stated === undefined) return;
  if (Buffer.from(stated, "base64").length !== 16) {
    throw new AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.");
  }
  if (createHash("md5").update(body).digest("base64") === stated) return;
  throw new AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.");
}
