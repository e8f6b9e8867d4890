import { Duration, Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
  RedrivePermission,
} from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { functions } from "../../shared/grants.ts";
import {
  type JobName,
  type JobSpec,
  jobs,
  VISIBILITY_TIMES_TIMEOUT,
} from "../../shared/topology.ts";
import { capitalised, named } from "../names.ts";
import type { Stage } from "../stage.ts";
import { alarm, ONE_MINUTE } from "./alarm.ts";
import type { Func } from "./func.ts";
import { type Granted, grantedWhole } from "./grants.ts";

/** SQS keeps a message 14 days at most; dead letters wait for a person, so they get all of it. */
const DEAD_LETTER_DAYS = 14;

/** Jobs are worked on within seconds; one that is this old means that nobody works. */
const OLD_AFTER_S = 600;

const PROTECTED = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };

/** Work that waits for a function: a queue, its dead letters, and the alarms on both. */
export class Job extends Construct {
  readonly granted: Granted;
  readonly #spec: JobSpec;
  readonly #queue: Queue;
  readonly #dead: Queue;

  constructor(scope: Construct, stage: Stage, name: JobName, alarms: ITopic) {
    super(scope, `${capitalised(name)}Job`);
    this.#spec = jobs[name];
    const deadLetters = this.#deadLetters(named(stage, name));
    this.#dead = deadLetters;
    this.#queue = new Queue(this, "Queue", {
      ...PROTECTED,
      ...this.#named(named(stage, name)),
      retentionPeriod: Duration.days(this.#spec.retentionDays),
      visibilityTimeout: this.#visibility,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: this.#spec.attemptsMax },
    });
    this.granted = grantedWhole(this.#queue.queueArn, this.#queue.queueUrl);
    alarm(this, "DeadLettersAlarm", stage, alarms, {
      what: `${name}-dead-letters`,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        period: ONE_MINUTE,
        statistic: "Maximum",
      }),
      above: 0,
      todo:
        `One of the ${name} jobs failed ${this.#spec.attemptsMax} times. Find its error in the ` +
        `log of ${this.#spec.function}, mend the cause, then start a redrive of ` +
        `${named(stage, name)}-dead-letters.`,
    });
    alarm(this, "OldJobsAlarm", stage, alarms, {
      what: `${name}-old-jobs`,
      metric: this.#queue.metricApproximateAgeOfOldestMessage({
        period: ONE_MINUTE,
        statistic: "Maximum",
      }),
      above: OLD_AFTER_S,
      periods: 3,
      todo:
        `One of the ${name} jobs has waited for more than ${OLD_AFTER_S} seconds. Look for ` +
        `errors and throttles of ${this.#spec.function}; raise its concurrency in the topology ` +
        "when it is merely busy.",
    });
  }

  /**
   * Lets the function work on the queue. CDK would also grant ChangeMessageVisibility and
   * GetQueueUrl, which the poller never calls.
   */
  worker(func: Func): void {
    const sources = this.#spec.buries === true ? [this.#queue, this.#dead] : [this.#queue];
    func.allow(
      new PolicyStatement({
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        resources: sources.map(({ queueArn }) => queueArn),
      }),
    );
    for (const source of sources) {
      new EventSourceMapping(this, source === this.#queue ? "Mapping" : "BurialMapping", {
        target: func.lambda,
        eventSourceArn: source.queueArn,
        batchSize: this.#spec.batchSize,
        maxConcurrency: this.#spec.concurrencyMax,
        reportBatchItemFailures: true,
      });
    }
  }

  get #visibility(): Duration {
    const { timeoutS } = functions[this.#spec.function];
    return Duration.seconds(VISIBILITY_TIMES_TIMEOUT * timeoutS);
  }

  /** A queue that keeps an order does so per group, and then as many groups as there are go on. */
  #named(queueName: string): QueueProps {
    if (this.#spec.ordered !== true) return { queueName };
    return {
      queueName: `${queueName}.fifo`,
      fifo: true,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    };
  }

  /**
   * Each queue names the other, which CloudFormation cannot create as references; so the dead
   * letters spell the ARN of the one queue that may send to them.
   */
  #deadLetters(sourceName: string): Queue {
    const { queueName: resource = sourceName } = this.#named(sourceName);
    const sourceArn = Stack.of(this).formatArn({ service: "sqs", resource });
    return new Queue(this, "DeadLetters", {
      ...PROTECTED,
      ...this.#named(`${sourceName}-dead-letters`),
      ...(this.#spec.buries === true ? { visibilityTimeout: this.#visibility } : {}),
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [Queue.fromQueueArn(this, "Source", sourceArn)],
      },
    });
  }
}
