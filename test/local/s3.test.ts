import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { S3 } from "../../local/s3/s3.ts";
import { failure, mediaBucket } from "./s3Server.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "s3-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const media = mediaBucket(() => directory);
const { Bucket, put, get, text } = media;

describe("an object", () => {
  it("comes back as it was put, with its type, metadata, checksum and MD5 as ETag", async () => {
    const ETag = `"${createHash("md5").update("hello").digest("hex")}"`;
    const stored = await put("a/hello.txt", "hello", {
      ContentType: "text/plain",
      CacheControl: "no-store",
      ContentEncoding: "identity",
      Metadata: { colour: "red" },
    });
    expect(stored).toMatchObject({ ETag, ChecksumCRC32: "NhCmhg==" });
    const read = await get("a/hello.txt");
    expect(await read.Body?.transformToString()).toBe("hello");
    expect(read).toMatchObject({
      ETag,
      ContentLength: 5,
      ContentType: "text/plain",
      CacheControl: "no-store",
      ContentEncoding: "identity",
      Metadata: { colour: "red" },
      ChecksumCRC32: "NhCmhg==",
    });
    const head = await media.client.send(new HeadObjectCommand({ Bucket, Key: "a/hello.txt" }));
    expect(head).toMatchObject({ ETag, ContentLength: 5, ContentType: "text/plain" });
    expect(Math.abs(head.LastModified!.getTime() - Date.now())).toBeLessThan(5_000);
  });

  it.each(["../../../etc/passwd", "a//b", "/a", "a b+c(1)*'é~!.txt", "%2F%00", "😀", "."])(
    "may have the key %s, which never becomes a path",
    async (key) => {
      await put(key, `this is ${key}`);
      expect(await text(key)).toBe(`this is ${key}`);
      expect(media.server.s3.list(Bucket, key)).toContain(key);
      for (const name of readdirSync(directory)) expect(name).toMatch(/^[0-9a-f-]{36}\.object$/);
    },
  );

  it("is replaced whole, and its old bytes go", async () => {
    await put("twice", "first");
    const files = readdirSync(directory).length;
    await put("twice", "second");
    expect(await text("twice")).toBe("second");
    expect(readdirSync(directory)).toHaveLength(files);
  });

  it("of 100 MB goes in and out", async () => {
    const body = Buffer.alloc(100 * 1024 * 1024, "0123456789abcdef");
    await put("large", body);
    expect((await get("large", { Range: "bytes=-16" })).ContentRange).toBe(
      `bytes ${body.length - 16}-${body.length - 1}/${body.length}`,
    );
    expect(media.server.s3.get(Bucket, "large")?.equals(body)).toBe(true);
    media.server.s3.put(Bucket, "large", Buffer.alloc(0));
  });

  it("outlives the process, while a body that was never acknowledged is swept away", async () => {
    await put("kept", "safe");
    writeFileSync(join(directory, "orphan.object"), "x");
    writeFileSync(join(directory, "not-ours"), "x");
    const again = new S3({ clock: media.server.clock, state: media.server.state, directory });
    again.create({}, Bucket);
    expect(again.get(Bucket, "kept")?.toString()).toBe("safe");
    expect(readdirSync(directory)).not.toContain("orphan.object");
    expect(readFileSync(join(directory, "not-ours"), "utf8")).toBe("x");
    rmSync(join(directory, "not-ours"));
  });

  it("is for the cloud's own parts too", () => {
    media.server.s3.put(Bucket, "own/b", Buffer.from("b"), { by: "stream" });
    media.server.s3.put(Bucket, "own/a", Buffer.from("a"));
    expect(media.server.s3.list(Bucket, "own/")).toEqual(["own/a", "own/b"]);
    expect(media.server.s3.get(Bucket, "own/none")).toBeNull();
    expect(() => media.server.s3.get("none", "own/a")).toThrow(
      "The specified bucket does not exist",
    );
  });
});

