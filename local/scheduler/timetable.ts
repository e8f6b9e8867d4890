import { randomBytes } from "node:crypto";
import { AwsError, type Clock, type Shelf, type State } from "../parts.ts";
import {
  type Definition,
  firstRunAt,
  isOnce,
  runAt,
  type ScheduleRequest,
  scheduleArn,
  type Target,
} from "./schedule.ts";

export interface Schedule {
  readonly group: string;
  readonly name: string;
  readonly definition: Definition;
  readonly clientToken: string | null;
  /** Those of the template go when the template no longer has them. */
  readonly fromTemplate: boolean;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** Null when it will not run again. */
  readonly nextAt: number | null;
  /** The run that was begun last; a change of the schedule forgets it. */
  readonly executionId: string | null;
}

/** One run of a schedule: its target as it was when the run began. */
export interface Run {
  readonly key: string;
  readonly arn: string;
  readonly executionId: string;
  readonly scheduledAt: number;
  readonly target: Target;
}

/** The schedules, on disk and, because due ones are looked for all the time, in memory. */
export class Timetable {
  readonly #clock: Clock;
  readonly #shelf: Shelf<Schedule>;
  readonly #schedules: Map<string, Schedule>;
  readonly #groups = new Set(["default"]);
  readonly #declared = new Set<string>();

  constructor({ clock, state }: { clock: Clock; state: State }) {
    this.#clock = clock;
    this.#shelf = state.shelf("schedules");
    this.#schedules = new Map(this.#shelf.entries());
  }

  addGroup(name: string): void {
    this.#groups.add(name);
  }

  /** The same client token is the same call again: an SDK's retry finds its own schedule. */
  create(request: ScheduleRequest): Schedule {
    if (!this.#groups.has(request.group)) throw missing(`Schedule group ${request.group}`);
    const existing = this.#schedules.get(keyOf(request));
    if (existing === undefined) return this.#keep(this.#made(request, false));
    if (request.clientToken !== null && existing.clientToken === request.clientToken) {
      return existing;
    }
    throw new AwsError("ConflictException", `Schedule ${request.name} already exists.`, 409);
  }

  update(request: ScheduleRequest): Schedule {
    const { createdAt, fromTemplate } = this.get(request.group, request.name);
    return this.#keep({ ...this.#made(request, fromTemplate), createdAt });
  }

  get(group: string, name: string): Schedule {
    const schedule = this.#schedules.get(keyOf({ group, name }));
    if (schedule === undefined) throw missing(`Schedule ${name}`);
    return schedule;
  }

  remove(group: string, name: string): void {
    this.#forget(keyOf(this.get(group, name)));
  }

  /** In order of group and name. */
  all(): Schedule[] {
    return [...this.#schedules.entries()]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, schedule]) => schedule);
  }

  /** A schedule of the template; one that did not change keeps its rhythm over a restart. */
  declare(request: ScheduleRequest): void {
    const key = keyOf(request);
    this.#declared.add(key);
    const existing = this.#schedules.get(key);
    const same = JSON.stringify(existing?.definition) === JSON.stringify(request.definition);
    if (!same) this.#keep(this.#made(request, true));
  }

  forgetUndeclared(): void {
    for (const [key, schedule] of this.#schedules) {
      if (schedule.fromTemplate && !this.#declared.has(key)) this.#forget(key);
    }
  }

  /** What is due now, in order of time. */
  due(kind: "once" | "rate"): Schedule[] {
    const now = this.#clock.now();
    const due: { at: number; schedule: Schedule }[] = [];
    for (const schedule of this.#schedules.values()) {
      const at = schedule.nextAt;
      if (at === null || at > now) continue;
      if (isOnce(schedule.definition) === (kind === "once")) due.push({ at, schedule });
    }
    return due.sort((left, right) => left.at - right.at).map(({ schedule }) => schedule);
  }

  /** Begins the run that is due and sets the time of the next one. */
  begin(schedule: Schedule): Run {
    const { definition, group, name } = schedule;
    const now = this.#clock.now();
    const { scheduledAt, nextAt } = runAt(definition, schedule.nextAt ?? now, now);
    const executionId = randomBytes(8).toString("hex");
    this.#keep({ ...schedule, nextAt, executionId });
    const arn = scheduleArn(group, name);
    return { key: keyOf(schedule), arn, executionId, scheduledAt, target: definition.Target };
  }

  /** Deletes the schedule after its last run, if it asks for that and was not changed since. */
  complete(run: Run): void {
    const schedule = this.#schedules.get(run.key);
    if (schedule?.executionId !== run.executionId || schedule.nextAt !== null) return;
    if (schedule.definition.ActionAfterCompletion === "DELETE") this.#forget(run.key);
  }

  #made(request: ScheduleRequest, fromTemplate: boolean): Schedule {
    const now = this.#clock.now();
    return {
      ...request,
      fromTemplate,
      createdAt: now,
      modifiedAt: now,
      nextAt: firstRunAt(request.definition, now),
      executionId: null,
    };
  }

  #keep(schedule: Schedule): Schedule {
    this.#shelf.put(keyOf(schedule), schedule);
    this.#schedules.set(keyOf(schedule), schedule);
    return schedule;
  }

  #forget(key: string): void {
    this.#shelf.remove(key);
    this.#schedules.delete(key);
  }
}

/** Names have no slash, so a key means one schedule. */
export function keyOf({ group, name }: { group: string; name: string }): string {
  return `${group}/${name}`;
}

function missing(what: string): AwsError {
  return new AwsError("ResourceNotFoundException", `${what} does not exist.`, 404);
}
