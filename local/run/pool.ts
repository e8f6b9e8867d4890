/**
 * The execution environments of one function. As in AWS each runs one invocation at a time and a
 * warm one is used before a new one is started; what finds no room waits in order of arrival (AWS
 * would throttle it, and the caller would try again).
 */

import { randomUUID } from "node:crypto";
import type { Outcome } from "../parts.ts";
import type { FunctionSpec, Instance } from "./instance.ts";

/** Real time after which an unused environment ends; AWS keeps them for minutes. */
const IDLE_MS_MAX = 60_000;

interface Warm {
  readonly instance: Instance;
  readonly timer: NodeJS.Timeout;
}

export interface PoolParts {
  readonly spec: FunctionSpec;
  readonly concurrencyMax: number;
  readonly start: (spec: FunctionSpec, onEnd: () => void) => Instance;
}

const STOPPED: Outcome = {
  ok: false,
  errorType: "ServiceException",
  errorMessage: "The laptop cloud has stopped",
};

export class Pool {
  readonly #start: PoolParts["start"];
  readonly #concurrencyMax: number;
  /** An environment serves only the very spec it was started with: a copy makes all stale. */
  #spec: FunctionSpec;
  /** Every environment whose thread is not gone yet. */
  readonly #instances = new Set<Instance>();
  #warm: Warm[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #stopped: boolean = false;

  constructor({ spec, concurrencyMax, start }: PoolParts) {
    this.#spec = spec;
    this.#concurrencyMax = concurrencyMax;
    this.#start = start;
  }

  get running(): number {
    return this.#running;
  }

  get codeDirectory(): string {
    return this.#spec.codeDirectory;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** True when the next invocation has to wait. */
  get full(): boolean {
    return this.#running >= this.#concurrencyMax;
  }

  /** Never rejects. `event` is JSON. */
  async run(event: string): Promise<Outcome> {
    if (this.full) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    const outcome = this.#stopped ? STOPPED : await this.#serve(event);
    this.#leave();
    return outcome;
  }

  /**
   * From now on every call is a cold start, of new code if some is given; resolves when the warm
   * environments have ended.
   */
  async recycle(codeDirectory = this.#spec.codeDirectory): Promise<void> {
    this.#spec = { ...this.#spec, codeDirectory };
    const stale = this.#warm.map(({ instance }) => instance);
    for (const instance of stale) this.#discard(instance);
    await Promise.all(stale.map((instance) => instance.ended));
  }

  /** Ends every environment, in mid-flight too. */
  async kill(): Promise<void> {
    const all = [...this.#instances];
    for (const instance of all) this.#discard(instance);
    await Promise.all(all.map((instance) => instance.ended));
  }

  /** Kills, and fails what waits and what is still to come. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill();
  }

  /** The one that has waited longest takes over the place. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  async #serve(event: string): Promise<Outcome> {
    const instance = this.#takeWarm() ?? this.#create();
    const outcome = await instance.run(randomUUID(), event);
    this.#giveBack(instance);
    return outcome;
  }

  /** The one that was used last, so that those nobody needs grow old. */
  #takeWarm(): Instance | undefined {
    const warm = this.#warm.pop();
    if (warm === undefined) return undefined;
    clearTimeout(warm.timer);
    return warm.instance.usable ? warm.instance : this.#takeWarm();
  }

  #create(): Instance {
    const instance = this.#start(this.#spec, () => this.#instances.delete(instance));
    this.#instances.add(instance);
    return instance;
  }

  #giveBack(instance: Instance): void {
    if (!instance.usable || instance.spec !== this.#spec) {
      instance.end();
      return;
    }
    const timer = setTimeout(() => this.#discard(instance), IDLE_MS_MAX).unref();
    this.#warm.push({ instance, timer });
  }

  #discard(instance: Instance): void {
    const found = this.#warm.find((warm) => warm.instance === instance);
    clearTimeout(found?.timer);
    this.#warm = this.#warm.filter((warm) => warm !== found);
    instance.end();
  }
}
