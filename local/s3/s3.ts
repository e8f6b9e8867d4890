/**
 * The laptop's S3: objects in buckets, by path (`/bucket/key`), for SDKs and for browsers that hold
 * a presigned URL or form. Who calls is settled before a request comes here (`presenter.ts` for
 * browsers); what that caller may do is asked of `needs`.
 *
 * Not imitated, and refused: versions, tags, ACLs, uploads in parts, buckets in host names, keys of
 * KMS per object, and every sub-resource (`?acl`, `?cors`, ...).
 */
import { randomBytes } from "node:crypto";
import {
  AwsError,
  type AwsReply,
  type AwsRequest,
  type Clock,
  type Door,
  type Need,
  type State,
} from "../parts.ts";
import { type Bucket, isExpired, parseBucket } from "./bucket.ts";
import { type Call, callOf, type Place, sourceOf } from "./call.ts";
import { verifyChecksums } from "./checksum.ts";
import { checkWrite } from "./conditions.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { deleted, deletionOf } from "./deletion.ts";
import { formOf } from "./form.ts";
import { page } from "./listing.ts";
import { type Content, Objects, type StoredObject } from "./objects.ts";
import { checkPolicy } from "./policy.ts";
import { read } from "./read.ts";
import { notImitated } from "./refusal.ts";
import { contentHeaders, contentOf, uploadOf } from "./upload.ts";
import { type XmlChildren, xmlDocument } from "./xml.ts";

export class S3 implements Door {
  readonly #clock: Clock;
  readonly #objects: Objects;
  readonly #buckets = new Map<string, Bucket>();

  /** `directory` holds the bodies; null keeps them in memory. */
  constructor(parts: { clock: Clock; state: State; directory: string | null }) {
    this.#clock = parts.clock;
    this.#objects = new Objects(parts);
  }

  /** `properties` of an AWS::S3::Bucket, resolved; throws on those that are not imitated. */
  create(properties: Record<string, unknown>, name: string): void {
    this.#buckets.set(name, parseBucket(properties, name));
  }

  put(bucket: string, key: string, body: Buffer, metadata: Record<string, string> = {}): void {
    this.#bucket(bucket);
    const named = Object.entries(metadata).map(
      ([name, value]) => [`x-amz-meta-${name}`, value] as const,
    );
    this.#objects.put(bucket, key, contentOf(body, { key, headers: new Map(named) }));
  }

  get(bucket: string, key: string): Buffer | null {
    this.#bucket(bucket);
    const object = this.#objects.find(bucket, key);
    return object === undefined ? null : this.#objects.body(object);
  }

  /** Keys that start with the prefix, in order. */
  list(bucket: string, prefix: string): string[] {
    this.#bucket(bucket);
    return this.#objects.list(bucket, prefix).map(([key]) => key);
  }

  /** Removes what the buckets' lifecycle rules say is over by now. */
  expire(): void {
    const now = this.#clock.now();
    for (const [bucket, { expiries }] of this.#buckets) {
      for (const expiry of expiries) {
        const over = this.#objects
          .list(bucket, expiry.prefix)
          .filter(([key, object]) => isExpired(expiry, key, object.modifiedAt, now));
        for (const [key] of over) this.#objects.remove(bucket, key);
      }
    }
  }

  needs(request: AwsRequest): Need[] {
    const call = callOf(request);
    switch (call.operation) {
      case "GetObject":
      case "HeadObject":
        return [objectNeed("s3:GetObject", call)];
      case "PutObject":
      case "PostObject":
        return [objectNeed("s3:PutObject", call)];
      case "CopyObject":
        return [objectNeed("s3:GetObject", sourceOf(call)), objectNeed("s3:PutObject", call)];
      case "DeleteObject":
        return [objectNeed("s3:DeleteObject", call)];
      case "DeleteObjects":
        return deletionOf(request.body).keys.map((key) =>
          objectNeed("s3:DeleteObject", { bucket: call.bucket, key }),
        );
      case "ListObjectsV2": {
        const context = { "s3:prefix": request.query.get("prefix") ?? "" };
        return [{ action: "s3:ListBucket", resource: `arn:aws:s3:::${call.bucket}`, context }];
      }
      case "Preflight":
        return [];
      default:
        return call.operation satisfies never;
    }
  }

