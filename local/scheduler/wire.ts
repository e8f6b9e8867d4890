import * as z from "zod";
import { AwsError, type AwsReply, type AwsRequest, type Need } from "../parts.ts";
import { parseName, parseSchedule, type ScheduleRequest, scheduleArn } from "./schedule.ts";
import { keyOf, type Schedule, type Timetable } from "./timetable.ts";

/**
 * Scheduler on the wire: REST with JSON bodies
 * (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html). Groups come from
 * the template only; their operations and tags are refused.
 */
export type Call =
  | { readonly action: "CreateSchedule" | "UpdateSchedule"; readonly request: ScheduleRequest }
  | {
      readonly action: "GetSchedule" | "DeleteSchedule";
      readonly group: string;
      readonly name: string;
    }
  | {
      readonly action: "ListSchedules";
      readonly group: string | null;
      readonly prefix: string;
      readonly state: string | null;
      readonly resultsMax: number;
      /** Key of the last schedule of the page before. */
      readonly after: string;
    };

const RESULTS_MAX = 100;

/** "The StartDate you specify cannot be earlier than 5 minutes ago", AWS says. */
const START_PAST_MAX_MS = 300_000;

const text = z.string();

export function readCall(request: AwsRequest): Call {
  const [, first, name, ...more] = request.path.split("/");
  if (first === "schedules" && more.length === 0) {
    if (name === undefined && request.method === "GET") return readList(request.query);
    if (name !== undefined) return readOne(request, parseName(name, "name"));
  }
  throw unknownOperation(request);
}

export function needsOf(call: Call): Need[] {
  const action = `scheduler:${call.action}`;
  switch (call.action) {
    case "CreateSchedule":
    case "UpdateSchedule":
      return [
        { action, resource: scheduleArn(call.request.group, call.request.name) },
        {
          action: "iam:PassRole",
          resource: call.request.definition.Target.RoleArn,
          context: { "iam:PassedToService": "scheduler.amazonaws.com" },
        },
      ];
    case "GetSchedule":
    case "DeleteSchedule":
      return [{ action, resource: scheduleArn(call.group, call.name) }];
    case "ListSchedules":
      return [{ action, resource: scheduleArn(call.group ?? "*", "*") }];
    default:
      return call satisfies never;
  }
}

export function answer(call: Call, timetable: Timetable, now: number): AwsReply {
  switch (call.action) {
    case "CreateSchedule":
      refuseOldStart(call.request, now);
      return json(200, { ScheduleArn: arnOf(timetable.create(call.request)) });
    case "UpdateSchedule":
      return json(200, { ScheduleArn: arnOf(timetable.update(call.request)) });
    case "GetSchedule":
      return json(200, whole(timetable.get(call.group, call.name)));
    case "DeleteSchedule":
      timetable.remove(call.group, call.name);
      return json(200, {});
    case "ListSchedules":
      return json(200, page(call, timetable));
    default:
      return call satisfies never;
  }
}

export function failure(error: AwsError): AwsReply {
  const status = error.code === "AccessDeniedException" ? 403 : error.status;
  const reply = json(status, { Message: error.message, ...error.more });
  return { ...reply, headers: { ...reply.headers, "x-amzn-errortype": error.code } };
}

function readOne(request: AwsRequest, name: string): Call {
  switch (request.method) {
    case "POST":
    case "PUT":
      return {
        action: request.method === "POST" ? "CreateSchedule" : "UpdateSchedule",
        request: parseSchedule({ ...readBody(request.body), Name: name }),
      };
    case "GET":
    case "DELETE": {
      const group = parseName(request.query.get("groupName") ?? "default", "groupName");
      const action = request.method === "GET" ? "GetSchedule" : "DeleteSchedule";
      return { action, group, name };
    }
    default:
      throw unknownOperation(request);
  }
}

function readList(query: URLSearchParams): Call {
  const resultsMax = Number(query.get("MaxResults") ?? RESULTS_MAX);
  if (!(Number.isInteger(resultsMax) && resultsMax >= 1 && resultsMax <= RESULTS_MAX)) {
    throw new AwsError("ValidationException", `MaxResults must be 1 to ${RESULTS_MAX}.`);
  }
  return {
    action: "ListSchedules",
    group: query.get("ScheduleGroup"),
    prefix: query.get("NamePrefix") ?? "",
    state: query.get("State"),
    resultsMax,
    after: Buffer.from(query.get("NextToken") ?? "", "base64url").toString(),
  };
}

function page(call: Extract<Call, { action: "ListSchedules" }>, timetable: Timetable) {
  const found = timetable
    .all()
    .filter((one) => call.group === null || one.group === call.group)
    .filter((one) => call.state === null || one.definition.State === call.state)
    .filter((one) => one.name.startsWith(call.prefix) && keyOf(one) > call.after);
  const shown = found.slice(0, call.resultsMax);
  const last = shown.at(-1);
  return {
    Schedules: shown.map((one) => ({
      ...heading(one),
      Target: { Arn: one.definition.Target.Arn },
    })),
    ...(last !== undefined &&
      found.length > shown.length && {
        NextToken: Buffer.from(keyOf(last)).toString("base64url"),
      }),
  };
}

function whole(schedule: Schedule) {
  const { StartDate, EndDate, ...definition } = schedule.definition;
  return {
    ...heading(schedule),
    ...definition,
    ...(StartDate !== undefined && { StartDate: StartDate / 1_000 }),
    ...(EndDate !== undefined && { EndDate: EndDate / 1_000 }),
  };
}

function heading(schedule: Schedule) {
  return {
    Arn: arnOf(schedule),
    GroupName: schedule.group,
    Name: schedule.name,
    State: schedule.definition.State,
    CreationDate: schedule.createdAt / 1_000,
    LastModificationDate: schedule.modifiedAt / 1_000,
  };
}

function arnOf(schedule: Schedule): string {
  return scheduleArn(schedule.group, schedule.name);
}

function refuseOldStart({ definition }: ScheduleRequest, now: number): void {
  if (definition.StartDate === undefined || definition.StartDate >= now - START_PAST_MAX_MS) return;
  throw new AwsError(
    "ValidationException",
    "The StartDate you specify cannot be earlier than 5 minutes ago.",
  );
}

function readBody(body: Buffer): Record<string, unknown> {
  try {
    return z.record(text, z.unknown()).parse(JSON.parse(body.toString()));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw cause;
    throw new AwsError("SerializationException", "The body is not a JSON object.");
  }
}

function unknownOperation({ method, path }: AwsRequest): AwsError {
  return new AwsError("NotImplemented", `Scheduler has no ${method} ${path} here.`, 501);
}

function json(status: number, body: unknown): AwsReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
