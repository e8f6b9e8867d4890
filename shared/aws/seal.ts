import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Clock, Seal } from "../ports.ts";

const FORMAT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const HEAD_BYTES = 1 + IV_BYTES + TAG_BYTES;

/** How long a key is trusted before Secrets Manager is asked again, so that rotation takes hold. */
const KEPT_MS = 5 * 60_000;

/** What does not open makes the seal ask again, this often at most. */
const NEWER_EVERY_MS = 10_000;

const STAGES = ["AWSCURRENT", "AWSPREVIOUS"] as const;
type Stage = (typeof STAGES)[number];

/**
 * AES-256-GCM under keys derived from the one secret of the stage (HKDF, one key per purpose). The
 * owner is authenticated with the text, so what is sealed for one workspace, route or channel opens
 * for no other. After a rotation the previous secret still opens; nothing is sealed with it.
 */
export class SecretSeal implements Seal {
  readonly #client: SecretsManagerClient;
  readonly #secretId: string;
  readonly #clock: Clock;
  readonly #known = new Map<Stage, { secret: string | null; at: number }>();

  constructor(client: SecretsManagerClient, secretId: string, clock: Clock) {
    this.#client = client;
    this.#secretId = secretId;
    this.#clock = clock;
  }

  async seal(purpose: string, owner: string, plain: Uint8Array): Promise<Uint8Array> {
    const secret = await this.#secret("AWSCURRENT", KEPT_MS);
    if (secret === null) throw new Error("The secret of this stage has no current value.");
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", keyFor(secret, purpose), iv);
    cipher.setAAD(Buffer.from(owner));
    const text = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from([FORMAT]), iv, cipher.getAuthTag(), text]);
  }

  async open(purpose: string, owner: string, sealed: Uint8Array): Promise<Uint8Array | null> {
    if (sealed.length < HEAD_BYTES || sealed[0] !== FORMAT) return null;
    // Another function may have noticed a rotation that this one has not.
    return (
      (await this.#openedBy(KEPT_MS, purpose, owner, sealed)) ??
      (await this.#openedBy(NEWER_EVERY_MS, purpose, owner, sealed))
    );
  }

  async #openedBy(trustedMs: number, purpose: string, owner: string, sealed: Uint8Array) {
    for (const stage of STAGES) {
      const secret = await this.#secret(stage, trustedMs);
      const plain = secret === null ? null : opened(keyFor(secret, purpose), owner, sealed);
      if (plain !== null) return plain;
    }
    return null;
  }

  async #secret(stage: Stage, trustedMs: number): Promise<string | null> {
    const known = this.#known.get(stage);
    if (known !== undefined && this.#clock.now() - known.at < trustedMs) return known.secret;
    const secret = await this.#fetch(stage);
    this.#known.set(stage, { secret, at: this.#clock.now() });
    return secret;
  }

  async #fetch(stage: Stage): Promise<string | null> {
    try {
      const command = new GetSecretValueCommand({ SecretId: this.#secretId, VersionStage: stage });
      return (await this.#client.send(command)).SecretString ?? null;
    } catch (error) {
      // A secret that was never rotated has no previous version.
      const absent = error instanceof Error && error.name === "ResourceNotFoundException";
      if (absent && stage === "AWSPREVIOUS") return null;
      throw error;
    }
  }
}

function keyFor(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "parley", purpose, KEY_BYTES));
}

function opened(key: Uint8Array, owner: string, sealed: Uint8Array): Uint8Array | null {
  const iv = sealed.subarray(1, 1 + IV_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, iv);
  decipher.setAAD(Buffer.from(owner));
  decipher.setAuthTag(sealed.subarray(1 + IV_BYTES, HEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]);
  } catch {
    // The tag does not fit: forged, cut, for somebody else, or sealed with another key.
    return null;
  }
}
