/**
 * Callbacks Meta owes a business. They are durable before anybody is told that something happened,
 * posted until the answer is 200, and dropped after seven days (WhatsApp reference, section 1.3):
 *
 *   owed -> (delay, or held to be batched or reordered) -> post -> 200: forgotten
 *                                                            +-> else: again, ever more seldom
 *
 * Meta promises neither order nor exactly one delivery; the script makes both happen on purpose.
 */
import { monotonicFactory } from "ulid";
import type { Busy, Clock, Shelf, State } from "../../parts.ts";
import { SCRIPT_NORMAL, type Script } from "./script.ts";
import {
  callbackUrlOf,
  envelope,
  metaJson,
  postCallback,
  signatureOf,
  type Update,
} from "./webhook.ts";

interface Owed {
  readonly channelKey: string;
  /** Where it goes instead of the app's own callback. */
  readonly override: string | null;
  readonly updates: readonly Update[];
  readonly owedAt: number;
  readonly dueAt: number;
  readonly attempts: number;
  /** Waits for company, to be batched or reordered with it; null once it may go. */
  readonly held: Script | null;
}

export interface CallbacksConfig {
  readonly clock: Clock;
  readonly state: State;
  /** Base of the server that is called back. */
  readonly callbackUrl: () => string;
  /** The secret of the app with that channel key. */
  readonly appSecretOf: (channelKey: string) => string | undefined;
  /** Where an update is called about; undefined: the app is not subscribed to the account. */
  readonly subscriptionOf: (channelKey: string, update: Update) => string | null | undefined;
}

const RETRY_FOR_MS = 7 * 86_400_000;
const RETRY_PAUSE_MAX_MS = 6 * 3_600_000;
/** Held callbacks go when nothing joined them for this long, or when the oldest waited too long. */
const QUIET_MS = 150;
const HELD_MAX_MS = 1_000;
const LOOK_EVERY_MS = 25;
const POSTS_MAX = 20;
/** Settle waits this long, so a first callback due sooner is work under way. */
const SOON_MS = 30_000;

export class Callbacks implements Busy {
  readonly #config: CallbacksConfig;
  readonly #shelf: Shelf<Owed>;
  /** The shelf in memory, oldest first. */
  readonly #owed: Map<string, Owed>;
  readonly #posts = new Map<string, Promise<void>>();
  /** Who waits for a first attempt. */
  readonly #waiting = new Map<string, (delivered: boolean) => void>();
  readonly #nextKey = monotonicFactory();
  readonly #closing = new AbortController();
  #looking: NodeJS.Timeout | undefined;
  #script: Script = SCRIPT_NORMAL;

  constructor(config: CallbacksConfig) {
    this.#config = config;
    this.#shelf = config.state.shelf("graph.callbacks");
    this.#owed = new Map(this.#shelf.entries());
  }

