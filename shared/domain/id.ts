/**
 * Ids carry their kind: a prefix and a ULID (48 bits of time, 80 of entropy, Crockford base 32).
 * Nothing else in the project looks inside an id.
 */
export const idPrefixes = {
  workspace: "wsp",
  agent: "agt",
  apiKey: "key",
  channel: "chn",
  contact: "ctc",
  conversation: "cnv",
  message: "msg",
  template: "tpl",
  callback: "cbk",
  redrive: "rdr",
  merge: "mrg",
} as const;

export type IdKind = keyof typeof idPrefixes;

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ULID_LENGTH = 26;
const TIME_LENGTH = 10;
const THREAD_LENGTH = 9;
const ORDER_LENGTH = 7;

/** The largest offset from its own time by which a message's arrival is told apart: 9.3 hours. */
const ARRIVAL_OFFSET_MAX_MS = 2 ** 25 - 1;
const POSITION_MAX = 2 ** 10 - 1;

/** Matches exactly the ids of one kind. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[0-7][0-9A-HJKMNP-TV-Z]{25}$`);
}

export function isId(kind: IdKind, value: string): boolean {
  return idPattern(kind).test(value);
}

/**
 * The part of a conversation's id that its messages' ids repeat. The conversation's rows are keyed
 * by it, so a message is found by its id alone; creation refuses a thread that is taken.
 */
export function threadOf(id: string): string {
  const ulid = id.slice(id.indexOf("_") + 1);
  if (id.startsWith(`${idPrefixes.message}_`)) {
    return ulid.slice(TIME_LENGTH, TIME_LENGTH + THREAD_LENGTH);
  }
  return ulid.slice(ULID_LENGTH - THREAD_LENGTH);
}

/** The providers' clocks tell whole seconds. */
const TICK_MS = 1_000;

/**
 * When a message was said at the latest, by a clock that tells whole seconds: an answer to what we
 * sent in the same second comes after it, unless it had arrived before.
 */
export function saidBy(tickAt: number, arrivedAt: number): number {
  return Math.max(tickAt, Math.min(tickAt + TICK_MS - 1, arrivedAt));
}

/**
 * A message's id inside its conversation. Ids sort by the message's own time; what was said at the
 * same time keeps the order of arrival.
 *
 * @param at the message's time, ms since the epoch
 * @param arrivedAt when it reached us, ms since the epoch
 * @param position its place among those that arrived together, 0 to 1023
 */
export function messageIdIn(
  conversationId: string,
  at: number,
  arrivedAt: number,
  position: number,
): string {
  const offset = Math.min(Math.max(arrivedAt - at, 0), ARRIVAL_OFFSET_MAX_MS);
  const order = offset * (POSITION_MAX + 1) + (position % (POSITION_MAX + 1));
  const time = encode(at, TIME_LENGTH);
  return `${idPrefixes.message}_${time}${threadOf(conversationId)}${encode(order, ORDER_LENGTH)}`;
}

/** The time inside an id, ms since the epoch. */
export function timeOf(id: string): number {
  const ulid = id.slice(id.indexOf("_") + 1, id.indexOf("_") + 1 + TIME_LENGTH);
  return [...ulid].reduce((sum, letter) => sum * ALPHABET.length + ALPHABET.indexOf(letter), 0);
}

function encode(value: number, length: number): string {
  let rest = value;
  let text = "";
  for (let place = 0; place < length; place++) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
