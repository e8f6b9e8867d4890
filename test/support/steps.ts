/**
 * What people do on one WhatsApp number, step by step, of every type that Meta tells (WhatsApp
 * reference, sections 2.7, 2.8 and 3).
 */
import * as fc from "fast-check";

export type Json = Readonly<Record<string, unknown>>;

export const NUMBER = "15550100001";

export interface Person {
  readonly name: string;
  readonly waId: string | null;
  readonly userId: string | null;
  /** Writes in this group only. */
  readonly groupId: string | null;
}

export const PEOPLE: readonly Person[] = [
  { name: "Ada", waId: "447700900101", userId: "GB.71000000000000000101", groupId: null },
  { name: "Bob", waId: null, userId: "GB.71000000000000000102", groupId: null },
  { name: "Cem", waId: "447700900103", userId: null, groupId: null },
  { name: "Dee", waId: "447700900104", userId: "GB.71000000000000000104", groupId: "Z3JvdXA" },
];

/** What an element is made of: whose, when, and what was said before it. */
export interface Moment {
  readonly person: Person;
  readonly at: number;
  readonly id: string;
  readonly earlier: readonly Said[];
}

export interface Said {
  readonly id: string;
  readonly by: "customer" | "business";
}

/** One step of a day: what Meta tells, and whether it can be answered, edited or revoked. */
export type Step = (moment: Moment) => { field: string; lists: Json; says?: Said["by"] };

function frame({ person, at, id }: Moment): Json {
  const { waId, userId, groupId } = person;
  return {
    ...(waId !== null && { from: waId }),
    ...(userId !== null && { from_user_id: userId }),
    ...(groupId !== null && { group_id: groupId }),
    id,
    timestamp: String(at),
  };
}

function contactOf({ waId, userId }: Person, name: string | null): Json {
  return {
    ...(name !== null && { profile: { name } }),
    ...(waId !== null && { wa_id: waId }),
    ...(userId !== null && { user_id: userId }),
  };
}

function echoFrame({ person, at, id }: Moment): Json {
  const { waId, userId, groupId } = person;
  return {
    from: NUMBER,
    ...(waId !== null && groupId === null && { to: waId }),
    ...(userId !== null && groupId === null && { to_user_id: userId }),
    ...(groupId !== null && { to: groupId, recipient_type: "group" }),
    id,
    timestamp: String(at),
  };
}

const words = fc.stringMatching(/^[a-zé🙂 ]{1,20}$/u);
const emoji = fc.constantFrom("👍", "❤️", "", undefined);
const media = (mimeType: string, more: Json = {}) => ({
  mime_type: mimeType,
  sha256: "c2hhMjU2",
  id: "400000000000001",
  url: "https://lookaside.fbsbx.com/whatsapp_business/attachments/",
  ...more,
});

/** Bodies of messages (section 3.2), with their types. */
const body: fc.Arbitrary<Json> = fc.oneof(
  words.map((text) => ({ type: "text", text: { body: text } })),
  words.map((caption) => ({ type: "image", image: media("image/jpeg", { caption }) })),
  fc.boolean().map((voice) => ({
    type: "audio",
    audio: media("audio/ogg; codecs=opus", { voice }),
  })),
  fc.constantFrom<Json>(
    { type: "video", video: media("video/mp4") },
    { type: "document", document: media("application/pdf", { filename: "a.pdf" }) },
    { type: "sticker", sticker: media("image/webp", { animated: true }) },
    { type: "location", location: { latitude: 51.5, longitude: -0.12, url: "https://x.example" } },
    { type: "contacts", contacts: [{ name: { formatted_name: "Bob Sample" }, origin: "other" }] },
    {
      type: "interactive",
      interactive: { type: "button_reply", button_reply: { id: "b1", title: "Yes" } },
    },
    {
      type: "interactive",
      interactive: {
        type: "nfm_reply",
        nfm_reply: { name: "flow", body: "Sent", response_json: '{"day":"Monday","seats":2}' },
      },
    },
    { type: "button", button: { payload: "p1", text: "Stop" } },
    {
      type: "order",
      order: {
        catalog_id: "7000",
        product_items: [
          { product_retailer_id: "sku1", quantity: 2, item_price: 9.5, currency: "GBP" },
        ],
      },
    },
    {
      type: "unsupported",
      errors: [{ code: 131051, title: "Message type unknown" }],
      unsupported: { type: "poll_creation" },
    },
    { type: "unknown", errors: [{ code: 131051, details: "not supported" }] },
    { type: "request_welcome" },
    { type: "hologram", hologram: { depth: 3 } },
  ),
);

/** Of what was said before, or an id that nobody ever has. */
function targetOf({ earlier }: Moment, place: number, by?: Said["by"]): string {
  const known = earlier.filter((said) => by === undefined || said.by === by);
  return known[place % Math.max(known.length, 1)]?.id ?? "wamid.NOBODY";
}

const place = fc.nat(30);
const name = fc.constantFrom("", "", " A.", " B.", null);

