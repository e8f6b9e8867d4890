/**
 * The messages of one queue: all on its shelf, and in memory sorted for what a receive asks:
 * which can be received now, by group, and how much of each group is in flight.
 */

import type { Shelf } from "../parts.ts";
import type { Message } from "./message.ts";

/** The messages of one group that can be received now. */
export interface Lane {
  readonly inFlight: number;
  /** Oldest first. */
  readonly messages: readonly Message[];
}

interface Counts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** Messages without a group share a lane; no group id can be empty. */
const NO_GROUP = "";

export class Backlog {
  readonly #shelf: Shelf<Message>;
  readonly #all = new Map<string, Message>();
  /** Delayed or in flight. */
  readonly #held = new Map<string, Message>();
  readonly #visible = new Map<string, Map<string, Message>>();
  /** Groups whose visible messages may be out of order. */
  readonly #unsorted = new Set<string>();
  readonly #inFlight = new Map<string, number>();
  /** Greatest key so far: a message that shows up with another comes back out of turn. */
  #latestKey = "";
  /** No held message is due, and none sent, before these. */
  #dueAt = Number.POSITIVE_INFINITY;
  #oldestAt = Number.POSITIVE_INFINITY;

  constructor(shelf: Shelf<Message>, now: number) {
    this.#shelf = shelf;
    for (const [, message] of shelf.entries()) {
      this.#place(message, now);
    }
  }

  get(key: string): Message | undefined {
    return this.#all.get(key);
  }

  all(): Message[] {
    return [...this.#all.values()];
  }

  get holding(): boolean {
    return this.#held.size > 0;
  }

  counts(): Counts {
    let inFlight = 0;
    for (const count of this.#inFlight.values()) {
      inFlight += count;
    }
    const held = this.#held.size;
    return { visible: this.#all.size - held, inFlight, delayed: held - inFlight };
  }

  /** @param inOrder whether a hidden message holds back what is behind it in its group */
  busyBefore(limit: number, inOrder: boolean): Omit<Counts, "delayed"> {
    const inFlight = [...this.#held.values()].filter(({ receipt }) => receipt !== null);
    const isAway = ({ hidden, visibleAt }: Message) => hidden && visibleAt > limit;
    const away = inFlight.filter(isAway);
    const blocked = new Set(inOrder ? away.map(groupOf) : []);
    const free = [...this.#visible].filter(([group]) => !blocked.has(group));
    return {
      visible: free.reduce((sum, [, lane]) => sum + lane.size, 0),
      inFlight: inFlight.length - away.length,
    };
  }

  /** Adds the message, or replaces it by its new state. */
  put(message: Message, now: number): void {
    this.#shelf.put(message.key, message);
    this.#takeOut(message.key);
    this.#place(message, now);
  }

  remove(key: string): void {
    this.#shelf.remove(key);
    this.#takeOut(key);
  }

  /** Shows what is due by now; says whether there was any. */
  wake(now: number): boolean {
    if (this.#dueAt > now) {
      return false;
    }
    this.#dueAt = Number.POSITIVE_INFINITY;
    let woken = false;
    for (const message of this.#held.values()) {
      if (message.visibleAt > now) {
        this.#dueAt = Math.min(this.#dueAt, message.visibleAt);
        continue;
      }
      this.#held.delete(message.key);
      this.#countInFlight(message, -1);
      this.#show(message);
      woken = true;
    }
    return woken;
  }

  /** When the oldest message was sent; null when there is none. */
  oldestAt(): number | null {
    const times = this.all().map(({ sentAt }) => sentAt);
    return times.length === 0 ? null : times.reduce((least, time) => Math.min(least, time));
  }

  /** Messages sent at `limit` or before it. */
  sentBy(limit: number): Message[] {
    if (this.#oldestAt > limit) {
      return [];
    }
    const old = this.all().filter((message) => message.sentAt <= limit);
    const young = this.all().filter((message) => message.sentAt > limit);
    this.#oldestAt = young.reduce((least, { sentAt }) => Math.min(least, sentAt), Infinity);
    return old;
  }

  /** The groups that have something to receive, each with its first `max` messages. */
  lanes(max: number): Lane[] {
    for (const group of this.#unsorted) {
      const lane = this.#visible.get(group);
      if (lane) {
        const inOrder = [...lane].sort(([left], [right]) => (left < right ? -1 : 1));
        this.#visible.set(group, new Map(inOrder));
      }
    }
    this.#unsorted.clear();
    return [...this.#visible].map(([group, lane]) => ({
      inFlight: this.#inFlight.get(group) ?? 0,
      messages: first(max, lane.values()),
    }));
  }

  #place(message: Message, now: number): void {
    this.#all.set(message.key, message);
    this.#latestKey = message.key > this.#latestKey ? message.key : this.#latestKey;
    this.#oldestAt = Math.min(this.#oldestAt, message.sentAt);
    if (message.visibleAt > now) {
      this.#held.set(message.key, message);
      this.#dueAt = Math.min(this.#dueAt, message.visibleAt);
      this.#countInFlight(message, 1);
    } else {
      this.#show(message);
    }
  }

  #takeOut(key: string): void {
    const message = this.#all.get(key);
    if (!message) {
      return;
    }
    this.#all.delete(key);
    if (this.#held.delete(key)) {
      this.#countInFlight(message, -1);
      return;
    }
    const group = groupOf(message);
    const lane = this.#visible.get(group);
    lane?.delete(key);
    if (lane?.size === 0) {
      this.#visible.delete(group);
    }
  }

  #show(message: Message): void {
    const group = groupOf(message);
    const lane = this.#visible.get(group) ?? new Map<string, Message>();
    this.#visible.set(group, lane.set(message.key, message));
    if (message.key !== this.#latestKey) {
      this.#unsorted.add(group);
    }
  }

  #countInFlight(message: Message, change: number): void {
    if (message.receipt === null) {
      return;
    }
    const group = groupOf(message);
    const count = (this.#inFlight.get(group) ?? 0) + change;
    if (count > 0) {
      this.#inFlight.set(group, count);
    } else {
      this.#inFlight.delete(group);
    }
  }
}

function groupOf(message: Message): string {
  return message.groupId ?? NO_GROUP;
}

function first<T>(max: number, values: Iterable<T>): T[] {
  const found: T[] = [];
  for (const value of values) {
    if (found.length === max) {
      break;
    }
    found.push(value);
  }
  return found;
}
