import { ConflictException, ResourceNotFoundException } from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ARN, at, FUNCTION, MINUTE_MS, ROLE, schedule, startTimers } from "./timers.ts";

let cloud: Awaited<ReturnType<typeof startTimers>>;

beforeEach(async () => {
  cloud = await startTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await cloud.close();
});

test("a one-time schedule invokes its target once, at its time, with its input", async () => {
  await cloud.create("win-1");
  await cloud.advance(30_000);
  expect(cloud.delivered).toEqual([]);
  await cloud.advance(31_000);
  await cloud.advance(24 * 60 * MINUTE_MS);
  expect(cloud.delivered).toEqual([
    {
      target: { arn: FUNCTION, roleArn: ROLE, input: '{"name":"win-1"}' },
      arn: `${ARN}/default/win-1`,
    },
  ]);
  expect(cloud.scheduler.fires).toBe(1);
});

test("a running scheduler fires by itself, and a past time at once", async () => {
  cloud.scheduler.start();
  await cloud.create("late", { ScheduleExpression: "at(2020-01-01T00:00:00)" });
  expect(cloud.scheduler.pending()).toEqual(["schedule default/late is due"]);
  await vi.waitFor(() => expect(cloud.names()).toEqual(["late"]));
  await vi.waitFor(() => expect(cloud.scheduler.pending()).toEqual([]));
});

test("after an advance one-time schedules run in order of time, then a rate once", async () => {
  await cloud.create("hourly", { ScheduleExpression: "rate(1 hour)" });
  await cloud.scheduler.runDue();
  expect(cloud.names()).toEqual(["hourly"]);
  for (const minutes of [50, 10, 1_400, 30]) {
    await cloud.create(`in-${minutes}`, {
      ScheduleExpression: at(cloud.clock.now() + minutes * MINUTE_MS),
    });
  }
  cloud.delivered = [];
  await cloud.advance(24 * 60 * MINUTE_MS + 1_000);
  expect(cloud.names()).toEqual(["in-10", "in-30", "in-50", "in-1400", "hourly"]);
  cloud.delivered = [];
  await cloud.advance(59 * MINUTE_MS);
  expect(cloud.names()).toEqual([]);
  await cloud.advance(MINUTE_MS);
  expect(cloud.names()).toEqual(["hourly"]);
});

test("what a fired schedule arms in the past runs in the same advance", async () => {
  await cloud.create("first");
  const past = at(cloud.clock.now());
  cloud.refuse = () => {
    if (cloud.names().length === 0)
      cloud.scheduler.defineSchedule(schedule("second", { ScheduleExpression: past }), "second");
    return null;
  };
  await cloud.advance(2 * MINUTE_MS);
  expect(cloud.names()).toEqual(["first", "second"]);
});

test("a rate keeps to its start date and ends at its end date", async () => {
  const now = Math.floor(cloud.clock.now() / 1_000) * 1_000;
  await cloud.create("bounded", {
    ScheduleExpression: "rate(10 minutes)",
    StartDate: new Date(now + 5 * MINUTE_MS),
    EndDate: new Date(now + 30 * MINUTE_MS),
    ActionAfterCompletion: "DELETE",
  });
  await cloud.advance(4 * MINUTE_MS);
  expect(cloud.names()).toEqual([]);
  for (let run = 0; run < 3; run += 1) await cloud.advance(10 * MINUTE_MS);
  expect(cloud.names()).toEqual(["bounded", "bounded", "bounded"]);
  await expect(cloud.get("bounded")).rejects.toThrow(ResourceNotFoundException);
});

test("a one-time schedule stays after its run with NONE and goes with DELETE", async () => {
  await cloud.create("stays");
  await cloud.create("goes", { ActionAfterCompletion: "DELETE" });
  await cloud.advance(2 * MINUTE_MS);
  expect(await cloud.get("stays")).toMatchObject({ Name: "stays", State: "ENABLED" });
  await expect(cloud.get("goes")).rejects.toThrow(ResourceNotFoundException);
});

