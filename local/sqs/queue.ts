/**
 * One queue. Every change is on its shelf before the caller hears of it; what may be received
 * now is worked out from the clock at each call, so that a clock that jumps needs no timers of
 * ours. The one timer there is tells pollers that a delay or a visibility timeout has ended.
 */

import { randomUUID } from "node:crypto";
import { Bell } from "../bell.ts";
import { ACCOUNT, AwsError, type Clock, REGION, type Shelf, type State } from "../parts.ts";
import { Backlog } from "./backlog.ts";
import { Consumers, RECHECK_MS } from "./consumers.ts";
import { Deduplication, type Sighting, sightingIdOf } from "./deduplication.ts";
import { arrivingOf, type Draft, refusal } from "./draft.ts";
import { type Arriving, type Message, UNRECEIVED } from "./message.ts";
import { fairly, inGroupOrder, type Room } from "./order.ts";
import { changeable, deletes, keyOf, nextReceipt } from "./receipt.ts";
import type { Settings } from "./settings.ts";

const PURGE_PAUSE_MS = 60_000;

export interface QueueParts {
  readonly name: string;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly state: State;
  readonly baseUrl: () => string;
  readonly queue: (arn: string) => Queue;
}

export interface Sent {
  readonly messageId: string;
  readonly sequenceNumber: string | null;
}

export interface Receive {
  /** 1 to 10 for callers from outside. */
  readonly max: number;
  /** Without it the queue's own. */
  readonly visibilityS?: number | undefined;
  readonly room?: Room | undefined;
}

/** A message somebody holds now; the receipt is what deletes it. */
export type Received = Message & { readonly receipt: string };

