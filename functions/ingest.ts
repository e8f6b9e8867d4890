import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { rows } from "./edge/app.ts";
import { archive, inbox } from "./edge/archiveApp.ts";
import { callbacksOf } from "./edge/callbacks.ts";
import { type IngestJob, ingestJobOf } from "./edge/jobs.ts";
import { metrics } from "./edge/log.ts";

const opened = rows();
const callbacks = callbacksOf(opened);
const kept = archive();
const large = inbox();

/**
 * Archives the whole batch raw, then applies every element of every callback. Applying may be
 * repeated, so a job that fails half-way is simply delivered again; the others are done.
 */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(
  async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const jobs = new Map<string, IngestJob>();
    for (const record of event.Records) {
      jobs.set(record.messageId, await ingestJobOf(record, large));
    }
    const raws = [...jobs.values()].flatMap((job) => (job.kind === "webhook" ? [job.raw] : []));
    const archiveKey = raws.length === 0 ? "" : await kept.keep(raws, Date.now());
    const processor = new BatchProcessor(EventType.SQS);
    const outcome = await processPartialResponse(
      event,
      async ({ messageId }: { messageId: string }) => {
        const job = jobs.get(messageId);
        if (job?.kind === "webhook") await callbacks.apply(job.raw, { archiveKey, again: false });
        if (job?.kind === "redrive") await callbacks.redrive(kept, job);
      },
      processor,
      { context, throwOnFullBatchFailure: false },
    );
    metrics.publishStoredMetrics();
    return outcome;
  },
);
