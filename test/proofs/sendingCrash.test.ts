import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Api, Body } from "../support/api.ts";
import {
  adminAt,
  advanceAt,
  ledgerAt,
  metaAt,
  playAt,
  settleAt,
  tellAll,
} from "../support/laptop.ts";
import type { Said } from "../support/meta.ts";
import { freshFolder, type Laptop, startLaptop } from "../support/process.ts";

/**
 * A cloud that is killed with -9 while agents answer: what was acknowledged goes out, what goes out
 * goes out once, and in order. Real processes on real files; Meta's ledger and the API's rows are
 * compared person by person. SEED=1234 repeats the plans of a run (not its timing).
 */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

const WEBHOOKS = 200;
const PEOPLE = 20;
const REPLIES_EACH = 5;
/** A refusal that passes by itself (503, or the same key at work) is asked so often. */
const TRIES_MAX = 50;
/** How many environments of one function the laptop has, so how many messages die half sent. */
const SENDING_MAX = 4;
/** Longer than the lease of a worker that died. */
const LEASE_OVER = "40s";

const folder = freshFolder();
let laptop: Laptop;

async function start(): Promise<string> {
  laptop = await startLaptop({ flags: ["--port", "0", "--empty", "--data", folder.path] });
  return laptop.url;
}

beforeAll(start);
afterAll(async () => {
  await laptop.kill("SIGKILL", "group");
  folder.remove();
});

interface Reply {
  readonly text: string;
  readonly key: string;
  /** Null until it is acknowledged. */
  id: string | null;
}

/** One person, and what agents say to them, one after the other. */
interface Talk {
  readonly phone: string;
  readonly path: string;
  readonly replies: readonly Reply[];
}

/** Everybody writes first: over the simulator's phones, so that Meta knows that they did. */
async function talksWith(url: string, phones: readonly string[]): Promise<Talk[]> {
  const meta = metaAt(url);
  await Promise.all(phones.map((phone) => meta.customer({ phone }).phones("Hello")));
  await settleAt(url);
  const conversations = await adminAt(url).all("/conversations");
  const ids = new Map(conversations.map(({ address, id }) => [address, id]));
  return phones.map((phone) => ({
    phone,
    path: `/conversations/${ids.get(phone)}/messages`,
    replies: Array.from({ length: REPLIES_EACH }, (_, place) => {
      return { text: `Reply ${place} to ${phone}`, key: randomUUID(), id: null };
    }),
  }));
}

/** Says all of it, each with its key; stops where nobody answers any more. */
async function replyAll(api: Api, { path, replies }: Talk, onAnswer = () => {}): Promise<void> {
  for (const reply of replies.filter(({ id }) => id === null)) {
    reply.id = await acknowledged(api, path, reply);
    if (reply.id === null) return;
    onAnswer();
  }
}

async function acknowledged(api: Api, path: string, { text, key }: Reply): Promise<string | null> {
  for (let count = 0; count < TRIES_MAX; count++) {
    const content = { type: "text", text };
    const answer = await api.post(path, { content }, { "idempotency-key": key }).catch(() => null);
    if (answer === null) return null;
    if (answer.status === 202) return answer.body.id;
    expect(answer.body).toMatchObject({ retryable: true });
  }
  throw new Error(`${text} was not taken in ${TRIES_MAX} tries.`);
}

interface Plan {
  /** Which acknowledgement of a webhook or a reply is the last before the end. */
  readonly killedAfter: number;
  readonly whom: "process" | "group";
  /** How Meta behaves until then. */
  readonly script: object;
}

/** The plan of one kill, from a seed of its own. */
function planFrom(planSeed: number, [min, max]: readonly [number, number]): Plan {
  const plan = fc.record<Plan>({
    killedAfter: fc.integer({ min, max }),
    whom: fc.constantFrom("process", "group"),
    script: fc.constantFrom(
      {},
      { statusBeforeAnswer: true },
      { duplicate: 1, reorder: true, batch: 10 },
    ),
  });
  return fc.sample(plan, { seed: planSeed, numRuns: 1 })[0]!;
}

const plans = [
  planFrom(seed, [20, 90]),
  planFrom(seed + 1, [110, 180]),
  planFrom(seed + 2, [200, 270]),
];

/** What the API says of one person's conversation, oldest first. */
async function messagesOf(url: string, { path }: Talk): Promise<Body[]> {
  return (await adminAt(url).all(path)).toReversed();
}