export class Queue {
  readonly arn: string;
  readonly name: string;
  readonly settings: Settings;
  readonly createdAt: number;
  readonly #parts: QueueParts;
  readonly #backlog: Backlog;
  readonly #deduplication: Deduplication;
  readonly #numbers: Shelf<number>;
  readonly #consumers = new Consumers(() => {
    this.#awake();
    return this.#backlog.holding;
  });
  #purgedAt: number | null = null;

  constructor(parts: QueueParts) {
    const { name, state, clock } = parts;
    this.#parts = parts;
    this.name = name;
    this.arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
    this.settings = parts.settings;
    this.createdAt = clock.now();
    this.#backlog = new Backlog(state.shelf(`sqs.${name}.messages`), this.createdAt);
    this.#numbers = state.shelf(`sqs.${name}.numbers`);
    this.#deduplication = new Deduplication(state.shelf<Sighting>(`sqs.${name}.deduplication`));
  }

  get url(): string {
    return `${this.#parts.baseUrl()}/${ACCOUNT}/${this.name}`;
  }

  /** True while somebody waits for its messages. */
  get hasConsumer(): boolean {
    return this.#consumers.any;
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    this.#awake();
    return this.#backlog.counts();
  }

  /** The same without what its receiver hid for longer than that, and what waits behind it. */
  busyWithin(ms: number): { visible: number; inFlight: number } {
    return this.#backlog.busyBefore(this.#awake() + ms, this.settings.fifo);
  }

  /** Age of the oldest message in seconds, in flight or not; 0 when there is none. */
  oldestAgeS(): number {
    const now = this.#awake();
    return Math.floor((now - (this.#backlog.oldestAt() ?? now)) / 1_000);
  }

  /** Calls `listener` whenever there may be something to receive; answers how to stop that. */
  onWork(listener: () => void): () => void {
    return this.#consumers.join(listener);
  }

  /** Throws what SendMessage answers when it refuses. */
  send(draft: Draft): Sent {
    const refused = refusal(draft, this.settings);
    if (refused) {
      throw refused;
    }
    const now = this.#awake();
    const sent = this.#parts.state.atOnce(() => this.#addOnce(draft, now));
    this.#consumers.tell();
    return sent;
  }

  /** What can be received now; empty when nothing can. */
  receive(wanted: Receive): Received[] {
    const now = this.#awake();
    for (;;) {
      const lanes = this.#backlog.lanes(wanted.max);
      const picked = this.settings.fifo ? inGroupOrder(lanes, wanted) : fairly(lanes, wanted);
      const exhausted = picked.filter((message) => this.#exhausted(message));
      if (exhausted.length === 0) {
        return this.#deliver(picked, now, wanted.visibilityS ?? this.settings.visibilityS);
      }
      this.#moveToDeadLetters(exhausted, now);
    }
  }

  /** Long polling: waits up to `waitS` seconds of the clock for something to receive. */
  async receiveWithin(waitS: number, wanted: Receive): Promise<Received[]> {
    const endsAt = this.#parts.clock.now() + waitS * 1000;
    const bell = new Bell();
    const stopListening = this.onWork(() => bell.ring());
    for (;;) {
      const messages = this.receive(wanted);
      const leftMs = endsAt - this.#parts.clock.now();
      if (messages.length > 0 || leftMs <= 0) {
        stopListening();
        return messages;
      }
      await bell.wait(Math.min(leftMs, RECHECK_MS));
    }
  }

  /** Deletes what was received under this handle. */
  remove(receipt: string): void {
    const now = this.#awake();
    const message = this.#backlog.get(keyOf(this.name, receipt));
    if (deletes(message, receipt, this.settings.fifo, now)) {
      this.#backlog.remove(message.key);
      this.#consumers.tell();
    }
  }

  /** Hides the message for `seconds` from now; 0 gives it back. */
  changeVisibility(receipt: string, seconds: number): void {
    const now = this.#awake();
    const held = this.#backlog.get(keyOf(this.name, receipt));
    const message = changeable(held, receipt, seconds, this.settings.fifo, now);
    this.#backlog.put({ ...message, visibleAt: now + seconds * 1000, hidden: true }, now);
    this.#consumers.tell();
  }

  purge(): void {
    const now = this.#awake();
    if (this.#purgedAt !== null && now < this.#purgedAt + PURGE_PAUSE_MS) {
      const message = `Only one PurgeQueue operation on ${this.name} is allowed every 60 seconds.`;
      throw new AwsError("PurgeQueueInProgress", message, 403);
    }
    this.#purgedAt = now;
    this.#drop(this.#backlog.all());
  }

  /**
   * Moves every visible message to the queue `targetOf` names, in one durable step. There it is
   * a new message: new id, new age, no receives (developer guide, sqs-configure-dead-letter-
   * queue-redrive).
   */
  redrive(targetOf: (message: Message) => Queue): void {
    const now = this.#awake();
    const visible = this.#backlog.all().filter((message) => message.visibleAt <= now);
    const moves = visible.map((message) => ({ message, target: targetOf(message) }));
    this.#parts.state.atOnce(() => {
      for (const { message, target } of moves) {
        target.#admit({ ...message, ...UNRECEIVED, id: randomUUID(), sentAt: now }, now);
        this.#backlog.remove(message.key);
      }
    });
    for (const target of new Set(moves.map((move) => move.target))) {
      target.#consumers.tell();
    }
  }

  /** After a restart nobody holds anything: what was in flight can be received at once. */
  recover(): void {
    const now = this.#awake();
    this.#parts.state.atOnce(() => {
      for (const message of this.#backlog.all()) {
        if (message.receipt !== null && message.visibleAt > now) {
          this.#backlog.put({ ...message, visibleAt: now }, now);
        }
      }
    });
    this.#consumers.tell();
  }

  #addOnce(draft: Draft, now: number): Sent {
    const arriving = arrivingOf(draft, this.settings, now);
    if (arriving.deduplicationId === null) {
      return sentOf(this.#admit(arriving, now));
    }
    const sightingId = sightingIdOf(arriving, this.settings);
    const earlier = this.#deduplication.find(sightingId, now);
    if (earlier) {
      return earlier;
    }
    const sent = sentOf(this.#admit(arriving, now));
    this.#deduplication.remember(sightingId, { ...sent, at: now });
    return sent;
  }

  /** Gives the message its place: the last in this queue. */
  #admit(arriving: Arriving, now: number): Message {
    const number = (this.#numbers.get("last") ?? 0) + 1;
    this.#numbers.put("last", number);
    const key = `1${String(number).padStart(19, "0")}`;
    const message = { ...arriving, key, sequenceNumber: this.settings.fifo ? key : null };
    this.#backlog.put(message, now);
    return message;
  }

  #deliver(messages: readonly Message[], now: number, visibilityS: number): Received[] {
    if (messages.length === 0) {
      return [];
    }
    return this.#parts.state.atOnce(() =>
      messages.map((message) => {
        const received = {
          ...message,
          receipt: nextReceipt(this.name, message),
          receiveCount: message.receiveCount + 1,
          firstReceivedAt: message.firstReceivedAt ?? now,
          receivedAt: now,
          visibleAt: now + visibilityS * 1000,
          hidden: false,
        };
        this.#backlog.put(received, now);
        return received;
      }),
    );
  }

  #exhausted(message: Message): boolean {
    const { redrive } = this.settings;
    return redrive !== null && message.receiveCount >= redrive.receivesMax;
  }

  /**
   * The move is no receive. The message keeps its id and its receive count; its age counts on,
   * but in a FIFO queue it starts again (developer guide, sqs-dead-letter-queues, message
   * retention).
   */
  #moveToDeadLetters(messages: readonly Message[], now: number): void {
    const target = this.#parts.queue(this.settings.redrive?.targetArn ?? "");
    this.#parts.state.atOnce(() => {
      for (const message of messages) {
        this.#backlog.remove(message.key);
        const sentAt = this.settings.fifo ? now : message.sentAt;
        target.#admit({ ...message, receipt: null, sentAt, deadLetterSource: this.arn }, now);
      }
    });
    target.#consumers.tell();
  }

  /** Catches up with the clock: drops what is too old, shows what is due. */
  #awake(): number {
    const now = this.#parts.clock.now();
    const expired = this.#backlog.sentBy(now - this.settings.retentionS * 1000);
    this.#drop(expired);
    if (this.#backlog.wake(now) || expired.length > 0) {
      this.#consumers.tell();
    }
    return now;
  }

  #drop(messages: readonly Message[]): void {
    if (messages.length === 0) {
      return;
    }
    this.#parts.state.atOnce(() => {
      for (const message of messages) {
        this.#backlog.remove(message.key);
      }
    });
  }
}

function sentOf({ id, sequenceNumber }: Message): Sent {
  return { messageId: id, sequenceNumber };
}
