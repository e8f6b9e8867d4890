/** API Gateway's throttle is a token bucket (developer guide, "Throttle requests to HTTP APIs"). */

import type { Clock } from "../parts.ts";

export interface ThrottleSettings {
  /** Requests per second. */
  readonly rate: number;
  /** Requests at once. */
  readonly burst: number;
}

export class Throttle {
  readonly #settings: ThrottleSettings;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(settings: ThrottleSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#tokens = settings.burst;
    this.#filledAt = clock.now();
  }

  /** False when the request is one too many. */
  take(): boolean {
    const { rate, burst } = this.#settings;
    const now = this.#clock.now();
    const earned = ((now - this.#filledAt) / 1000) * rate;
    this.#tokens = Math.min(burst, this.#tokens + earned);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
