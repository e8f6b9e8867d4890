/** Who waits for the messages of one queue, and the timer that tells them of what became due. */

/** How often a consumer hears of it: a moved clock is noticed that fast. */
export const RECHECK_MS = 50;

export class Consumers {
  readonly #listeners = new Set<() => void>();
  /** Shows what is due; says whether anything is still held back. */
  readonly #catchUp: () => boolean;
  #timer: NodeJS.Timeout | null = null;

  constructor(catchUp: () => boolean) {
    this.#catchUp = catchUp;
  }

  get any(): boolean {
    return this.#listeners.size > 0;
  }

  /** Answers how to leave again. */
  join(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#recheckLater();
    return () => this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of [...this.#listeners]) {
      listener();
    }
    this.#recheckLater();
  }

  #recheckLater(): void {
    if (this.#timer || !this.any) {
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#catchUp()) {
        this.#recheckLater();
      }
    }, RECHECK_MS).unref();
  }
}
