/**
 * A person gets another number, and with it another user id, or another user id alone (sections 3.6
 * and 4.3). Meta tells it twice: as a system message, and by the field `user_id_update`.
 */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import type { Person } from "./chats.ts";
import { type DoorAnswer, type DoorsConfig, numberFor, parsed } from "./door.ts";
import { wamid } from "./inbound.ts";
import { type BusinessNumber, bsuidOf } from "./numbers.ts";
import type { Update } from "./webhook.ts";

const number = z.string().regex(/^\+?\d{5,20}$/, "must be digits, with or without a plus");
const common = {
  channelKey: z.string().optional(),
  phoneNumberId: z.string().optional(),
  timestamp: z.int().nonnegative().optional(),
  /** How Meta tells it; older systems had other names for the same. */
  tell: z.array(z.enum(["system", "legacy", "field"])).default(["system", "field"]),
};
const numberSchema = z.strictObject({
  ...common,
  from: number,
  to: number,
  userId: z.string().min(1).optional(),
});
const userIdSchema = z.strictObject({
  ...common,
  from: number.nullable().default(null),
  userId: z.string().min(1),
  newUserId: z.string().min(1),
});

interface Names {
  readonly waId: string | null;
  readonly userId: string;
}

export async function changeNumber(
  config: DoorsConfig,
  request: IncomingMessage,
): Promise<DoorAnswer> {
  const asked = await parsed(request, numberSchema);
  const business = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const [from, to] = [asked.from.replace("+", ""), asked.to.replace("+", "")];
  const known = config.chats.person(business.phoneNumberId, from);
  const before = { waId: from, userId: known?.userId ?? bsuidOf(business.wabaId, from) };
  const after = { waId: to, userId: asked.userId ?? bsuidOf(business.wabaId, to) };
  return rename(config, business, asked, before, after);
}

export async function changeUserId(
  config: DoorsConfig,
  request: IncomingMessage,
): Promise<DoorAnswer> {
  const asked = await parsed(request, userIdSchema);
  const business = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const waId = asked.from?.replace("+", "") ?? null;
  const before = { waId, userId: asked.userId };
  return rename(config, business, asked, before, { waId, userId: asked.newUserId });
}

type Asked = Pick<z.infer<typeof numberSchema>, "timestamp" | "tell">;

/** The person goes on where they were: what the business may send depends on the user alone. */
async function rename(
  { clock, state, chats, callbacks }: DoorsConfig,
  business: BusinessNumber,
  { timestamp, tell }: Asked,
  before: Names,
  after: Names,
): Promise<DoorAnswer> {
  const at = String(timestamp ?? Math.floor(clock.now() / 1_000));
  const known = chats.person(business.phoneNumberId, before.userId);
  const person: Person = {
    ...(known ?? nobody(business.phoneNumberId)),
    waId: known === undefined ? after.waId : (after.waId ?? known.waId),
    userId: after.userId,
  };
  const told = tell.map((how) => updateOf(how, business, before, after, at));
  const first = state.atOnce(() => {
    if (known !== undefined) chats.forgetPerson(known);
    chats.keepPerson(person);
    return { delivered: told.map((update) => callbacks.owe(business.channelKey, update)) };
  });
  const delivered = await Promise.all(first.delivered);
  return { status: 200, body: { ...after, delivered: delivered.every(Boolean) } };
}

function nobody(phoneNumberId: string): Person {
  const empty = { name: null, username: null, lastWroteAt: null, readUpTo: null };
  return { phoneNumberId, waId: null, userId: null, ...empty, typingUntil: null };
}

function updateOf(
  how: Asked["tell"][number],
  { wabaId, phoneNumberId, displayNumber }: BusinessNumber,
  before: Names,
  after: Names,
  timestamp: string,
): Update {
  const metadata = { display_phone_number: displayNumber, phone_number_id: phoneNumberId };
  const value = { messaging_product: "whatsapp", metadata };
  if (how === "field") {
    const turned = { previous: before.userId, current: after.userId };
    const update = { ...given("wa_id", after.waId), detail: "User id changed", timestamp };
    const contacts = [{ user_id: after.userId }];
    const elements = [{ ...update, user_id: turned }];
    return {
      wabaId,
      field: "user_id_update",
      value: { ...value, contacts, user_id_update: elements },
    };
  }
  const message = {
    ...given("from", before.waId),
    ...(how === "system" && { from_user_id: before.userId }),
    id: wamid(),
    timestamp,
    type: "system",
    system: how === "system" ? systemOf(before, after) : legacyOf(before, after),
  };
  // Section 2.3: system messages come without contacts.
  return { wabaId, field: "messages", value: { ...value, messages: [message] } };
}

function systemOf(before: Names, after: Names): object {
  const isNumber = before.waId !== after.waId;
  return {
    body: isNumber ? `User changed from ${before.waId} to ${after.waId}` : "User id changed",
    ...given("wa_id", isNumber ? after.waId : null),
    user_id: after.userId,
    type: isNumber ? "user_changed_number" : "user_changed_user_id",
  };
}

function legacyOf(before: Names, after: Names): object {
  const body = `User changed from ${before.waId} to ${after.waId}`;
  const names = { ...given("customer", before.waId), ...given("new_wa_id", after.waId) };
  return { body, ...names, type: "customer_changed_number" };
}

function given(name: string, value: string | null): object {
  return value === null ? {} : { [name]: value };
}
