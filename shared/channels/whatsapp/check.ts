import * as z from "zod/mini";
import type { Setup, Step } from "../../domain/accounts.ts";
import type { Channel, ChannelReport, WhatsApp } from "../../domain/channels.ts";
import { SEALED } from "../../domain/workspaces.ts";
import type { Seal } from "../../ports.ts";
import { callGraph, type GraphAnswer, type GraphPlace } from "./graph.ts";
import { perSecondOf, usersOf } from "./limits.ts";

const FIELDS = [
  "display_phone_number",
  "status",
  "quality_rating",
  "code_verification_status",
  "platform_type",
  "throughput",
  "whatsapp_business_manager_messaging_limit",
  "health_status",
  "webhook_configuration",
].join(",");

/** Whatever has another shape counts as not said. */
function said<T extends z.ZodMiniType>(schema: T) {
  return z.catch(z.optional(schema), undefined);
}

/** What one number answers (WhatsApp reference, section 12); any value may be one we never saw. */
const phoneSchema = z.looseObject({
  display_phone_number: said(z.string()),
  status: said(z.string()),
  quality_rating: said(z.string()),
  code_verification_status: said(z.string()),
  platform_type: said(z.string()),
  throughput: said(z.looseObject({ level: z.string() })),
  whatsapp_business_manager_messaging_limit: said(z.string()),
  health_status: said(
    z.looseObject({
      can_send_message: z.string(),
      entities: said(
        z.array(
          z.looseObject({
            entity_type: z.string(),
            can_send_message: z.string(),
            errors: said(
              z.array(
                z.looseObject({ error_code: z.number(), error_description: said(z.string()) }),
              ),
            ),
          }),
        ),
      ),
    }),
  ),
  webhook_configuration: said(
    z.looseObject({
      phone_number: said(z.string()),
      whatsapp_business_account: said(z.string()),
      application: said(z.string()),
    }),
  ),
});
type Phone = z.infer<typeof phoneSchema>;

const subscribedSchema = z.looseObject({
  data: z.array(z.looseObject({ whatsapp_business_api_data: z.looseObject({ id: z.string() }) })),
});

/** How a number is, and its address when Meta told it. */
export interface Look {
  readonly report: ChannelReport;
  /** E.164 with plus. */
  readonly address: string | null;
  readonly refused: Extract<GraphAnswer, { ok: false }> | null;
}

/** Asks Meta how a number is; the answer decides whether the channel can be used. */
export function checkPhone(place: GraphPlace, seal: Seal) {
  return async (channel: Channel): Promise<ChannelReport> => {
    const token = await tokenOf(channel, seal);
    const { whatsapp } = channel;
    if (token === null || whatsapp === null) {
      return blocked("The channel has no access token that can be opened; give it a new one.");
    }
    return (await lookAt(place, whatsapp, token)).report;
  };
}

/** @throws when nobody answers */
export async function lookAt(place: GraphPlace, number: WhatsApp, token: string): Promise<Look> {
  const { phoneNumberId, wabaId } = number;
  const [phone, apps] = await Promise.all([
    callGraph(place, token, { path: `${phoneNumberId}?fields=${FIELDS}` }),
    callGraph(place, token, { path: `${wabaId}/subscribed_apps` }),
  ]);
  if (!phone.ok) return { report: refusalOf(phone), address: null, refused: phone };
  const read = phoneSchema.parse(phone.body);
  const digits = read.display_phone_number?.replaceAll(/\D/g, "") ?? "";
  return {
    report: reportOf(read, setupOf(read, subscribedOf(apps, number), number)),
    address: digits === "" ? null : `+${digits}`,
    refused: null,
  };
}

/** Credentials are sealed for the channel they belong to. */
export async function tokenOf(channel: Channel, seal: Seal): Promise<string | null> {
  if (channel.credentials === null) return null;
  const sealed = Buffer.from(channel.credentials, "base64");
  const plain = await seal.open(SEALED.credentials, channel.id, sealed);
  return plain === null ? null : Buffer.from(plain).toString("utf8");
}

function reportOf(phone: Phone, setup: Setup): ChannelReport {
  const quality = phone.quality_rating?.toLowerCase() ?? null;
  const users = usersOf(phone.whatsapp_business_manager_messaging_limit);
  return {
    health: { ...stateOf(phone, setup), quality },
    ...(phone.throughput === undefined ? {} : { perSecond: perSecondOf(phone.throughput.level) }),
    ...(users === undefined ? {} : { uniqueUsersPerDay: users }),
    setup,
  };
}

