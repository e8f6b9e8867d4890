/**
 * How fast Meta takes messages (section 10), as token buckets that are kept as the time at which
 * they would be full again: 80 per second and number, and one per six seconds to one user with a
 * burst of 45 that is borrowed from the future. Forgotten with the process.
 */
interface Bucket {
  readonly everyMs: number;
  readonly burst: number;
}

const THROUGHPUT: Bucket = { everyMs: 12.5, burst: 80 };
const PAIR: Bucket = { everyMs: 6_000, burst: 45 };
const BUCKETS_MAX = 20_000;

export class Pace {
  /** When each bucket is full again, ms since the epoch. */
  readonly #fullAt = new Map<string, number>();

  /** Takes one message; answers the code of the limit that it would break. */
  take(phoneNumberId: string, user: string, now: number): 130429 | 131056 | null {
    const pair = `${phoneNumberId} ${user}`;
    const forNumber = this.#next(phoneNumberId, THROUGHPUT, now);
    if (forNumber === null) return 130429;
    const forPair = this.#next(pair, PAIR, now);
    if (forPair === null) return 131056;
    if (this.#fullAt.size > BUCKETS_MAX) this.#forgetFull(now);
    this.#fullAt.set(phoneNumberId, forNumber).set(pair, forPair);
    return null;
  }

  #next(key: string, { everyMs, burst }: Bucket, now: number): number | null {
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now);
    return fullAt - now > (burst - 1) * everyMs ? null : fullAt + everyMs;
  }

  #forgetFull(now: number): void {
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
  }
}
