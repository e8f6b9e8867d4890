/**
 * Media that a business uploaded or a customer sent (section 9). An id belongs to one number, lives
 * 30 days after an upload and 7 days after a webhook; the address of its bytes lives 5 minutes.
 */
import { createHash, createHmac, randomInt } from "node:crypto";
import type { Clock, Shelf, State } from "../../parts.ts";
import type { Bodies } from "../../s3/bodies.ts";
import type { BusinessNumber } from "./numbers.ts";

export interface MediaItem {
  /** Digits. */
  readonly id: string;
  readonly phoneNumberId: string;
  /** As declared, with its parameters. */
  readonly mimeType: string;
  readonly bytes: number;
  /** Hex; webhooks say it in base64 (section 9.1). */
  readonly sha256: string;
  /** The name of its bytes. */
  readonly body: string;
  readonly expiresAt: number;
}

export interface MediaConfig {
  readonly clock: Clock;
  readonly state: State;
  readonly bodies: Bodies;
  /** Base of the server. */
  readonly callbackUrl: () => string;
}

const DAY_MS = 86_400_000;
const LIFE_MS = { uploaded: 30 * DAY_MS, received: 7 * DAY_MS };
const ADDRESS_LIVES_S = 300;
/** Of everything together, for the sake of the laptop. */
const ALL_BYTES_MAX = 2 * 1024 ** 3;

export class Media {
  readonly #config: MediaConfig;
  readonly #shelf: Shelf<MediaItem>;

  constructor(config: MediaConfig) {
    this.#config = config;
    this.#shelf = config.state.shelf("graph.media");
    // What was written and never acknowledged, because the process ended between.
    const known = new Set(this.#shelf.entries().map(([, { body }]) => body));
    for (const name of config.bodies.names()) {
      if (!known.has(name)) config.bodies.remove(name);
    }
  }

  /** The bytes are durable before anybody hears the id; null: the laptop has no room. */
  keep(
    phoneNumberId: string,
    mimeType: string,
    bytes: Buffer,
    origin: keyof typeof LIFE_MS,
  ): MediaItem | null {
    this.#forgetExpired();
    const used = this.#shelf.entries().reduce((sum, [, item]) => sum + item.bytes, 0);
    if (used + bytes.length > ALL_BYTES_MAX) return null;
    const item: MediaItem = {
      id: this.#freeId(),
      phoneNumberId,
      mimeType,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      body: this.#config.bodies.write(bytes),
      expiresAt: this.#config.clock.now() + LIFE_MS[origin],
    };
    this.#shelf.put(item.id, item);
    return item;
  }

  byId(id: string): MediaItem | undefined {
    const item = this.#shelf.get(id);
    return item === undefined || this.#config.clock.now() >= item.expiresAt ? undefined : item;
  }

  bytesOf({ body }: MediaItem): Buffer {
    return this.#config.bodies.read(body);
  }

  remove({ id, body }: MediaItem): void {
    this.#shelf.remove(id);
    this.#config.bodies.remove(body);
  }

  /** Where the bytes are for five minutes, for who has the token as well. */
  addressOf({ id }: MediaItem, number: BusinessNumber): string {
    const until = Math.floor(this.#config.clock.now() / 1_000) + ADDRESS_LIVES_S;
    const query = new URLSearchParams({
      mid: id,
      ext: String(until),
      hash: hashOf(id, String(until), number),
    });
    return `${this.#config.callbackUrl()}/graph/whatsapp_business/attachments/?${query}`;
  }

  /** Whether an address of `addressOf` is still good. */
  isGood(query: URLSearchParams, number: BusinessNumber): boolean {
    const [id, until, hash] = [query.get("mid"), query.get("ext"), query.get("hash")];
    if (id === null || until === null || hash !== hashOf(id, until, number)) return false;
    return this.#config.clock.now() < Number(until) * 1_000;
  }

  #forgetExpired(): void {
    const now = this.#config.clock.now();
    for (const [, item] of this.#shelf.entries()) {
      if (now >= item.expiresAt) this.remove(item);
    }
  }

  #freeId(): string {
    for (;;) {
      const id = `400${String(randomInt(1e12)).padStart(12, "0")}`;
      if (this.#shelf.get(id) === undefined) return id;
    }
  }
}

function hashOf(id: string, until: string, { appSecret, phoneNumberId }: BusinessNumber): string {
  return createHmac("sha256", appSecret).update(`${phoneNumberId} ${id} ${until}`).digest("hex");
}
