import * as z from "zod";
import { WorkspaceStore } from "../shared/store/store.ts";
import { Table } from "../shared/store/table.ts";
import { FIRST_TEXT_UNITS, TEXT_UNITS, type UnitBudget } from "./budgets.ts";
import { callbackOf, phoneOf, post, textFrom } from "./customers.ts";
import {
  AGENT_KEY,
  type Asked,
  ask,
  INBOX_SHARDS,
  type Laptop,
  newestIn,
  settled,
} from "./laptop.ts";
import { type Spent, spentOn } from "./spent.ts";

/** What the operations of every day cost. */

export interface Cost {
  readonly name: string;
  /** Which table of the report it is in. */
  readonly kind: "text" | "request";
  readonly budget: UnitBudget | null;
  readonly spent: Spent;
}

/** What one text asks of AWS besides request units. */
export interface Flow {
  readonly invocations: number;
  readonly busEvents: number;
  readonly sqsRequests: number;
  readonly s3Requests: number;
  readonly dynamoRequests: number;
  readonly secretRequests: number;
  readonly schedulerRequests: number;
}

const FLOW_ROUNDS = 10;

/** As long as a list that does not fit on one page. */
const SEEDED = 60;
const PAGE = 25;

/** Customers by number; who is seeded comes first. */
const QUEUED = 101;
const ASSIGNED = 102;
const LONG = 103;
const COLD = 104;
const TALKATIVE = 105;
const WARMER = 107;
/** Several: a stream record that comes twice arms a timer twice, so the least counts. */
const NEW = [106, 108, 109];

const LONG_TEXT = "Where is my order? It was to be here today. ".repeat(46).slice(0, 2_000);

const meSchema = z.object({
  workspaceId: z.string(),
  agent: z.object({ id: z.string() }),
});

/** Runs every case once on a cloud that is warm, and one on a cold one. */
export async function costsOn(laptop: Laptop): Promise<Cost[]> {
  const texts = await textCosts(laptop);
  return [...texts, ...(await requestCosts(laptop))];
}

/**
 * Of everything but units, for one text in a conversation that waits in the queue: the least of
 * several, because the laptop repeats stream records now and then, as AWS may.
 */
export async function flowOn(laptop: Laptop): Promise<Flow> {
  const text = () => post(laptop.cloud.url, callbackOf([textFrom(QUEUED)]));
  await writes(laptop, QUEUED);
  const spent: Spent[] = [];
  for (let round = 0; round < FLOW_ROUNDS; round++) spent.push(await spentOn(laptop, text));
  const lowest = (figure: (one: Spent) => number) => Math.min(...spent.map(figure));
  return {
    invocations: lowest((one) => one.invocations),
    busEvents: lowest((one) => one.busEvents),
    sqsRequests: lowest((one) => one.calls.sqs ?? 0),
    s3Requests: lowest((one) => one.calls.s3 ?? 0),
    dynamoRequests: lowest((one) => one.calls.dynamodb ?? 0),
    secretRequests: lowest((one) => one.calls.secretsmanager ?? 0),
    schedulerRequests: lowest((one) => one.calls.scheduler ?? 0),
  };
}

async function textCosts(laptop: Laptop): Promise<Cost[]> {
  const { url } = laptop.cloud;
  const text = (customer: number, words?: string) => callbackOf([textFrom(customer, words)]);
  const cost = async (name: string, budget: UnitBudget | null, work: () => Promise<void>) => {
    await writes(laptop, WARMER);
    return { name, kind: "text" as const, budget, spent: await spentOn(laptop, work) };
  };
  for (const customer of [QUEUED, LONG, COLD, ASSIGNED]) {
    await writes(laptop, customer);
    await writes(laptop, customer);
  }
  await assignNewest(laptop);
  const again = text(QUEUED);
  const costs = [
    await cost("A text of 60 characters, the conversation waits in the queue", TEXT_UNITS, () =>
      post(url, again),
    ),
    await cost("The same, the conversation is assigned to an agent", TEXT_UNITS, () =>
      post(url, text(ASSIGNED)),
    ),
    await cost("A text of 2,000 characters, in the queue", null, () =>
      post(url, text(LONG, LONG_TEXT)),
    ),
    least(
      await inTurn(NEW, (customer) =>
        cost("A new customer's first text (user id and number)", FIRST_TEXT_UNITS, () =>
          post(url, text(customer)),
        ),
      ),
    ),
    await cost("The same callback delivered again", null, () => post(url, again)),
  ];
  await laptop.cloud.lambdas.recycle();
  const cold = await spentOn(laptop, () => post(url, text(COLD)));
  const name = "A text in the queue, every function cold";
  return [...costs, { name, kind: "text", budget: null, spent: cold }];
}

async function inTurn<T>(
  customers: readonly number[],
  work: (customer: number) => Promise<T>,
): Promise<T[]> {
  const all: T[] = [];
  for (const customer of customers) all.push(await work(customer));
  return all;
}

function least(costs: readonly Cost[]): Cost {
  return costs.reduce((one, other) => (other.spent.write < one.spent.write ? other : one));
}

async function requestCosts(laptop: Laptop): Promise<Cost[]> {
  await seed(laptop);
  const conversationId = await newestIn(laptop, "/conversations");
  const cost = async (name: string, path: string, asked: Asked = {}): Promise<Cost> => {
    const spent = await spentOn(laptop, () => ask(laptop, path, asked));
    return { name, kind: "request", budget: null, spent };
  };
  const contact = (customer: number) => ({
    name: "Ada Lovelace",
    identities: [{ kind: "phone", value: phoneOf(customer) }],
  });
  const once = { body: contact(202), headers: { "idempotency-key": "bench" } };
  return [
    await cost(`A page of ${PAGE} conversations`, `/conversations?limit=${PAGE}`),
    await cost(
      `A page of ${PAGE} messages`,
      `/conversations/${conversationId}/messages?limit=${PAGE}`,
    ),
    await cost("A contact is made", "/contacts", { body: contact(201) }),
    await cost("The same with an Idempotency-Key", "/contacts", once),
    await cost("The same request repeated", "/contacts", once),
  ];
}

/** More conversations and more messages in one of them than a page holds. */
async function seed(laptop: Laptop): Promise<void> {
  const { url } = laptop.cloud;
  const count = Array.from({ length: SEEDED }, (_, place) => place + 1);
  await post(url, callbackOf(count.map((customer) => textFrom(customer))));
  await settled(laptop);
  await post(url, callbackOf(count.map(() => textFrom(TALKATIVE))));
  await settled(laptop);
}

async function writes(laptop: Laptop, customer: number): Promise<void> {
  await post(laptop.cloud.url, callbackOf([textFrom(customer)]));
  await settled(laptop);
}

/** Gives the newest conversation to an agent, by the store, as no door does it yet. */
async function assignNewest(laptop: Laptop): Promise<void> {
  const { workspaceId, agent } = meSchema.parse(await ask(laptop, "/me", { key: AGENT_KEY }));
  const truth = new Table(laptop.database, laptop.truth);
  const derived = new Table(laptop.database, laptop.derived);
  const { clock } = laptop.cloud;
  const parts = { truth, derived, shards: INBOX_SHARDS, clock };
  const store = new WorkspaceStore(parts, workspaceId, null);
  const before = await store.conversation(await newestIn(laptop, "/conversations"));
  if (before === null) throw new Error("The conversation is gone.");
  const after = { ...before, assigneeId: agent.id, rev: before.rev + 1 };
  const { ok } = await store.commit([{ noun: "conversation", before, after }]);
  if (!ok) throw new Error("The conversation was not assigned.");
  await settled(laptop);
}
