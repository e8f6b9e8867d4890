import * as z from "zod/mini";
import type { Step } from "../../domain/accounts.ts";
import type { Credentials, Fault, WhatsApp } from "../../domain/channels.ts";
import { DomainError, unavailable } from "../../domain/errors.ts";
import type { Seal } from "../../ports.ts";
import type { Accounts } from "../../providers.ts";
import { checkPhone, lookAt, reasonFor, STEPS, tokenOf } from "./check.ts";
import { callGraph, type GraphAnswer, type GraphPlace } from "./graph.ts";

/** Meta's account APIs (WhatsApp reference, sections 1.4 and 12). */
export function whatsappAccounts(place: GraphPlace, seal: Seal): Accounts {
  return {
    inspect: (number, credentials) =>
      answered(async () => {
        const [look, token, account] = await Promise.all([
          lookAt(place, number, credentials.accessToken),
          tokenFaults(place, number, credentials),
          accountFaults(place, number, credentials.accessToken),
        ]);
        const { report, address, refused } = look;
        if (refused !== null && refused.kind === "later") throw asLater(refused.status);
        const phone = refused === null ? [] : [phoneFault(refused)];
        // What a wrong token may not see is no mistake of its own.
        const isWrong = token.faults.some(({ field }) => field === "accessToken");
        const faults = isWrong ? token.faults : [...token.faults, ...phone, ...account];
        return { report, address, tokenExpiresAt: token.expiresAt, faults };
      }),
    subscribe: (number, accessToken) =>
      answered(async () => {
        const path = `${number.wabaId}/subscribed_apps`;
        const answer = await callGraph(place, accessToken, { method: "POST", path });
        if (!answer.ok && answer.kind === "later") throw asLater(answer.status);
      }),
    register: (number, accessToken, pin) =>
      answered(async () => {
        const path = `${number.phoneNumberId}/register`;
        const body = { messaging_product: "whatsapp", pin };
        const answer = await callGraph(place, accessToken, { method: "POST", path, body });
        return answer.ok ? null : refusedStep(answer.status, answer.code);
      }),
    async unsubscribe(number, accessToken) {
      const path = `${number.wabaId}/subscribed_apps`;
      try {
        await callGraph(place, accessToken, { method: "DELETE", path });
      } catch {
        // Nobody answers: what Meta still sends is kept and told, and the channel goes anyway.
      }
    },
    tokenOf: (channel) => tokenOf(channel, seal),
    check: checkPhone(place, seal),
  };
}

/** A provider that does not answer is nobody's mistake. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw unavailable("Meta does not answer; try again in a moment.", nameOf(error));
  }
}

/** An error of fetch may hold the URL, and a URL of ours a token. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}

function asLater(status: number): DomainError {
  return unavailable(`Meta cannot answer now (${status}); try again in a moment.`);
}

type Refusal = Extract<GraphAnswer, { ok: false }>;

function phoneFault({ status, code }: Refusal): Fault {
  const isObject = code === 33 || code === 100;
  const field = isObject ? "phoneNumberId" : "accessToken";
  return { field, code: isObject ? "unknown" : "refused", detail: reasonFor(status, code) };
}

const numbersSchema = z.looseObject({
  data: z.array(z.looseObject({ id: z.string() })),
  paging: z.optional(z.looseObject({ next: z.optional(z.string()) })),
});

/** A number of another account would be told the wrong account's news. */
async function accountFaults(
  place: GraphPlace,
  { wabaId, phoneNumberId }: WhatsApp,
  accessToken: string,
): Promise<Fault[]> {
  const path = `${wabaId}/phone_numbers?fields=id&limit=200`;
  const answer = await callGraph(place, accessToken, { path });
  const field = "wabaId" as const;
  if (!answer.ok) {
    if (answer.kind === "later") throw asLater(answer.status);
    const isToken = answer.code === 190;
    const detail = reasonFor(answer.status, answer.code);
    return isToken ? [] : [{ field, code: "unknown", detail }];
  }
  const numbers = numbersSchema.safeParse(answer.body).data;
  if (numbers === undefined || numbers.paging?.next !== undefined) return [];
  if (numbers.data.some(({ id }) => id === phoneNumberId)) return [];
  return [{ field, code: "other_account", detail: "The number is not one of this account." }];
}

