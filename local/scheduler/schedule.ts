import * as z from "zod";
import { parseJson } from "../json.ts";
import { ACCOUNT, AwsError, REGION } from "../parts.ts";
import { parseExpression } from "./expression.ts";

/**
 * What a schedule is, in the words of CreateSchedule and of AWS::Scheduler::Schedule, which say the
 * same (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html).
 */

const name = z.string().regex(/^[0-9a-zA-Z\-_.]{1,64}$/);

const queueArn = z.string().regex(/^arn:aws:sqs:[a-z0-9-]+:\d{12}:[\w.-]+$/);

const target = z.strictObject({
  Arn: z.string().regex(/^arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d{0,12}:.+$/),
  RoleArn: z.string().regex(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/),
  Input: z.string().min(1).max(262_144).optional(),
  SqsParameters: z.strictObject({ MessageGroupId: z.string().min(1).max(128) }).optional(),
  DeadLetterConfig: z.strictObject({ Arn: queueArn }).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).default(86_400),
      MaximumRetryAttempts: z.int().min(0).max(185).default(185),
    })
    .prefault({}),
});

const flexibleTimeWindow = z.discriminatedUnion("Mode", [
  z.strictObject({ Mode: z.literal("OFF") }),
  z.strictObject({
    Mode: z.literal("FLEXIBLE"),
    MaximumWindowInMinutes: z.int().min(1).max(1_440),
  }),
]);

/** Seconds since the epoch from the API, RFC 3339 from a template; milliseconds here. */
const instant = z.union([
  z.number().transform((seconds) => seconds * 1_000),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);

const definition = z.strictObject({
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z.string().min(1).max(50).default("UTC"),
  StartDate: instant.optional(),
  EndDate: instant.optional(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Description: z.string().max(512).optional(),
  Target: target,
  FlexibleTimeWindow: flexibleTimeWindow,
  ActionAfterCompletion: z.enum(["NONE", "DELETE"]).default("NONE"),
});

const request = definition.extend({
  Name: name,
  GroupName: name.default("default"),
  ClientToken: name.nullable().default(null),
});

export type Definition = z.output<typeof definition>;
export type Target = z.output<typeof target>;

export interface ScheduleRequest {
  readonly name: string;
  readonly group: string;
  readonly clientToken: string | null;
  readonly definition: Definition;
}

/** Throws ValidationException as AWS does, NotImplemented (501) for what is not imitated. */
export function parseSchedule(properties: unknown): ScheduleRequest {
  const parsed = request.safeParse(properties);
  if (!parsed.success) throw refusal(parsed.error);
  const { Name, GroupName, ClientToken, ...rest } = parsed.data;
  const { Arn, Input } = rest.Target;
  if (!/^arn:aws:(lambda|sqs):/.test(Arn)) {
    throw new AwsError("NotImplemented", `Targets are functions and queues, not ${Arn}.`, 501);
  }
  if (Arn.startsWith("arn:aws:lambda:") && Input !== undefined && parseJson(Input) === undefined) {
    throw new AwsError("ValidationException", "Invalid Input: it must be well-formed JSON.");
  }
  if (rest.EndDate !== undefined && rest.EndDate <= (rest.StartDate ?? 0)) {
    throw new AwsError("ValidationException", "EndDate must be after StartDate.");
  }
  parseExpression(rest.ScheduleExpression, rest.ScheduleExpressionTimezone);
  return { name: Name, group: GroupName, clientToken: ClientToken, definition: rest };
}

/** The name in a path or a query; `what` names it in the error. */
export function parseName(text: string | null | undefined, what: string): string {
  const parsed = name.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${text}' at '${what}' failed to satisfy constraint: ` +
      "Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$",
  );
}

export function scheduleArn(group: string, scheduleName: string): string {
  return `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${group}/${scheduleName}`;
}

/**
 * When it runs first; null for never. A one-time schedule in the past is due at once: AWS does not
 * document it, and a timer must rather come late than never. A rate starts at its start date;
 * without one, the user guide says, it "starts invoking" its target immediately.
 */
export function firstRunAt(schedule: Definition, now: number): number | null {
  if (schedule.State === "DISABLED") return null;
  const expression = expressionOf(schedule);
  if (expression.kind === "once") return expression.at;
  const startAt = schedule.StartDate ?? now;
  const passed = Math.max(0, Math.ceil((now - startAt) / expression.everyMs));
  return beforeEnd(schedule, startAt + passed * expression.everyMs);
}

/**
 * The run that is due and the one after it, for a schedule whose next run is `dueAt`. However many
 * runs of a rate were missed, the last of them stands for all (`contract.md`, the moved clock).
 */
export function runAt(schedule: Definition, dueAt: number, now: number) {
  const expression = isOnce(schedule) ? null : expressionOf(schedule);
  if (expression?.kind !== "rate") return { scheduledAt: dueAt, nextAt: null };
  const latest = Math.min(now, schedule.EndDate ?? now);
  const missed = Math.max(0, Math.floor((latest - dueAt) / expression.everyMs));
  const scheduledAt = dueAt + missed * expression.everyMs;
  return { scheduledAt, nextAt: beforeEnd(schedule, scheduledAt + expression.everyMs) };
}

/** By its first letters: asked at every look, and a time zone is slow to load. */
export function isOnce(schedule: Definition): boolean {
  return schedule.ScheduleExpression.startsWith("at(");
}

function expressionOf(schedule: Definition) {
  return parseExpression(schedule.ScheduleExpression, schedule.ScheduleExpressionTimezone);
}

function beforeEnd(schedule: Definition, at: number): number | null {
  return schedule.EndDate !== undefined && at > schedule.EndDate ? null : at;
}

/** Members we do not know are not accepted in silence; everything else is the caller's mistake. */
function refusal(error: z.ZodError): AwsError {
  const unknown = error.issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown) return new AwsError("NotImplemented", unknown.message, 501);
  const count = error.issues.length;
  const text = error.issues.map((issue) => `Value at '${issue.path.join(".")}': ${issue.message}`);
  return new AwsError(
    "ValidationException",
    `${count} validation error${count === 1 ? "" : "s"} detected: ${text.join("; ")}`,
  );
}
