import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { deliverMessage, giveUpMessage } from "../shared/operations/delivery.ts";
import { signalCustomer } from "../shared/operations/reading.ts";
import { queue, rows, seal, senderOf } from "./edge/app.ts";
import { eachJob } from "./edge/batch.ts";
import { isDeadLetter, sendJobOf } from "./edge/jobs.ts";

const opened = rows();
const sender = senderOf(seal());
const jobs = queue("send");

/** What SQS hides at most, and a margin so that a job never comes back a moment too early. */
const HIDE_MAX_S = 43_200;
const MARGIN_MS = 50;

/**
 * Sends in order within each conversation: a job that must wait hides itself, and SQS gives out
 * nothing that is behind it. One that waits for half a day is given out early and hides again.
 */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(({ Records: records }) =>
  eachJob(records, async (record) => {
    const job = sendJobOf(record);
    const scope = opened.scope({ kind: "system", workspaceId: job.workspaceId });
    if (isDeadLetter(record)) {
      if (job.kind === "send") await giveUpMessage(scope, job.messageId);
      return "done";
    }
    if (job.kind === "signal") {
      await signalCustomer(scope, sender, job.conversationId, job.typing);
      return "done";
    }
    const outcome = await deliverMessage(scope, sender, job.messageId);
    if (outcome.done) return "done";
    const seconds = Math.ceil((outcome.waitMs + MARGIN_MS) / 1_000);
    await jobs.hide(record.receiptHandle, Math.min(seconds, HIDE_MAX_S));
    return "later";
  }),
);
