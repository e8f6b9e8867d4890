import type { Shelf, State } from "../../parts.ts";

const FREE_PER_MONTH = 1_000;

/** The service messages that each number may send for nothing in a calendar month (section 6.3). */
export class Allowance {
  readonly #shelf: Shelf<number>;

  constructor(state: State) {
    this.#shelf = state.shelf("graph.allowance");
  }

  /** Counts one more; whether it was still free. */
  take(phoneNumberId: string, now: number): boolean {
    const key = `${phoneNumberId} ${new Date(now).toISOString().slice(0, "2026-11".length)}`;
    const used = (this.#shelf.get(key) ?? 0) + 1;
    this.#shelf.put(key, used);
    return used <= FREE_PER_MONTH;
  }
}
