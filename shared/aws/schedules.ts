import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateScheduleCommand } from "@aws-sdk/client-scheduler";
import * as z from "zod/mini";
import { type Timer, timerName } from "../domain/timers.ts";
import type { Schedules } from "../ports.ts";

/** Where schedules live, what they invoke and where they end; the template says it as JSON. */
const placeSchema = z.object({
  group: z.string(),
  target: z.string(),
  deadLetters: z.string(),
});

/** Scheduler gives up after this time; the repair has found the timer long before. */
const AGE_MAX_S = 3_600;
const RETRIES_MAX = 10;

/** One-time schedules of EventBridge Scheduler, each gone when it has fired. */
export class TimerSchedules implements Schedules {
  readonly #client: SchedulerClient;
  readonly #place: z.infer<typeof placeSchema>;
  readonly #role: string;

  constructor(client: SchedulerClient, place: string, role: string) {
    this.#client = client;
    this.#role = role;
    this.#place = placeSchema.parse(JSON.parse(place));
  }

  async create(timer: Timer): Promise<void> {
    const { group, target, deadLetters } = this.#place;
    const { workspaceId, kind, id, at } = timer;
    const command = new CreateScheduleCommand({
      Name: timerName(timer),
      GroupName: group,
      ScheduleExpression: `at(${at.slice(0, "2026-10-01T00:00:00".length)})`,
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: {
        Arn: target,
        RoleArn: this.#role,
        Input: JSON.stringify({ workspaceId, kind, id, at }),
        DeadLetterConfig: { Arn: deadLetters },
        RetryPolicy: { MaximumEventAgeInSeconds: AGE_MAX_S, MaximumRetryAttempts: RETRIES_MAX },
      },
    });
    try {
      await this.#client.send(command);
    } catch (error) {
      // Its name says what and when, so what is there is what we want.
      if (error instanceof Error && error.name === "ConflictException") return;
      throw error;
    }
  }
}
