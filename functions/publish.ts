import middy from "@middy/core";
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { viewFact } from "../shared/contract/facts.ts";
import { factsOf } from "../shared/domain/facts.ts";
import type { Job } from "../shared/ports.ts";
import { changeOf, queue } from "./edge/app.ts";
import { redriveJob } from "./edge/jobs.ts";
import { log } from "./edge/log.ts";

const facts = queue("facts");
const ingest = queue("ingest");

/**
 * The nerve: what follows from a stored fact is queued here, and nothing else happens. Records come
 * at least once; facts carry an id that stays the same, and jobs may be done twice.
 */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(
  async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const told: Job[] = [];
    const steps: Job[] = [];
    let failed: string | undefined;
    for (const [place, record] of event.Records.entries()) {
      try {
        const { told: more, step } = consequencesOf(record);
        told.push(...more);
        steps.push(...step);
      } catch (error) {
        failed = record.dynamodb?.SequenceNumber ?? "";
        log("ERROR", "record cannot be published", { sequenceNumber: failed, error });
        // Lambda begins again at the record we name. When that is the first one it must throw:
        // only an error makes Lambda halve the batch until the record is parked alone; a named
        // first record would be parked with all that follow it (Lambda guide, DynamoDB streams).
        if (place === 0) throw error;
        break;
      }
    }
    await ingest.sendAll(steps);
    await facts.sendAll(told);
    return { batchItemFailures: failed === undefined ? [] : [{ itemIdentifier: failed }] };
  },
);

function consequencesOf(record: unknown): { told: Job[]; step: Job[] } {
  const news = changeOf(record);
  if (news === null) return { told: [], step: [] };
  const { change, workspaceId } = news;
  const told = factsOf(change).map((fact) => ({
    body: JSON.stringify(viewFact(fact, workspaceId)),
    group: workspaceId,
  }));
  const goesOn = change.noun === "redrive" && change.after?.status === "running";
  return { told, step: goesOn ? [redriveJob(workspaceId, change.after)] : [] };
}
