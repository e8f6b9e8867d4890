import {
  ConflictException,
  type CreateScheduleCommandInput,
  ListScheduleGroupsCommand,
  ResourceNotFoundException,
  ValidationException,
} from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AwsError } from "../../local/parts.ts";
import { ARN, FUNCTION, MINUTE_MS, ROLE, schedule, startTimers } from "./timers.ts";

let cloud: Awaited<ReturnType<typeof startTimers>>;

beforeEach(async () => {
  cloud = await startTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await cloud.close();
});

describe("the API", () => {
  test("Get answers what was created, with AWS's defaults", async () => {
    const StartDate = new Date(Math.floor(cloud.clock.now() / 1_000) * 1_000);
    const { ScheduleArn } = await cloud.create("whole", {
      Description: "d",
      StartDate,
      ScheduleExpressionTimezone: "Africa/Lagos",
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 },
    });
    expect(ScheduleArn).toBe(`${ARN}/default/whole`);
    const { $metadata, ...answer } = await cloud.get("whole");
    expect(answer).toEqual({
      ...schedule("whole"),
      Arn: ScheduleArn,
      GroupName: "default",
      Description: "d",
      StartDate,
      State: "ENABLED",
      ActionAfterCompletion: "NONE",
      ScheduleExpression: expect.stringMatching(/^at\(/),
      ScheduleExpressionTimezone: "Africa/Lagos",
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 },
      CreationDate: expect.any(Date),
      LastModificationDate: expect.any(Date),
      Target: {
        ...schedule("whole").Target,
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
  });

  test("an existing name conflicts, the same client token is the same call", async () => {
    const first = await cloud.create("once", { ClientToken: "token-1" });
    const again = await cloud.create("once", { ClientToken: "token-1" });
    expect(again.ScheduleArn).toBe(first.ScheduleArn);
    const other = cloud.create("once", { ClientToken: "token-2" });
    await expect(other).rejects.toThrow(ConflictException);
    await expect(other).rejects.toThrow("Schedule once already exists.");
  });

  test("update replaces the whole schedule and keeps when it was created", async () => {
    await cloud.create("changed", { Description: "old", ActionAfterCompletion: "DELETE" });
    const before = await cloud.get("changed");
    await cloud.update("changed", { ScheduleExpression: "rate(5 minutes)" });
    const after = await cloud.get("changed");
    expect(after).toMatchObject({
      ScheduleExpression: "rate(5 minutes)",
      ActionAfterCompletion: "NONE",
      CreationDate: before.CreationDate,
    });
    expect(after.Description).toBeUndefined();
  });

  test("a deleted schedule does not run", async () => {
    await cloud.create("cancelled");
    await cloud.remove("cancelled");
    await cloud.advance(2 * MINUTE_MS);
    expect(cloud.names()).toEqual([]);
  });

  test("what does not exist is ResourceNotFoundException", async () => {
    await expect(cloud.get("none")).rejects.toThrow(ResourceNotFoundException);
    await expect(cloud.update("none")).rejects.toThrow("Schedule none does not exist.");
    await expect(cloud.remove("none")).rejects.toThrow(ResourceNotFoundException);
    const grouped = cloud.create("none", { GroupName: "no-group" });
    await expect(grouped).rejects.toThrow("Schedule group no-group does not exist.");
  });

  test("a group of the template keeps names of its own", async () => {
    cloud.scheduler.defineGroup("timers");
    await cloud.create("same");
    await cloud.create("same", { GroupName: "timers", Description: "grouped" });
    expect((await cloud.get("same", "timers")).Description).toBe("grouped");
    await cloud.remove("same", "timers");
    expect((await cloud.get("same")).GroupName).toBe("default");
  });

  test("lists go by group, prefix and state, in pages", async () => {
    cloud.scheduler.defineGroup("timers");
    for (const name of ["a-2", "a-1", "b-1"]) await cloud.create(name);
    await cloud.create("a-3", { GroupName: "timers", State: "DISABLED" });
    const all = await cloud.list();
    expect(all.Schedules?.map((one) => one.Name)).toEqual(["a-1", "a-2", "b-1", "a-3"]);
    expect(all.NextToken).toBeUndefined();
    expect(all.Schedules?.[0]).toMatchObject({
      Arn: `${ARN}/default/a-1`,
      GroupName: "default",
      State: "ENABLED",
      Target: { Arn: FUNCTION },
    });
    const first = await cloud.list({ NamePrefix: "a-", MaxResults: 2 });
    const rest = await cloud.list({ NamePrefix: "a-", MaxResults: 2, NextToken: first.NextToken });
    expect([first, rest].map((page) => page.Schedules?.map((one) => one.Name))).toEqual([
      ["a-1", "a-2"],
      ["a-3"],
    ]);
    expect((await cloud.list({ GroupName: "timers" })).Schedules).toHaveLength(1);
    expect((await cloud.list({ State: "DISABLED" })).Schedules).toHaveLength(1);
    await expect(cloud.list({ MaxResults: 101 })).rejects.toThrow(ValidationException);
  });

  test.each<[string, Partial<CreateScheduleCommandInput>]>([
    ["a name with a slash", { Name: "a/b" }],
    ["a name of 65 characters", { Name: "x".repeat(65) }],
    ["a broken expression", { ScheduleExpression: "at(tomorrow)" }],
    ["a time zone nobody knows", { ScheduleExpressionTimezone: "Mars/Olympus" }],
    ["no flexible window", { FlexibleTimeWindow: undefined }],
    ["a flexible window without minutes", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }],
    ["no target", { Target: undefined }],
    ["a role that is none", { Target: { Arn: FUNCTION, RoleArn: "timer" } }],
    [
      "input for a function that is no JSON",
      { Target: { Arn: FUNCTION, RoleArn: ROLE, Input: "{" } },
    ],
    [
      "too many retries",
      { Target: { Arn: FUNCTION, RoleArn: ROLE, RetryPolicy: { MaximumRetryAttempts: 186 } } },
    ],
    ["an end before the start", { StartDate: new Date(4e12), EndDate: new Date(3e12) }],
    ["a start date long ago", { StartDate: new Date(0) }],
  ])("%s is ValidationException", async (_, more) => {
    await expect(cloud.create("good", more)).rejects.toThrow(ValidationException);
  });

  test.each<[string, Partial<CreateScheduleCommandInput>]>([
    ["cron(...)", { ScheduleExpression: "cron(0 9 * * ? *)" }],
    ["a customer's KMS key", { KmsKeyArn: "arn:aws:kms:us-east-1:000000000000:key/k" }],
    ["another target", { Target: { Arn: "arn:aws:states:us-east-1:0:x", RoleArn: ROLE } }],
  ])("%s is refused with 501, not accepted in silence", async (_, more) => {
    const answer = { name: "NotImplemented", $metadata: { httpStatusCode: 501 } };
    await expect(cloud.create("good", more)).rejects.toMatchObject(answer);
  });

  test("an operation that is not imitated is refused with 501", async () => {
    const answer = { $metadata: { httpStatusCode: 501 } };
    await expect(cloud.client.send(new ListScheduleGroupsCommand({}))).rejects.toMatchObject(
      answer,
    );
  });

  test("each call needs its permission, a target also that of passing its role", async () => {
    const pass = {
      action: "iam:PassRole",
      resource: ROLE,
      context: { "iam:PassedToService": "scheduler.amazonaws.com" },
    };
    const resource = `${ARN}/default/one`;
    await cloud.create("one");
    await cloud.update("one");
    await cloud.get("one");
    await cloud.list();
    await cloud.list({ GroupName: "default" });
    await cloud.remove("one");
    expect(cloud.server.asked).toEqual([
      { action: "scheduler:CreateSchedule", resource },
      pass,
      { action: "scheduler:UpdateSchedule", resource },
      pass,
      { action: "scheduler:GetSchedule", resource },
      { action: "scheduler:ListSchedules", resource: `${ARN}/*/*` },
      { action: "scheduler:ListSchedules", resource: `${ARN}/default/*` },
      { action: "scheduler:DeleteSchedule", resource },
    ]);
  });

  test("AccessDenied is a 403, as in every REST service", () => {
    expect(cloud.scheduler.fail(new AwsError("AccessDeniedException", "no")).status).toBe(403);
  });
});