/** A number can send while it is CONNECTED and no part of its account is blocked (section 12). */
function stateOf({ status, health_status: health }: Phone, { steps }: Setup) {
  if (status !== undefined && status !== "CONNECTED") {
    return { state: "blocked", detail: `Meta says the number is ${status}.` } as const;
  }
  const why = (health?.entities ?? [])
    .filter(({ can_send_message: can }) => can === "BLOCKED" || can === "LIMITED")
    .map(({ entity_type: type, errors }) => {
      const [first] = errors ?? [];
      const told =
        first === undefined ? "" : ` (${first.error_code} ${first.error_description ?? ""})`;
      return `${type}${told.trimEnd()}`;
    });
  const who = why.length === 0 ? "the number" : why.join(", ");
  if (health?.can_send_message === "BLOCKED") {
    return { state: "blocked", detail: `Meta blocks sending: ${who}.` } as const;
  }
  if (health?.can_send_message === "LIMITED") {
    return { state: "limited", detail: `Meta limits sending: ${who}.` } as const;
  }
  const [step] = steps;
  if (step !== undefined) return { state: "limited", detail: step.detail } as const;
  return { state: "ok", detail: null } as const;
}

/** Not registered for the Cloud API: it neither sends nor receives (section 12). */
const UNREGISTERED = new Set(["PENDING", "DISCONNECTED", "UNVERIFIED", "DELETED", "MIGRATED"]);

function setupOf(phone: Phone, subscribed: boolean | null, { channelKey }: WhatsApp): Setup {
  const { status, platform_type: platform, code_verification_status: verification } = phone;
  const registered =
    status === undefined ? null : !UNREGISTERED.has(status) && platform !== "NOT_APPLICABLE";
  const hooks = phone.webhook_configuration;
  const callbackUrl =
    hooks?.phone_number ?? hooks?.whatsapp_business_account ?? hooks?.application ?? null;
  const isOurs = callbackUrl?.endsWith(`/webhooks/whatsapp/${channelKey}`) ?? true;
  const steps: Step[] = [];
  if (registered === false) steps.push(verification === "VERIFIED" ? STEPS.register : STEPS.verify);
  if (subscribed === false) steps.push(STEPS.subscribe);
  if (!isOurs || (hooks !== undefined && callbackUrl === null)) {
    const detail =
      "In the app's settings at Meta, set the callback URL to the address of this API with " +
      `/webhooks/whatsapp/${channelKey} behind it, and the verify token.`;
    steps.push({ code: "set_callback", detail });
  }
  return { registered, subscribed, callbackUrl, steps };
}

/** What a person does next. */
export const STEPS = {
  register: {
    code: "register",
    detail: "Give the six digits of the two-step PIN (PATCH whatsapp.pin) to register the number.",
  },
  verify: {
    code: "verify_number",
    detail: "Verify that you own the number in WhatsApp Manager, then give its PIN.",
  },
  subscribe: {
    code: "subscribe",
    detail: "Meta does not call for this account yet: POST .../check subscribes the app to it.",
  },
} as const satisfies Record<string, Step>;

/** null when Meta does not say. */
function subscribedOf(answer: GraphAnswer, { appId }: WhatsApp): boolean | null {
  const read = answer.ok ? subscribedSchema.safeParse(answer.body).data : undefined;
  if (read === undefined) return null;
  if (appId === undefined) return read.data.length === 0 ? false : null;
  return read.data.some(({ whatsapp_business_api_data: app }) => app.id === appId);
}

/** What lasts until a person acts blocks the channel; anything else may pass and says nothing. */
function refusalOf({ status, code, kind }: Extract<GraphAnswer, { ok: false }>): ChannelReport {
  const what = `Meta answered ${status}${code === null ? "" : ` with error ${code}`}.`;
  if (kind !== "account") return { health: { state: "unknown", quality: null, detail: what } };
  return blocked(`${reasonFor(status, code)} (${what.slice(0, -1)})`);
}

/** By the code alone: texts are localised (section 11.1). */
export function reasonFor(status: number, code: number | null): string {
  if (code === 190 || code === 0 || code === 104 || (code === null && status === 401)) {
    return "Meta refuses the access token; give the channel a new one.";
  }
  if (code === 33 || code === 100) {
    return "There is no such number or account, or the token may not see it.";
  }
  if (code === 368 || code === 131031)
    return "Meta locked the account; look at its Business Manager.";
  return "The token lacks a permission that it needs.";
}

function blocked(detail: string): ChannelReport {
  return { health: { state: "blocked", quality: null, detail } };
}
