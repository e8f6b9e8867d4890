import { describe, expect, test } from "vitest";
import { functions } from "../../shared/grants.ts";
import { type JobName, type JobSpec, jobs, schedules, streams } from "../../shared/topology.ts";
import { type Declared, synthesise } from "./synthesised.ts";

const prod = synthesise("prod");
const queues = prod.of("AWS::SQS::Queue");
const alarms = prod.of("AWS::CloudWatch::Alarm");

const queueNamed = (name: string): Declared =>
  queues.find((each) => each.Properties.QueueName === `parley-prod-${name}`)!;
const alarmNamed = (name: string): Declared =>
  alarms.find((each) => each.Properties.AlarmName === `prod-${name}`)!;
const mappingOf = (source: unknown): Declared =>
  prod
    .of("AWS::Lambda::EventSourceMapping")
    .find(
      ({ Properties }) => JSON.stringify(Properties.EventSourceArn) === JSON.stringify(source),
    )!;
const arnOf = (each: Declared) => ({ "Fn::GetAtt": [each.id, "Arn"] });

const timerDeadLetters = queueNamed("timer-dead-letters");

/** A function may also work on what it gave up: to tell people how it ended. */
const workedOn = (spec: JobSpec, queue: Declared, deadLetters: Declared): Declared[] =>
  spec.buries === true ? [queue, deadLetters] : [queue];

test("every queue has a redrive policy or is itself a dead letter queue", () => {
  const deadLetters = queues.flatMap((each) =>
    each.Properties.RedrivePolicy ? [each.Properties.RedrivePolicy.deadLetterTargetArn] : [],
  );
  // Schedules that are made while the system runs name the dead letters of timers.
  expect(queues).toHaveLength(Object.keys(jobs).length * 2 + 1);
  for (const queue of queues.filter(({ id }) => id !== timerDeadLetters.id)) {
    if (!queue.Properties.RedrivePolicy) expect(deadLetters).toContainEqual(arnOf(queue));
  }
});

