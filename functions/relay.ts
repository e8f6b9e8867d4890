import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { factShape } from "../shared/contract/facts.ts";
import { bus } from "./edge/app.ts";

const events = bus();

/** Tells each fact to whoever waits for it: today, the customer's event bus. */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(
  async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const facts = event.Records.map(({ body }) => factShape.parse(JSON.parse(body)));
    const taken = await events.put(
      facts.map((fact) => ({
        type: fact.type,
        at: fact.timestamp,
        detail: JSON.stringify(fact),
      })),
    );
    const refused = event.Records.filter((_, place) => taken[place] !== true);
    return { batchItemFailures: refused.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  },
);
