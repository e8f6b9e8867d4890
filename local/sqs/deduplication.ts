/** What a FIFO queue remembers of its senders: the ids of the last five minutes. */

import type { Shelf } from "../parts.ts";
import type { Arriving } from "./message.ts";
import type { Settings } from "./settings.ts";

/** Kept even after the message was received and deleted (SendMessage, MessageDeduplicationId). */
const WINDOW_MS = 5 * 60_000;

export interface Sighting {
  readonly at: number;
  readonly messageId: string;
  readonly sequenceNumber: string | null;
}

export class Deduplication {
  readonly #shelf: Shelf<Sighting>;
  /** Oldest first. */
  readonly #seen: Map<string, Sighting>;

  constructor(shelf: Shelf<Sighting>) {
    this.#shelf = shelf;
    this.#seen = new Map(shelf.entries().sort(([, left], [, right]) => left.at - right.at));
  }

  find(id: string, now: number): Sighting | undefined {
    for (const [old, { at }] of this.#seen) {
      if (at + WINDOW_MS > now) {
        break;
      }
      this.#seen.delete(old);
      this.#shelf.remove(old);
    }
    return this.#seen.get(id);
  }

  remember(id: string, sighting: Sighting): void {
    this.#shelf.put(id, sighting);
    this.#seen.set(id, sighting);
  }
}

/** Under which name an id is remembered: for the whole queue, or for its group only. */
export function sightingIdOf(arriving: Arriving, settings: Settings): string {
  const { groupId, deduplicationId } = arriving;
  const scope = settings.deduplicationScope === "queue" ? null : groupId;
  return JSON.stringify([scope, deduplicationId]);
}
