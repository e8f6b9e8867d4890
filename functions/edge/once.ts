import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import * as z from "zod/mini";
import { DomainError, invalid } from "../../shared/domain/errors.ts";
import { Answered, type Once, type Seal, type Store } from "../../shared/ports.ts";
import type { Reply } from "./http.ts";

const packed = promisify(deflateRaw);
const unpacked = promisify(inflateRaw);

const PURPOSE = "once";
const KEPT_S = 24 * 60 * 60;
/** 1 to 255 printable ASCII characters. */
const KEY = /^[\x20-\x7e]{1,255}$/;

const replySchema = z.object({
  status: z.number(),
  body: z.unknown(),
  headers: z.optional(z.record(z.string(), z.string())),
});

/** What makes a request the same request. */
export interface Asked {
  readonly store: Store;
  readonly workspaceId: string;
  /** The route's name: the same key may serve another route. */
  readonly route: string;
  readonly key: string | undefined;
  /** Path and body. */
  readonly content: unknown;
}

/**
 * Answers a request once, however often it comes with the same Idempotency-Key: the reply is stored
 * in the transaction of the effect, so there is never one without the other. Two copies at the same
 * time meet in that transaction, and the loser answers what the winner stored. The reply is sealed,
 * because it may hold what is told only once.
 */
export class Replies {
  readonly #seal: Seal;

  constructor(seal: Seal) {
    this.#seal = seal;
  }

  async answer(
    asked: Asked,
    run: (once: Once | null) => Promise<Reply>,
    replyTo: (result: unknown) => Reply | Promise<Reply>,
  ): Promise<Reply> {
    const { key, route } = asked;
    if (key === undefined) return run(null);
    if (!KEY.test(key)) {
      const detail = "Idempotency-Key takes 1 to 255 printable ASCII characters.";
      throw invalid("/headers/idempotency-key", "invalid", detail);
    }
    const bodyHash = createHash("sha256").update(JSON.stringify(asked.content)).digest("base64url");
    const stored = await this.#stored(asked, key, bodyHash);
    if (stored !== null) return stored;
    const expiresAt = Math.floor(Date.now() / 1000) + KEPT_S;
    const reply = async (result: unknown) => this.#sealed(asked, key, await replyTo(result));
    try {
      return await run({ route, key, bodyHash, expiresAt, replyTo: reply });
    } catch (error) {
      if (!(error instanceof Answered)) throw error;
      const other = await this.#stored(asked, key, bodyHash);
      if (other !== null) return other;
      throw new DomainError("in_progress", "The same request is still in progress; try again.");
    }
  }

  async #stored(asked: Asked, key: string, bodyHash: string): Promise<Reply | null> {
    const answer = await asked.store.answer(asked.route, key);
    if (answer === null) return null;
    if (answer.bodyHash !== bodyHash) {
      const detail = "Take a new Idempotency-Key for another request.";
      throw new DomainError("idempotency_key_reused", detail);
    }
    const plain = await this.#seal.open(PURPOSE, ownerOf(asked, key), answer.reply);
    if (plain === null) throw new Error("A stored reply does not open.");
    const text = (await unpacked(plain)).toString("utf8");
    const reply = replySchema.parse(JSON.parse(text));
    return { ...reply, headers: { ...reply.headers, "idempotency-replayed": "true" } };
  }

  async #sealed(asked: Asked, key: string, reply: Reply): Promise<Uint8Array> {
    const text = await packed(Buffer.from(JSON.stringify(reply)));
    return this.#seal.seal(PURPOSE, ownerOf(asked, key), text);
  }
}

function ownerOf({ workspaceId, route }: Asked, key: string): string {
  return `${workspaceId}|${route}|${key}`;
}
