import { createHash } from "node:crypto";
import type { Clock, Shelf, State } from "../parts.ts";
import { type Bodies, bodiesIn, bodiesInMemory } from "./bodies.ts";

/** What an upload says about an object beside its bytes. */
export interface Content {
  readonly body: Buffer;
  /** Headers that come back with the object: content-type and its kind, x-amz-meta-*. */
  readonly headers: Readonly<Record<string, string>>;
  /** Verified checksums by header name. */
  readonly checksums: Readonly<Record<string, string>>;
}

export interface StoredObject {
  /** Its name among the bodies. */
  readonly body: string;
  readonly sizeBytes: number;
  /** MD5 in hex, in the quotes in which HTTP wants it. */
  readonly etag: string;
  /** Whole seconds, because HTTP dates are. */
  readonly modifiedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly checksums: Readonly<Record<string, string>>;
}

/**
 * Every object of every bucket. The body is written first and then the row that names it, so a
 * crash between the two leaves the old object whole and a body that nobody names, which the next
 * start removes.
 */
export class Objects {
  readonly #clock: Clock;
  readonly #rows: Shelf<StoredObject>;
  readonly #bodies: Bodies;

  constructor(parts: { clock: Clock; state: State; directory: string | null }) {
    this.#clock = parts.clock;
    this.#rows = parts.state.shelf("s3.objects");
    this.#bodies = parts.directory === null ? bodiesInMemory() : bodiesIn(parts.directory);
    const named = new Set(this.#rows.entries().map(([, object]) => object.body));
    for (const name of this.#bodies.names()) if (!named.has(name)) this.#bodies.remove(name);
  }

  put(bucket: string, key: string, content: Content): StoredObject {
    const before = this.find(bucket, key);
    const object: StoredObject = {
      body: this.#bodies.write(content.body),
      sizeBytes: content.body.length,
      etag: `"${createHash("md5").update(content.body).digest("hex")}"`,
      modifiedAt: Math.floor(this.#clock.now() / 1000) * 1000,
      headers: content.headers,
      checksums: content.checksums,
    };
    this.#rows.put(rowKey(bucket, key), object);
    if (before !== undefined) this.#bodies.remove(before.body);
    return object;
  }

  find(bucket: string, key: string): StoredObject | undefined {
    return this.#rows.get(rowKey(bucket, key));
  }

  body(object: StoredObject): Buffer {
    return this.#bodies.read(object.body);
  }

  remove(bucket: string, key: string): void {
    const object = this.find(bucket, key);
    if (object === undefined) return;
    this.#rows.remove(rowKey(bucket, key));
    this.#bodies.remove(object.body);
  }

  /**
   * Keys and objects that start with the prefix. A shelf is in the order of UTF-8 bytes, in which
   * S3 lists ("in lexicographical order", ListObjectsV2).
   */
  list(bucket: string, prefix: string): [string, StoredObject][] {
    const start = rowKey(bucket, prefix);
    const drop = rowKey(bucket, "").length;
    return this.#rows
      .entries()
      .filter(([name]) => name.startsWith(start))
      .map(([name, object]) => [name.slice(drop), object]);
  }
}

/**
 * The order of UTF-8 bytes, which for pairs of surrogates is not the order of JavaScript strings.
 */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A bucket's name has no slash, so the first one ends it. */
function rowKey(bucket: string, key: string): string {
  return `${bucket}/${key}`;
}
