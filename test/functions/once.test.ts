import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Reply } from "../../functions/edge/http.ts";
import { type Asked, Replies } from "../../functions/edge/once.ts";
import { type Answer, Answered, type Once, type Seal, type Store } from "../../shared/ports.ts";
import { type SecretsServer, secretsServer } from "./secretsServer.ts";

let secrets: SecretsServer;
let seal: Seal;
beforeAll(async () => {
  secrets = await secretsServer("first-secret");
  seal = secrets.seal({ now: () => 0 });
});
afterAll(() => secrets.close());

/** The answers of one workspace; a second commit under one key is refused as the store does. */
let answers: Map<string, Answer>;
let effects: number;
beforeEach(() => {
  answers = new Map();
  effects = 0;
});
const store = {
  answer: async (route, key) => answers.get(`${route}|${key}`) ?? null,
} satisfies Partial<Store> as unknown as Store;

async function commit(once: Once | null, result: unknown): Promise<void> {
  const reply = await once?.replyTo(result);
  const name = `${once?.route}|${once?.key}`;
  if (once !== null && answers.has(name)) throw new Answered();
  if (once !== null && reply !== undefined) answers.set(name, { bodyHash: once.bodyHash, reply });
  effects++;
}

const asked = (given: Partial<Asked> = {}): Asked => ({
  store,
  workspaceId: "wsp_1",
  route: "createContact",
  key: "key 1",
  content: { params: {}, sent: { name: "Ada" } },
  ...given,
});
const render = (result: unknown): Reply => ({
  status: 201,
  body: { made: result },
  headers: { etag: '"1"' },
});

/** One request: its effect is the number of effects so far. */
async function request(given: Partial<Asked> = {}): Promise<Reply> {
  const run = async (once: Once | null) => {
    const result = effects + 1;
    await commit(once, result);
    return render(result);
  };
  return new Replies(seal).answer(asked(given), run, render);
}

describe("a request with an Idempotency-Key", () => {
  test("is answered the same when it comes again, and has no second effect", async () => {
    const first = await request();
    const again = await request();
    expect(first).toEqual({ status: 201, body: { made: 1 }, headers: { etag: '"1"' } });
    expect(again).toEqual({ ...first, headers: { etag: '"1"', "idempotency-replayed": "true" } });
    expect(effects).toBe(1);
  });

  test("and its copy at the same time have one effect and one answer", async () => {
    const replies = await Promise.all([request(), request(), request()]);
    expect(effects).toBe(1);
    expect(replies.map(({ body }) => body)).toEqual(Array(3).fill({ made: 1 }));
    expect(replies.filter(({ headers }) => headers?.["idempotency-replayed"])).toHaveLength(2);
  });

  test("that lost to a copy without an answer is in progress", async () => {
    const run = () => Promise.reject(new Answered());
    await expect(new Replies(seal).answer(asked(), run, render)).rejects.toMatchObject({
      code: "in_progress",
    });
  });

  test("and another body or path is refused", async () => {
    await request();
    for (const content of [{ params: {}, sent: { name: "Bob" } }, { params: { id: "1" } }]) {
      await expect(request({ content })).rejects.toMatchObject({ code: "idempotency_key_reused" });
    }
    expect(effects).toBe(1);
  });

  test("that failed may be tried again", async () => {
    const run = () => Promise.reject(new Error("no"));
    await expect(new Replies(seal).answer(asked(), run, render)).rejects.toThrow("no");
    expect((await request()).status).toBe(201);
  });

  test("on another route is another one", async () => {
    await request();
    await request({ route: "createApiKey" });
    expect(effects).toBe(2);
  });

  test("keeps what it is answered sealed, for this workspace, route and key", async () => {
    await request();
    const [answer] = answers.values();
    expect(Buffer.from(answer!.reply).toString("latin1")).not.toContain("made");
    answers.set("createContact|key 2", answer!);
    await expect(request({ key: "key 2" })).rejects.toThrow("does not open");
    await expect(request({ workspaceId: "wsp_2" })).rejects.toThrow("does not open");
  });

  test("is remembered for 24 hours", async () => {
    let expiresAt = 0;
    const run = async (once: Once | null) => {
      expiresAt = once?.expiresAt ?? 0;
      return render(1);
    };
    const before = Math.floor(Date.now() / 1_000);
    await new Replies(seal).answer(asked(), run, render);
    expect(expiresAt - 86_400).toBeGreaterThanOrEqual(before);
    expect(expiresAt - 86_400).toBeLessThanOrEqual(Date.now() / 1_000);
  });
});

describe("the key", () => {
  test.each([["x"], [" "], ["~".repeat(255)], ["a b#c|d"]])("may be %j", async (key) => {
    expect((await request({ key })).status).toBe(201);
  });

  test.each([[""], ["~".repeat(256)], ["é"], ["a\tb"], ["a\nb"], ["\u007f"]])(
    "may not be %j",
    async (key) => {
      await expect(request({ key })).rejects.toMatchObject({ code: "invalid_request" });
      expect(effects).toBe(0);
    },
  );

  test("may be missing, and then nothing is remembered", async () => {
    const first = await request({ key: undefined });
    const second = await request({ key: undefined });
    expect([first.body, second.body]).toEqual([{ made: 1 }, { made: 2 }]);
    expect(answers.size).toBe(0);
  });
});