describe("a read", () => {
  beforeAll(() => put("ten", "0123456789"));

  it.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=8-99", "89", "bytes 8-9/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-4", "6789", "bytes 6-9/10"],
    ["bytes=-99", "0123456789", "bytes 0-9/10"],
    ["bytes=9-9", "9", "bytes 9-9/10"],
    ["bytes=0-1,4-5", "0123456789", undefined],
    ["lines=0-1", "0123456789", undefined],
  ])("of the range %s is %s", async (Range, body, ContentRange) => {
    const read = await get("ten", { Range });
    expect(await read.Body?.transformToString()).toBe(body);
    expect(read.ContentRange).toBe(ContentRange);
    expect(read.ContentLength).toBe(body.length);
    expect(read.$metadata.httpStatusCode).toBe(ContentRange === undefined ? 200 : 206);
  });

  it.each(["bytes=10-", "bytes=10-20", "bytes=-0"])("of the range %s is 416", async (Range) => {
    await expect(get("ten", { Range })).rejects.toMatchObject(failure("InvalidRange", 416));
  });

  it("with conditions says 304 or 412", async () => {
    const { ETag = "", LastModified = new Date(0) } = await get("ten");
    const before = new Date(LastModified.getTime() - 1000);
    expect(await text("ten", { IfMatch: ETag })).toBe("0123456789");
    expect(await text("ten", { IfNoneMatch: '"other"' })).toBe("0123456789");
    expect(await text("ten", { IfModifiedSince: before })).toBe("0123456789");
    const unchanged = { $metadata: { httpStatusCode: 304 } };
    await expect(get("ten", { IfNoneMatch: ETag })).rejects.toMatchObject(unchanged);
    await expect(get("ten", { IfModifiedSince: LastModified })).rejects.toMatchObject(unchanged);
    const failed = failure("PreconditionFailed", 412);
    await expect(get("ten", { IfMatch: '"other"' })).rejects.toMatchObject(failed);
    await expect(get("ten", { IfUnmodifiedSince: before })).rejects.toMatchObject(failed);
  });

  it("may ask for other headers than were stored", async () => {
    const read = await get("ten", {
      ResponseContentType: "image/png",
      ResponseContentDisposition: 'attachment; filename="ten.png"',
      ResponseCacheControl: "private",
    });
    expect(read).toMatchObject({
      ContentType: "image/png",
      ContentDisposition: 'attachment; filename="ten.png"',
      CacheControl: "private",
    });
  });

  it("of what is not there is NoSuchKey or NoSuchBucket, and a HEAD just 404", async () => {
    await expect(get("none")).rejects.toMatchObject(failure("NoSuchKey", 404));
    const elsewhere = media.client.send(new GetObjectCommand({ Bucket: "none", Key: "a" }));
    await expect(elsewhere).rejects.toMatchObject(failure("NoSuchBucket", 404));
    const head = media.client.send(new HeadObjectCommand({ Bucket, Key: "none" }));
    await expect(head).rejects.toMatchObject(failure("NotFound", 404));
  });
});

describe("a lifecycle rule", () => {
  it("removes what is over: so many days, and on to the next midnight UTC", () => {
    const days = (Prefix: string, ExpirationInDays: number, Status = "Enabled") => ({
      Prefix,
      ExpirationInDays,
      Status,
    });
    const Rules = [days("a/", 1), days("b/", 30), days("c/", 1, "Disabled")];
    media.server.s3.create({ LifecycleConfiguration: { Rules } }, "raw");
    const day = 86_400_000;
    const tomorrow = day - (media.server.clock.now() % day);
    media.server.clock.advance(tomorrow + day / 2);
    for (const key of ["a/1", "b/1", "c/1"]) media.server.s3.put("raw", key, Buffer.from(""));
    const midnight = Math.ceil((media.server.clock.now() + day) / day) * day;
    media.server.clock.advance(midnight - media.server.clock.now() - 10_000);
    media.server.s3.expire();
    expect(media.server.s3.list("raw", "")).toEqual(["a/1", "b/1", "c/1"]);
    media.server.clock.advance(20_000);
    media.server.s3.expire();
    expect(media.server.s3.list("raw", "")).toEqual(["b/1", "c/1"]);
    media.server.clock.advance(30 * day);
    media.server.s3.expire();
    expect(media.server.s3.list("raw", "")).toEqual(["c/1"]);
  });
});
