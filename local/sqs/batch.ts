/** The rules of the three batch operations: what is wrong with the whole, and who failed in it. */

import { AwsError } from "../parts.ts";
import { queryCode } from "./refusals.ts";

interface Entry {
  readonly Id: string;
}

const ENTRIES_MAX = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

/** Throws when SQS refuses the batch as a whole. */
export function checkBatch(operation: string, entries: readonly Entry[]): void {
  if (entries.length === 0) {
    const message = `There should be at least one ${operation}RequestEntry in the request.`;
    throw new AwsError("EmptyBatchRequest", message);
  }
  if (entries.length > ENTRIES_MAX) {
    const rule = `Maximum number of entries per request are ${ENTRIES_MAX}.`;
    const message = `${rule} You have sent ${entries.length}.`;
    throw new AwsError("TooManyEntriesInBatchRequest", message);
  }
  const ids = new Set<string>();
  for (const { Id } of entries) {
    if (!ENTRY_ID.test(Id)) {
      const rule =
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores.";
      throw new AwsError("InvalidBatchEntryId", `${rule} It can be at most 80 letters long.`);
    }
    if (ids.has(Id)) {
      throw new AwsError("BatchEntryIdsNotDistinct", `Id ${Id} repeated.`);
    }
    ids.add(Id);
  }
}

/** Does `work` for each entry; one that is refused fails alone. */
export function eachEntry<E extends Entry>(
  entries: readonly E[],
  work: (entry: E) => object,
): object {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) {
        throw error;
      }
      const { message } = error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: queryCode(error), Message: message });
    }
  }
  return { ...(Successful.length > 0 && { Successful }), ...(Failed.length > 0 && { Failed }) };
}
