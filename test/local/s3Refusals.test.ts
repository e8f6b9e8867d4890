import { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsCommand,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { failure, mediaBucket } from "./s3Server.ts";

const media = mediaBucket();
const { Bucket, put, text } = media;

describe("what is not imitated", () => {
  it.each([
    [
      "PutObjectTagging",
      new PutObjectTaggingCommand({ Bucket, Key: "k", Tagging: { TagSet: [] } }),
    ],
    ["GetObjectTagging", new GetObjectTaggingCommand({ Bucket, Key: "k" })],
    ["PutObjectAcl", new PutObjectAclCommand({ Bucket, Key: "k", ACL: "private" })],
    ["CreateMultipartUpload", new CreateMultipartUploadCommand({ Bucket, Key: "k" })],
    ["ListObjects", new ListObjectsCommand({ Bucket })],
    ["GetObject of a part", new GetObjectCommand({ Bucket, Key: "k", PartNumber: 1 })],
    ["GetObject of a version", new GetObjectCommand({ Bucket, Key: "k", VersionId: "1" })],
    ["a tag", new PutObjectCommand({ Bucket, Key: "k", Body: "x", Tagging: "a=b" })],
    ["an ACL", new PutObjectCommand({ Bucket, Key: "k", Body: "x", ACL: "public-read" })],
    [
      "PutBucketVersioning",
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
    ],
    ["PutBucketCors", new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [] } })],
    [
      "PutBucketNotificationConfiguration",
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }),
    ],
  ])("%s is refused and changes nothing", async (_, command) => {
    await put("k", "as it was");
    const sent = media.client.send<never, never>(command as never);
    await expect(sent).rejects.toMatchObject(failure("NotImplemented", 501));
    expect(await text("k")).toBe("as it was");
  });

  it("a bucket in the host name is refused", async () => {
    const { port } = new URL(media.server.url);
    const lookup: LookupFunction = (_host, _options, found) =>
      found(null, [{ address: "127.0.0.1", family: 4 }]);
    const other = media.server.client({
      endpoint: `http://localhost:${port}`,
      requestHandler: { httpAgent: new Agent({ lookup }) },
    });
    const sent = other.send(new GetObjectCommand({ Bucket, Key: "k" }));
    await expect(sent).rejects.toMatchObject(failure("NotImplemented", 501));
    other.destroy();
  });

  it("a setting of a bucket stops the start", () => {
    const versioned = { VersioningConfiguration: { Status: "Enabled" } };
    expect(() => media.server.s3.create(versioned, "b")).toThrow("VersioningConfiguration");
  });
});
