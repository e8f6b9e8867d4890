import { ASSET_BYTES_MAX, coldBytesMax, TIMES_BARE_MAX } from "./budgets.ts";
import { type Bundles, deployedNamed } from "./bundles.ts";
import type { Cost } from "./costs.ts";
import type { DoorTimes } from "./door.ts";
import { kilobytes, table, times } from "./figures.ts";
import type { Start } from "./imports.ts";
import { BOUGHT } from "./replies.ts";
import type { Flow } from "./spent.ts";
import type { Throughput } from "./throughput.ts";
import * as words from "./words.ts";

/** Everything that one run measured. */
export interface Measured {
  readonly bundles: Bundles;
  readonly starts: readonly Start[];
  readonly costs: readonly Cost[];
  readonly flows: { readonly text: Flow; readonly reply: Flow };
  readonly doors: readonly DoorTimes[];
  readonly throughput: Throughput;
}

/** The whole of docs/BENCH.md. */
export function report(measured: Measured): string {
  const { bundles, starts, costs, flows, doors, throughput } = measured;
  const parts = [
    words.INTRODUCTION,
    words.MISSED,
    missesOf(bundles, costs, doors, starts),
    words.COST,
    costTable(costs, "text"),
    words.REPLY,
    costTable(costs, "reply"),
    words.BOUGHT,
    boughtTable(),
    words.FLOW,
    flowTable(flows),
    words.REQUESTS,
    costTable(costs, "request"),
    words.UNITS,
    words.WEIGHT,
    weightTable(bundles, starts),
    words.DOOR,
    doorTable(bundles, doors, starts),
    words.HEAVIER,
    heavierTable(bundles),
    words.LAPTOP,
    throughputTable(throughput),
    words.UNSEEN,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Deterministic: a test compares it with what docs/BENCH.md says. */
export function costTable(costs: readonly Cost[], kind: Cost["kind"]): string {
  const head = ["operation", "write units", "upper bound", "budget", "read units", "budget"];
  const rows = costs
    .filter((cost) => cost.kind === kind)
    .map(({ name, budget, spent }) => [
      name,
      String(spent.write),
      String(spent.write + spent.indexWriteInTransactions),
      String(budget?.write ?? "-"),
      String(spent.read),
      String(budget?.read ?? "-"),
      ...(kind === "text" ? [spent.rowBytes.toLocaleString("en")] : []),
    ]);
  return table(kind === "text" ? [...head, "bytes of rows"] : head, rows);
}

function boughtTable(): string {
  const rows = BOUGHT.map(({ what, units }) => [what, String(units)]);
  return table(["a reply buys", "write units"], rows);
}

function flowTable({ text, reply }: Measured["flows"]): string {
  const row = (what: string, figure: (flow: Flow) => number) => {
    return [what, String(figure(text)), String(figure(reply))];
  };
  return table(
    ["", "a text", "a reply"],
    [
      row("Lambda invocations", (flow) => flow.invocations),
      row("SQS requests of our functions", (flow) => flow.sqsRequests),
      row("S3 requests", (flow) => flow.s3Requests),
      row("DynamoDB requests", (flow) => flow.dynamoRequests),
      row("Secrets Manager requests", (flow) => flow.secretRequests),
      row("EventBridge Scheduler requests", (flow) => flow.schedulerRequests),
      row("events on the bus", (flow) => flow.busEvents),
    ],
  );
}

function weightTable({ deployed, bareWebhook, empty }: Bundles, starts: readonly Start[]): string {
  const least = startOf(starts, empty.name);
  const started = (name: string) => times(startOf(starts, name).processUs, least.processUs);
  const rows = deployed.map(({ name, coldBytes, assetBytes }) => [
    name,
    kilobytes(coldBytes),
    kilobytes(coldBytesMax(name)),
    kilobytes(assetBytes),
    kilobytes(ASSET_BYTES_MAX),
    started(name),
  ]);
  const bare = [bareWebhook.name, kilobytes(bareWebhook.coldBytes), "-", "-", "-"];
  const head = [
    "function",
    "cold start",
    "budget",
    "asset",
    "budget",
    "start against an empty one",
  ];
  return table(head, [...rows, [...bare, started(bareWebhook.name)]]);
}

interface Ratio {
  readonly what: string;
  readonly measured: number;
  readonly least: number;
}

/** The deployed door against the bare one. */
function doorRatios(
  { bareWebhook }: Bundles,
  doors: readonly DoorTimes[],
  starts: readonly Start[],
) {
  const warm = doors.map(({ bytes, pairs, doorMs, bareMs }) => ({
    what: `warm, a callback of ${kilobytes(bytes)} (medians of ${pairs} turns)`,
    measured: doorMs,
    least: bareMs,
  }));
  const cold = {
    what: "cold, processor time to load the bundle (medians of 15)",
    measured: startOf(starts, "webhook").importUs,
    least: startOf(starts, bareWebhook.name).importUs,
  };
  return [...warm, cold];
}

function bytesRatio(bundles: Bundles): Ratio {
  const { coldBytes: measured } = deployedNamed(bundles, "webhook");
  const what = "cold, bytes of code loaded";
  return { what, measured, least: bundles.bareWebhook.coldBytes };
}

function doorTable(
  bundles: Bundles,
  doors: readonly DoorTimes[],
  starts: readonly Start[],
): string {
  const rows = [...doorRatios(bundles, doors, starts), bytesRatio(bundles)];
  return table(
    ["webhook against bare webhook", "ratio", "target"],
    rows.map(({ what, measured, least }) => [what, times(measured, least), `${TIMES_BARE_MAX}×`]),
  );
}

const HEAVIER_ROWS = 8;

/** Which packages make the door heavier than the bare one. */
function heavierTable(bundles: Bundles): string {
  const { bareWebhook } = bundles;
  const bare = new Map(bareWebhook.packages.map(({ name, bytes }) => [name, bytes]));
  const more = deployedNamed(bundles, "webhook")
    .packages.map(({ name, bytes }) => ({ name, bytes: bytes - (bare.get(name) ?? 0) }))
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, HEAVIER_ROWS);
  return table(
    ["package", "more than in the bare door"],
    more.map(({ name, bytes }) => [name, kilobytes(bytes)]),
  );
}

function throughputTable(measured: Throughput): string {
  const { emptyPerSecond, webhooksPerSecond, transactionMs, listedMs } = measured;
  const share = ((100 * webhooksPerSecond) / emptyPerSecond).toFixed(0);
  return table(
    ["on the laptop", "ratio"],
    [
      ["webhooks accepted per second, of what the front serves to an empty function", `${share} %`],
      [
        "from webhook to listed message, against one transaction of three rows",
        times(listedMs, transactionMs),
      ],
    ],
  );
}

/** What is over its budget or target in this run, heaviest promise first. */
function missesOf(
  bundles: Bundles,
  costs: readonly Cost[],
  doors: readonly DoorTimes[],
  starts: readonly Start[],
): string {
  const units = costs.flatMap(({ name, budget, spent }) => [
    ...over(`${name}: write units`, spent.write, budget?.write),
    ...over(`${name}: read units`, spent.read, budget?.read),
  ]);
  const bytes = bundles.deployed.flatMap(({ name, coldBytes, assetBytes }) => [
    ...over(`${name}: bytes at cold start`, coldBytes, coldBytesMax(name)),
    ...over(`${name}: bytes of the asset`, assetBytes, ASSET_BYTES_MAX),
  ]);
  const ratios = [bytesRatio(bundles), ...doorRatios(bundles, doors, starts)].flatMap((ratio) =>
    over(`webhook against bare, ${ratio.what}`, ratio.measured / ratio.least, TIMES_BARE_MAX),
  );
  const misses = [...units, ...bytes, ...ratios];
  return misses.length === 0 ? "Nothing." : misses.map((miss) => `- ${miss}`).join("\n");
}

function over(what: string, measured: number, max: number | null | undefined): string[] {
  if (max === null || max === undefined || measured <= max) return [];
  const figure = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 2 });
  return [`${what}: ${figure(measured)} of ${figure(max)}`];
}

function startOf(starts: readonly Start[], name: string): Start {
  const found = starts.find((start) => start.name === name);
  if (found === undefined) throw new Error(`The start of ${name} was not measured.`);
  return found;
}
