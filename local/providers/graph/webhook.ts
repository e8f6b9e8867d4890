/**
 * What Meta posts to a business (WhatsApp reference, sections 1.2, 2.1 and 2.3): the envelope, its
 * bytes and its signature. Meta escapes non-ASCII as `\uXXXX` and `/` as `\/` before it signs, so
 * whoever parses and serialises again before verifying gets another digest.
 */
import { createHmac } from "node:crypto";

/** Meta documents no timeout; 5-20 s are quoted. The longest hides least of a slow webhook. */
const ANSWER_WITHIN_MS = 20_000;

/** One thing that happened on a WhatsApp business account: a `changes[]` element and its WABA. */
export interface Update {
  readonly wabaId: string;
  readonly field: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Seconds; news of accounts and templates has one, messages have not (section 2.1). */
  readonly time?: number;
}

interface Entry {
  readonly id: string;
  readonly time?: number;
  readonly changes: { field: string; value: Readonly<Record<string, unknown>> }[];
}

/** JSON as Meta writes it: ASCII only, slashes escaped. */
export function metaJson(value: unknown): string {
  return JSON.stringify(value).replace(/[/\u0080-\uffff]/g, (character) =>
    character === "/" ? "\\/" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The value of `X-Hub-Signature-256` for these bytes. */
export function signatureOf(body: Buffer | string, appSecret: string): string {
  return `sha256=${createHmac("sha256", appSecret).update(body).digest("hex")}`;
}

/** Where an app is called unless an override says otherwise. */
export function callbackUrlOf(base: string, channelKey: string): string {
  return new URL(`/webhooks/whatsapp/${channelKey}`, base).href;
}

/** Posts to the callback of an app, as Meta's servers do: no redirects followed, not for ever. */
export async function postCallback(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "facebookexternalua", ...headers },
    body,
    redirect: "manual",
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  });
  return { status: response.status, body: await response.text() };
}

/**
 * The body of one POST. Updates of one account share an entry; messages to one number share a value
 * whose `contacts` and `messages` are concatenated, as Meta does when it batches (section 1.3).
 */
export function envelope(updates: readonly Update[]): {
  readonly object: "whatsapp_business_account";
  readonly entry: readonly Entry[];
} {
  const entries = new Map<string, Entry>();
  for (const { wabaId, field, value, time } of updates) {
    const key = `${wabaId} ${time}`;
    const when = time === undefined ? {} : { time };
    const entry = entries.get(key) ?? { id: wabaId, ...when, changes: [] };
    entries.set(key, entry);
    const before = entry.changes.find(
      (change) => field === change.field && fits(change.value, value),
    );
    if (before === undefined) entry.changes.push({ field, value });
    else before.value = joined(before.value, value);
  }
  return { object: "whatsapp_business_account", entry: [...entries.values()] };
}

type Value = Readonly<Record<string, unknown>>;

/** Two values are one when they say the same of the same number, apart from their lists. */
function fits(one: Value, other: Value): boolean {
  return "metadata" in one && skeleton(one) === skeleton(other);
}

function skeleton(value: Value): string {
  return JSON.stringify(value, (_key, part: unknown) => (Array.isArray(part) ? [] : part));
}

function joined(one: Value, other: Value): Value {
  return Object.fromEntries(
    Object.entries(one).map(([key, part]) => [
      key,
      Array.isArray(part) ? part.concat(other[key]) : part,
    ]),
  );
}
