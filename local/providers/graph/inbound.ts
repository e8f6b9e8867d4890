/** Being the customer: what somebody writes, as Meta tells the business (sections 2.3 and 3). */
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { mediaContent } from "./mediaDoor.ts";
import { type BusinessNumber, bsuidOf } from "./numbers.ts";
import type { Update } from "./webhook.ts";

const record = z.record(z.string(), z.unknown());

/** Parley's own content shapes (contract, section 3), and `raw` for whatever else Meta may say. */
const parleyContent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({
    type: z.literal("location"),
    latitude: z.number(),
    longitude: z.number(),
    name: z.string().optional(),
    address: z.string().optional(),
  }),
  z.strictObject({ type: z.literal("reaction"), messageId: z.string(), emoji: z.string() }),
  z.strictObject({ type: z.literal("contacts"), contacts: z.array(record) }),
  z.strictObject({ type: z.literal("interactive"), interactive: record }),
  z.strictObject({
    type: z.literal("order"),
    catalogId: z.string(),
    text: z.string().optional(),
    items: z.array(
      z.strictObject({
        productId: z.string(),
        quantity: z.number(),
        price: z.number(),
        currency: z.string(),
      }),
    ),
  }),
  z.strictObject({ type: z.literal("unsupported"), what: z.string() }),
  z.strictObject({ type: z.literal("raw"), message: record }),
]);

/** An element as Meta writes it: the type, and the body under the name of the type. */
const metaContent = z.record(z.string(), z.unknown()).refine((content) => {
  const { type, ...body } = content;
  return typeof type === "string" && Object.keys(body).join() === type && isObject(body[type]);
});

const CONTENT_SHAPES =
  "must be text, location, reaction, contacts, interactive, order or unsupported in " +
  "Parley's shape, Meta's own {type, <type>: {...}}, or {type: \"raw\", message: {...}}";

export const contentSchema = z.union([parleyContent, metaContent], { error: CONTENT_SHAPES });

/** Digits as Meta writes them, whether or not somebody gave a plus. */
export const givenNumber = z
  .string()
  .regex(/^\+?\d{1,20}$/, "must be digits, with or without a plus");
export const givenSecond = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/)]);

export const inboundSchema = z
  .strictObject({
    from: givenNumber.nullable(),
    content: z.union([mediaContent, parleyContent, metaContent], {
      error: `${CONTENT_SHAPES}, or media with its bytes`,
    }),
    name: z.string().optional(),
    username: z.string().optional(),
    userId: z.string().min(1).nullable().optional(),
    channelKey: z.string().optional(),
    phoneNumberId: z.string().optional(),
    id: z.string().min(1).optional(),
    timestamp: givenSecond.optional(),
    context: record.optional(),
    referral: record.optional(),
    groupId: z.string().min(1).optional(),
  })
  .refine(({ from, userId }) => from !== null || typeof userId === "string", {
    path: ["userId"],
    error: "is needed when from is null: Meta always names the user somehow",
  });

/** What is told; media are an element of Meta's by then. */
export type Inbound = Omit<z.infer<typeof inboundSchema>, "content"> & {
  readonly content: z.infer<typeof parleyContent> | Readonly<Record<string, unknown>>;
};

export interface Told {
  /** The message's wamid. */
  readonly id: string;
  readonly waId: string | null;
  readonly userId: string | null;
  readonly update: Update;
}

/** What Meta tells the owner of `number` about it; `nowMs` is when, unless it says so itself. */
export function tellInbound(inbound: Inbound, number: BusinessNumber, nowMs: number): Told {
  const waId = inbound.from?.replace("+", "") ?? null;
  const derived = waId === null ? null : bsuidOf(number.wabaId, waId);
  const userId = inbound.userId === undefined ? derived : inbound.userId;
  const message: Record<string, unknown> = {
    ...(waId !== null && { from: waId }),
    ...(userId !== null && { from_user_id: userId }),
    id: inbound.id ?? wamid(),
    timestamp: String(inbound.timestamp ?? Math.floor(nowMs / 1_000)),
    ...(inbound.groupId !== undefined && { group_id: inbound.groupId }),
    ...(inbound.context !== undefined && { context: inbound.context }),
    ...(inbound.referral !== undefined && { referral: inbound.referral }),
    ...elementOf(inbound.content),
  };
  const { name, username } = inbound;
  const contact = {
    profile: { ...(name !== undefined && { name }), ...(username !== undefined && { username }) },
    ...(waId !== null && { wa_id: waId }),
    ...(userId !== null && { user_id: userId }),
  };
  const { displayNumber, phoneNumberId, wabaId } = number;
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: displayNumber, phone_number_id: phoneNumberId },
    // Section 2.3: system messages come without contacts.
    ...(message.type !== "system" && { contacts: [contact] }),
    messages: [message],
  };
  return { id: String(message.id), waId, userId, update: { wabaId, field: "messages", value } };
}

/** A message id as Meta makes them: opaque, base64, may hold slashes and plus signs. */
export function wamid(): string {
  return `wamid.${randomBytes(28).toString("base64")}`;
}

/** The content as an element of `messages[]`, without who and when. */
export function elementOf(content: Inbound["content"]): Readonly<Record<string, unknown>> {
  const ours = parleyContent.safeParse(content);
  if (!ours.success) return content;
  switch (ours.data.type) {
    case "text":
      return { type: "text", text: { body: ours.data.text } };
    case "location": {
      const { type, ...location } = ours.data;
      return { type, location };
    }
    case "reaction": {
      const { type, messageId, emoji } = ours.data;
      return { type, reaction: { message_id: messageId, emoji } };
    }
    case "contacts":
    case "interactive":
      return ours.data;
    case "order":
      return orderOf(ours.data);
    case "unsupported":
      return unsupportedOf(ours.data.what);
    case "raw":
      return ours.data.message;
    default:
      return ours.data satisfies never;
  }
}

type Ours<T extends string> = Extract<z.infer<typeof parleyContent>, { type: T }>;

function orderOf({ type, catalogId, items, ...more }: Ours<"order">) {
  const products = items.map(({ productId, price, ...item }) => {
    return { product_retailer_id: productId, item_price: price, ...item };
  });
  return { type, order: { catalog_id: catalogId, ...more, product_items: products } };
}

/** What WhatsApp does not pass on to businesses (section 3.7). */
function unsupportedOf(what: string) {
  const title = "Message type unknown";
  const details = "Message type is currently not supported.";
  return {
    type: "unsupported",
    errors: [{ code: 131051, title, message: title, error_data: { details } }],
    unsupported: { type: what },
  };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