test.each(queues)("queue $id is encrypted and refuses plain HTTP", (queue) => {
  expect(queue.Properties.SqsManagedSseEnabled).toBe(true);
  const policies = prod
    .of("AWS::SQS::QueuePolicy")
    .filter(
      (each) => JSON.stringify(each.Properties.Queues) === JSON.stringify([{ Ref: queue.id }]),
    );
  expect(policies.map((each) => each.Properties.PolicyDocument.Statement)).toEqual([
    [
      expect.objectContaining({
        Effect: "Deny",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ],
  ]);
});

describe.each(Object.keys(jobs) as JobName[])("job %s", (name) => {
  const spec = jobs[name];
  const ending = spec.ordered === true ? ".fifo" : "";
  const queue = queueNamed(`${name}${ending}`);
  const deadLetters = queueNamed(`${name}-dead-letters${ending}`);
  const visibilityS = functions[spec.function].timeoutS * 6;

  test("is hidden for six timeouts, tried as often as the topology says, then dead", () => {
    expect(queue.Properties).toMatchObject({
      VisibilityTimeout: visibilityS,
      MessageRetentionPeriod: spec.retentionDays * 86_400,
      RedrivePolicy: { deadLetterTargetArn: arnOf(deadLetters), maxReceiveCount: spec.attemptsMax },
    });
  });

  test("dead letters wait 14 days and come from this queue only", () => {
    const { MessageRetentionPeriod, RedriveAllowPolicy } = deadLetters.Properties;
    expect(MessageRetentionPeriod).toBe(14 * 86_400);
    expect(RedriveAllowPolicy.redrivePermission).toBe("byQueue");
    expect(JSON.stringify(RedriveAllowPolicy.sourceQueueArns)).toMatch(
      new RegExp(`:sqs:.*:parley-prod-${name}${ending}"\\]\\]\\}\\]$`),
    );
  });

  test("keeps its order within each group, and its dead letters theirs, where it must", () => {
    const order =
      spec.ordered === true
        ? {
            FifoQueue: true,
            DeduplicationScope: "messageGroup",
            FifoThroughputLimit: "perMessageGroupId",
          }
        : {};
    for (const { Properties } of [queue, deadLetters]) {
      const { FifoQueue, DeduplicationScope, FifoThroughputLimit } = Properties;
      expect({ FifoQueue, DeduplicationScope, FifoThroughputLimit }).toEqual(order);
    }
  });

  test.each(workedOn(spec, queue, deadLetters))(
    "is worked on in batches that report each failure, so many at once: $id",
    (source) => {
      const { Properties } = mappingOf(arnOf(source));
      expect(Properties).toMatchObject({
        BatchSize: spec.batchSize,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: spec.concurrencyMax },
      });
      expect(Properties.FunctionName.Ref.toLowerCase()).toContain(spec.function);
      expect(source.Properties.VisibilityTimeout).toBe(visibilityS);
    },
  );

  test("has its dead letters worked on only where the topology says so", () => {
    const mappings = [mappingOf(arnOf(deadLetters))].filter(Boolean);
    expect(mappings).toHaveLength(spec.buries === true ? 1 : 0);
  });

  test("rings when there is a dead letter, and when the oldest job waits", () => {
    expect(alarmNamed(`${name}-dead-letters`).Properties).toMatchObject({
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": [deadLetters.id, "QueueName"] } }],
      Threshold: 0,
    });
    expect(alarmNamed(`${name}-old-jobs`).Properties).toMatchObject({
      MetricName: "ApproximateAgeOfOldestMessage",
      Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": [queue.id, "QueueName"] } }],
      Threshold: 600,
    });
  });
});

describe("the stream", () => {
  const mapping = prod.the("AWS::Lambda::EventSourceMapping", "PublishStream").Properties;

  test("is read from its beginning, reports each failure, and bounds and halves what fails", () => {
    expect(mapping).toMatchObject({
      StartingPosition: "TRIM_HORIZON",
      BatchSize: streams.publish.batchSize,
      ParallelizationFactor: streams.publish.parallelization,
      MaximumRetryAttempts: streams.publish.attemptsMax,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    expect(mapping.FilterCriteria).toBeUndefined();
  });

  test("parks what cannot be published whole in the archive", () => {
    const [imported] = Object.values(mapping.DestinationConfig.OnFailure.Destination);
    expect(imported).toMatch(/^parley-prod-data:ExportsOutputFnGetAttArchive/);
  });

  test("every stream of the topology has its mapping, and nothing else polls", () => {
    const sources = Object.values(jobs).flatMap(({ buries }) => (buries === true ? [1, 1] : [1]));
    const expected = sources.length + Object.keys(streams).length;
    expect(prod.of("AWS::Lambda::EventSourceMapping")).toHaveLength(expected);
  });

  test("rings when facts are late", () => {
    expect(alarmNamed("publish-late").Properties).toMatchObject({
      MetricName: "IteratorAge",
      Statistic: "Maximum",
      Threshold: 60_000,
    });
  });
});

describe("schedules", () => {
  const schedule = prod.the("AWS::Scheduler::Schedule", "TickSchedule");
  const role = prod.the("AWS::IAM::Role", "TickScheduleRole");
  const tick = prod.the("AWS::Lambda::Function", "TickFunction");

  test("tick fires in the group of the stage, and a missed fire is not made up for", () => {
    const group = prod.the("AWS::Scheduler::ScheduleGroup", "Schedules");
    expect(group.Properties.Name).toBe("parley-prod");
    expect(schedule.DependsOn).toContain(group.id);
    expect(schedule.Properties).toMatchObject({
      GroupName: "parley-prod",
      ScheduleExpression: `rate(${schedules.tick.everyMinutes} minutes)`,
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: arnOf(tick),
        RoleArn: arnOf(role),
        RetryPolicy: { MaximumEventAgeInSeconds: schedules.tick.everyMinutes * 60 },
      },
    });
  });

  test("its role may invoke tick and nothing else, for schedules of this group only", () => {
    expect(
      role.Properties.Policies.map((each: Declared["Properties"]) => each.PolicyDocument),
    ).toEqual([
      {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: arnOf(tick) }],
      },
    ]);
    const [trust] = role.Properties.AssumeRolePolicyDocument.Statement;
    expect(trust.Principal).toEqual({ Service: "scheduler.amazonaws.com" });
    expect(Object.keys(trust.Condition.StringEquals)).toEqual([
      "aws:SourceAccount",
      "aws:SourceArn",
    ]);
  });
});

