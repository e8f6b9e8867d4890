/**
 * A day on one WhatsApp number: what a handful of people do, of every type that Meta tells. The
 * same seed makes the same day. Of one person no two things happen in the same second, because Meta
 * tells no order within one.
 */
import * as fc from "fast-check";
import { envelope, type Update } from "../../local/providers/graph/webhook.ts";
import {
  alone,
  type Json,
  NUMBER,
  PEOPLE,
  type Person,
  type Said,
  type Step,
  together,
} from "./steps.ts";

export interface DayInput {
  readonly phoneNumberId: string;
  /** Epoch seconds; everything but history happens in the 20 hours after it. */
  readonly startsAt: number;
}

const WABA_ID = "200000000000001";
const STEPS = { minLength: 8, maxLength: 14 };

/** Everything that Meta tells of one day, in the order in which it happened. */
export function dayOf(seed: number, input: DayInput): Update[] {
  const days = fc.tuple(
    ...PEOPLE.map(({ groupId }) => fc.array(groupId === null ? alone : together, STEPS)),
  );
  const [steps = []] = fc.sample(days, { seed, numRuns: 1 });
  const told = PEOPLE.flatMap((person, index) =>
    toldOf(person, steps[index] ?? [], `${seed}.${index}`, input),
  );
  return told.toSorted((one, other) => one.at - other.at).map(({ update }) => update);
}

const DAY_S = 20 * 3_600;

function toldOf(
  person: Person,
  steps: readonly Step[],
  label: string,
  { startsAt, phoneNumberId }: DayInput,
): { at: number; update: Update }[] {
  const metadata = { display_phone_number: NUMBER, phone_number_id: phoneNumberId };
  const earlier: Said[] = [];
  return steps.map((step, index) => {
    const at = startsAt + Math.floor((DAY_S / (steps.length + 1)) * index) + Number(label.at(-1));
    const id = `wamid.${label}.${index}.${at}`;
    const { field, lists, says } = step({ person, at, earlier, id });
    // The id of an old message does not carry its time.
    if (says !== undefined && field !== "history") earlier.push({ id, by: says });
    const value = { messaging_product: "whatsapp", metadata, ...lists };
    return { at, update: { wabaId: WABA_ID, field, value } };
  });
}

/** Every update in a callback of its own. */
export function oneByOne(day: readonly Update[]): Json[] {
  return day.map((update) => envelope([update]));
}

/** Every update three times, in any order, in callbacks of any size. */
export function scrambled(day: readonly Update[], seed: number): Json[] {
  const all = [...day, ...day, ...day];
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), {
    minLength: all.length,
    maxLength: all.length,
  });
  const shuffled = fc.shuffledSubarray(all, { minLength: all.length });
  const [[updates, counts] = [[], []]] = fc.sample(fc.tuple(shuffled, sizes), { seed, numRuns: 1 });
  const callbacks: Json[] = [];
  let from = 0;
  for (const count of counts) {
    if (from >= updates.length) break;
    callbacks.push(merged(updates.slice(from, from + count)));
    from += count;
  }
  return callbacks;
}

/** One callback. In one value a person has one name: Meta names them once for all messages. */
export function merged(updates: readonly Update[]): Json {
  const groups: Update[][] = [];
  for (const update of updates) {
    const group = groups.find((others) => others.every((other) => agree(other, update)));
    if (group === undefined) groups.push([update]);
    else group.push(update);
  }
  const entry = groups.flatMap((group) => envelope(group).entry);
  return { ...envelope([]), entry };
}

function agree(one: Update, other: Update): boolean {
  const names = [one, other].map(({ value }) => {
    const contacts = Array.isArray(value.contacts) ? value.contacts : [];
    return new Map(
      contacts.map(({ profile, ...who }: Json) => [JSON.stringify(who), JSON.stringify(profile)]),
    );
  });
  const [mine, theirs] = [names[0] ?? new Map(), names[1] ?? new Map()];
  return [...mine].every(([who, name]) => !theirs.has(who) || theirs.get(who) === name);
}
