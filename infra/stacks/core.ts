import { CfnOutput, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus } from "aws-cdk-lib/aws-events";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { type FunctionName, jobs, schedules, streams } from "../../shared/topology.ts";
import { alarm, alarmTopic, ONE_MINUTE } from "../constructs/alarm.ts";
import { Func, METRICS_NAMESPACE } from "../constructs/func.ts";
import {
  grantedBucket,
  grantedSecrets,
  grantedTable,
  grantedWhole,
  type Resources,
} from "../constructs/grants.ts";
import { Job } from "../constructs/job.ts";
import { Schedule } from "../constructs/schedule.ts";
import { stream } from "../constructs/stream.ts";
import { Timers } from "../constructs/timers.ts";
import { appsPrefix, named } from "../names.ts";
import type { Stage } from "../stage.ts";
import type { DataStack } from "./data.ts";
import { offer } from "./exports.ts";

/** Work behind the scenes: jobs, the stream, schedules, the bus and the functions on them. */
export class CoreStack extends Stack {
  readonly alarms: Topic;
  readonly resources: Resources;

  constructor(scope: Construct, stage: Stage, data: DataStack, assets: string) {
    super(scope, named(stage, "core"), {
      description: "Parley: jobs, stream consumers, schedules and the event bus",
      terminationProtection: stage.guarded,
    });
    this.alarms = alarmTopic(this, stage);
    const bus = new EventBus(this, "Bus", { eventBusName: `parley-${stage.name}` });
    const group = new ScheduleGroup(this, "Schedules", {
      scheduleGroupName: `parley-${stage.name}`,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const ingest = new Job(this, stage, "ingest", this.alarms);
    const facts = new Job(this, stage, "facts", this.alarms);
    const send = new Job(this, stage, "send", this.alarms);
    const timers = new Timers(this, stage, this.alarms);
    const own = {
      bus: grantedWhole(bus.eventBusArn, bus.eventBusName),
      ingest: ingest.granted,
      facts: facts.granted,
      send: send.granted,
    };
    this.resources = {
      truth: grantedTable(data.truth),
      derived: grantedTable(data.derived),
      archive: grantedBucket(data.archive),
      keys: grantedWhole(data.keys.secretArn, data.keys.secretArn),
      apps: grantedSecrets(this, appsPrefix(stage)),
      ...own,
      timers: timers.granted,
      timerRole: timers.role,
    };
    offer(this, ...Object.values(own).flatMap((each) => [each.arn(), each.address]));
    offer(this, this.alarms.topicArn);
    const func = (name: FunctionName) =>
      new Func(this, { stage, name, assets, resources: this.resources, alarms: this.alarms });

    ingest.worker(func(jobs.ingest.function));
    facts.worker(func(jobs.facts.function));
    send.worker(func(jobs.send.function));
    func("timer");
    stream(this, {
      stage,
      name: "publish",
      table: data.truth,
      archive: data.archive,
      func: func(streams.publish.function),
      alarms: this.alarms,
    });
    new Schedule(this, "tick", schedules.tick, group, func(schedules.tick.function));
    this.#callbacksKept(stage);
    new CfnOutput(this, "EventBusName", { value: bus.eventBusName });
  }

  /** The ingest function counts what it could not apply; powertools adds the service dimension. */
  #callbacksKept(stage: Stage): void {
    alarm(this, "CallbacksKept", stage, this.alarms, {
      what: "callbacks-kept",
      metric: new Metric({
        namespace: METRICS_NAMESPACE,
        metricName: "CallbacksKept",
        dimensionsMap: { service: jobs.ingest.function },
        statistic: "Sum",
        period: ONE_MINUTE,
      }),
      above: 0,
      todo:
        "A provider sent something that could not be applied; it is kept. List it with GET " +
        "/v1/callbacks?state=broken, mend the cause, then POST /v1/callbacks/redrive.",
    });
  }
}
