import { ArnFormat, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { named } from "../names.ts";
import type { Stage } from "../stage.ts";
import { alarm, ONE_MINUTE } from "./alarm.ts";
import { type Granted, grantedWhole } from "./grants.ts";
import { onlyFor } from "./schedule.ts";

const DEAD_LETTER_DAYS = 14;

/**
 * Where functions make one-time schedules: a group of its own, the role that its schedules fire as,
 * and the dead letters of what could not be delivered. The timer function is spoken of by its name:
 * it arms timers itself, and a function cannot hold a reference to itself.
 */
export class Timers extends Construct {
  readonly granted: Granted;
  readonly role: Granted;

  constructor(scope: Construct, stage: Stage, alarms: ITopic) {
    super(scope, "Timers");
    const group = new ScheduleGroup(this, "Group", {
      scheduleGroupName: named(stage, "timers"),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const deadLetters = this.#deadLetters(stage, alarms);
    const target = Stack.of(this).formatArn({
      service: "lambda",
      resource: "function",
      resourceName: named(stage, "timer"),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.role = this.#role(group, target, deadLetters);
    this.granted = {
      address: Stack.of(this).toJsonString({
        group: group.scheduleGroupName,
        target,
        deadLetters: deadLetters.queueArn,
      }),
      arn: () =>
        Stack.of(this).formatArn({
          service: "scheduler",
          resource: "schedule",
          resourceName: `${group.scheduleGroupName}/*`,
        }),
    };
  }

  #role(group: ScheduleGroup, target: string, deadLetters: Queue): Granted {
    const may = (action: string, on: string) =>
      new PolicyStatement({ actions: [action], resources: [on] });
    const statements = [
      may("lambda:InvokeFunction", target),
      may("sqs:SendMessage", deadLetters.queueArn),
    ];
    const { roleArn } = new Role(this, "Role", {
      assumedBy: onlyFor(group),
      inlinePolicies: { fire: new PolicyDocument({ statements }) },
    });
    return grantedWhole(roleArn, roleArn);
  }

  #deadLetters(stage: Stage, alarms: ITopic): Queue {
    const queue = new Queue(this, "DeadLetters", {
      queueName: named(stage, "timer-dead-letters"),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    });
    alarm(this, "DeadLettersAlarm", stage, alarms, {
      what: "timer-dead-letters",
      metric: queue.metricApproximateNumberOfMessagesVisible({
        period: ONE_MINUTE,
        statistic: "Maximum",
      }),
      above: 0,
      todo:
        "A timer could not be delivered to its function; the next ticks do its work. Read the " +
        "ERROR_CODE attribute of the dead letter, mend the cause, then purge the queue.",
    });
    return queue;
  }
}