const debugSchema = z.looseObject({
  data: z.looseObject({
    app_id: z.optional(z.union([z.string(), z.number()])),
    is_valid: z.optional(z.boolean()),
    expires_at: z.optional(z.number()),
    scopes: z.optional(z.array(z.string())),
    granular_scopes: z.optional(
      z.array(z.looseObject({ scope: z.string(), target_ids: z.optional(z.array(z.string())) })),
    ),
  }),
});

const SCOPES = ["whatsapp_business_messaging", "whatsapp_business_management"];

/** What the token may do, which only its app may ask. */
async function tokenFaults(
  place: GraphPlace,
  { appId, wabaId }: WhatsApp,
  { accessToken, appSecret }: Credentials,
): Promise<{ faults: Fault[]; expiresAt: string | null }> {
  if (appSecret === null || appId === undefined) return { faults: [], expiresAt: null };
  const query = new URLSearchParams({
    input_token: accessToken,
    access_token: `${appId}|${appSecret}`,
  });
  const answer = await callGraph(place, null, { path: `debug_token?${query}` });
  if (!answer.ok) {
    if (answer.kind === "later") throw asLater(answer.status);
    const fault = answer.code === 100 ? OTHER_APP : REFUSED_SECRET;
    return { faults: [fault], expiresAt: null };
  }
  const { data } = debugSchema.parse(answer.body);
  const { expires_at: expires = 0 } = data;
  const expiresAt = expires > 0 ? new Date(expires * 1_000).toISOString() : null;
  return { faults: faultsOf(data, String(appId), wabaId), expiresAt };
}

/** Meta answers 100 when the token that is asked for is not the asking app's. */
const OTHER_APP: Fault = {
  field: "accessToken",
  code: "other_app",
  detail: "The token is another app's.",
};
const REFUSED_SECRET: Fault = {
  field: "appSecret",
  code: "refused",
  detail: "Meta refuses this app id with this app secret.",
};

function faultsOf(
  token: z.infer<typeof debugSchema>["data"],
  appId: string,
  wabaId: string,
): Fault[] {
  if (token.is_valid === false) {
    const detail = "The token has ended or was revoked; make a new one.";
    return [{ field: "accessToken", code: "refused", detail }];
  }
  if (token.app_id !== undefined && String(token.app_id) !== appId) {
    return [OTHER_APP];
  }
  const missing = SCOPES.filter((scope) => !(token.scopes ?? SCOPES).includes(scope));
  if (missing.length > 0) {
    const detail = `The token lacks ${missing.join(" and ")}.`;
    return [{ field: "accessToken", code: "missing_scopes", detail }];
  }
  const granted = token.granular_scopes?.find(({ scope }) => scope === SCOPES[1])?.target_ids;
  if (granted === undefined || granted.includes(wabaId)) return [];
  return [{ field: "wabaId", code: "not_granted", detail: "The token may not see this account." }];
}

/** Why a registration was refused (section 11.2), as what to do next. */
function refusedStep(status: number, code: number | null): Step {
  switch (code) {
    case 133005:
      return {
        code: "pin_mismatch",
        detail: "Meta says that this is not the number's PIN (133005).",
      };
    case 133006:
      return STEPS.verify;
    case 133008:
    case 133009:
    case 133015:
    case 133016: {
      const detail = `Meta wants a pause before the number is registered again (${code}).`;
      return { code: "register_later", detail };
    }
    default: {
      const detail = `${STEPS.register.detail} Meta answered ${status} (${code ?? "no code"}).`;
      return { code: "register", detail };
    }
  }
}
