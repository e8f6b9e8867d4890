import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { javaProblem } from "../local/dynamo/engine.ts";
import { bundleInto } from "./bundles.ts";
import { costsOn, textFlowOn } from "./costs.ts";
import { timeDoors } from "./door.ts";
import { startsOf } from "./imports.ts";
import { openLaptop } from "./laptop.ts";
import { repliesOn, replyFlowOn } from "./replies.ts";
import { type Measured, report } from "./report.ts";
import { throughputOf } from "./throughput.ts";

/**
 * `npm run bench [-- --write]`: measures speed, cost and weight of what is in the work tree and
 * prints a report; `--write` keeps it as docs/BENCH.md. Takes a minute or two; times are worth most
 * on a machine that does nothing else.
 */

const PAGE = join(import.meta.dirname, "../docs/BENCH.md");

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const problem = await javaProblem();
if (problem !== null) {
  console.error(problem);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
try {
  const page = report(await measure());
  console.log(page);
  if (values.write) writeFileSync(PAGE, page);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<Measured> {
  const bundles = await bundleInto(folder);
  const { deployed, bareWebhook, empty } = bundles;
  const starts = await startsOf([...deployed, bareWebhook, empty]);
  const laptop = await openLaptop(bundles.assets);
  try {
    const costs = [...(await costsOn(laptop)), ...(await repliesOn(laptop))];
    const flows = { text: await textFlowOn(laptop), reply: await replyFlowOn(laptop) };
    const doors = await timeDoors(laptop, bundles);
    const throughput = await throughputOf(laptop, empty);
    return { bundles, starts, costs, flows, doors, throughput };
  } finally {
    await laptop.stop();
  }
}
