import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { S3Client } from "@aws-sdk/client-s3";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { type RawCallback, rawCallbackSchema } from "../domain/callbacks.ts";
import { ARCHIVE } from "../grants.ts";
import type { Archive } from "../ports.ts";

const compressed = promisify(gzip);
const expanded = promisify(gunzip);

/**
 * Raw callbacks as JSON lines, one gzipped object per ingested batch. Keys sort by the time they
 * were kept, so a time range is a key range: raw/2026-11-22T18:05:09.123Z-<uuid>.jsonl.gz.
 */
export class S3Archive implements Archive {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async keep(callbacks: readonly RawCallback[], at: number): Promise<string> {
    const lines = callbacks.map((callback) => `${JSON.stringify(callback)}\n`).join("");
    const key = `${boundary(new Date(at).toISOString())}-${randomUUID()}.jsonl.gz`;
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: await compressed(lines),
        ContentType: "application/gzip",
      }),
    );
    return key;
  }

  async list(from: string, to: string, position: string | null, limit: number): Promise<string[]> {
    const { Contents: objects } = await this.#client.send(
      new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: ARCHIVE.raw,
        StartAfter: position ?? boundary(from),
        MaxKeys: limit,
      }),
    );
    const keys = (objects ?? []).flatMap(({ Key: key }) => (key === undefined ? [] : [key]));
    return keys.filter((key) => key < boundary(to));
  }

  async read(key: string): Promise<RawCallback[]> {
    const bytes = await this.#bytes(key);
    if (bytes === null) return [];
    const text = (await expanded(bytes)).toString("utf8");
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => rawCallbackSchema.parse(JSON.parse(line)));
  }

  /** null: the bucket's lifecycle took the object away meanwhile. */
  async #bytes(key: string): Promise<Uint8Array | null> {
    try {
      const object = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
      const { Body: body } = await this.#client.send(object);
      if (body === undefined) throw new Error("An archived object has no body.");
      return await body.transformToByteArray();
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey") return null;
      throw error;
    }
  }
}

/** Every key of this moment or later sorts behind it. */
function boundary(at: string): string {
  return `${ARCHIVE.raw}${at}`;
}
