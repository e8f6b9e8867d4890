import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { CopyObjectCommand, DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { beforeEach, describe, expect, it } from "vitest";
import { failure, mediaBucket } from "./s3Server.ts";

const media = mediaBucket();
const { Bucket, put, get, text } = media;
beforeEach(() => {
  media.server.needs.length = 0;
});

describe("a write", () => {
  it("with If-None-Match: * happens once", async () => {
    const once = { IfNoneMatch: "*" };
    await put("once", "first", once);
    const again = put("once", "second", once);
    await expect(again).rejects.toMatchObject(failure("PreconditionFailed", 412));
    expect(await text("once")).toBe("first");
  });

  it("with If-Match replaces only what the writer has seen", async () => {
    const { ETag } = await put("seen", "first");
    await put("seen", "second", { IfMatch: ETag });
    const late = put("seen", "third", { IfMatch: ETag });
    await expect(late).rejects.toMatchObject(failure("PreconditionFailed", 412));
    const missing = put("unseen", "first", { IfMatch: ETag });
    await expect(missing).rejects.toMatchObject(failure("NoSuchKey", 404));
  });

  it.each([
    ["CRC32", { ChecksumCRC32: "AAAAAA==" }, "BadDigest"],
    ["SHA256", { ChecksumSHA256: createHash("sha256").digest("base64") }, "BadDigest"],
    ["SHA1", { ChecksumSHA1: createHash("sha1").digest("base64") }, "BadDigest"],
    ["MD5", { ContentMD5: createHash("md5").digest("base64") }, "BadDigest"],
    ["MD5 of another length", { ContentMD5: "AAAA" }, "InvalidDigest"],
  ])("whose %s is not that of its body is refused", async (_, checksum, code) => {
    await expect(put("wrong", "body", checksum)).rejects.toMatchObject(failure(code, 400));
    expect(media.server.s3.get(Bucket, "wrong")).toBeNull();
  });

  it.each(["SHA256", "SHA1", "CRC32"] as const)("with the right %s is kept", async (algorithm) => {
    await put("right", "body", { ChecksumAlgorithm: algorithm });
    expect(await text("right")).toBe("body");
  });

  it("with a checksum that is not imitated is refused", async () => {
    const write = put("crc", "body", { ChecksumAlgorithm: "CRC32C" });
    await expect(write).rejects.toMatchObject(failure("NotImplemented", 501));
  });

  it("from a stream arrives in chunks, and is stored without them", async () => {
    const chunks = ["one ", "two ", "three"].map((chunk) => Buffer.from(chunk));
    await put("stream", Readable.from(chunks), { ContentLength: 13, ContentEncoding: "gzip" });
    const read = await get("stream");
    expect(await read.Body?.transformToString()).toBe("one two three");
    expect(read).toMatchObject({ ContentLength: 13, ContentEncoding: "gzip" });
  });

  it("from a stream of unknown length needs one", async () => {
    const body = new Blob(["x"]).stream();
    const url = media.server.presign("PUT", "/media/unknown");
    const reply = await fetch(url, { method: "PUT", body, duplex: "half" });
    expect(reply.status).toBe(411);
    expect(await reply.text()).toContain("<Code>MissingContentLength</Code>");
  });

  it("of a stream that is not what its length or its trailer says is refused", async () => {
    const send = (body: string, length: number, trailer = "x-amz-checksum-crc32") =>
      fetch(
        media.server.presign("PUT", "/media/chunked", { headers: chunkedHeaders(length, trailer) }),
        {
          method: "PUT",
          headers: chunkedHeaders(length, trailer),
          body,
        },
      );
    const good = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    expect((await send(good, 5)).status).toBe(200);
    expect(await (await send(good, 6)).text()).toContain("<Code>IncompleteBody</Code>");
    expect(await (await send("9\r\nhello", 5)).text()).toContain("<Code>IncompleteBody</Code>");
    const wrong = good.replace("NhCmhg==", "AAAAAA==");
    expect(await (await send(wrong, 5)).text()).toContain("<Code>BadDigest</Code>");
    expect(await (await send("5\r\nhello\r\n0\r\n\r\n", 5)).text()).toContain(
      "<Code>MalformedTrailerError</Code>",
    );
  });

  it("is bounded in key and metadata", async () => {
    await expect(put("k".repeat(1025), "x")).rejects.toMatchObject(failure("KeyTooLongError", 400));
    const large = { Metadata: { a: "b".repeat(2048) } };
    await expect(put("k", "x", large)).rejects.toMatchObject(failure("MetadataTooLarge", 400));
    await put("k".repeat(1024), "x", { Metadata: { a: "b".repeat(2047) } });
  });
});

describe("copy and delete", () => {
  it("a copy keeps what the source says of itself, or takes the request's word", async () => {
    await put("from here", "body", { ContentType: "text/plain", Metadata: { a: "1" } });
    const CopySource = `${Bucket}/from%20here`;
    await media.client.send(new CopyObjectCommand({ Bucket, Key: "to", CopySource }));
    expect(await get("to")).toMatchObject({ ContentType: "text/plain", Metadata: { a: "1" } });
    expect(media.server.needs.slice(1, 3)).toEqual([
      { action: "s3:GetObject", resource: "arn:aws:s3:::media/from here" },
      { action: "s3:PutObject", resource: "arn:aws:s3:::media/to" },
    ]);
    const replaced = { MetadataDirective: "REPLACE", Metadata: { a: "2" } } as const;
    await media.client.send(new CopyObjectCommand({ Bucket, Key: "to", CopySource, ...replaced }));
    expect((await get("to")).Metadata).toEqual({ a: "2" });
    const same = new CopyObjectCommand({ Bucket, Key: "from here", CopySource });
    await expect(media.client.send(same)).rejects.toMatchObject(failure("InvalidRequest", 400));
  });

  it("a delete answers the same, whether or not there was something", async () => {
    await put("gone", "body");
    await media.client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    await media.client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    await expect(get("gone")).rejects.toMatchObject(failure("NoSuchKey", 404));
  });

  it("many are deleted at once, whatever their names", async () => {
    const keys = ["many/a&b", "many/<c>", "many/é \"d'", "many/none"];
    for (const key of keys.slice(0, 3)) await put(key, "x");
    const Objects = keys.map((Key) => ({ Key }));
    const { Deleted } = await media.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(keys);
    expect(media.server.s3.list(Bucket, "many/")).toEqual([]);
    expect(media.server.needs.slice(3)).toEqual(
      keys.map((key) => ({ action: "s3:DeleteObject", resource: `arn:aws:s3:::media/${key}` })),
    );
    const quiet = { Objects, Quiet: true };
    const reply = await media.client.send(new DeleteObjectsCommand({ Bucket, Delete: quiet }));
    expect(reply.Deleted).toBeUndefined();
  });
});

function chunkedHeaders(length: number, trailer: string): Record<string, string> {
  return {
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": String(length),
    "x-amz-trailer": trailer,
  };
}
