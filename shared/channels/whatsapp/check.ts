import * as z from "zod/mini";
import type { Channel, ChannelReport } from "../../domain/channels.ts";
import { SEALED } from "../../domain/workspaces.ts";
import type { Seal } from "../../ports.ts";

/** Where Meta's Graph API is, and which version is spoken. */
export interface GraphPlace {
  readonly url: string;
  readonly version: string;
}

const TIMEOUT_MS = 10_000;
const FIELDS = "status,quality_rating,throughput,whatsapp_business_manager_messaging_limit";

/** What one number answers (WhatsApp reference, section 12); any value may be one we never saw. */
const phoneSchema = z.looseObject({
  status: z.optional(z.string()),
  quality_rating: z.optional(z.string()),
  throughput: z.optional(z.looseObject({ level: z.string() })),
  whatsapp_business_manager_messaging_limit: z.optional(z.string()),
});

const errorSchema = z.looseObject({ error: z.looseObject({ code: z.number() }) });

/** The access token is expired, revoked or was never good (section 11.2). */
const TOKEN_ERROR = 190;

/** Asks Meta how a number is; the answer decides whether the channel can be used. */
export function checkPhone(place: GraphPlace, seal: Seal) {
  return async (channel: Channel): Promise<ChannelReport> => {
    const token = await tokenOf(channel, seal);
    if (token === null) return blocked("The channel has no access token that can be opened.");
    const path = `${place.version}/${channel.whatsapp?.phoneNumberId}?fields=${FIELDS}`;
    const response = await fetch(`${place.url}/${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = json(await response.text());
    const phone = phoneSchema.safeParse(body);
    return response.ok && phone.success ? reportOf(phone.data) : refusal(response.status, body);
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What stands before Meta answers an outage in HTML (section 11.1).
    return null;
  }
}

/** Credentials are sealed for the channel they belong to. */
export async function tokenOf(channel: Channel, seal: Seal): Promise<string | null> {
  if (channel.credentials === null) return null;
  const sealed = Buffer.from(channel.credentials, "base64");
  const plain = await seal.open(SEALED.credentials, channel.id, sealed);
  return plain === null ? null : Buffer.from(plain).toString("utf8");
}

function reportOf(phone: z.infer<typeof phoneSchema>): ChannelReport {
  const quality = phone.quality_rating?.toLowerCase() ?? null;
  const connected = phone.status === undefined || phone.status === "CONNECTED";
  const state = connected ? "ok" : "blocked";
  const detail = connected ? null : `Meta says the number is ${phone.status}.`;
  const tier = phone.whatsapp_business_manager_messaging_limit;
  return {
    health: { state, quality, detail },
    ...(phone.throughput === undefined ? {} : { perSecond: perSecondOf(phone.throughput.level) }),
    ...(tier === undefined ? {} : { uniqueUsersPerDay: usersOf(tier) }),
  };
}

/** 80 messages a second, or 1,000 after Meta's automatic upgrade (section 10). */
function perSecondOf(level: string): number {
  return level === "HIGH" ? 1_000 : 80;
}

/** TIER_250, TIER_2K, TIER_10K, TIER_100K, TIER_UNLIMITED (section 10); null: no limit known. */
function usersOf(tier: string): number | null {
  const [, digits, thousands] = /^TIER_(\d+)(K?)$/.exec(tier) ?? [];
  if (digits === undefined) return null;
  return Number(digits) * (thousands === "K" ? 1_000 : 1);
}

/** Only a refused token breaks a channel; anything else may pass and says nothing about it. */
function refusal(status: number, body: unknown): ChannelReport {
  const parsed = errorSchema.safeParse(body);
  const code = parsed.success ? parsed.data.error.code : null;
  if (status === 401 || code === TOKEN_ERROR) {
    return blocked("Meta refuses the access token; give the channel a new one.");
  }
  const detail = `Meta answered ${status}${code === null ? "" : ` with error ${code}`}.`;
  return { health: { state: "unknown", quality: null, detail } };
}

function blocked(detail: string): ChannelReport {
  return { health: { state: "blocked", quality: null, detail } };
}
