import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { deliverMessage, giveUpMessage } from "../shared/operations/delivery.ts";
import { signalCustomer } from "../shared/operations/reading.ts";
import { refreshTemplate } from "../shared/operations/refreshing.ts";
import { queue, rows, seal, senderOf, templateDesk } from "./edge/app.ts";
import { inGroups } from "./edge/batch.ts";
import { isDeadLetter, sendJobOf } from "./edge/jobs.ts";

const opened = rows();
const sender = senderOf(seal());
const jobs = queue("send");

/** What SQS hides at most, and a margin so that a job never comes back a moment too early. */
const HIDE_MAX_S = 43_200;
const MARGIN_MS = 50;

/**
 * Sends in order within each conversation. A job that must wait hides itself and what is behind it
 * in its conversation; all other conversations go on.
 */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(({ Records: records }) =>
  inGroups(records, async (record, behind) => {
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
    const outcome =
      job.kind === "template"
        ? await refreshTemplate(scope, templateDesk(), job.templateId)
        : await deliverMessage(scope, sender, job.messageId);
    if (outcome.done) return "done";
    const seconds = Math.ceil((outcome.waitMs + MARGIN_MS) / 1_000);
    const hidden = Math.min(seconds, HIDE_MAX_S);
    await Promise.all([record, ...behind].map((each) => jobs.hide(each.receiptHandle, hidden)));
    return "later";
  }),
);
