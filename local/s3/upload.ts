/** From what arrives in an upload to what is kept. */
import type { AwsRequest } from "../parts.ts";
import { AwsError } from "../parts.ts";
import { type Call, CONTENT_HEADERS } from "./call.ts";
import { verifyChecksums } from "./checksum.ts";
import type { Content } from "./objects.ts";
import { notImitated } from "./refusal.ts";

type Headers = ReadonlyMap<string, string>;

/**
 * "The name for a key is a sequence of Unicode characters whose UTF-8 encoding is up to 1,024
 * bytes."
 */
const KEY_MAX_BYTES = 1024;
/** "Within the PUT request header, the user-defined metadata is limited to 2 KB in size." */
const METADATA_MAX_BYTES = 2048;

/** The body of a PutObject as it was meant, after aws-chunked, with its checksums verified. */
export function uploadOf(request: AwsRequest, call: Call): Content {
  const decoded = call.headers.get("x-amz-decoded-content-length");
  if (call.headers.get("content-length") === undefined && decoded === undefined) {
    const message = "You must provide the Content-Length HTTP header.";
    throw new AwsError("MissingContentLength", message, 411);
  }
  if (!isChunked(call.headers)) return contentOf(request.body, call);
  const { body, trailers } = decodeChunks(request.body);
  if (decoded !== String(body.length)) throw incomplete();
  const announced = call.headers.get("x-amz-trailer") ?? "";
  if ([...trailers.keys()].join(",") !== announced.toLowerCase()) {
    throw new AwsError("MalformedTrailerError", "The trailer is not the one that was announced.");
  }
  return contentOf(body, { ...call, headers: new Map([...call.headers, ...trailers]) });
}

export function contentOf(body: Buffer, call: Pick<Call, "key" | "headers">): Content {
  if (Buffer.byteLength(call.key) > KEY_MAX_BYTES) {
    throw new AwsError("KeyTooLongError", "Your key is too long");
  }
  return {
    body,
    headers: contentHeaders(call.headers),
    checksums: verifyChecksums(body, call.headers),
  };
}

/** Those headers of an upload that come back with every read. */
export function contentHeaders(headers: Headers): Record<string, string> {
  const metadata = [...headers].filter(([name]) => name.startsWith("x-amz-meta-"));
  const sizeBytes = metadata.reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name.slice("x-amz-meta-".length) + value),
    0,
  );
  if (sizeBytes > METADATA_MAX_BYTES) {
    const message = "Your metadata headers exceed the maximum allowed metadata size";
    throw new AwsError("MetadataTooLarge", message);
  }
  const encoding = encodings(headers).filter((one) => one !== "aws-chunked");
  const kept = CONTENT_HEADERS.filter((name) => name !== "content-encoding").flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    "content-type": "binary/octet-stream",
    ...Object.fromEntries([...kept, ...metadata]),
    ...(encoding.length === 0 ? {} : { "content-encoding": encoding.join(",") }),
  };
}

function isChunked(headers: Headers): boolean {
  const isStreaming = headers.get("x-amz-content-sha256")?.startsWith("STREAMING-") === true;
  return isStreaming || encodings(headers).includes("aws-chunked");
}

function encodings(headers: Headers): string[] {
  const names = (headers.get("content-encoding") ?? "").split(",").map((name) => name.trim());
  return names.filter((name) => name !== "");
}

/**
 * `<size in hex>CRLF<bytes>CRLF`, again and again, a chunk of size 0, then trailers, one per line
 * (API Reference, "Signature calculations for trailing headers").
 */
function decodeChunks(wire: Buffer): { body: Buffer; trailers: Map<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = wire.indexOf("\r\n", at);
    const size = wire.subarray(at, Math.max(at, lineEnd)).toString();
    if (size.includes(";")) throw notImitated("A signed chunk");
    if (!/^[0-9a-fA-F]{1,8}$/.test(size)) throw incomplete();
    const sizeBytes = Number.parseInt(size, 16);
    const start = lineEnd + 2;
    if (sizeBytes === 0) return { body: Buffer.concat(chunks), trailers: trailersIn(wire, start) };
    at = start + sizeBytes + 2;
    if (wire.subarray(at - 2, at).toString() !== "\r\n") throw incomplete();
    chunks.push(wire.subarray(start, start + sizeBytes));
  }
}

function trailersIn(wire: Buffer, start: number): Map<string, string> {
  const lines = wire.subarray(start).toString().split("\r\n");
  const pairs = lines.filter((line) => line !== "").map((line) => line.split(":"));
  return new Map(
    pairs.map(([name = "", ...value]) => [name.trim().toLowerCase(), value.join(":").trim()]),
  );
}

function incomplete(): AwsError {
  const message = "The request body terminated unexpectedly";
  return new AwsError("IncompleteBody", message);
}
