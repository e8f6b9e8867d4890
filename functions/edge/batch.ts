import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import { log } from "./log.ts";

/**
 * Does every job of a batch side by side. A job that fails is logged and delivered again, alone: it
 * never takes its neighbours with it.
 */
export async function eachJob(
  records: readonly SQSRecord[],
  work: (record: SQSRecord, place: number) => Promise<void>,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(records.map(work));
  const failed = records.filter(({ messageId }, place) => {
    const outcome = outcomes[place];
    if (outcome?.status !== "rejected") return false;
    log("ERROR", "job failed", { messageId, error: outcome.reason });
    return true;
  });
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/**
 * Does the jobs of each group one after the other, the groups side by side. After a job that failed
 * or must come later, the rest of its group is left for later too, so that the order holds.
 *
 * @param work is told what is behind its job in the same group
 */
export async function inGroups(
  records: readonly SQSRecord[],
  work: (record: SQSRecord, behind: readonly SQSRecord[]) => Promise<"done" | "later">,
): Promise<SQSBatchResponse> {
  const groups = Map.groupBy(records, groupOf);
  const left = await Promise.all(
    [...groups.values()].map(async (group) => {
      for (const [place, record] of group.entries()) {
        const outcome = await work(record, group.slice(place + 1)).catch((error: unknown) => {
          log("ERROR", "job failed", { messageId: record.messageId, error });
          return "later" as const;
        });
        if (outcome === "later") return group.slice(place);
      }
      return [];
    }),
  );
  const failed = left.flat().map(({ messageId }) => ({ itemIdentifier: messageId }));
  return { batchItemFailures: failed };
}

function groupOf({ attributes, messageId }: SQSRecord): string {
  return attributes.MessageGroupId ?? messageId;
}
