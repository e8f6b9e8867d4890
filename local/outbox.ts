import { AwsError, type Busy, type Clock, type Shelf, type State } from "./parts.ts";

/** A call to a target, as Scheduler and EventBridge make it. */
export interface Delivery {
  readonly arn: string;
  /** The role that must be allowed to call; null where the target's own policy decides. */
  readonly roleArn: string | null;
  /** The body of a queue message; JSON text for a function. */
  readonly input: string;
  readonly sqsParameters?: { readonly MessageGroupId: string };
}

/** A message for a dead-letter queue. */
export interface DeadLetter {
  readonly queueArn: string;
  /** The schedule or rule that it comes from: what roles and policies name as the source. */
  readonly sourceArn: string;
  /** As in `Delivery`. */
  readonly roleArn: string | null;
  readonly body: string;
  /** Message attributes, all of type String. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Limits {
  readonly retriesMax: number;
  readonly ageMaxMs: number;
}

/** What an outbox must know about its letters. */
export interface Post<T> {
  /** One attempt, counted from 1; throws when the target refused or failed. */
  deliver(content: T, attempt: number): Promise<void>;
  /** Where it goes when no attempt is left; null means it is dropped, as AWS does. */
  grave(content: T): DeadLetter | null;
  bury(letter: DeadLetter): Promise<void>;
  /** It is delivered or buried: part of the durable step that forgets it. */
  ended(content: T): void;
  /** One line for people, without the body. */
  describe(content: T): string;
}

interface Letter<T> {
  readonly lane: string;
  readonly content: T;
  readonly limits: Limits;
  readonly attempts: number;
  readonly postedAt: number;
  readonly dueAt: number;
}

/** Keys of equal length, so that order of key is order of posting. */
const KEY_DIGITS = 15;
const LOOK_EVERY_MS = 100;
const BACK_OFF_FIRST_MS = 1_000;
const BACK_OFF_MAX_MS = 900_000;

/**
 * What Scheduler and EventBridge owe to targets: on disk before the caller hears of it, delivered
 * at least once, again after a restart, retried with back-off and at last given to a dead-letter
 * queue. Letters of one lane go one after another in the order they were posted; lanes go side by
 * side.
 */
export class Outbox<T> implements Busy {
  readonly #clock: Clock;
  readonly #state: State;
  readonly #shelf: Shelf<Letter<T>>;
  readonly #post: Post<T>;
  readonly #letters: Map<string, Letter<T>>;
  /** Lanes at work. */
  readonly #lanes = new Map<string, Promise<void>>();
  #lastKey: number;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(shelf: string, parts: { clock: Clock; state: State }, post: Post<T>) {
    this.#clock = parts.clock;
    this.#state = parts.state;
    this.#shelf = parts.state.shelf(shelf);
    this.#post = post;
    this.#letters = new Map(this.#shelf.entries());
    this.#lastKey = Number([...this.#letters.keys()].at(-1) ?? 0);
  }

  /** From now on what is due is delivered without being asked for. */
  start(): void {
    this.#timer ??= setInterval(() => this.deliverDue(), LOOK_EVERY_MS);
  }

  /** For good: ends when the attempts under way have ended; the rest is owed after the restart. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#timer);
    this.#timer = undefined;
    await Promise.all(this.#lanes.values());
  }

  /** Owes one delivery, due now. Durable when it returns. */
  add(lane: string, content: T, limits: Limits): void {
    const now = this.#clock.now();
    this.#lastKey += 1;
    const key = String(this.#lastKey).padStart(KEY_DIGITS, "0");
    this.#keep(key, { lane, content, limits, attempts: 0, postedAt: now, dueAt: now });
  }

  /** Starts every lane that has something due. */
  deliverDue(): void {
    if (this.#stop.signal.aborted) return;
    for (const [, { lane }] of this.#due()) {
      if (this.#lanes.has(lane)) continue;
      const work = this.#work(lane).finally(() => this.#lanes.delete(lane));
      this.#lanes.set(lane, work);
    }
  }

  /** Ends when nothing is due; what failed waits for its next attempt and is not due until then. */
  async emptied(): Promise<void> {
    for (this.deliverDue(); this.#lanes.size > 0; this.deliverDue()) {
      await Promise.all(this.#lanes.values());
    }
  }

  pending(): string[] {
    return this.#due().map(([, letter]) => this.#post.describe(letter.content));
  }

  async #work(lane: string): Promise<void> {
    for (let due = this.#dueIn(lane); due.length > 0; due = this.#dueIn(lane)) {
      for (const [key, letter] of due) {
        if (this.#stop.signal.aborted) return;
        await this.#attempt(key, letter);
      }
    }
  }

  async #attempt(key: string, letter: Letter<T>): Promise<void> {
    const attempts = letter.attempts + 1;
    try {
      await this.#post.deliver(letter.content, attempts);
    } catch (error) {
      const dueAt = this.#clock.now() + backOffMs(attempts);
      const reason = whyOver(letter, attempts, dueAt, error);
      if (reason === null) {
        this.#keep(key, { ...letter, attempts, dueAt });
        return;
      }
      await this.#bury(letter.content, attempts, reason, error);
    }
    this.#state.atOnce(() => {
      this.#shelf.remove(key);
      this.#post.ended(letter.content);
    });
    this.#letters.delete(key);
  }

  /** Dead letters that cannot be delivered are dropped, as in AWS; the console says so. */
  async #bury(content: T, attempts: number, reason: string, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const letter = this.#post.grave(content);
    console.error(`${this.#post.describe(content)} failed (${reason}): ${message}`);
    if (letter === null) return;
    const attributes = {
      ...letter.attributes,
      ERROR_CODE: error instanceof AwsError ? error.code : "ERROR_FROM_TARGET",
      ERROR_MESSAGE: message,
      EXHAUSTED_RETRY_CONDITION: reason,
      RETRY_ATTEMPTS: String(attempts - 1),
    };
    try {
      await this.#post.bury({ ...letter, attributes });
    } catch (cause) {
      console.error(`${this.#post.describe(content)} could not be buried:`, cause);
    }
  }

  /** Letters whose time has come, in order of posting; one under way is still among them. */
  #due(): [string, Letter<T>][] {
    const now = this.#clock.now();
    return [...this.#letters].filter(([, letter]) => letter.dueAt <= now);
  }

  #dueIn(lane: string): [string, Letter<T>][] {
    return this.#due().filter(([, letter]) => letter.lane === lane);
  }

  #keep(key: string, letter: Letter<T>): void {
    this.#shelf.put(key, letter);
    this.#letters.set(key, letter);
  }
}

/**
 * Which limit ends the attempts, if any. A refusal is not tried again: with "missing permissions
 * to a target" or a target that no longer exists, events go to the dead letters "without any retry
 * attempts" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
 */
function whyOver(letter: Letter<unknown>, attempts: number, nextAt: number, error: unknown) {
  if (isRefusal(error)) return "NotRetryable";
  if (attempts > letter.limits.retriesMax) return "MaximumRetryAttempts";
  return nextAt > letter.postedAt + letter.limits.ageMaxMs ? "MaximumEventAgeInSeconds" : null;
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof AwsError)) return false;
  return error.status < 500 && error.status !== 429 && !/throttl/i.test(error.code);
}

/** AWS promises "exponential back off and jitter" and no numbers; no jitter, so tests can tell. */
function backOffMs(attempts: number): number {
  return Math.min(BACK_OFF_FIRST_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);
}
