import * as z from "zod";
import { REPLY_UNITS } from "./budgets.ts";
import type { Cost } from "./costs.ts";
import { callbackOf, phoneOf, play, post, statusOf, writesByPhone } from "./customers.ts";
import { AGENT_KEY, ask, assign, type Laptop, settled } from "./laptop.ts";
import { type Flow, flowOf, type Spent, spentOn, together } from "./spent.ts";

/** What an agent's reply costs, from the request to the last status. */

/** Customers by number. */
const WARMER = 501;
const WAITING = 502;
const ASSIGNED = 503;
const READER = 504;
/** Meta asks to come back later (docs/SIMULATOR.md). */
const BUSY = "+447700200002";

/** 60 characters, as most answers are short. */
const TEXT = "Good morning Ada, it left our house, you have it on Tuesday.";

export const FIRST_REPLY = "A reply of 60 characters to a customer who waits, up to `sent`";

/** What the write units of the first reply buy; a test adds them up. */
export const BOUGHT: readonly { readonly what: string; readonly units: number }[] = [
  { what: "the message, in a transaction", units: 2 },
  {
    what: "its conversation in the same one: the last message, and the pace of the pair",
    units: 2,
  },
  { what: "the conversation's new place in the inbox", units: 2 },
  { what: "its end in the queue of who waits", units: 1 },
  { what: "the stored answer to its Idempotency-Key: asked again, nothing is sent", units: 2 },
  { what: "a slot of the channel: Meta refuses what comes too fast", units: 1 },
  { what: "the claim with its lease: no other worker sends it", units: 1 },
  { what: "the pointer from Meta's id: an answer that quotes it finds it", units: 1 },
  { what: "how it went out", units: 1 },
];

/** Runs every case once on a cloud that is warm. */
export async function repliesOn(laptop: Laptop): Promise<Cost[]> {
  const { url } = laptop.cloud;
  // Statuses come when the bench tells them, one by one: together they would meet on one row.
  await play(url, { statuses: "none", recoverAfter: 1 });
  await answer(laptop, await writes(laptop, phoneOf(WARMER)));
  const waiting = await writes(laptop, phoneOf(WAITING));
  const assigned = await writes(laptop, phoneOf(ASSIGNED));
  await assign(laptop, assigned);
  const busy = await writes(laptop, BUSY);
  const answered = (conversationId: string) =>
    spentOn(laptop, () => answer(laptop, conversationId));
  const kind = "reply";
  const costs: Cost[] = [
    { name: FIRST_REPLY, kind, budget: REPLY_UNITS, spent: await answered(waiting) },
    {
      name: "The next reply to the same customer, up to `sent`",
      kind,
      budget: REPLY_UNITS,
      spent: await answered(waiting),
    },
    {
      name: "A reply in a conversation that an agent has, up to `sent`",
      kind,
      budget: REPLY_UNITS,
      spent: await answered(assigned),
    },
    {
      name: "A reply that Meta takes at the second try, up to `sent`",
      kind,
      budget: null,
      spent: await answered(busy),
    },
    {
      name: "A reply to a customer who waits, up to `read`",
      kind,
      budget: null,
      spent: await toRead(laptop),
    },
  ];
  await play(url, {});
  return costs;
}

/** The reply, and three statuses in a callback each. */
async function toRead(laptop: Laptop): Promise<Spent> {
  const phone = phoneOf(READER);
  const conversationId = await writes(laptop, phone);
  let id = "";
  const sent = await spentOn(laptop, async () => {
    id = await answer(laptop, conversationId);
  });
  const message = messageSchema.parse(await ask(laptop, `/messages/${id}`));
  const told = await spentOn(laptop, async () => {
    for (const status of ["sent", "delivered", "read"] as const) {
      await post(laptop.cloud.url, callbackOf([statusOf(phone, message, status)]));
      await settled(laptop);
    }
  });
  return together(sent, told);
}

const messageSchema = z.object({ id: z.string(), providerId: z.string() });
const acceptedSchema = z.object({ id: z.string() });
const conversationsSchema = z.object({
  data: z.array(z.object({ id: z.string(), address: z.string() })),
});

/** Somebody writes; answers the id of their conversation. */
async function writes(laptop: Laptop, phone: string): Promise<string> {
  await writesByPhone(laptop.cloud.url, phone);
  await settled(laptop);
  const { data } = conversationsSchema.parse(await ask(laptop, "/conversations?limit=100"));
  const found = data.find(({ address }) => address === phone);
  if (found === undefined) throw new Error(`${phone} has no conversation.`);
  return found.id;
}

/** Of everything but units, for one reply up to `sent`. */
export async function replyFlowOn(laptop: Laptop): Promise<Flow> {
  await play(laptop.cloud.url, { statuses: "none" });
  const conversationId = await writes(laptop, phoneOf(WAITING));
  const flow = await flowOf(laptop, () => answer(laptop, conversationId));
  await play(laptop.cloud.url, {});
  return flow;
}

let answers = 0;

/** Answers the message's id. */
async function answer(laptop: Laptop, conversationId: string): Promise<string> {
  const sent = await ask(laptop, `/conversations/${conversationId}/messages`, {
    key: AGENT_KEY,
    body: { content: { type: "text", text: TEXT } },
    headers: { "idempotency-key": `bench-${++answers}` },
  });
  return acceptedSchema.parse(sent).id;
}
