import middy from "@middy/core";
import { fireTimer } from "../shared/operations/timers.ts";
import { rows, timers } from "./edge/app.ts";
import { timerOf } from "./edge/jobs.ts";

const { scope } = rows();
const armed = timers();

/** Fires one timer. It fires at least once, so what it does may be repeated. */
export const handler = middy<unknown, void>().handler(async (event: unknown): Promise<void> => {
  const timer = timerOf(event);
  const { workspaceId } = timer;
  await fireTimer(scope({ kind: "system", workspaceId }), armed, timer);
});
