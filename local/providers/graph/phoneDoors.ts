/** Being the customer: write, tap, read, and look at the chat. */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { type ChatMessage, type Person, tickAt } from "./chats.ts";
import { type DoorAnswer, type DoorsConfig, numberFor, parsed, Refused } from "./door.ts";
import { hear } from "./hearing.ts";
import { type Inbound, inboundSchema, tellInbound } from "./inbound.ts";
import { interactiveSchema } from "./interactive.ts";
import { mediaContent, mediaElement } from "./mediaDoor.ts";
import { MEDIA_BYTES_MAX } from "./mediaTypes.ts";
import type { BusinessNumber } from "./numbers.ts";
import { statusUpdate } from "./statuses.ts";
import type { Filled } from "./templateSend.ts";

const readSchema = z.strictObject({ messageId: z.string() });
const pressSchema = z
  .strictObject({
    messageId: z.string(),
    buttonId: z.string().optional(),
    rowId: z.string().optional(),
  })
  .refine(({ buttonId, rowId }) => (buttonId === undefined) !== (rowId === undefined), {
    error: "give either buttonId or rowId",
  });

/** Base64 is a third longer than the bytes. */
const INBOUND_BYTES_MAX = Math.ceil((MEDIA_BYTES_MAX * 4) / 3) + 64 * 1024;

export async function inbound(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const asked = await parsed(request, inboundSchema, INBOUND_BYTES_MAX);
  const { content, channelKey, phoneNumberId } = asked;
  const number = numberFor(config.numbers, channelKey, phoneNumberId);
  const media = mediaContent.safeParse(content);
  const said = media.success ? mediaElement(config, number, media.data) : content;
  return say(config, number, { ...asked, content: said });
}

/** What a person said is remembered before the business is told. */
export async function say(
  { clock, state, chats, callbacks }: DoorsConfig,
  number: BusinessNumber,
  said: Inbound,
): Promise<DoorAnswer> {
  const { update, ...told } = tellInbound(said, number, clock.now());
  const first = state.atOnce(() => {
    hear(chats, update.value, [number]);
    return { delivered: callbacks.owe(number.channelKey, update) };
  });
  return { status: 200, body: { ...told, delivered: await first.delivered } };
}

/** The customer taps a button, or a row of a list. */
export async function press(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const { messageId, buttonId, rowId } = await parsed(request, pressSchema);
  const { message, number } = receivedBy(config, messageId);
  const content = tapped(message, buttonId, rowId);
  if (content === null) {
    const detail = "The message has no such button or row.";
    throw new Refused(422, "invalid_request", detail);
  }
  const { waId: from, userId } = message;
  const context = { from: number.displayNumber, id: messageId };
  const { name, username } = config.chats.person(number.phoneNumberId, from ?? userId ?? "") ?? {};
  return say(config, number, {
    from,
    userId,
    content,
    context,
    ...(typeof name === "string" && { name }),
    ...(typeof username === "string" && { username }),
  });
}

function tapped(message: ChatMessage, buttonId: string | undefined, rowId: string | undefined) {
  if (message.rendered !== null) return replyTapped(message.rendered, buttonId);
  const body = interactiveSchema.safeParse(message.body).data;
  const interactive =
    buttonId === undefined ? rowAnswer(body, rowId) : buttonAnswer(body, buttonId);
  return interactive === null ? null : { type: "interactive", interactive };
}

/** A reply of a template is named by its payload, or by its text when it has none (7.3). */
function replyTapped({ buttons, cards }: Filled, id: string | undefined) {
  const all = [...buttons, ...cards.flatMap((card) => card.buttons)];
  const found = all.find(
    ({ type, text, value }) => type === "QUICK_REPLY" && (value ?? text) === id,
  );
  if (found === undefined) return null;
  const { text, value } = found;
  return { type: "button", button: { payload: value ?? text, text } };
}

type Interactive = z.infer<typeof interactiveSchema> | undefined;
type Tapped = Readonly<Record<string, unknown>> | null;

