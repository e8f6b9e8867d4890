import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import { log } from "./log.ts";

/**
 * Does every job of a batch side by side. A job that fails is logged and delivered again, alone: it
 * never takes its neighbours with it. One that must come later is delivered again without an alarm.
 */
export async function eachJob(
  records: readonly SQSRecord[],
  work: (record: SQSRecord, place: number) => Promise<"done" | "later">,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(records.map(work));
  const left = records.filter(({ messageId }, place) => {
    const outcome = outcomes[place];
    if (outcome?.status !== "rejected") return outcome?.value === "later";
    log("ERROR", "job failed", { messageId, error: outcome.reason });
    return true;
  });
  return { batchItemFailures: left.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
