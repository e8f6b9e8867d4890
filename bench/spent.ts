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