describe("timers", () => {
  const group = prod.the("AWS::Scheduler::ScheduleGroup", "TimersGroup");
  const role = prod.the("AWS::IAM::Role", "TimersRole");
  const own = (resource: string) => new RegExp(`:${resource}"\\]\\]\\}$`);

  test("are made in a group of their own", () => {
    expect(group.Properties.Name).toBe("parley-prod-timers");
  });

  test.each(["relay", "timer", "tick"])("%s is told where to make them, and as whom", (name) => {
    const { Variables } = prod
      .of("AWS::Lambda::Function")
      .find(({ Properties }) => Properties.FunctionName === `parley-prod-${name}`)!
      .Properties.Environment;
    expect(Variables.TIMER_ROLE).toEqual(arnOf(role));
    const place = JSON.stringify(Variables.TIMERS);
    expect(place).toContain("parley-prod-timers");
    expect(place).toContain("function:parley-prod-timer");
    expect(place).toContain(timerDeadLetters.id);
  });

  test("fire as a role that may invoke the timer and bury, for this group only", () => {
    const [policy, ...others] = role.Properties.Policies;
    expect(others).toEqual([]);
    const [invoke, bury, ...more] = policy.PolicyDocument.Statement;
    expect(more).toEqual([]);
    expect(invoke).toMatchObject({ Effect: "Allow", Action: "lambda:InvokeFunction" });
    expect(JSON.stringify(invoke.Resource)).toMatch(own("function:parley-prod-timer"));
    expect(bury).toEqual({
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Resource: arnOf(timerDeadLetters),
    });
    const [trust] = role.Properties.AssumeRolePolicyDocument.Statement;
    expect(trust.Principal).toEqual({ Service: "scheduler.amazonaws.com" });
    expect(trust.Condition.StringEquals["aws:SourceArn"]).toEqual(arnOf(group));
  });

  test("the role is handed to Scheduler and to no other service", () => {
    const passes = prod
      .of("AWS::IAM::Role")
      .flatMap(({ Properties }) => Properties.Policies ?? [])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Action }) => Action === "iam:PassRole");
    expect(passes).toHaveLength(3);
    for (const { Resource, Condition } of passes) {
      expect(Resource).toEqual(arnOf(role));
      expect(Condition).toEqual({
        StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" },
      });
    }
  });

  test("what could not be delivered is kept for two weeks, and rings", () => {
    expect(timerDeadLetters.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
    expect(alarmNamed("timer-dead-letters").Properties).toMatchObject({
      MetricName: "ApproximateNumberOfMessagesVisible",
      Threshold: 0,
    });
  });
});

describe("alarms", () => {
  test("each says what to do, tells the topic, and takes silence for health", () => {
    for (const { Properties } of alarms) {
      expect(Properties.AlarmDescription.length).toBeGreaterThan(60);
      expect(JSON.stringify(Properties.AlarmActions)).toContain("Alarms");
      expect(Properties.TreatMissingData).toBe("notBreaching");
      expect(Properties.AlarmName).toMatch(/^prod-[a-z0-9-]+$/);
    }
  });

  test("a callback that was kept but not applied rings within a minute", () => {
    expect(alarmNamed("callbacks-kept").Properties).toMatchObject({
      Namespace: "Parley",
      MetricName: "CallbacksKept",
      Dimensions: [{ Name: "service", Value: "ingest" }],
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: "GreaterThanThreshold",
    });
  });

  test("the topic mails to the address, over TLS, for CloudWatch of this account only", () => {
    expect(prod.of("AWS::SNS::Subscription").map((each) => each.Properties)).toEqual([
      expect.objectContaining({ Protocol: "email", Endpoint: "alarms@example.com" }),
    ]);
    const [policy] = prod.of("AWS::SNS::TopicPolicy");
    expect(policy!.Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Effect: "Deny",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
      expect.objectContaining({
        Effect: "Allow",
        Action: "sns:Publish",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
      }),
    ]);
  });
});

test("facts leave through a bus of the stage's own", () => {
  expect(prod.of("AWS::Events::EventBus").map((each) => each.Properties.Name)).toEqual([
    "parley-prod",
  ]);
});