  start(): void {
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Ends what is under way; it stays owed. */
  async stop(): Promise<void> {
    clearInterval(this.#looking);
    this.#closing.abort();
    await Promise.all(this.#posts.values());
    for (const resolve of this.#waiting.values()) resolve(false);
  }

  /** How the pretend Meta behaves at the moment. */
  get script(): Script {
    return this.#script;
  }

  play(script: Script): void {
    this.#script = script;
  }

  /** Owes what happens now; answers like `schedule`. */
  owe(channelKey: string, update: Update): Promise<boolean> {
    return this.schedule(channelKey, [{ at: this.#config.clock.now(), update }]);
  }

  /**
   * Owes updates to an app, each when it happens; all of them are durable when this returns. The
   * promise waits for the first attempt of the first one, when the script lets that go at once, and
   * says whether the webhook took it; false means that it is still owed.
   */
  schedule(
    channelKey: string,
    updates: readonly { readonly at: number; readonly update: Update }[],
  ): Promise<boolean> {
    const { delayMs, duplicate, reorder, batch } = this.#script;
    const held = reorder || batch > 1 ? this.#script : null;
    const owed = updates.flatMap(({ at, update }) => {
      const dueAt = at + delayMs;
      const override = this.#config.subscriptionOf(channelKey, update);
      if (override === undefined) return [];
      const one = { channelKey, override, updates: [update], owedAt: at, dueAt, attempts: 0, held };
      return held === null ? copies(one, 1 + duplicate) : [one];
    });
    const [first] = this.#replace([], owed);
    const dueAt = owed.at(0)?.dueAt ?? Number.POSITIVE_INFINITY;
    if (first === undefined || held !== null || dueAt > this.#config.clock.now()) {
      return Promise.resolve(false);
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.set(first, resolve);
    this.#look();
    return promise;
  }

  pending(): string[] {
    const now = this.#config.clock.now();
    return [...this.#owed]
      .filter(([key, { attempts, dueAt }]) => {
        return this.#posts.has(key) || dueAt <= now + (attempts === 0 ? SOON_MS : 0);
      })
      .map(([, { channelKey, attempts, updates }]) => {
        return `graph: ${updates.length} update(s) owed to ${channelKey}, ${attempts} attempt(s)`;
      });
  }

  /** Starts what is due. */
  #look(): void {
    if (this.#owed.size === 0 || this.#closing.signal.aborted) return;
    const now = this.#config.clock.now();
    this.#release(now);
    for (const [key, owed] of this.#owed) {
      if (this.#posts.size >= POSTS_MAX) return;
      if (owed.held || owed.dueAt > now || this.#posts.has(key)) continue;
      this.#posts.set(key, this.#attempt(key, owed));
    }
  }

  /** Lets go of what was held, as the script in force when the newest came says. */
  #release(now: number): void {
    const held = [...this.#owed].filter(([, owed]) => owed.held !== null && owed.dueAt <= now);
    const oldest = held.at(0)?.[1];
    const newest = held.at(-1)?.[1];
    if (oldest === undefined || newest === undefined || newest.held === null) return;
    if (now < Math.min(newest.dueAt + QUIET_MS, oldest.dueAt + HELD_MAX_MS)) return;
    const { reorder, batch, duplicate } = newest.held;
    const owed = held.map(([, one]) => one);
    const posts = together(reorder ? owed.toReversed() : owed, batch).map((one, index) => {
      // Posts run side by side, so an order that is to be seen needs a little time between them.
      return { ...one, held: null, dueAt: now + (reorder ? index * LOOK_EVERY_MS * 2 : 0) };
    });
    this.#replace(
      held.map(([key]) => key),
      posts.flatMap((one) => copies(one, 1 + duplicate)),
    );
  }

  /** One durable step from some owed callbacks to others; answers the new keys in order. */
  #replace(keys: readonly string[], owed: readonly Owed[]): string[] {
    const added = owed.map((one): [string, Owed] => [this.#nextKey(), one]);
    this.#config.state.atOnce(() => {
      for (const key of keys) this.#shelf.remove(key);
      for (const [key, one] of added) this.#shelf.put(key, one);
    });
    for (const key of keys) this.#owed.delete(key);
    for (const [key, one] of added) this.#owed.set(key, one);
    return added.map(([key]) => key);
  }

  async #attempt(key: string, owed: Owed): Promise<void> {
    const delivered = await this.#post(owed);
    this.#posts.delete(key);
    if (!this.#closing.signal.aborted) this.#settle(key, owed, delivered);
    this.#waiting.get(key)?.(delivered);
    this.#waiting.delete(key);
    this.#look();
  }

  /** The first retry comes at once, the others with ever longer pauses, for seven days. */
  #settle(key: string, owed: Owed, delivered: boolean): void {
    const now = this.#config.clock.now();
    if (delivered || now >= owed.owedAt + RETRY_FOR_MS) {
      this.#owed.delete(key);
      this.#shelf.remove(key);
      return;
    }
    const pauseMs =
      owed.attempts === 0 ? 0 : Math.min(1_000 * 2 ** owed.attempts, RETRY_PAUSE_MAX_MS);
    const later = { ...owed, attempts: owed.attempts + 1, dueAt: now + pauseMs };
    this.#owed.set(key, later);
    this.#shelf.put(key, later);
  }

  async #post({ channelKey, override, updates }: Owed): Promise<boolean> {
    const appSecret = this.#config.appSecretOf(channelKey);
    if (appSecret === undefined) return false;
    const body = metaJson(envelope(updates));
    const headers = { "x-hub-signature-256": signatureOf(body, appSecret) };
    const url = override ?? callbackUrlOf(this.#config.callbackUrl(), channelKey);
    try {
      const reply = await postCallback(url, body, headers, this.#closing.signal);
      return reply.status === 200;
    } catch {
      // Refused, reset or too slow: to Meta all the same, the callback stays owed.
      return false;
    }
  }
}

function copies(owed: Owed, count: number): Owed[] {
  return Array.from({ length: count }, () => owed);
}

/** The updates of each app in POSTs of at most `batch`. */
function together(owed: readonly Owed[], batch: number): Owed[] {
  const posts: Owed[] = [];
  for (const one of owed) {
    const place = posts.findIndex(({ channelKey, override, updates }) => {
      const isSame = channelKey === one.channelKey && override === one.override;
      return isSame && updates.length < batch;
    });
    const post = posts[place];
    if (post === undefined) posts.push(one);
    else posts[place] = { ...post, updates: [...post.updates, ...one.updates] };
  }
  return posts;
}
