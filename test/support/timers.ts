import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { expect, inject } from "vitest";
import { ROOT_KEY } from "../../local/access.ts";
import { REGION } from "../../local/parts.ts";

/** Timers as an operator sees them: what is armed, one that is lost, one that fires out of turn. */

export const GROUP = "parley-local-timers";
const FUNCTION = "parley-local-timer";

const settings = () => ({
  region: REGION,
  endpoint: inject("cloud").gatewayUrl,
  credentials: ROOT_KEY,
});

export interface Armed {
  readonly name: string;
  /** RFC 3339, to the second. */
  readonly at: string;
  /** What the function is invoked with. */
  readonly input: string;
}

/** What is armed for a conversation or a message, in order of time. */
export async function armedFor(id: string): Promise<Armed[]> {
  const client = new SchedulerClient(settings());
  const armed: Armed[] = [];
  for (const prefix of ["win", "wait"]) {
    const NamePrefix = `${prefix}-${id}`;
    const list = new ListSchedulesCommand({ GroupName: GROUP, NamePrefix });
    for (const { Name: name = "" } of (await client.send(list)).Schedules ?? []) {
      const get = new GetScheduleCommand({ GroupName: GROUP, Name: name });
      const { ScheduleExpression: at = "", Target } = await client.send(get);
      armed.push({ name, at: `${at.slice(3, -1)}Z`, input: Target?.Input ?? "" });
    }
  }
  return armed.sort((one, other) => (one.at < other.at ? -1 : 1));
}

/** As if Scheduler had lost it. */
export async function lose({ name }: Armed): Promise<void> {
  const client = new SchedulerClient(settings());
  await client.send(new DeleteScheduleCommand({ GroupName: GROUP, Name: name }));
}

/** Fires now, whatever the time. */
export async function fire({ input }: Armed): Promise<void> {
  const client = new LambdaClient(settings());
  const Payload = Buffer.from(input);
  const command = new InvokeCommand({ FunctionName: FUNCTION, Payload });
  const { FunctionError } = await client.send(command);
  expect(FunctionError).toBeUndefined();
}
