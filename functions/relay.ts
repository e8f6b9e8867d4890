import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { factShape } from "../shared/contract/facts.ts";
import { armTimer } from "../shared/operations/timers.ts";
import { bus, clock, timers } from "./edge/app.ts";
import { eachJob } from "./edge/batch.ts";
import { isTimerJob, timerOf } from "./edge/jobs.ts";

const events = bus();
const armed = timers();

/**
 * Tells each fact to whoever waits for it: today, the customer's event bus. A timer that follows
 * from a change is a job of its own, so that neither is done again when the other fails.
 */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(({ Records: records }) =>
  eachJob(records, async (record) => {
    const told: unknown = JSON.parse(record.body);
    if (isTimerJob(record)) {
      await armTimer(armed, timerOf(told), clock.now());
      return "done";
    }
    const fact = factShape.parse(told);
    const event = { type: fact.type, at: fact.timestamp, detail: JSON.stringify(fact) };
    await events.put(event);
    return "done";
  }),
);
