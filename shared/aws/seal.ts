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

type Stage = "AWSCURRENT" | "AWSPREVIOUS";

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
    const secret = await this.#secret("AWSCURRENT");
    if (secret === null) throw new Error("The secret of this stage has no current value.");
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", keyFor(secret, purpose), iv);
    cipher.setAAD(Buffer.from(owner));
    const text = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from([FORMAT]), iv, cipher.getAuthTag(), text]);
  }

  async open(purpose: string, owner: string, sealed: Uint8Array): Promise<Uint8Array | null> {
    if (sealed.length < HEAD_BYTES || sealed[0] !== FORMAT) return null;
    for (const stage of ["AWSCURRENT", "AWSPREVIOUS"] as const) {
      const secret = await this.#secret(stage);
      const plain = secret === null ? null : opened(keyFor(secret, purpose), owner, sealed);
      if (plain !== null) return plain;
    }
    return null;
  }

  async #secret(stage: Stage): Promise<string | null> {
    const known = this.#known.get(stage);
    if (known !== undefined && this.#clock.now() - known.at < KEPT_MS) return known.secret;
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
