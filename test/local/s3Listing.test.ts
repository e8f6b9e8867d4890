import { ListObjectsV2Command, type ListObjectsV2CommandInput } from "@aws-sdk/client-s3";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { failure, mediaBucket } from "./s3Server.ts";

const media = mediaBucket();
const { Bucket } = media;
beforeEach(() => {
  media.server.needs.length = 0;
});

describe("a listing", () => {
  const keys = ["l/", "l/a.txt", "l/b/1", "l/b/2", "l/c d", "l/d/1", "l/￰", "l/😀"];
  const list = (more: Partial<ListObjectsV2CommandInput> = {}) =>
    media.client.send(new ListObjectsV2Command({ Bucket, Prefix: "l/", ...more }));

  beforeAll(() => {
    media.server.s3.put(Bucket, "l", Buffer.from(""));
    for (const key of [...keys].reverse()) media.server.s3.put(Bucket, key, Buffer.from("abc"));
  });

  it("is in the order of UTF-8 bytes", async () => {
    const page = await list();
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(keys);
    expect(page).toMatchObject({ KeyCount: keys.length, IsTruncated: false, MaxKeys: 1000 });
    expect(page.Contents?.[1]).toMatchObject({ Size: 3, StorageClass: "STANDARD" });
    expect(media.server.needs).toEqual([
      {
        action: "s3:ListBucket",
        resource: "arn:aws:s3:::media",
        context: { "s3:prefix": "l/" },
      },
    ]);
  });

  it.each([1, 2, 3, 100])("in pages of %i shows every entry once", async (MaxKeys) => {
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await list({ MaxKeys, Delimiter: "/", ContinuationToken });
      expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
      seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    const entries = ["l/", "l/a.txt", "l/b/", "l/c d", "l/d/", "l/￰", "l/😀"];
    expect(seen).toHaveLength(entries.length);
    expect(new Set(seen)).toEqual(new Set(entries));
  });

  it("starts after a key, encodes on request, and refuses a token that is none", async () => {
    const page = await list({ StartAfter: "l/b/1", EncodingType: "url" });
    expect(page.Contents?.map(({ Key }) => Key).slice(0, 2)).toEqual(["l/b/2", "l/c+d"]);
    const none = await list({ MaxKeys: 0 });
    expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
    const refused = failure("InvalidArgument", 400);
    await expect(list({ ContinuationToken: "x" })).rejects.toMatchObject(refused);
    await expect(list({ MaxKeys: -1 })).rejects.toMatchObject(refused);
  });
});
