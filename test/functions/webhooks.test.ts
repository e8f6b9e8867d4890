import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { appsOf, handshake, isSigned, jobOf } from "../../functions/edge/webhooks.ts";
import type { MetaAppSecrets } from "../../shared/domain/workspaces.ts";
import type { Inbox } from "../../shared/ports.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

const body = Buffer.from('{"entry":[],"caf\\u00e9":"\\/"}');
const signed = (secret: string, bytes: Uint8Array = body) =>
  `sha256=${createHmac("sha256", secret).update(bytes).digest("hex")}`;

/** The door's app, and how often it was looked up. */
function door(...given: string[]) {
  const looked: string[] = [];
  let app: MetaAppSecrets | null = null;
  const rotate = (...appSecrets: string[]) => {
    app = { appSecrets, verifyToken: "local-verify-token" };
  };
  rotate(...given);
  const apps = appsOf(async (channelKey) => {
    looked.push(channelKey);
    return channelKey === "local" ? app : null;
  });
  const takes = (signature: string | undefined, bytes = body) =>
    isSigned(apps, "local", bytes, signature);
  const remove = () => {
    app = null;
  };
  return { apps, looked, rotate, takes, remove };
}

describe("a signature", () => {
  test("is over the raw bytes (pitfall 14)", async () => {
    const { takes } = door("s1");
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
    expect(await takes(signed("s1"))).toBe(true);
    expect(await takes(signed("s1", rewritten))).toBe(false);
    expect(await takes(signed("s1"), Buffer.concat([body, Buffer.from("\n")]))).toBe(false);
    expect(await takes(signed("s1", Buffer.alloc(0)), Buffer.alloc(0))).toBe(true);
  });

  test.each([
    ["missing", undefined],
    ["empty", ""],
    ["of another secret", signed("s2")],
    ["without its method", signed("s1").slice("sha256=".length)],
    ["in upper case", signed("s1").toUpperCase()],
    ["cut", signed("s1").slice(0, -1)],
    ["too long", `${signed("s1")}0`],
    ["of SHA-1", `sha1=${createHmac("sha1", "s1").update(body).digest("hex")}`],
  ])("that is %s is none", async (_, signature) => {
    expect(await door("s1").takes(signature)).toBe(false);
  });

  test("of either secret is good while one is rotated", async () => {
    const { takes } = door("new", "old");
    expect(await takes(signed("new"))).toBe(true);
    expect(await takes(signed("old"))).toBe(true);
    expect(await takes(signed("older"))).toBe(false);
  });

  test("of a newer secret makes the door read again, once in ten seconds", async () => {
    const { takes, rotate, looked } = door("s1");
    expect(await takes(signed("s1"))).toBe(true);
    rotate("s2", "s1");
    vi.setSystemTime(1_009_999);
    expect(await takes(signed("s2"))).toBe(false);
    expect(looked).toHaveLength(1);
    vi.setSystemTime(1_010_000);
    expect(await takes(signed("s2"))).toBe(true);
    expect(await takes(signed("s1"))).toBe(true);
    for (let count = 0; count < 20; count++) expect(await takes(signed("s3"))).toBe(false);
    expect(looked).toHaveLength(2);
  });

  test("of a secret that was taken away is good for five minutes at most", async () => {
    const { takes, rotate } = door("s1");
    expect(await takes(signed("s1"))).toBe(true);
    rotate("s2");
    vi.setSystemTime(1_000_000 + 5 * 60_000 - 1);
    expect(await takes(signed("s1"))).toBe(true);
    vi.setSystemTime(1_000_000 + 5 * 60_000);
    expect(await takes(signed("s1"))).toBe(false);
  });
});

