import { ResourceNotFoundException } from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AwsError } from "../../local/parts.ts";
import { ARN, at, FUNCTION, MINUTE_MS, QUEUE, ROLE, startTimers } from "./timers.ts";

const DEAD = "arn:aws:sqs:us-east-1:000000000000:dead";

let cloud: Awaited<ReturnType<typeof startTimers>>;

beforeEach(async () => {
  cloud = await startTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await cloud.close();
});

test("a queue gets the input as it is, with its message group", async () => {
  const Target = {
    Arn: QUEUE,
    RoleArn: ROLE,
    Input: "not json",
    SqsParameters: { MessageGroupId: "g" },
  };
  await cloud.create("queued", { Target });
  await cloud.create("silent", { Target: { Arn: FUNCTION, RoleArn: ROLE } });
  await cloud.advance(2 * MINUTE_MS);
  expect(cloud.delivered.map(({ target }) => target)).toEqual([
    { arn: QUEUE, roleArn: ROLE, input: "not json", sqsParameters: { MessageGroupId: "g" } },
    { arn: FUNCTION, roleArn: ROLE, input: "{}" },
  ]);
});

test("context attributes in the input are filled in at each attempt", async () => {
  const Input = JSON.stringify({
    arn: "<aws.scheduler.schedule-arn>",
    time: "<aws.scheduler.scheduled-time>",
    id: "<aws.scheduler.execution-id>",
    attempt: "<aws.scheduler.attempt-number>",
    other: "<aws.scheduler.unheard-of>",
  });
  const time = cloud.clock.now() + MINUTE_MS;
  const seen: string[] = [];
  await cloud.create("words", {
    ScheduleExpression: at(time),
    Target: { Arn: FUNCTION, RoleArn: ROLE, Input, DeadLetterConfig: { Arn: DEAD } },
  });
  cloud.refuse = () => (seen.push("refused") === 1 ? new Error("not now") : null);
  await cloud.advance(2 * MINUTE_MS);
  await cloud.advance(MINUTE_MS);
  expect(JSON.parse(cloud.inputs()[0]!)).toEqual({
    arn: `${ARN}/default/words`,
    time: `${new Date(time).toISOString().slice(0, 19)}Z`,
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    attempt: "2",
    other: "<aws.scheduler.unheard-of>",
  });
});

test("a failed delivery waits longer each time, and is not pending while it waits", async () => {
  await cloud.create("flaky");
  let attempts = 0;
  cloud.refuse = () => (++attempts <= 3 ? new Error("down") : null);
  await cloud.advance(MINUTE_MS + 1_000);
  for (const [seconds, expected] of [
    [0, 1],
    [1, 2],
    [1, 2],
    [1, 3],
    [3, 3],
    [1, 4],
  ] as const) {
    expect(cloud.scheduler.pending()).toEqual([]);
    await cloud.advance(seconds * 1_000);
    expect(attempts).toBe(expected);
  }
  expect(cloud.names()).toEqual(["flaky"]);
});

describe("a delivery that never succeeds goes to the dead letters", () => {
  const dying = (policy: object) => ({
    Target: {
      Arn: FUNCTION,
      RoleArn: ROLE,
      Input: '{"a":1}',
      DeadLetterConfig: { Arn: DEAD },
      RetryPolicy: policy,
    },
  });

  test("after the retries it is allowed", async () => {
    cloud.refuse = () => new Error("boom");
    await cloud.create("dies", dying({ MaximumRetryAttempts: 2 }));
    for (let minute = 0; minute < 4; minute += 1) await cloud.advance(MINUTE_MS);
    expect(cloud.buried).toEqual([
      {
        queueArn: DEAD,
        sourceArn: `${ARN}/default/dies`,
        roleArn: ROLE,
        body: '{"a":1}',
        attributes: expect.objectContaining({
          SCHEDULE_ARN: `${ARN}/default/dies`,
          TARGET_ARN: FUNCTION,
          ERROR_CODE: "ERROR_FROM_TARGET",
          ERROR_MESSAGE: "boom",
          RETRY_ATTEMPTS: "2",
          EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
        }),
      },
    ]);
  });

  test("when it is too old", async () => {
    cloud.refuse = () => new Error("boom");
    await cloud.create("ages", dying({ MaximumEventAgeInSeconds: 60 }));
    await cloud.advance(MINUTE_MS + 1_000);
    expect(cloud.buried).toEqual([]);
    await cloud.advance(61_000);
    expect(cloud.buried[0]?.attributes).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: "MaximumEventAgeInSeconds",
      RETRY_ATTEMPTS: "1",
    });
  });

  test("at once when its role may not, and a throttled one is tried again", async () => {
    cloud.refuse = () => new AwsError("AccessDeniedException", "may not", 403);
    await cloud.create("refused", dying({}));
    await cloud.advance(MINUTE_MS + 1_000);
    expect(cloud.buried[0]?.attributes).toMatchObject({
      ERROR_CODE: "AccessDeniedException",
      RETRY_ATTEMPTS: "0",
    });
    cloud.refuse = () => new AwsError("ThrottlingException", "slow down", 400);
    await cloud.create("throttled", dying({}));
    await cloud.advance(2 * MINUTE_MS);
    expect(cloud.buried).toHaveLength(1);
  });

  test("and is dropped, not kept for ever, when there is no queue", async () => {
    cloud.refuse = () => new AwsError("AccessDeniedException", "may not", 403);
    await cloud.create("dropped", { ActionAfterCompletion: "DELETE" });
    await cloud.advance(2 * MINUTE_MS);
    expect(cloud.buried).toEqual([]);
    await expect(cloud.get("dropped")).rejects.toThrow(ResourceNotFoundException);
    await cloud.advance(2 * MINUTE_MS);
    expect(console.error).toHaveBeenCalledExactlyOnceWith(
      "schedule default/dropped failed (NotRetryable): may not",
    );
  });
});
