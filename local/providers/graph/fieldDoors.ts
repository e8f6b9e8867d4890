/**
 * What Meta tells of a number beside its messages (sections 2.7 and 2.8): what its owner wrote in
 * the phone app, what was said before it was connected, its phone book, calls, and preferences.
 */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { type DoorAnswer, type DoorsConfig, numberFor, parsed } from "./door.ts";
import { hearCall } from "./hearing.ts";
import { contentSchema, elementOf, givenNumber, givenSecond, wamid } from "./inbound.ts";
import { type BusinessNumber, bsuidOf } from "./numbers.ts";

const place = { channelKey: z.string().optional(), phoneNumberId: z.string().optional() };
const said = { content: contentSchema, id: z.string().min(1).optional() };

const echoSchema = z.strictObject({
  ...place,
  ...said,
  to: givenNumber,
  timestamp: givenSecond.optional(),
  field: z.enum(["smb_message_echoes", "message_echoes"]).default("smb_message_echoes"),
});

/** The owner of the number writes in the phone app, or in another tool. */
export async function echo(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const asked = await parsed(request, echoSchema);
  const number = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const who = namesOf(number, asked.to);
  const id = asked.id ?? wamid();
  const element = {
    from: number.displayNumber,
    to: who.wa_id,
    to_user_id: who.user_id,
    id,
    timestamp: secondOf(config, asked.timestamp),
    ...elementOf(asked.content),
  };
  const lists = { contacts: [who], message_echoes: [element] };
  return tell(config, number, asked.field, lists, { id });
}

const HISTORY_STATUSES = ["SENT", "DELIVERED", "READ", "PLAYED", "ERROR", "PENDING"] as const;

const historySchema = z
  .strictObject({
    ...place,
    phase: z.int().min(0).max(2).default(0),
    chunkOrder: z.int().min(1).default(1),
    progress: z.int().min(0).max(100).default(100),
    threads: z
      .array(
        z.strictObject({
          with: givenNumber,
          messages: z.array(
            z.strictObject({
              ...said,
              by: z.enum(["customer", "business"]),
              timestamp: givenSecond,
              status: z.enum(HISTORY_STATUSES).default("READ"),
            }),
          ),
        }),
      )
      .default([]),
    refused: z.boolean().default(false),
  })
  .refine(({ threads, refused }) => refused !== threads.length > 0, {
    path: ["threads"],
    error: "give threads, or refused: true when the owner shares none",
  });

/** What was said before the number was connected; or that its owner does not share it. */
export async function history(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const asked = await parsed(request, historySchema);
  const number = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const { phase, chunkOrder, progress } = asked;
  const ids: string[] = [];
  const threads = asked.threads.map(({ with: given, messages }) => {
    const thread = given.replace("+", "");
    const elements = messages.map(({ by, content, timestamp, status, id = wamid() }) => {
      ids.push(id);
      const isOurs = by === "business";
      return {
        from: isOurs ? number.displayNumber : thread,
        ...(isOurs && { to: thread }),
        id,
        timestamp: String(timestamp),
        ...elementOf(content),
        history_context: { status },
      };
    });
    return { id: thread, messages: elements };
  });
  const details = "History sharing is turned off by the business";
  const errors = [{ code: 2593109, title: details, message: details, error_data: { details } }];
  const metadata = { phase, chunk_order: chunkOrder, progress };
  const chunk = asked.refused ? { errors } : { metadata, threads };
  return tell(config, number, "history", { history: [chunk] }, { ids });
}

const phoneBookSchema = z.strictObject({
  ...place,
  number: givenNumber,
  name: z.string().optional(),
  action: z.enum(["add", "remove"]).default("add"),
  timestamp: givenSecond.optional(),
});

/** The phone on the number calls somebody by a name, or not any more. */
export async function phoneBook(
  config: DoorsConfig,
  request: IncomingMessage,
): Promise<DoorAnswer> {
  const asked = await parsed(request, phoneBookSchema);
  const number = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const { name } = asked;
  const contact = {
    ...(name !== undefined && { full_name: name, first_name: name.split(" ")[0] }),
    phone_number: asked.number.replace("+", ""),
  };
  const metadata = { timestamp: secondOf(config, asked.timestamp) };
  const entry = { type: "contact", contact, action: asked.action, metadata };
  return tell(config, number, "smb_app_state_sync", { state_sync: [entry] }, {});
}

const callSchema = z.strictObject({
  ...place,
  from: givenNumber,
  direction: z.enum(["USER_INITIATED", "BUSINESS_INITIATED"]).default("USER_INITIATED"),
  event: z.enum(["connect", "terminate"]).default("connect"),
  timestamp: givenSecond.optional(),
});

/** A call begins or ends; one of the customer opens the window (section 6.1). */
export async function call(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const asked = await parsed(request, callSchema);
  const number = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const who = namesOf(number, asked.from);
  const timestamp = secondOf(config, asked.timestamp);
  const { direction, event } = asked;
  if (direction === "USER_INITIATED" && event === "connect") {
    hearCall(config.chats, number, who.wa_id, Number(timestamp) * 1_000);
  }
  const element = {
    id: wamid().replace("wamid", "wacid"),
    from: who.wa_id,
    from_user_id: who.user_id,
    to: number.displayNumber,
    event,
    direction,
    timestamp,
  };
  return tell(config, number, "calls", { contacts: [who], calls: [element] }, {});
}

const preferenceSchema = z.strictObject({
  ...place,
  from: givenNumber,
  value: z.enum(["stop", "resume", "signup"]),
  timestamp: z.int().nonnegative().optional(),
});

const DETAILS = {
  stop: "User requested to stop marketing messages",
  resume: "User requested to resume marketing messages",
  signup: "User signed up for marketing messages",
} as const;

/** The customer stops or resumes marketing messages; here the timestamp is an integer. */
export async function preference(
  config: DoorsConfig,
  request: IncomingMessage,
): Promise<DoorAnswer> {
  const asked = await parsed(request, preferenceSchema);
  const number = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const who = namesOf(number, asked.from);
  const element = {
    ...who,
    detail: DETAILS[asked.value],
    category: "marketing_messages",
    value: asked.value,
    timestamp: Number(secondOf(config, asked.timestamp)),
  };
  const lists = { contacts: [who], user_preferences: [element] };
  return tell(config, number, "user_preferences", lists, {});
}

function namesOf({ wabaId }: BusinessNumber, given: string) {
  const waId = given.replace("+", "");
  return { wa_id: waId, user_id: bsuidOf(wabaId, waId) };
}

function secondOf({ clock }: DoorsConfig, given: string | number | undefined): string {
  return String(given ?? Math.floor(clock.now() / 1_000));
}

async function tell(
  { callbacks }: DoorsConfig,
  { wabaId, displayNumber, phoneNumberId, channelKey }: BusinessNumber,
  field: string,
  lists: Readonly<Record<string, unknown>>,
  answer: Readonly<Record<string, unknown>>,
): Promise<DoorAnswer> {
  const metadata = { display_phone_number: displayNumber, phone_number_id: phoneNumberId };
  const value = { messaging_product: "whatsapp", metadata, ...lists };
  const delivered = await callbacks.owe(channelKey, { wabaId, field, value });
  return { status: 200, body: { ...answer, delivered } };
}
