import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  type ListSchedulesCommandInput,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { MovedClock } from "../../local/clock.ts";
import type { DeadLetter, Delivery } from "../../local/outbox.ts";
import { Scheduler } from "../../local/scheduler/scheduler.ts";
import { SqliteState } from "../../local/state.ts";
import { serveDoor } from "./doorServer.ts";

export const ROLE = "arn:aws:iam::000000000000:role/Timers";
export const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:timer";
export const QUEUE = "arn:aws:sqs:us-east-1:000000000000:timers";
export const ARN = "arn:aws:scheduler:us-east-1:000000000000:schedule";
export const MINUTE_MS = 60_000;

type More = Partial<CreateScheduleCommandInput>;

/** As `at(...)` in UTC. */
export function at(ms: number): string {
  return `at(${new Date(ms).toISOString().slice(0, 19)})`;
}

/** A schedule in the words of the API and of the template. */
export function schedule(Name: string, more: More = {}) {
  return {
    Name,
    ScheduleExpression: "at(2030-01-01T00:00:00)",
    FlexibleTimeWindow: { Mode: "OFF" as const },
    Target: { Arn: FUNCTION, RoleArn: ROLE, Input: JSON.stringify({ name: Name }) },
    ...more,
  };
}

/** A scheduler with a clock of its own, its SDK client, and targets that keep what they get. */
export async function startTimers() {
  const state = SqliteState.open(null);
  const clock = new MovedClock(state);
  const cloud = {
    delivered: [] as { target: Delivery; arn: string }[],
    buried: [] as DeadLetter[],
    /** Why the target refuses this attempt; null lets it pass. */
    refuse: (): Error | null | Promise<null> => null,
  };
  /** A scheduler over the state as it is: a second one is the cloud after a restart. */
  const open = () =>
    new Scheduler({
      clock,
      state,
      deliver: async (target, arn) => {
        const error = await cloud.refuse();
        if (error) throw error;
        cloud.delivered.push({ target, arn });
      },
      bury: async (letter) => {
        cloud.buried.push(await Promise.resolve(letter));
      },
    });
  const scheduler = open();
  const server = await serveDoor(scheduler);
  const client = new SchedulerClient(server.client);
  const soon = () => ({ ScheduleExpression: at(clock.now() + MINUTE_MS) });
  const inputs = () => cloud.delivered.map(({ target }) => target.input);
  return Object.assign(cloud, {
    clock,
    open,
    scheduler,
    server,
    client,
    inputs,
    /** The names of the schedules whose targets ran, in order. */
    names: () => inputs().map((input) => JSON.parse(input).name),
    /** Due in a minute unless it says otherwise. */
    create: (name: string, more: More = {}) =>
      client.send(new CreateScheduleCommand(schedule(name, { ...soon(), ...more }))),
    update: (name: string, more: More = {}) =>
      client.send(new UpdateScheduleCommand(schedule(name, { ...soon(), ...more }))),
    get: (Name: string, GroupName?: string) =>
      client.send(new GetScheduleCommand({ Name, GroupName })),
    remove: (Name: string, GroupName?: string) =>
      client.send(new DeleteScheduleCommand({ Name, GroupName })),
    list: (more: ListSchedulesCommandInput = {}) => client.send(new ListSchedulesCommand(more)),
    advance: async (ms: number) => {
      clock.advance(ms);
      await scheduler.runDue();
    },
    close: async () => {
      await scheduler.stop();
      await server.close();
    },
  });
}
