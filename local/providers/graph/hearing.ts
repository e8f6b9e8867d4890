/** Remembers what people write, however a door brought it in, so that a business can answer. */
import * as z from "zod";
import type { ChatMessage, Chats, Person } from "./chats.ts";
import { type BusinessNumber, bsuidOf } from "./numbers.ts";

const valueSchema = z.looseObject({
  metadata: z.looseObject({ phone_number_id: z.string() }),
  contacts: z.array(z.unknown()).optional(),
  messages: z.array(z.unknown()),
});
const contactSchema = z.looseObject({
  profile: z
    .looseObject({ name: z.string().optional(), username: z.string().optional() })
    .optional(),
  wa_id: z.string().optional(),
  user_id: z.string().optional(),
});
const elementSchema = z.looseObject({
  id: z.string().min(1),
  from: z.string().optional(),
  from_user_id: z.string().optional(),
  group_id: z.string().optional(),
  timestamp: z.coerce.number(),
  type: z.string(),
  context: z.looseObject({ id: z.string().optional() }).optional(),
});
const callbackSchema = z.looseObject({
  entry: z.array(
    z.looseObject({
      changes: z.array(z.looseObject({ field: z.string(), value: z.unknown() })),
    }),
  ),
});

/** These say something about the user or an earlier message, but open no window (section 6.1). */
const OPENS_NOTHING = new Set(["reaction", "system", "edit", "revoke", "request_welcome"]);

/** Hears everything in a callback that a test made by hand; what has no sense is not heard. */
export function hearCallback(chats: Chats, body: unknown, numbers: readonly BusinessNumber[]) {
  const callback = callbackSchema.safeParse(body);
  for (const { changes } of callback.data?.entry ?? []) {
    for (const { field, value } of changes) {
      if (field === "messages") hear(chats, value, numbers);
    }
  }
}

/** Hears the messages of one value of the field `messages` (section 2.3). */
export function hear(chats: Chats, value: unknown, numbers: readonly BusinessNumber[]): void {
  const { data } = valueSchema.safeParse(value);
  const number = numbers.find(
    ({ phoneNumberId }) => phoneNumberId === data?.metadata.phone_number_id,
  );
  if (data === undefined || number === undefined) return;
  const contacts = (data.contacts ?? [])
    .map((one) => contactSchema.safeParse(one).data)
    .filter((one) => one !== undefined);
  for (const message of data.messages) {
    const element = elementSchema.safeParse(message).data;
    if (element !== undefined) hearOne(chats, number, element, contacts);
  }
}

/** A call opens the window, as a message does (section 6.1). */
export function hearCall(
  chats: Chats,
  { phoneNumberId, wabaId }: BusinessNumber,
  waId: string,
  at: number,
): void {
  const known = chats.person(phoneNumberId, waId);
  chats.keepPerson({
    phoneNumberId,
    waId,
    userId: known?.userId ?? bsuidOf(wabaId, waId),
    name: known?.name ?? null,
    username: known?.username ?? null,
    lastWroteAt: Math.max(known?.lastWroteAt ?? 0, at),
    readUpTo: known?.readUpTo ?? null,
    typingUntil: known?.typingUntil ?? null,
  });
}

function hearOne(
  chats: Chats,
  { phoneNumberId, wabaId }: BusinessNumber,
  element: z.infer<typeof elementSchema>,
  contacts: readonly z.infer<typeof contactSchema>[],
): void {
  const { id, type, timestamp, context } = element;
  const { from = null, from_user_id: fromUser, group_id: groupId } = element;
  // A group is a chat of its own, under its own id (section 3.8).
  const waId = groupId === undefined ? from : null;
  const userId = groupId ?? fromUser ?? (from === null ? null : bsuidOf(wabaId, from));
  const contact = contacts.find((one) => one.user_id === userId || one.wa_id === waId);
  const known = chats.person(phoneNumberId, waId ?? userId ?? "");
  const at = timestamp * 1_000;
  const wroteAt = OPENS_NOTHING.has(type) ? 0 : at;
  const person: Person = {
    phoneNumberId,
    waId,
    userId,
    name: contact?.profile?.name ?? known?.name ?? null,
    username: contact?.profile?.username ?? known?.username ?? null,
    lastWroteAt: Math.max(known?.lastWroteAt ?? 0, wroteAt) || null,
    readUpTo: known?.readUpTo ?? null,
    typingUntil: known?.typingUntil ?? null,
  };
  const message: ChatMessage = {
    id,
    direction: "inbound",
    phoneNumberId,
    waId,
    userId,
    type,
    body: element[type] ?? null,
    rendered: null,
    context: context?.id ?? null,
    at,
    to: null,
    reference: null,
    ticks: [],
  };
  chats.keepPerson(person);
  chats.keep(message);
}
