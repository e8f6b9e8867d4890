/** What Meta tells of a message after it was accepted (section 5). */
import type { ChatMessage, Person, Tick } from "./chats.ts";
import { knownError } from "./errorTable.ts";
import { BSUID, type BusinessNumber } from "./numbers.ts";
import type { Script } from "./script.ts";
import type { Update } from "./webhook.ts";

export interface Pricing {
  readonly category: "service" | "utility" | "marketing" | "authentication";
  readonly type: "regular" | "free_customer_service";
}

/** What becomes of an accepted message. */
export interface Fate {
  /** The code it fails with, or null. */
  readonly failsWith: number | null;
  /** How long it is held back before anything happens. */
  readonly heldMs: number;
}

const SENT_AFTER_MS = 300;
const STEP_MS = 100;
const FAR: Readonly<Record<Script["statuses"], readonly Tick[]>> = {
  none: [],
  sent: ["sent"],
  delivered: ["sent", "delivered"],
  read: ["sent", "delivered", "read"],
};

/** Which ticks follow, and when. Of a reaction only `sent` is ever told (section 5). */
export function ticksOf(
  { failsWith, heldMs }: Fate,
  type: string,
  { statuses, statusBeforeAnswer }: Script,
  now: number,
): ChatMessage["ticks"] {
  const far = FAR[type === "reaction" && statuses !== "none" ? "sent" : statuses];
  const all: readonly Tick[] = failsWith === null ? far : ["failed"];
  const firstMs = statusBeforeAnswer ? 0 : SENT_AFTER_MS;
  return all.map((status, place) => ({
    status,
    at: now + heldMs + firstMs + place * STEP_MS,
  }));
}

/** One status as Meta writes it. A failure of a send to a number names no user (section 4.1). */
export function statusUpdate(
  number: BusinessNumber,
  message: ChatMessage,
  person: Person | undefined,
  tick: ChatMessage["ticks"][number],
  more: { readonly pricing: Pricing | null; readonly failsWith: number | null },
): Update {
  const { displayNumber, phoneNumberId, wabaId } = number;
  const { waId, userId, reference, id } = message;
  const { status, at } = tick;
  const groupId = userId === null || BSUID.test(userId) ? null : userId;
  const knownAs = groupId === null ? userId : null;
  const isNameless = status === "failed" && waId !== null;
  const { pricing, failsWith } = more;
  const isPriced = pricing !== null && (status === "sent" || status === "delivered");
  const element = {
    id,
    status,
    timestamp: String(Math.floor(at / 1_000)),
    ...(waId !== null && { recipient_id: waId }),
    ...(groupId !== null && { recipient_id: groupId, recipient_type: "group" }),
    ...(!isNameless && knownAs !== null && { recipient_user_id: knownAs }),
    ...(reference !== null && { biz_opaque_callback_data: reference }),
    ...(isPriced && { pricing: pricingOf(pricing) }),
    ...(failsWith !== null && { errors: [errorOf(failsWith)] }),
  };
  const { name = null, username = null } = person ?? {};
  const contact = {
    profile: {
      ...(name !== null && { name }),
      ...(username !== null && status !== "sent" && { username }),
    },
    ...(waId !== null && { wa_id: waId }),
    ...(knownAs !== null && { user_id: knownAs }),
  };
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: displayNumber, phone_number_id: phoneNumberId },
    ...(!isNameless && { contacts: [contact] }),
    statuses: [element],
  };
  return { wabaId, field: "messages", value };
}

function pricingOf({ category, type }: Pricing) {
  return { billable: type === "regular", pricing_model: "PMP", type, category };
}

const DETAILS: Readonly<Record<number, string>> = {
  131026: "Message Undeliverable.",
  131053: "The media could not be fetched, or are of another type than the message.",
  131047: "More than 24 hours have passed since the recipient last replied to the sender number.",
};

function errorOf(code: number) {
  const { title } = knownError(code);
  return {
    code,
    title,
    message: title,
    error_data: { details: DETAILS[code] ?? title },
    href: "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
  };
}