describe("an app", () => {
  test("that nobody knows is looked up each time, and a key that cannot be one never", async () => {
    const { apps, looked } = door("s1");
    expect(await apps.get("other")).toBeNull();
    expect(await apps.get("other")).toBeNull();
    expect(looked).toEqual(["other", "other"]);
    for (const key of ["", "a b", "a/b", "x".repeat(65), "é"])
      expect(await apps.get(key)).toBeNull();
    expect(looked).toHaveLength(2);
  });

  test("that was removed signs nothing any more", async () => {
    const { takes, remove, apps } = door("s1");
    expect(await takes(signed("s1"))).toBe(true);
    remove();
    vi.setSystemTime(1_010_000);
    expect(await takes(signed("s2"))).toBe(false);
    expect(await apps.get("local")).toBeNull();
  });
});

describe("the handshake", () => {
  const app: MetaAppSecrets = { appSecrets: ["s1"], verifyToken: "local-verify-token" };
  const query = {
    "hub.mode": "subscribe",
    "hub.verify_token": "local-verify-token",
    "hub.challenge": "1158201444",
  };

  test("answers the bare challenge", () => expect(handshake(app, query)).toBe("1158201444"));

  test.each([
    [{ ...query, "hub.verify_token": "wrong" }],
    [{ ...query, "hub.verify_token": "" }],
    [{ ...query, "hub.verify_token": undefined }],
    [{ ...query, "hub.mode": "unsubscribe" }],
    [{}],
  ])("answers nothing to %j", (given) => expect(handshake(app, given)).toBeNull());
});

describe("the job of a callback", () => {
  const put: { key: string; bytes: Buffer }[] = [];
  const inbox = async (): Promise<Inbox> => ({
    put: async (key, bytes) => void put.push({ key, bytes: Buffer.from(bytes) }),
    get: () => Promise.reject(new Error("not asked")),
  });
  const job = (bytes: Buffer) => jobOf("local", bytes, inbox);
  beforeEach(() => void put.splice(0));

  const utf8 = ["utf8", (bytes: Buffer) => bytes.toString()] as const;
  const base64 = ["base64", (bytes: Buffer) => bytes.toString("base64")] as const;

  test.each([
    ["text", body, utf8],
    ["text with tabs, lines and emoji", Buffer.from("a\tb\r\nc 🙂 é \ufffd"), utf8],
    ["text of a million bytes", Buffer.alloc(1_000_000, "x"), utf8],
    ["a control character", Buffer.from("a\u0000b"), base64],
    ["an escape character", Buffer.from("\u001b"), base64],
    ["a letter that is none", Buffer.from("\uffff"), base64],
    ["bytes that are no text", Buffer.from([0xff, 0xfe]), base64],
    ["750,000 bytes that are no text", Buffer.alloc(750_000, 0xff), base64],
  ])("carries %s", async (_, bytes, [encoding, textOf]) => {
    expect(await job(bytes)).toEqual({
      body: textOf(bytes),
      attributes: {
        kind: "webhook",
        channelKey: "local",
        receivedAt: "1970-01-01T00:16:40.000Z",
        encoding,
      },
      group: "local",
    });
    expect(put).toEqual([]);
  });

  test.each([
    ["text of a byte more", Buffer.alloc(1_000_001, "x")],
    ["letters of two bytes, a byte more", Buffer.from(`${"é".repeat(500_000)}x`)],
    ["750,001 bytes that are no text", Buffer.alloc(750_001, 0xff)],
    ["three megabytes", Buffer.alloc(3_000_000, "x")],
  ])("names where %s are kept", async (_, bytes) => {
    const { body: key, attributes } = await job(bytes);
    expect(attributes?.encoding).toBe("inbox");
    expect(key).toMatch(/^inbox\/1970-01-01T00:16:40\.000Z-[\da-f-]{36}$/);
    expect(put.map((each) => [each.key, each.bytes.equals(bytes)])).toEqual([[key, true]]);
  });

  test("is never empty, because SQS takes no empty message", async () => {
    const { body: text, attributes } = await job(Buffer.alloc(0));
    expect(text.length).toBeGreaterThan(0);
    expect(attributes?.encoding).toBe("base64");
    expect(Buffer.from(text, "base64")).toHaveLength(0);
  });
});
