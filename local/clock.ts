import type { Clock, Shelf, State } from "./parts.ts";

/** One advance may move at most ten years. */
const ADVANCE_MAX_MS = 3_650 * 86_400_000;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Real time plus an offset that only grows: the clock never stands still and never goes back. The
 * offset is durable, or a restart would bring the cloud back before its own rows.
 */
export class MovedClock implements Clock {
  /**
   * One Float64: the offset in milliseconds. Workers add it to their own `Date` at every look, so
   * they move in the same instant as we do (an aligned double is read and written whole).
   */
  readonly offset = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  readonly #offset = new Float64Array(this.offset);
  readonly #kept: Shelf<number>;
  readonly #listeners: ((nowMs: number) => void)[] = [];

  constructor(state: State) {
    this.#kept = state.shelf<number>("clock");
    this.#offset[0] = this.#kept.get("offset") ?? 0;
  }

  now(): number {
    return Date.now() + this.#offsetMs();
  }

  /** Moves the clock and answers its new time; a negative or broken number is a RangeError. */
  advance(ms: number): number {
    if (!(Number.isSafeInteger(ms) && ms >= 0 && ms <= ADVANCE_MAX_MS)) {
      throw new RangeError(`The clock moves 0 to ${ADVANCE_MAX_MS} ms forward, not ${ms}.`);
    }
    const moved = this.#offsetMs() + ms;
    this.#kept.put("offset", moved);
    this.#offset[0] = moved;
    const now = this.now();
    for (const listener of this.#listeners) listener(now);
    return now;
  }

  onAdvance(listener: (nowMs: number) => void): void {
    this.#listeners.push(listener);
  }

  #offsetMs(): number {
    return this.#offset[0] ?? 0;
  }
}

/** Milliseconds of `<integer>s|m|h|d`, for example `24h`; else a RangeError that says so. */
export function parseAdvance(text: string): number {
  const [, count, unit] = /^(\d{1,10})([smhd])$/.exec(text) ?? [];
  if (count === undefined || !isUnit(unit)) {
    throw new RangeError(`"${text}" is not an advance: write <integer>s|m|h|d, for example "24h".`);
  }
  const ms = Number(count) * UNIT_MS[unit];
  if (ms > ADVANCE_MAX_MS) throw new RangeError(`"${text}" is too far: at most 3650d at once.`);
  return ms;
}

function isUnit(text: string | undefined): text is keyof typeof UNIT_MS {
  return text !== undefined && Object.hasOwn(UNIT_MS, text);
}
