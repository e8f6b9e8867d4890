import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Seal } from "../../shared/ports.ts";
import { type SecretsServer, secretsServer } from "./secretsServer.ts";

let secrets: SecretsServer;
const clock = {
  at: 0,
  now() {
    return this.at;
  },
};
let seal: Seal;
beforeEach(async () => {
  clock.at = 0;
  secrets = await secretsServer("first-secret");
  seal = secrets.seal(clock);
});
afterEach(() => secrets.close());

const MINUTE_MS = 60_000;
const plain = Buffer.from("local-app-secret");
const opened = async (by: Seal, sealed: Uint8Array, purpose = "cursor", owner = "wsp_1") => {
  const bytes = await by.open(purpose, owner, sealed);
  return bytes === null ? null : Buffer.from(bytes).toString();
};

describe("what is sealed", () => {
  test("opens for the same purpose and owner, for every function", async () => {
    const sealed = await seal.seal("cursor", "wsp_1", plain);
    expect(await opened(seal, sealed)).toBe("local-app-secret");
    expect(await opened(secrets.seal(clock), sealed)).toBe("local-app-secret");
  });

  test("whatever it is", async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const property = fc.asyncProperty(
      fc.string(),
      fc.string(),
      bytes,
      async (purpose, owner, given) => {
        const sealed = await seal.seal(purpose, owner, given);
        expect(Buffer.from((await seal.open(purpose, owner, sealed))!)).toEqual(Buffer.from(given));
      },
    );
    await fc.assert(property);
  });

  test("opens for nobody else", async () => {
    const sealed = await seal.seal("cursor", "wsp_1", plain);
    expect(await opened(seal, sealed, "once")).toBeNull();
    expect(await opened(seal, sealed, "cursor", "wsp_2")).toBeNull();
    expect(await opened(seal, sealed, "cursor", "")).toBeNull();
  });

  test("is another text every time, and says nothing of what is in it", async () => {
    const [one, other] = [
      await seal.seal("cursor", "wsp_1", plain),
      await seal.seal("cursor", "wsp_1", plain),
    ];
    expect(Buffer.from(one)).not.toEqual(Buffer.from(other));
    expect(Buffer.from(one).toString("latin1")).not.toContain("app-secret");
  });

  test("does not open when one bit of it is changed, or a byte is missing or added", async () => {
    const sealed = await seal.seal("cursor", "wsp_1", plain);
    for (const place of sealed.keys()) {
      const forged = Uint8Array.from(sealed);
      forged[place] = forged[place]! ^ 1;
      expect(await opened(seal, forged), `byte ${place}`).toBeNull();
      expect(await opened(seal, sealed.subarray(0, place)), `cut at ${place}`).toBeNull();
    }
    expect(await opened(seal, Buffer.concat([sealed, Buffer.from([0])]))).toBeNull();
  });
});

describe("after a rotation", () => {
  test("what was sealed before still opens", async () => {
    const sealed = await seal.seal("cursor", "wsp_1", plain);
    secrets.rotate("second-secret");
    const started = secrets.seal(clock);
    expect(await opened(started, sealed)).toBe("local-app-secret");
    expect(secrets.asked).toEqual(["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]);
  });

  test("and after the second one no more", async () => {
    const sealed = await seal.seal("cursor", "wsp_1", plain);
    secrets.rotate("second-secret");
    secrets.rotate("third-secret");
    expect(await opened(secrets.seal(clock), sealed)).toBeNull();
  });

  test("a function seals with the new one within five minutes", async () => {
    const early = await seal.seal("cursor", "wsp_1", plain);
    secrets.rotate("second-secret");
    clock.at = 5 * MINUTE_MS - 1;
    const late = await seal.seal("cursor", "wsp_1", plain);
    clock.at = 5 * MINUTE_MS;
    const after = await seal.seal("cursor", "wsp_1", plain);
    secrets.rotate("third-secret");
    const later = secrets.seal(clock);
    expect(await opened(later, early)).toBeNull();
    expect(await opened(later, late)).toBeNull();
    expect(await opened(later, after)).toBe("local-app-secret");
  });

  test("a function that has not noticed opens what another one sealed", async () => {
    await seal.seal("cursor", "wsp_1", plain);
    secrets.rotate("second-secret");
    const sealed = await secrets.seal(clock).seal("cursor", "wsp_1", plain);
    clock.at = 10_000;
    expect(await opened(seal, sealed)).toBe("local-app-secret");
  });

  test("also when it learned a moment before that there was no previous one", async () => {
    const sealed = await seal.seal("cursor", "wsp_1", plain);
    clock.at = 4 * MINUTE_MS;
    expect(await opened(seal, Buffer.alloc(40, 1))).toBeNull();
    secrets.rotate("second-secret");
    clock.at = 5 * MINUTE_MS;
    expect(await opened(seal, sealed)).toBe("local-app-secret");
  });
});

describe("Secrets Manager", () => {
  test("is asked once in five minutes, and for nonsense once in ten seconds", async () => {
    const sealed = await seal.seal("cursor", "wsp_1", plain);
    for (clock.at = 0; clock.at < 5 * MINUTE_MS; clock.at += MINUTE_MS) await opened(seal, sealed);
    expect(secrets.asked).toEqual(["AWSCURRENT"]);
    secrets.asked.length = 0;
    for (let count = 0; count < 20; count++) await opened(seal, Buffer.alloc(40, 1));
    expect(secrets.asked).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
    clock.at += 10_000;
    for (let count = 0; count < 20; count++) await opened(seal, Buffer.alloc(40, 1));
    expect(secrets.asked).toHaveLength(4);
    await opened(seal, Buffer.alloc(28, 1));
    expect(secrets.asked).toHaveLength(4);
  });

  test.each(["ResourceNotFoundException", "InternalServiceError", "AccessDeniedException"])(
    "that answers %s is an error, and is asked again",
    async (code) => {
      secrets.fail = code;
      await expect(seal.seal("cursor", "wsp_1", plain)).rejects.toThrow();
      await expect(seal.open("cursor", "wsp_1", Buffer.alloc(40, 1))).rejects.toThrow();
      secrets.fail = null;
      expect(await seal.seal("cursor", "wsp_1", plain)).toBeInstanceOf(Uint8Array);
    },
  );
});
