import { isUtf8 } from "node:buffer";
import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { type MetaAppSecrets, SEALED } from "../../shared/domain/workspaces.ts";
import type { Directory, Inbox, Job, Seal } from "../../shared/ports.ts";
import { ARCHIVE } from "../../shared/topology.ts";
import { remember } from "./remember.ts";

/** A Meta app as the door knows it; `fresh` reads it again, in case its secret was just rotated. */
export interface App extends MetaAppSecrets {
  fresh(): Promise<App | null>;
}

/** How long a warm door trusts what it knows of an app. */
const KEPT_MS = 5 * 60_000;
/** A wrong signature makes the door read the app again, this often at most. */
const FRESH_EVERY_MS = 10_000;

export function appsOf(directory: Directory, seal: Seal): (key: string) => Promise<App | null> {
  let read = 0;
  const load = async (channelKey: string): Promise<App | null> => {
    const app = await directory.metaApp(channelKey);
    if (app === null) return null;
    const sealed = Buffer.from(app.secrets, "base64");
    const plain = await seal.open(SEALED.appSecrets, channelKey, sealed);
    if (plain === null) throw new Error("The secrets of a Meta app do not open.");
    const secrets: MetaAppSecrets = JSON.parse(Buffer.from(plain).toString("utf8"));
    const fresh = async () => {
      if (Date.now() - read < FRESH_EVERY_MS) return null;
      read = Date.now();
      return load(channelKey);
    };
    return { ...secrets, fresh };
  };
  return remember(KEPT_MS, load);
}

/** Meta's handshake: the bare challenge when the token is ours (WhatsApp reference, section 1.1). */
export function handshake(
  app: App,
  query: Readonly<Record<string, string | undefined>>,
): string | null {
  if (query["hub.mode"] !== "subscribe") return null;
  const given = query["hub.verify_token"] ?? "";
  return equal(given, app.verifyToken) ? (query["hub.challenge"] ?? "") : null;
}

/**
 * Meta signs the raw bytes with the app secret (section 1.2). Both secrets are good while one is
 * being rotated.
 */
export async function isSigned(
  app: App,
  body: Uint8Array,
  signature: string | undefined,
): Promise<boolean> {
  if (signature === undefined || !/^sha256=[0-9a-f]{64}$/.test(signature)) return false;
  const fits = ({ appSecrets }: App) =>
    appSecrets.some((secret) => {
      const digest = createHmac("sha256", secret).update(body).digest("hex");
      return equal(signature, `sha256=${digest}`);
    });
  if (fits(app)) return true;
  const fresh = await app.fresh();
  return fresh !== null && fits(fresh);
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
  if (bytes.length === 0) return job("base64", "=");
  const text = isUtf8(bytes) ? bytes.toString("utf8") : null;
  if (text !== null && bytes.length <= BODY_MAX && !FORBIDDEN.test(text)) return job("utf8", text);
  const encoded = bytes.toString("base64");
  if (encoded.length <= BODY_MAX) return job("base64", encoded);
  const key = `${ARCHIVE.inbox}${receivedAt}-${randomUUID()}`;
  await (await inbox()).put(key, bytes);
  return job("inbox", key);
}
