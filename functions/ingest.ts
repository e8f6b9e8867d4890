import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { rows } from "./edge/app.ts";
import { archive, inbox } from "./edge/archiveApp.ts";
import { eachJob } from "./edge/batch.ts";
import { callbacksOf } from "./edge/callbacks.ts";
import { ingestJobOf } from "./edge/jobs.ts";
import { metrics } from "./edge/log.ts";

const callbacks = callbacksOf(rows());
const kept = archive();
const large = inbox();

/**
 * Archives the whole batch raw, then applies every element of every callback. Applying may be
 * repeated, so a job that fails half-way is simply delivered again; the others are done.
 */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records: records }) => {
  const jobs = await Promise.allSettled(records.map((record) => ingestJobOf(record, large)));
  const raws = jobs.flatMap((job) =>
    job.status === "fulfilled" && job.value.kind === "webhook" ? [job.value.raw] : [],
  );
  const archiveKey = raws.length === 0 ? "" : await kept.keep(raws, Date.now());
  const outcome = await eachJob(records, async (_record, place) => {
    const read = jobs[place];
    if (read?.status !== "fulfilled") throw new Error("not a job", { cause: read?.reason });
    const job = read.value;
    if (job.kind === "redrive") await callbacks.redrive(kept, job);
    else await callbacks.apply(job.raw, { archiveKey, again: false });
    return "done";
  });
  metrics.publishStoredMetrics();
  return outcome;
});
