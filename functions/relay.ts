import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { factShape } from "../shared/contract/facts.ts";
import { bus } from "./edge/app.ts";
import { eachJob } from "./edge/batch.ts";

const events = bus();

/** Tells each fact to whoever waits for it: today, the customer's event bus. */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(({ Records: records }) =>
  eachJob(records, async ({ body }) => {
    const fact = factShape.parse(JSON.parse(body));
    const event = { type: fact.type, at: fact.timestamp, detail: JSON.stringify(fact) };
    await events.put(event);
    return "done";
  }),
);