function buttonAnswer(interactive: Interactive, id: string): Tapped {
  if (interactive?.type !== "button") return null;
  const button = interactive.action.buttons.find(({ reply }) => reply.id === id);
  return button === undefined ? null : { type: "button_reply", button_reply: button.reply };
}

function rowAnswer(interactive: Interactive, id: string | undefined): Tapped {
  if (interactive?.type !== "list") return null;
  const rows = interactive.action.sections.flatMap((section) => section.rows);
  const row = rows.find((one) => one.id === id);
  return row === undefined ? null : { type: "list_reply", list_reply: row };
}

/** The customer's phone shows the message; told once. */
export async function read(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const { messageId } = await parsed(request, readSchema);
  const { message, number } = receivedBy(config, messageId);
  const { clock, state, chats, callbacks } = config;
  if (message.ticks.some(({ status }) => status === "read" || status === "failed")) {
    return { status: 200, body: { messageId, told: false } };
  }
  const tick = { status: "read", at: clock.now() } as const;
  const person = chats.person(number.phoneNumberId, message.waId ?? message.userId ?? "");
  const nothing = { pricing: null, failsWith: null };
  const { delivered } = state.atOnce(() => {
    chats.keep({ ...message, ticks: [...message.ticks, tick] });
    const update = statusUpdate(number, message, person, tick, nothing);
    return { delivered: callbacks.owe(number.channelKey, update) };
  });
  return { status: 200, body: { messageId, told: true, delivered: await delivered } };
}

/** A message that a business sent, and which business. */
function receivedBy({ chats, numbers }: DoorsConfig, messageId: string) {
  const message = chats.message(messageId);
  const number = message === undefined ? undefined : numbers.byId(message.phoneNumberId);
  if (message?.direction === "outbound" && number !== undefined) return { message, number };
  const detail = "No business sent a message with this messageId.";
  throw new Refused(404, "not_found", detail);
}

/** What the phone of `number` (digits, or a user id) shows, oldest first. */
export function talk(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  // A plus that nobody escaped arrives as a space.
  const name = searchParams.get("number")?.replace(/^[+\s]/, "") ?? "";
  if (name === "") throw new Refused(422, "invalid_request", "Give the customer's number.");
  const only = searchParams.get("phoneNumberId");
  const { clock, chats, numbers } = config;
  const now = clock.now();
  const messages = chats
    .talk(name)
    .filter(({ phoneNumberId }) => (only ?? phoneNumberId) === phoneNumberId);
  const people = numbers
    .all()
    .map(({ phoneNumberId }) => chats.person(phoneNumberId, name))
    .filter((person) => person !== undefined);
  const read = readBy(people, messages);
  const data = messages.map((message) => ({
    id: message.id,
    direction: message.direction,
    phoneNumberId: message.phoneNumberId,
    content: { type: message.type, [message.type]: message.body },
    rendered: message.rendered,
    context: message.context === null ? null : { id: message.context },
    at: new Date(message.at).toISOString(),
    status: message.direction === "outbound" ? tickAt(message, now) : inboundTick(message, read),
  }));
  const typing = people.some(({ typingUntil }) => typingUntil !== null && now < typingUntil);
  return Promise.resolve({ status: 200, body: { data, typing } });
}

/** Ids of what the businesses have read: a receipt covers everything before it (section 7.4). */
function readBy(people: readonly Person[], messages: readonly ChatMessage[]): ReadonlySet<string> {
  const newest = new Set(people.map(({ readUpTo }) => readUpTo));
  const covered = new Set<string>();
  return new Set(
    messages.toReversed().flatMap(({ id, phoneNumberId }) => {
      if (newest.has(id)) covered.add(phoneNumberId);
      return covered.has(phoneNumberId) ? [id] : [];
    }),
  );
}

function inboundTick({ id }: ChatMessage, read: ReadonlySet<string>): "read" | "delivered" {
  return read.has(id) ? "read" : "delivered";
}