  serve(request: AwsRequest): AwsReply {
    const reply = this.#answer(callOf(request), request);
    return { ...reply, headers: { ...this.#frame(request), ...reply.headers } };
  }

  fail(error: AwsError, request: AwsRequest): AwsReply {
    const headers = this.#frame(request);
    const { "x-amz-request-id": RequestId = "" } = headers;
    if (request.method === "HEAD") return { status: error.status, headers };
    const more = Object.entries(error.more).map(([name, value]) => [name, String(value)]);
    const children: XmlChildren = {
      Code: error.code,
      Message: error.message,
      ...Object.fromEntries(more),
      Resource: request.path,
      RequestId,
    };
    return xmlReply(error.status, "Error", children, headers);
  }

  #answer(call: Call, request: AwsRequest): AwsReply {
    const bucket = this.#bucket(call.bucket);
    switch (call.operation) {
      case "GetObject":
      case "HeadObject": {
        const object = this.#existing(call);
        return read(call, request.query, object, () => this.#objects.body(object));
      }
      case "PutObject":
        return { status: 200, headers: stored(this.#write(call, uploadOf(request, call))) };
      case "PostObject":
        return this.#post(call, request);
      case "CopyObject":
        return this.#copy(call);
      case "DeleteObject":
        return this.#delete(call);
      case "DeleteObjects":
        return this.#deleteMany(call, request);
      case "ListObjectsV2": {
        const objects = this.#objects.list(call.bucket, request.query.get("prefix") ?? "");
        return xmlReply(200, "ListBucketResult", page(call.bucket, request.query, objects));
      }
      case "Preflight":
        return preflight(bucket.cors, call.headers);
      default:
        return call.operation satisfies never;
    }
  }

  /** Nothing is awaited between the condition and the write, so two writers cannot both pass it. */
  #write(call: Call, content: Content): StoredObject {
    checkWrite(call.headers, this.#objects.find(call.bucket, call.key));
    return this.#objects.put(call.bucket, call.key, content);
  }

  /** "If the value is not set to 200, 201 or 204, Amazon S3 returns an empty document with 204." */
  #post(call: Call, request: AwsRequest): AwsReply {
    const form = formOf(request);
    checkPolicy(form, call.bucket, this.#clock.now());
    const object = this.#write(call, contentOf(form.file, call));
    const path = call.key.split("/").map(encodeURIComponent).join("/");
    const location = `http://${request.headers.host}/${call.bucket}/${path}`;
    const headers = { ...stored(object), location };
    const status = form.fields.get("success_action_status");
    if (status !== "201") return { status: status === "200" ? 200 : 204, headers };
    const { bucket: Bucket, key: Key } = call;
    const children = { Location: location, Bucket, Key, ETag: object.etag };
    return xmlReply(201, "PostResponse", children, headers);
  }

  #copy(call: Call): AwsReply {
    const source = sourceOf(call);
    this.#bucket(source.bucket);
    const from = this.#existing(source);
    const isReplaced = call.headers.get("x-amz-metadata-directive") === "REPLACE";
    if (!isReplaced && source.bucket === call.bucket && source.key === call.key) {
      const message =
        "This copy request is illegal because it is trying to copy an object to itself.";
      throw new AwsError("InvalidRequest", message);
    }
    const headers = isReplaced ? contentHeaders(call.headers) : from.headers;
    const content = contentOf(this.#objects.body(from), {
      key: call.key,
      headers: new Map(Object.entries(from.checksums)),
    });
    const to = this.#write(call, { ...content, headers });
    const LastModified = new Date(to.modifiedAt).toISOString();
    return xmlReply(200, "CopyObjectResult", { LastModified, ETag: to.etag });
  }

  #delete(call: Call): AwsReply {
    if (call.headers.has("if-match")) throw notImitated("DeleteObject with If-Match");
    this.#objects.remove(call.bucket, call.key);
    return { status: 204 };
  }

  #deleteMany(call: Call, request: AwsRequest): AwsReply {
    const checked = verifyChecksums(request.body, call.headers);
    if (Object.keys(checked).length === 0 && !call.headers.has("content-md5")) {
      const message = "Missing required header for this request: Content-MD5 or a checksum";
      throw new AwsError("InvalidRequest", message);
    }
    const deletion = deletionOf(request.body);
    for (const key of deletion.keys) this.#objects.remove(call.bucket, key);
    return xmlReply(200, "DeleteResult", deleted(deletion));
  }

  /** What every reply carries; also read while failing, so it takes nothing for granted. */
  #frame(request: AwsRequest): Record<string, string> {
    const rules = this.#buckets.get(request.path.split("/")[1] ?? "")?.cors ?? [];
    return {
      "x-amz-request-id": randomBytes(8).toString("hex").toUpperCase(),
      ...corsHeaders(rules, request.method, request.headers.origin),
    };
  }

  #bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket !== undefined) return bucket;
    const message = "The specified bucket does not exist";
    throw new AwsError("NoSuchBucket", message, 404, { BucketName: name });
  }

  #existing(place: Place): StoredObject {
    const object = this.#objects.find(place.bucket, place.key);
    if (object !== undefined) return object;
    const message = "The specified key does not exist.";
    throw new AwsError("NoSuchKey", message, 404, { Key: place.key });
  }
}

function objectNeed(action: string, { bucket, key }: Place): Need {
  return { action, resource: `arn:aws:s3:::${bucket}/${key}` };
}

function stored(object: StoredObject): Record<string, string> {
  return { etag: object.etag, ...object.checksums };
}

function xmlReply(
  status: number,
  name: string,
  children: XmlChildren,
  headers: Readonly<Record<string, string>> = {},
): AwsReply {
  return {
    status,
    headers: { ...headers, "content-type": "application/xml" },
    body: xmlDocument(name, children),
  };
}
