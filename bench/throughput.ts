import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { HttpApi } from "../local/http/api.ts";
import { Lambdas } from "../local/run/lambda.ts";
import { Logs } from "../local/run/logs.ts";
import { Metrics } from "../local/run/metrics.ts";
import { WebServer } from "../local/web.ts";
import type { Bundle } from "./bundles.ts";
import { callbackOf, post, textFrom } from "./customers.ts";
import { median } from "./figures.ts";
import { type Laptop, newestIn, settled } from "./laptop.ts";

/** How fast the laptop cloud itself is; says nothing of AWS. */

export interface Throughput {
  /** Requests per second that the HTTP front serves when the function does nothing. */
  readonly emptyPerSecond: number;
  /** Webhooks per second that the door accepts while everything behind it works. */
  readonly webhooksPerSecond: number;
  /** One DynamoDB transaction of three rows, through the gateway. */
  readonly transactionMs: number;
  /** From the webhook's first byte to a list that shows the message. */
  readonly listedMs: number;
}

const ROUNDS = 5;
const PER_ROUND = 120;
const AT_ONCE = 4;
const LISTED_ROUNDS = 15;
const LOOK_EVERY_MS = 2;
/** Customers by number. */
const CUSTOMER = 301;
const LISTED = 401;

export async function throughputOf(laptop: Laptop, empty: Bundle): Promise<Throughput> {
  const front = await openFront(laptop, empty);
  const rates = { empty: [] as number[], webhooks: [] as number[] };
  const { body } = callbackOf([textFrom(CUSTOMER)]);
  // The first round starts the functions and is not counted.
  for (let round = 0; round <= ROUNDS; round++) {
    const served = await perSecond(async () => {
      const reply = await fetch(`${front.url}/empty`, { method: "POST", body });
      await reply.arrayBuffer();
      if (reply.status !== 200) throw new Error(`The front answered ${reply.status}.`);
    });
    const accepted = await perSecond(async (place) => {
      await post(laptop.cloud.url, callbackOf([textFrom(CUSTOMER + (place % AT_ONCE))]));
    });
    await settled(laptop);
    if (round === 0) continue;
    rates.empty.push(served);
    rates.webhooks.push(accepted);
  }
  await front.close();
  return {
    emptyPerSecond: median(rates.empty),
    webhooksPerSecond: median(rates.webhooks),
    ...(await listedTimes(laptop)),
  };
}

interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/** The same front as the cloud's, before a function that does nothing. */
async function openFront({ cloud: { clock } }: Laptop, empty: Bundle): Promise<Front> {
  const name = "empty";
  const metrics = new Metrics();
  const nothing = () => undefined;
  const logs = new Logs({ clock, metrics, authorize: nothing, print: nothing });
  const functions = new Lambdas({ clockOffset: clock.offset, logs, metrics });
  functions.define({
    name,
    arn: name,
    codeDirectory: dirname(empty.entry),
    handler: "index.handler",
    environment: {},
    timeoutMs: 10_000,
    memoryMb: 512,
  });
  const api = new HttpApi({
    routes: [{ routeKey: "POST /empty", functionArn: name, functionName: name }],
    apiId: name,
    stage: "$default",
    functions,
    authorizeInvoke: nothing,
    clock,
    metrics,
    accessLog: nothing,
  });
  const web = await WebServer.listen(0, clock);
  web.open([(request, response) => api.handle(request, response)]);
  return {
    url: web.url,
    close: async () => {
      await web.close();
      await functions.stop();
    },
  };
}

async function perSecond(send: (place: number) => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  let next = 0;
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    while (next < PER_ROUND) await send(next++);
  });
  await Promise.all(lanes);
  return (PER_ROUND * 1_000) / (performance.now() - startedMs);
}

async function listedTimes(
  laptop: Laptop,
): Promise<Pick<Throughput, "listedMs" | "transactionMs">> {
  const text = () => post(laptop.cloud.url, callbackOf([textFrom(LISTED)]));
  await text();
  await settled(laptop);
  const path = `/conversations/${await newestIn(laptop, "/conversations")}/messages`;
  const listedMs: number[] = [];
  const transactionMs: number[] = [];
  for (let round = 0; round < LISTED_ROUNDS; round++) {
    transactionMs.push(await timed(() => transact(laptop, round)));
    const before = await newestIn(laptop, path);
    listedMs.push(
      await timed(async () => {
        await text();
        while ((await newestIn(laptop, path)) === before) await pause(LOOK_EVERY_MS);
      }),
    );
    await settled(laptop);
  }
  return { listedMs: median(listedMs), transactionMs: median(transactionMs) };
}

/** Into the table without a stream, so that nothing follows from it. */
async function transact({ database, derived }: Laptop, round: number): Promise<void> {
  const rows = ["a", "b", "c"].map((sk) => ({ pk: `bench#${round}`, sk, text: "x".repeat(400) }));
  const puts = rows.map((Item) => ({ Put: { TableName: derived, Item } }));
  await database.send(new TransactWriteCommand({ TransactItems: puts }));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
