import { type Inbound, tellInbound } from "../local/providers/graph/inbound.ts";
import type { BusinessNumber } from "../local/providers/graph/numbers.ts";
import {
  callbackUrlOf,
  envelope,
  metaJson,
  postCallback,
  signatureOf,
  type Update,
} from "../local/providers/graph/webhook.ts";

/** Customers of the laptop's own workspace, and Meta's callbacks about what they write. */

/** The values of contract and README. */
export const NUMBER: BusinessNumber = {
  channelKey: "local",
  appId: "600000000000001",
  appSecret: "local-app-secret",
  accessToken: "local-meta-token",
  wabaId: "200000000000001",
  phoneNumberId: "300000000000001",
  displayNumber: "15550100001",
  verifyToken: "local-verify-token",
};

/** What people write: 60 characters, as most messages are short. */
const TEXT = "Hello, could you tell me when my order will arrive, please? ";

/** In the range that the United Kingdom keeps for fiction. */
export function phoneOf(customer: number): string {
  return `+447700900${String(customer).padStart(3, "0")}`;
}

/** One text as Meta tells it, with the customer's number, user id and name. */
export function textFrom(customer: number, text = TEXT): Update {
  const from = phoneOf(customer);
  const content: Inbound["content"] = { type: "text", text };
  return tellInbound({ from, content, name: "Ada Lovelace" }, NUMBER, Date.now()).update;
}

/** A text that Meta knows of too, so that free replies go out for 24 hours. */
export function writesByPhone(url: string, phone: string): Promise<void> {
  const content = { type: "text", text: TEXT };
  return sim(url, "inbound", { from: phone, name: "Ada Lovelace", content });
}

/** How the pretend Meta behaves from now on; `{}` is normal. */
export function play(url: string, script: object): Promise<void> {
  return sim(url, "script", script);
}

async function sim(url: string, door: string, body: object): Promise<void> {
  const reply = await fetch(`${url}/sim/graph/${door}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`/sim/graph/${door} answered ${reply.status}.`);
  await reply.arrayBuffer();
}

/** What Meta tells of a message that it took. */
export function statusOf(
  phone: string,
  { id, providerId }: { readonly id: string; readonly providerId: string },
  status: "sent" | "delivered" | "read",
): Update {
  const { displayNumber, phoneNumberId, wabaId } = NUMBER;
  const waId = phone.slice(1);
  const pricing = { billable: false, pricing_model: "PMP", category: "service" };
  const element = {
    id: providerId,
    status,
    timestamp: String(Math.floor(Date.now() / 1_000)),
    recipient_id: waId,
    biz_opaque_callback_data: id,
    ...(status === "read" ? {} : { pricing: { ...pricing, type: "free_customer_service" } }),
  };
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: displayNumber, phone_number_id: phoneNumberId },
    contacts: [{ profile: { name: "Ada Lovelace" }, wa_id: waId }],
    statuses: [element],
  };
  return { wabaId, field: "messages", value };
}

/** A signed callback. */
export interface Callback {
  readonly body: string;
  readonly signature: string;
}

export function callbackOf(updates: readonly Update[]): Callback {
  const body = metaJson(envelope(updates));
  return { body, signature: signatureOf(body, NUMBER.appSecret) };
}

/** One callback of about that many bytes: one text, or as many as it takes. */
export function callbackOfBytes(bytes: number): Callback {
  const empty = callbackOf([textFrom(1, "")]).body.length;
  if (bytes < 4_000) return callbackOf([textFrom(1, "x".repeat(Math.max(0, bytes - empty)))]);
  const one =
    callbackOf([textFrom(1), textFrom(1)]).body.length - callbackOf([textFrom(1)]).body.length;
  return callbackOf(Array.from({ length: Math.ceil(bytes / one) }, () => textFrom(1)));
}

/** Throws unless the door takes it. */
export async function post(url: string, { body, signature }: Callback): Promise<void> {
  const headers = { "x-hub-signature-256": signature };
  const { status } = await postCallback(callbackUrlOf(url, NUMBER.channelKey), body, headers);
  if (status !== 200) throw new Error(`The webhook door answered ${status}.`);
}