const message: fc.Arbitrary<Step> = fc
  .record({
    body,
    name,
    quotes: fc.option(place),
    forwarded: fc.boolean(),
    referral: fc.constantFrom(undefined, undefined, { source_type: "ad", headline: "Sale" }),
  })
  .map((given) => (moment) => {
    const { body, name, quotes, forwarded, referral } = given;
    const called = name === null ? null : `${moment.person.name}${name}`;
    const context = {
      ...(quotes !== null && { from: NUMBER, id: targetOf(moment, quotes) }),
      ...(forwarded && { forwarded }),
    };
    const more = referral === undefined ? {} : { referral };
    const element = { ...frame(moment), ...body, context, ...more };
    const lists = { contacts: [contactOf(moment.person, called)], messages: [element] };
    return { field: "messages", lists, says: "customer" };
  });

function amending(by: Said["by"], element: (moment: Moment) => Json): Step {
  return (moment) => {
    const isTheirs = by === "customer";
    const field = isTheirs ? "messages" : "smb_message_echoes";
    const whole = { ...(isTheirs ? frame(moment) : echoFrame(moment)), ...element(moment) };
    const contacts = [contactOf(moment.person, isTheirs ? moment.person.name : null)];
    return { field, lists: { contacts, [isTheirs ? "messages" : "message_echoes"]: [whole] } };
  };
}

const author = fc.constantFrom<Said["by"]>("customer", "customer", "business");

const amendment: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(author, place, emoji).map(([by, target, given]) =>
    amending(by, (moment) => ({
      type: "reaction",
      reaction: { message_id: targetOf(moment, target), emoji: given },
    })),
  ),
  fc.tuple(author, place, words).map(([by, target, text]) =>
    amending(by, (moment) => ({
      type: "edit",
      edit: {
        original_message_id: targetOf(moment, target, by),
        message: { type: "text", text: { body: text } },
      },
    })),
  ),
  fc.tuple(author, place).map(([by, target]) =>
    amending(by, (moment) => ({
      type: "revoke",
      revoke: { original_message_id: targetOf(moment, target, by) },
    })),
  ),
);

const echo: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom("smb_message_echoes", "message_echoes"), body)
  .map(([field, said]) => (moment) => {
    const lists = { message_echoes: [{ ...echoFrame(moment), ...said }] };
    return { field, lists, says: "business" };
  });

const call: fc.Arbitrary<Step> = fc
  .constantFrom("USER_INITIATED", "BUSINESS_INITIATED")
  .map((direction) => (moment) => {
    const { group_id: _, ...who } = frame(moment);
    const lists = { calls: [{ ...who, to: NUMBER, event: "connect", direction }] };
    return { field: "calls", lists };
  });

const preference: fc.Arbitrary<Step> = fc
  .constantFrom("stop", "resume")
  .map((value) => ({ person, at }) => {
    const { profile: _, ...who } = contactOf(person, null);
    const told = { ...who, category: "marketing_messages", value, timestamp: at };
    return { field: "user_preferences", lists: { user_preferences: [told] } };
  });

const phoneBook: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom("add", "remove"), words)
  .map(([action, full]) => ({ person, at }) => {
    const who = person.waId === null ? { user_id: person.userId } : { phone_number: person.waId };
    const contact = { full_name: `${person.name} ${full}`, ...who };
    const metadata = { timestamp: String(at) };
    return {
      field: "smb_app_state_sync",
      lists: { state_sync: [{ type: "contact", contact, action, metadata }] },
    };
  });

const OLD_S = 40 * 86_400;

/** Something old, from either side; or what is told live as well (`again`). */
const history: fc.Arbitrary<Step> = fc
  .record({
    body,
    isOurs: fc.boolean(),
    again: fc.constantFrom(false, false, true),
    target: place,
    status: fc.constantFrom("READ", "DELIVERED", "ERROR", "PENDING"),
  })
  .map(({ body, isOurs, again, target, status }) => (moment) => {
    const { person, at } = moment;
    const thread = person.waId ?? person.userId ?? "";
    const known = targetOf(moment, target, "customer");
    const isAgain = again && known !== "wamid.NOBODY";
    const sides = isOurs ? { from: NUMBER, to: thread } : { from: thread };
    const old = {
      ...sides,
      ...body,
      id: moment.id,
      timestamp: String(at - OLD_S),
      history_context: { status },
    };
    const live = { from: thread, id: known, type: "text", text: { body: "known" } };
    const element = isAgain ? { ...live, timestamp: secondOf(known) } : old;
    const chunk = {
      metadata: { phase: 1, chunk_order: 1, progress: 100 },
      threads: [{ id: thread, messages: [element] }],
    };
    const says = isOurs ? "business" : "customer";
    return { field: "history", lists: { history: [chunk] }, ...(isAgain ? {} : { says }) };
  });

/** Ids carry their time, so that history can tell the same message again. */
function secondOf(id: string): string {
  return id.split(".").at(-1) ?? "";
}

/** What somebody does who writes for themselves. */
export const alone = fc.oneof(
  { weight: 6, arbitrary: message },
  { weight: 4, arbitrary: amendment },
  { weight: 2, arbitrary: echo },
  { weight: 1, arbitrary: call },
  { weight: 1, arbitrary: preference },
  { weight: 1, arbitrary: phoneBook },
  { weight: 2, arbitrary: history },
);
/** Groups have no history, calls or preferences. */
export const together = fc.oneof(
  { weight: 3, arbitrary: message },
  { weight: 1, arbitrary: amendment },
  { weight: 1, arbitrary: echo },
);