test("while its target runs, a schedule still owns its name", async () => {
  const more = { ActionAfterCompletion: "DELETE" as const };
  await cloud.create("win-1", more);
  let meanwhile: unknown;
  cloud.refuse = async () => {
    meanwhile = await cloud.create("win-1", more).catch((error: unknown) => error);
    return null;
  };
  await cloud.advance(2 * MINUTE_MS);
  expect(meanwhile).toBeInstanceOf(ConflictException);
  await cloud.create("win-1", more);
});

test("an advance keeps its order although the scheduler looks by itself meanwhile", async () => {
  cloud.scheduler.start();
  await cloud.create("rate", { ScheduleExpression: "rate(1 hour)" });
  await vi.waitFor(() => expect(cloud.names()).toEqual(["rate"]));
  await cloud.create("slow");
  cloud.refuse = () => new Promise((resolve) => setTimeout(resolve, 250, null));
  await cloud.advance(60 * MINUTE_MS);
  expect(cloud.names()).toEqual(["rate", "slow", "rate"]);
});

test("a schedule that was changed while its target ran is not deleted", async () => {
  const later = at(cloud.clock.now() + 60 * MINUTE_MS);
  const more = { ActionAfterCompletion: "DELETE" as const };
  await cloud.create("moved", more);
  let changed: Promise<unknown> = Promise.resolve();
  cloud.refuse = () => {
    if (cloud.delivered.length === 0) {
      changed = cloud.update("moved", { ...more, ScheduleExpression: later });
      return new Error("try again");
    }
    return null;
  };
  await cloud.advance(2 * MINUTE_MS);
  await changed;
  cloud.refuse = () => null;
  await cloud.advance(MINUTE_MS);
  expect(await cloud.get("moved")).toMatchObject({ ScheduleExpression: later });
  await cloud.advance(60 * MINUTE_MS);
  expect(cloud.names()).toEqual(["moved", "moved"]);
});

test("a disabled schedule does not run until it is enabled", async () => {
  await cloud.create("off", { State: "DISABLED" });
  await cloud.advance(2 * MINUTE_MS);
  expect(cloud.names()).toEqual([]);
  await cloud.update("off", { State: "ENABLED" });
  await cloud.advance(2 * MINUTE_MS);
  expect(cloud.names()).toEqual(["off"]);
});

describe("after a restart", () => {
  test("a one-time schedule that was missed runs", async () => {
    await cloud.create("missed");
    cloud.clock.advance(60 * MINUTE_MS);
    const restarted = cloud.open();
    restarted.start();
    await vi.waitFor(() => expect(cloud.names()).toEqual(["missed"]));
    await restarted.stop();
  });

  test("a run that had not ended is delivered again, then its schedule goes", async () => {
    await cloud.create("cut", { ActionAfterCompletion: "DELETE" });
    cloud.refuse = () => new Error("the cloud is going down");
    await cloud.advance(2 * MINUTE_MS);
    cloud.refuse = () => null;
    const restarted = cloud.open();
    cloud.clock.advance(MINUTE_MS);
    await restarted.runDue();
    expect(cloud.names()).toEqual(["cut"]);
    const again = cloud.open();
    expect(again.pending()).toEqual([]);
    again.defineSchedule(schedule("cut"), "cut");
  });

  test("the template's schedules keep their rhythm, change with it and end with it", async () => {
    const every = (expression: string) => schedule("ignored", { ScheduleExpression: expression });
    cloud.scheduler.defineSchedule(every("rate(1 hour)"), "same");
    cloud.scheduler.defineSchedule(every("rate(1 hour)"), "changed");
    cloud.scheduler.defineSchedule(every("rate(1 hour)"), "gone");
    await cloud.create("by-api");
    await cloud.scheduler.runDue();
    cloud.delivered = [];
    const restarted = cloud.open();
    restarted.defineSchedule(every("rate(1 hour)"), "same");
    restarted.defineSchedule(every("rate(2 hours)"), "changed");
    restarted.start();
    await vi.waitFor(() => expect(cloud.delivered).toHaveLength(1));
    cloud.clock.advance(61 * MINUTE_MS);
    await restarted.runDue();
    await restarted.stop();
    const fired = cloud.delivered.map(({ arn }) => arn.split("/")[2]);
    expect(fired).toEqual(["changed", "by-api", "same"]);
  });
});
