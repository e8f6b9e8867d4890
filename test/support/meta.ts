import { expect } from "vitest";
import { wamid } from "../../local/providers/graph/inbound.ts";
import { metaJson, signatureOf } from "../../local/providers/graph/webhook.ts";

/** Meta at the front door: callbacks of any shape, signed and posted by the story itself. */

export type Json = Readonly<Record<string, unknown>>;

/** One element of `messages[]` and the one of `contacts[]` beside it. */
export interface Said {
  readonly contact: Json | null;
  readonly message: Json & { readonly id: string };
}

export interface PersonInput {
  /** Digits with plus; null for who hides it. */
  readonly phone: string | null;
  readonly userId?: string;
  readonly name?: string;
}

/** A customer with a phone in hand. */
export interface Customer {
  /** A text as Meta writes it; `more` is merged into the message. */
  says(text: string, more?: Json): Said;
  /** Signs and posts it; answers the provider's id. */
  writes(text: string, more?: Json): Promise<string>;
  /** The same through the simulator's own phone. */
  phones(text: string): Promise<string>;
}

export interface Meta {
  readonly channelKey: string;
  readonly phoneNumberId: string;
  /** The address that the app calls. */
  readonly door: string;
  customer(input: PersonInput): Customer;
  /** A whole callback with one value. */
  callback(said: readonly Said[], phoneNumberId?: string): Json;
  /** A `changes[]` element. */
  change(said: readonly Said[], phoneNumberId?: string): Json;
  /** Posts it as Meta does, signed over its very bytes. */
  post(body: Json | string | Uint8Array): Promise<number>;
  /** Posts it under these headers only. */
  postUnder(body: string | Uint8Array, headers: Readonly<Record<string, string>>): Promise<number>;
  handshake(query: Readonly<Record<string, string>>): Promise<{ status: number; body: string }>;
}

/** Every app on the laptop has this secret and token. */
export const APP_SECRET = "local-app-secret";
export const VERIFY_TOKEN = "local-verify-token";
const WABA_ID = "200000000000001";
const DISPLAY_NUMBER = "15550100001";

interface Place {
  readonly url: string;
  readonly channelKey: string;
  readonly phoneNumberId: string;
  /** ms since the epoch. */
  readonly now: () => number;
}

export function metaOf(place: Place): Meta {
  const { channelKey, phoneNumberId, url } = place;
  const door = `${url}/webhooks/whatsapp/${channelKey}`;
  const change = (said: readonly Said[], id = phoneNumberId) => ({
    field: "messages",
    value: {
      messaging_product: "whatsapp",
      metadata: { display_phone_number: DISPLAY_NUMBER, phone_number_id: id },
      contacts: said.flatMap(({ contact }) => (contact === null ? [] : [contact])),
      messages: said.map(({ message }) => message),
    },
  });
  const meta: Meta = {
    channelKey,
    phoneNumberId,
    door,
    change,
    callback: (said, id) => callbackOf([change(said, id)]),
    postUnder: async (body, headers) => {
      const reply = await fetch(door, { method: "POST", headers, body: bytesOf(body) });
      await reply.arrayBuffer();
      return reply.status;
    },
    post: (body) => {
      const raw = typeof body === "string" || body instanceof Uint8Array ? body : metaJson(body);
      const signature = signatureOf(Buffer.from(raw), APP_SECRET);
      const type = { "content-type": "application/json" };
      return meta.postUnder(raw, { ...type, "x-hub-signature-256": signature });
    },
    handshake: async (query) => {
      const reply = await fetch(`${door}?${new URLSearchParams(query)}`);
      return { status: reply.status, body: await reply.text() };
    },
    customer: (input) => customerOf(place, meta, input),
  };
  return meta;
}

/** An envelope around `changes[]` elements. */
export function callbackOf(changes: readonly Json[]): Json {
  return { object: "whatsapp_business_account", entry: [{ id: WABA_ID, changes }] };
}

/** fetch wants bytes that own their buffer. */
function bytesOf(body: string | Uint8Array): string | Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? body : new Uint8Array(body);
}

function customerOf(place: Place, meta: Meta, { phone, userId, name }: PersonInput): Customer {
  const waId = phone?.replace("+", "");
  const says: Customer["says"] = (text, more = {}) => ({
    contact: {
      ...(name !== undefined && { profile: { name } }),
      ...(waId !== undefined && { wa_id: waId }),
      ...(userId !== undefined && { user_id: userId }),
    },
    message: {
      ...(waId !== undefined && { from: waId }),
      ...(userId !== undefined && { from_user_id: userId }),
      id: wamid(),
      timestamp: String(Math.floor(place.now() / 1_000)),
      type: "text",
      text: { body: text },
      ...more,
    },
  });
  return {
    says,
    async writes(text, more) {
      const said = says(text, more);
      expect(await meta.post(meta.callback([said]))).toBe(200);
      return said.message.id;
    },
    async phones(text) {
      const { channelKey, phoneNumberId } = place;
      const content = { type: "text", text };
      const reply = await fetch(`${place.url}/sim/graph/inbound`, {
        method: "POST",
        body: JSON.stringify({ from: phone, name, userId, content, channelKey, phoneNumberId }),
      });
      const told = JSON.parse(await reply.text());
      expect(told).toMatchObject({ delivered: true });
      return told.id;
    },
  };
}