describe(`killed with -9 three times in a burst of webhooks and replies (seed ${seed})`, () => {
  const phones = Array.from({ length: PEOPLE }, (_, person) => `+447700${900_000 + person}`);
  let talks: Talk[];
  let told: Said[];
  let untold: Said[];
  let count = 0;

  beforeAll(async () => {
    talks = await talksWith(laptop.url, phones);
    const meta = metaAt(laptop.url);
    // In turn, so that many are in the middle of something at any time.
    told = Array.from({ length: WEBHOOKS }, (_, place) => {
      return meta.customer({ phone: phones[place % PEOPLE]! }).says(`Message ${place}`);
    });
    untold = told;
  });

  /** All that nobody acknowledged yet, side by side. */
  async function burst(onAnswer: () => void): Promise<void> {
    const { url } = laptop;
    const [answered] = await Promise.all([
      tellAll(metaAt(url), untold, onAnswer),
      ...talks.map((talk) => replyAll(adminAt(url), talk, onAnswer)),
    ]);
    untold = untold.filter(({ message }) => !answered.has(message.id));
  }

  test.each(plans)("$killedAfter acknowledgements, then the $whom ($script)", async (plan) => {
    const { url, kill, ended } = laptop;
    await playAt(url, plan.script);
    await burst(() => {
      if (++count === plan.killedAfter) void kill("SIGKILL", plan.whom);
    });
    expect(await ended).toMatchObject({ signal: "SIGKILL" });
    expect(count).toBeGreaterThanOrEqual(plan.killedAfter);
    expect(count).toBeLessThan(WEBHOOKS + PEOPLE * REPLIES_EACH);
    await start();
  });

  test("told again and asked again with the same keys, all of it ends", async () => {
    await burst(() => count++);
    expect(count).toBe(WEBHOOKS + PEOPLE * REPLIES_EACH);
    await advanceAt(laptop.url, LEASE_OVER);
    await settleAt(laptop.url);
  });

  test("every message of a customer is stored once", async () => {
    const all = await Promise.all(talks.map((talk) => messagesOf(laptop.url, talk)));
    const heard = all.flat().filter(({ direction }) => direction === "inbound");
    const ids = heard.map(({ providerId }) => providerId);
    expect(ids).toHaveLength(WEBHOOKS + PEOPLE);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(told.map(({ message }) => message.id)));
  });

  test("every reply went out once and in order, or nobody ever asked Meta", async () => {
    const ledger = await ledgerAt(laptop.url);
    let unknown = 0;
    for (const talk of talks) {
      const rows = await messagesOf(laptop.url, talk);
      const replies = rows.filter(({ direction }) => direction === "outbound");
      expect(replies.map(({ id, content }) => [id, content.text])).toEqual(
        talk.replies.map(({ id, text }) => [id, text]),
      );
      const arrived = replies.filter(({ status }) => status === "delivered");
      const accepted = ledger.filter(({ to }) => to === talk.phone);
      expect(accepted.map(({ reference, providerId }) => [reference, providerId])).toEqual(
        arrived.map(({ id, providerId }) => [id, providerId]),
      );
      // A worker that died between its claim and its call: Meta was never asked.
      const others = replies.filter((reply) => !arrived.includes(reply));
      const lost = { status: "unknown", providerId: null, attempt: 1 };
      expect(others).toMatchObject(others.map(() => lost));
      unknown += others.length;
    }
    expect(unknown).toBeLessThanOrEqual(plans.length * SENDING_MAX);
  });
});

/** Accepted and answered after 20 seconds; accepted and never answered (docs/SIMULATOR.md). */
const SLOW = "+447700200003";
const LOST = "+447700200001";

describe("killed with -9 after Meta took a message and before we knew", () => {
  let talks: Talk[];
  const statuses = async () => {
    const rows = await Promise.all(talks.map((talk) => messagesOf(laptop.url, talk)));
    return rows.map((all) => all.filter(({ direction }) => direction === "outbound"));
  };
  const ledger = async () => {
    const all = await ledgerAt(laptop.url);
    return talks.map(({ phone }) => all.filter(({ to }) => to === phone));
  };

  test("the message is in the ledger, and for us still being sent", async () => {
    const { url, kill } = laptop;
    talks = (await talksWith(url, [SLOW, LOST])).map((talk) => {
      return { ...talk, replies: talk.replies.slice(0, 1) };
    });
    // Statuses come when all is over.
    await playAt(url, { delayMs: 600_000 });
    await Promise.all(talks.map((talk) => replyAll(adminAt(url), talk)));
    await expect.poll(ledger, { timeout: 10_000 }).toMatchObject([[{}], [{}]]);
    expect(await statuses()).toMatchObject([[{ status: "sending" }], [{}]]);
    await kill("SIGKILL");
  });

  test("it is unknown when the lease is over, and is not sent again", async () => {
    const url = await start();
    await advanceAt(url, LEASE_OVER);
    await settleAt(url);
    const unknown = { status: "unknown", providerId: null };
    expect(await statuses()).toMatchObject([[unknown], [unknown]]);
    expect(await ledger()).toMatchObject([[{}], [{}]]);
  });

  test("its status settles it, and it is there once", async () => {
    const { url } = laptop;
    await advanceAt(url, "15m");
    await settleAt(url);
    const [[slow], [lost]] = (await ledger()) as [Body[], Body[]];
    expect(await statuses()).toMatchObject([
      [{ status: "delivered", providerId: slow.providerId, attempt: 1 }],
      [{ status: "delivered", providerId: lost.providerId, attempt: 1 }],
    ]);
    expect(await ledger()).toMatchObject([[{}], [{}]]);
  });
});
