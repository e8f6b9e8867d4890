/**
 * A browser's upload form (multipart/form-data).
 *
 * Source: Amazon S3 API Reference, "POST Object": the file is the last field, what follows is
 * ignored.
 */
import type { Incoming } from "../aws/sigv4.ts";
import { AwsError } from "../parts.ts";

export interface Form {
  /** By lower-case name, in the order of the form; the key with its variable filled in. */
  readonly fields: ReadonlyMap<string, string>;
  readonly file: Buffer;
}

/** The one variable of a form: `${filename}`. */
const FILENAME = /\$\{filename\}/g;

interface Part {
  readonly name: string;
  readonly filename: string;
  readonly content: Buffer;
}

export function isForm(request: Incoming): boolean {
  const { "content-type": contentType = "" } = request.headers;
  return request.method === "POST" && contentType.startsWith("multipart/form-data");
}

export function formOf(request: Incoming): Form {
  const { "content-type": contentType = "" } = request.headers;
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(contentType) ?? [];
  const fields = new Map<string, string>();
  for (const part of partsOf(request.body, `--${quoted ?? bare ?? ""}`)) {
    if (part.name === "file") return { fields: filled(fields, part.filename), file: part.content };
    if (fields.has(part.name)) throw malformed(`The field ${part.name} stands there twice.`);
    fields.set(part.name, part.content.toString());
  }
  const message = "POST requires exactly one file upload per request.";
  throw new AwsError("InvalidArgument", message);
}

function* partsOf(body: Buffer, boundary: string): Generator<Part> {
  const close = Buffer.from(`\r\n${boundary}`);
  let start = body.indexOf(boundary);
  if (start < 0) throw malformed("It has no boundary.");
  start += boundary.length;
  while (body.subarray(start, start + 2).toString() === "\r\n") {
    const headersEnd = body.indexOf("\r\n\r\n", start);
    const end = body.indexOf(close, headersEnd + 2);
    if (headersEnd < 0 || end < 0) throw malformed("It ends in the middle of a part.");
    yield partOf(body.subarray(start, headersEnd).toString(), body.subarray(headersEnd + 4, end));
    start = end + close.length;
  }
}

function partOf(headers: string, content: Buffer): Part {
  const [, name] = /[;\s]name="([^"]*)"/.exec(headers) ?? [];
  const [, filename = ""] = /[;\s]filename="([^"]*)"/.exec(headers) ?? [];
  if (name === undefined) throw malformed("A part has no name.");
  return { name: name.toLowerCase(), filename, content };
}

/** "Only the portion of the path following the last slash (/) or backslash (\) is used." */
function filled(fields: ReadonlyMap<string, string>, filename: string): Map<string, string> {
  const lastPart = filename.split(/[/\\]/).at(-1) ?? "";
  const key = fields.get("key");
  if (!key) throw new AwsError("InvalidArgument", "Bucket POST must contain a field named 'key'.");
  return new Map([...fields, ["key", key.replaceAll(FILENAME, () => lastPart)]]);
}

function malformed(reason: string): AwsError {
  const message = `The body of your POST request is not well-formed multipart/form-data. ${reason}`;
  return new AwsError("MalformedPOSTRequest", message);
}
