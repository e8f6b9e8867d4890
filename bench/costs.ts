import { FIRST_TEXT_UNITS, TEXT_UNITS, type UnitBudget } from "./budgets.ts";
import { callbackOf, phoneOf, post, textFrom } from "./customers.ts";
import { type Asked, ask, assign, type Laptop, newestIn, settled } from "./laptop.ts";
import { type Flow, flowOf, type Spent, spentOn } from "./spent.ts";

/** What the operations of every day cost. */

export interface Cost {
  readonly name: string;
  /** Which table of the report it is in. */
  readonly kind: "text" | "reply" | "request";
  readonly budget: UnitBudget | null;
  readonly spent: Spent;
}

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

/** Runs every case once on a cloud that is warm, and one on a cold one. */
export async function costsOn(laptop: Laptop): Promise<Cost[]> {
  const texts = await textCosts(laptop);
  return [...texts, ...(await requestCosts(laptop))];
}

/** Of everything but units, for one text in a conversation that waits in the queue. */
export async function textFlowOn(laptop: Laptop): Promise<Flow> {
  await writes(laptop, QUEUED);
  return flowOf(laptop, () => post(laptop.cloud.url, callbackOf([textFrom(QUEUED)])));
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
  await assign(laptop, await newestIn(laptop, "/conversations"));
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
