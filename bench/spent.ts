import type { Units } from "../local/dynamo/meter.ts";
import { itemBytes } from "../local/dynamo/units.ts";
import { everyRow, type Laptop, settled } from "./laptop.ts";

/** What one operation took from AWS, all that its stream records caused included. */
export interface Spent extends Units {
  /** Of every row that it wrote, as the row is afterwards. */
  readonly rowBytes: number;
  /** Calls of our functions by service, such as `sqs`. */
  readonly calls: Readonly<Partial<Record<string, number>>>;
  readonly invocations: number;
  readonly busEvents: number;
}

/** Counts while `work` runs and until nothing is under way any more. */
export async function spentOn(laptop: Laptop, work: () => Promise<unknown>): Promise<Spent> {
  const { cloud } = laptop;
  const { meter } = cloud.tables;
  await settled(laptop);
  const rows = await everyRow(laptop);
  const before = {
    calls: callsOf(laptop),
    invocations: laptop.invocations(),
    events: events(cloud),
  };
  meter.take();
  meter.start();
  await work();
  await settled(laptop);
  meter.stop();
  const units = Object.values(meter.take().byFunction);
  const sum = (one: keyof Units) => units.reduce((total, each) => total + each[one], 0);
  const calls = Object.entries(callsOf(laptop)).map(([service, count]) => {
    return [service, count - (before.calls[service] ?? 0)] as const;
  });
  return {
    write: sum("write"),
    read: sum("read"),
    indexWriteInTransactions: sum("indexWriteInTransactions"),
    invocations: laptop.invocations() - before.invocations,
    busEvents: events(cloud) - before.events,
    calls: Object.fromEntries(calls),
    rowBytes: bytesWritten(rows, await everyRow(laptop)),
  };
}

/** What one operation asks of AWS besides request units. */
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

/** The least of several, because the laptop repeats stream records now and then, as AWS may. */
export async function flowOf(laptop: Laptop, work: () => Promise<unknown>): Promise<Flow> {
  const spent: Spent[] = [];
  for (let round = 0; round < FLOW_ROUNDS; round++) spent.push(await spentOn(laptop, work));
  const least = (figure: (one: Spent) => number) => Math.min(...spent.map(figure));
  return {
    invocations: least((one) => one.invocations),
    busEvents: least((one) => one.busEvents),
    sqsRequests: least((one) => one.calls.sqs ?? 0),
    s3Requests: least((one) => one.calls.s3 ?? 0),
    dynamoRequests: least((one) => one.calls.dynamodb ?? 0),
    secretRequests: least((one) => one.calls.secretsmanager ?? 0),
    schedulerRequests: least((one) => one.calls.scheduler ?? 0),
  };
}

/** What two operations took, one after the other. */
export function together(one: Spent, other: Spent): Spent {
  const services = [...new Set([...Object.keys(one.calls), ...Object.keys(other.calls)])];
  const calls = services.map((name) => [name, (one.calls[name] ?? 0) + (other.calls[name] ?? 0)]);
  return {
    write: one.write + other.write,
    read: one.read + other.read,
    indexWriteInTransactions: one.indexWriteInTransactions + other.indexWriteInTransactions,
    rowBytes: one.rowBytes + other.rowBytes,
    calls: Object.fromEntries(calls),
    invocations: one.invocations + other.invocations,
    busEvents: one.busEvents + other.busEvents,
  };
}

function callsOf({ cloud }: Laptop): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { principal, service, count } of cloud.gateway.calls()) {
    if (principal !== "root") counts[service] = (counts[service] ?? 0) + count;
  }
  return counts;
}

function events(cloud: Laptop["cloud"]): number {
  return cloud.bus.recent().length;
}

type Rows = Awaited<ReturnType<typeof everyRow>>;

function bytesWritten(before: Rows, after: Rows): number {
  const text = (row: unknown) => JSON.stringify(row);
  const written = [...after].filter(([key, row]) => text(before.get(key)) !== text(row));
  return written.reduce((sum, [, row]) => sum + itemBytes(row), 0);
}
