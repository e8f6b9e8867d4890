/**
 * What was said between people and business numbers, both ways, and until when each person may be
 * written to freely. Durable: whoever was told that a message was accepted finds it here again.
 */
import { monotonicFactory } from "ulid";
import type { Shelf, State } from "../../parts.ts";
import type { Filled } from "./templateSend.ts";

export type Tick = "sent" | "delivered" | "read" | "failed";

export interface ChatMessage {
  /** The wamid. */
  readonly id: string;
  readonly direction: "inbound" | "outbound";
  readonly phoneNumberId: string;
  readonly waId: string | null;
  readonly userId: string | null;
  /** Meta's own element: `{type, [type]: body}`. */
  readonly type: string;
  readonly body: unknown;
  /** A template with its values filled in. */
  readonly rendered: Filled | null;
  /** The quoted message. */
  readonly context: string | null;
  /** Ms since the epoch, like every `at` and `until` here. */
  readonly at: number;
  /** What the business dialled, and the reference it gave; null for what a person wrote. */
  readonly to: string | null;
  readonly reference: string | null;
  /** In order; those of the future are not there yet. */
  readonly ticks: readonly { readonly status: Tick; readonly at: number }[];
}

/** A person as one business number knows them. */
export interface Person {
  readonly phoneNumberId: string;
  readonly waId: string | null;
  readonly userId: string | null;
  readonly name: string | null;
  readonly username: string | null;
  /** When they last wrote; it opens the window. */
  readonly lastWroteAt: number | null;
  /** The newest of their messages that the business has read. */
  readonly readUpTo: string | null;
  /** Until when they see the business typing. */
  readonly typingUntil: number | null;
}

type Kept = ChatMessage & { readonly place: string };

const WINDOW_MS = 86_400_000;

export class Chats {
  readonly #state: State;
  readonly #messages: Shelf<Kept>;
  readonly #people: Shelf<Person>;
  /** Ids of messages by number and by user id of the person, in memory alone. */
  readonly #talks = new Map<string, Set<string>>();
  readonly #nextPlace = monotonicFactory();

  constructor(state: State) {
    this.#state = state;
    this.#messages = state.shelf("graph.messages");
    this.#people = state.shelf("graph.people");
    for (const [, message] of this.#messages.entries()) this.#index(message);
  }

  /** By number (digits) or user id; undefined for who never wrote. */
  person(phoneNumberId: string, name: string): Person | undefined {
    return this.#people.get(`${phoneNumberId} ${name}`);
  }

  keepPerson(person: Person): void {
    this.#state.atOnce(() => {
      for (const name of [person.waId, person.userId]) {
        if (name !== null) this.#people.put(`${person.phoneNumberId} ${name}`, person);
      }
    });
  }

  /** Nobody has these names any more. */
  forgetPerson({ phoneNumberId, waId, userId }: Person): void {
    this.#state.atOnce(() => {
      for (const name of [waId, userId]) {
        if (name !== null) this.#people.remove(`${phoneNumberId} ${name}`);
      }
    });
  }

  message(id: string): ChatMessage | undefined {
    return this.#messages.get(id);
  }

  /** A message that is known already keeps its place. */
  keep(message: ChatMessage): void {
    const place = this.#messages.get(message.id)?.place ?? this.#nextPlace();
    this.#messages.put(message.id, { ...message, place });
    this.#index(message);
  }

  /** Everything between a person and all business numbers, oldest first. */
  talk(name: string): ChatMessage[] {
    const ids = this.#talks.get(name) ?? [];
    return [...ids].flatMap((id) => this.#messages.get(id) ?? []).sort(byPlace);
  }

  /** Everything that businesses sent, oldest first. */
  sends(): ChatMessage[] {
    const all = this.#messages.entries().map(([, message]) => message);
    return all.filter(({ direction }) => direction === "outbound").sort(byPlace);
  }

  #index({ id, waId, userId }: ChatMessage): void {
    for (const name of [waId, userId]) {
      if (name === null) continue;
      const ids = this.#talks.get(name) ?? new Set();
      this.#talks.set(name, ids.add(id));
    }
  }
}

function byPlace(one: Kept, other: Kept): number {
  return one.place < other.place ? -1 : 1;
}

/** Whether the business may write freely: 24 h after the person last wrote (section 6.1). */
export function isWindowOpen(person: Person | undefined, now: number): boolean {
  const wroteAt = person?.lastWroteAt ?? null;
  return wroteAt !== null && now < wroteAt + WINDOW_MS;
}

/** The newest tick that has come, or null before the first. */
export function tickAt({ ticks }: ChatMessage, now: number): Tick | null {
  return ticks.findLast(({ at }) => at <= now)?.status ?? null;
}
