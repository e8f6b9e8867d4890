import { pathToFileURL } from "node:url";
import * as z from "zod";
import { type Callback, callbackOfBytes, NUMBER } from "./customers.ts";
import { median } from "./figures.ts";

/**
 * `node bench/doorTurns.ts <door> <bare>`: runs two webhook handlers turn by turn in this process,
 * whose environment is the functions'. Prints medians as JSON.
 */

const SIZES_BYTES = [1_000, 50_000];
const WARM_UP = 300;
const PAIRS = 1_000;

type Handler = (event: unknown, context: unknown) => Promise<unknown>;
const accepted = z.looseObject({ statusCode: z.literal(200) });

const [door, bare] = await Promise.all(process.argv.slice(2).map(handlerIn));
if (door === undefined || bare === undefined) throw new Error("Name two bundles.");
const measured = [];
for (const bytes of SIZES_BYTES) measured.push(await turns(door, bare, bytes));
process.stdout.write(JSON.stringify(measured));

async function turns(one: Handler, other: Handler, bytes: number) {
  const callback = callbackOfBytes(bytes);
  const oneMs: number[] = [];
  const otherMs: number[] = [];
  for (let pair = 0; pair < WARM_UP + PAIRS; pair++) {
    // Who begins changes, so that neither always finds the caches as the other left them.
    const first = pair % 2 === 0 ? one : other;
    const second = pair % 2 === 0 ? other : one;
    const firstMs = await timed(first, callback);
    const secondMs = await timed(second, callback);
    if (pair < WARM_UP) continue;
    oneMs.push(pair % 2 === 0 ? firstMs : secondMs);
    otherMs.push(pair % 2 === 0 ? secondMs : firstMs);
  }
  const size = Buffer.byteLength(callback.body);
  return { bytes: size, pairs: PAIRS, doorMs: median(oneMs), bareMs: median(otherMs) };
}

async function timed(handler: Handler, callback: Callback): Promise<number> {
  const event = eventOf(callback);
  const startedMs = performance.now();
  const reply = await handler(event, {});
  const tookMs = performance.now() - startedMs;
  accepted.parse(reply);
  return tookMs;
}

/** What API Gateway hands over, as far as a door looks (payload format 2.0). */
function eventOf({ body, signature }: Callback) {
  return {
    version: "2.0",
    routeKey: "POST /webhooks/whatsapp/{channelKey}",
    rawPath: `/webhooks/whatsapp/${NUMBER.channelKey}`,
    headers: { "content-type": "application/json", "x-hub-signature-256": signature },
    pathParameters: { channelKey: NUMBER.channelKey },
    requestContext: { http: { method: "POST" } },
    isBase64Encoded: false,
    body,
  };
}

async function handlerIn(path: string): Promise<Handler> {
  const loaded: { handler: Handler } = await import(pathToFileURL(path).href);
  return loaded.handler;
}
