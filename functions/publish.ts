import middy from "@middy/core";
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { changeOf, queue } from "./edge/app.ts";
import { type Consequence, consequencesOf } from "./edge/consequences.ts";
import { log } from "./edge/log.ts";

const queues = { send: queue("send"), ingest: queue("ingest"), facts: queue("facts") };

/**
 * The nerve: what follows from a stored fact is queued here, and nothing else happens. Records come
 * at least once; facts carry an id that stays the same, and jobs may be done twice.
 */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(
  async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const all: Consequence[] = [];
    let failed: string | undefined;
    for (const [place, record] of event.Records.entries()) {
      try {
        const news = changeOf(record);
        if (news !== null) all.push(...consequencesOf(news.workspaceId, news.change));
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
    // Sends first: nothing that can be slow or down stands between a reply and its send.
    for (const name of ["send", "ingest", "facts"] as const) {
      const jobs = all.filter(({ to }) => to === name).map(({ job }) => job);
      await queues[name].sendAll(jobs);
    }
    return { batchItemFailures: failed === undefined ? [] : [{ itemIdentifier: failed }] };
  },
);
