import { type DeadLetter, type Delivery, Outbox } from "../outbox.ts";
import type { AwsError, AwsReply, AwsRequest, Busy, Clock, Door, Need, State } from "../parts.ts";
import { isOnce, parseSchedule } from "./schedule.ts";
import { keyOf, type Run, type Schedule, Timetable } from "./timetable.ts";
import { answer, failure, needsOf, readCall } from "./wire.ts";

const LOOK_EVERY_MS = 100;

/** Rounds in which work makes more work that is due at once; the rest is left to the timer. */
const ROUNDS_MAX = 100;

/** All one-time schedules go one after another, in order of time. */
const ONCE_LANE = "once";

/**
 * EventBridge Scheduler. A schedule is on disk before it is acknowledged. When it is due, one
 * durable step moves its run into the outbox and sets its next time, so a crash at any moment
 * repeats a delivery at worst; what was missed while the cloud was down runs after the start.
 */
export class Scheduler implements Door, Busy {
  readonly #timetable: Timetable;
  readonly #outbox: Outbox<Run>;
  readonly #state: State;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  /** Calls of `runDue` under way: they decide the order, the timer must not disturb it. */
  #rounds = 0;
  #fires = 0;

  /**
   * `deliver` invokes a function or sends to a queue as the schedule's role, `bury` sends to the
   * dead-letter queue; both throw when refused. An AwsError below 500 is not tried again.
   */
  constructor(parts: {
    clock: Clock;
    state: State;
    deliver: (target: Delivery, scheduleArn: string) => Promise<void>;
    bury: (letter: DeadLetter) => Promise<void>;
  }) {
    this.#clock = parts.clock;
    this.#state = parts.state;
    this.#timetable = new Timetable(parts);
    this.#outbox = new Outbox<Run>("schedule-runs", parts, {
      deliver: (run, attempt) => parts.deliver(deliveryOf(run, attempt), run.arn),
      grave: graveOf,
      bury: parts.bury,
      ended: (run) => this.#timetable.complete(run),
      describe: (run) => `schedule ${run.key}`,
    });
  }

  /** How many runs began since the start of the process. */
  get fires(): number {
    return this.#fires;
  }

  defineGroup(name: string): void {
    this.#timetable.addGroup(name);
  }

  /** A schedule of the template: resolved properties of AWS::Scheduler::Schedule. */
  defineSchedule(properties: Readonly<Record<string, unknown>>, name: string): void {
    this.#timetable.declare(parseSchedule({ ...properties, Name: name }));
  }

  /** Call it when the template is defined: its schedules of yesterday that are gone end here. */
  start(): void {
    this.#timetable.forgetUndeclared();
    this.#outbox.start();
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Ends when deliveries under way have ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#outbox.stop();
  }

  /**
   * Runs all that is due to its end: one-time schedules in order of time, then every rate once, so
   * that a repair job never takes a timer that was about to run for one that was lost.
   */
  async runDue(): Promise<void> {
    this.#rounds += 1;
    try {
      for (let round = 0; round < ROUNDS_MAX && this.pending().length > 0; round += 1) {
        this.#begin(this.#timetable.due("once"));
        await this.#outbox.emptied();
        this.#begin(this.#timetable.due("rate"));
        await this.#outbox.emptied();
      }
    } finally {
      this.#rounds -= 1;
    }
  }

  pending(): string[] {
    const due = [...this.#timetable.due("once"), ...this.#timetable.due("rate")];
    return [...due.map((one) => `schedule ${keyOf(one)} is due`), ...this.#outbox.pending()];
  }

  needs(request: AwsRequest): Need[] {
    return needsOf(readCall(request));
  }

  serve(request: AwsRequest): AwsReply {
    return answer(readCall(request), this.#timetable, this.#clock.now());
  }

  fail(error: AwsError): AwsReply {
    return failure(error);
  }

  #look(): void {
    if (this.#rounds > 0) return;
    this.#begin(this.#timetable.due("once"));
    this.#begin(this.#timetable.due("rate"));
    this.#outbox.deliverDue();
  }

  #begin(due: readonly Schedule[]): void {
    if (due.length === 0) return;
    this.#state.atOnce(() => {
      for (const schedule of due) {
        const run = this.#timetable.begin(schedule);
        const lane = isOnce(schedule.definition) ? ONCE_LANE : run.key;
        const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = run.target.RetryPolicy;
        const ageMaxMs = MaximumEventAgeInSeconds * 1_000;
        this.#outbox.add(lane, run, { retriesMax: MaximumRetryAttempts, ageMaxMs });
      }
    });
    this.#fires += due.length;
  }
}

function deliveryOf(run: Run, attempt: number): Delivery {
  const { Arn, RoleArn, SqsParameters } = run.target;
  return {
    arn: Arn,
    roleArn: RoleArn,
    input: inputOf(run, attempt),
    ...(SqsParameters && { sqsParameters: SqsParameters }),
  };
}

/**
 * The input with its context attributes filled in; the execution id is the same in every attempt.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
function inputOf(run: Run, attempt: number): string {
  const values: Readonly<Record<string, string>> = {
    "schedule-arn": run.arn,
    "scheduled-time": wholeSeconds(run.scheduledAt),
    "execution-id": run.executionId,
    "attempt-number": String(attempt),
  };
  return (run.target.Input ?? "{}").replace(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (keyword, name: string) => values[name] ?? keyword,
  );
}

/** "Dead-letter event" of the user guide: the input, and attributes that say what happened. */
function graveOf(run: Run): DeadLetter | null {
  const queueArn = run.target.DeadLetterConfig?.Arn;
  if (queueArn === undefined) return null;
  const attributes = {
    SCHEDULE_ARN: run.arn,
    TARGET_ARN: run.target.Arn,
    SCHEDULED_TIME: wholeSeconds(run.scheduledAt),
    EXECUTION_ID: run.executionId,
    IS_PAYLOAD_TRUNCATED: "false",
  };
  const { arn: sourceArn, target } = run;
  return { queueArn, sourceArn, roleArn: target.RoleArn, body: inputOf(run, 1), attributes };
}

function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
