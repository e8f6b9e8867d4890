import { isUtf8 } from "node:buffer";
import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { MetaAppSecrets } from "../../shared/domain/workspaces.ts";
import { ARCHIVE } from "../../shared/grants.ts";
import type { Inbox, Job, ReadAppSecrets } from "../../shared/ports.ts";
import { Remembered } from "./remember.ts";

/** How long a warm door trusts what it knows of an app. */
const KEPT_MS = 5 * 60_000;
/** A wrong signature makes the door read the app again, this often at most. */
const NEWER_EVERY_MS = 10_000;

/** Nothing else is looked up: a key is a path, and anybody may write a path. */
const CHANNEL_KEY = /^[\w-]{1,64}$/;

/** The Meta apps that call here, by channel key. */
export function appsOf(read: ReadAppSecrets): Remembered<MetaAppSecrets> {
  return new Remembered(KEPT_MS, async (channelKey) =>
    CHANNEL_KEY.test(channelKey) ? read(channelKey) : null,
  );
}

/** Meta's handshake: the bare challenge if the token is ours (WhatsApp reference, section 1.1). */
export function handshake(
  app: MetaAppSecrets,
  query: Readonly<Record<string, string | undefined>>,
): string | null {
  if (query["hub.mode"] !== "subscribe") return null;
  const given = query["hub.verify_token"] ?? "";
  return equal(given, app.verifyToken) ? (query["hub.challenge"] ?? "") : null;
}

/**
 * Meta signs the raw bytes with the app secret (section 1.2). Two secrets are good while one is
 * being rotated, and a signature that does not fit may be of one newer than the door knows.
 */
export async function isSigned(
  apps: Remembered<MetaAppSecrets>,
  channelKey: string,
  body: Uint8Array,
  signature: string | undefined,
): Promise<boolean> {
  if (signature === undefined || !/^sha256=[0-9a-f]{64}$/.test(signature)) return false;
  if (fits(await apps.get(channelKey), body, signature)) return true;
  return fits(await apps.newerThan(channelKey, NEWER_EVERY_MS), body, signature);
}

function fits(app: MetaAppSecrets | null, body: Uint8Array, signature: string): boolean {
  return (app?.appSecrets ?? []).some((secret) => {
    const digest = createHmac("sha256", secret).update(body).digest("hex");
    return equal(signature, `sha256=${digest}`);
  });
}

/** In constant time, whatever the lengths. */
function equal(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** SQS takes 1 MiB per message, attributes included. */
const BODY_MAX = 1_000_000;
/** What SQS refuses in a text (API reference, SendMessage). */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The ingest job for one callback: its bytes as they came, or where they are kept. */
export async function jobOf(
  channelKey: string,
  bytes: Buffer,
  inbox: () => Promise<Inbox>,
): Promise<Job> {
  const receivedAt = new Date().toISOString();
  const job = (encoding: string, body: string): Job => ({
    body,
    attributes: { kind: "webhook", channelKey, receivedAt, encoding },
    group: channelKey,
  });
  // SQS refuses an empty message; base64 has a way to say nothing with a letter.
  if (bytes.length === 0) return job("base64", "=");
  const text = isUtf8(bytes) ? bytes.toString("utf8") : null;
  if (text !== null && bytes.length <= BODY_MAX && !FORBIDDEN.test(text)) return job("utf8", text);
  const encoded = bytes.toString("base64");
  if (encoded.length <= BODY_MAX) return job("base64", encoded);
  const key = `${ARCHIVE.inbox}${receivedAt}-${randomUUID()}`;
  await (await inbox()).put(key, bytes);
  return job("inbox", key);
}
