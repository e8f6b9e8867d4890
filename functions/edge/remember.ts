interface Kept<T> {
  readonly value: T;
  readonly at: number;
}

/** So that a warm function does not grow without end. */
const KEPT_MAX = 1_000;

/**
 * Loads once per key and remembers for a while. What is not there (null) is not remembered, so that
 * a thing made a moment ago is found at once.
 */
export class Remembered<T> {
  readonly #keptMs: number;
  readonly #load: (key: string) => Promise<T | null>;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(keptMs: number, load: (key: string) => Promise<T | null>) {
    this.#keptMs = keptMs;
    this.#load = load;
  }

  async get(key: string): Promise<T | null> {
    const known = this.#kept.get(key);
    if (known !== undefined && Date.now() - known.at < this.#keptMs) return known.value;
    return this.#renew(key);
  }

  /** Loads it again unless that was done less than `minAgeMs` ago; then there is nothing newer. */
  async newerThan(key: string, minAgeMs: number): Promise<T | null> {
    const known = this.#kept.get(key);
    if (known !== undefined && Date.now() - known.at < minAgeMs) return null;
    return this.#renew(key);
  }

  async #renew(key: string): Promise<T | null> {
    const value = await this.#load(key);
    this.#kept.delete(key);
    if (value === null) return null;
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(key, { value, at: Date.now() });
    return value;
  }
}
