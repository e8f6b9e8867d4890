import { type App, type Stack, Validations } from "aws-cdk-lib";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { ARCHIVE } from "../shared/grants.ts";
import { appsPrefix, named } from "./names.ts";
import type { Stage as StageOf } from "./stage.ts";

/** A cdk-nag finding that we have looked at and keep, where, and why. */
interface Acknowledgement {
  readonly rules: readonly string[];
  /** Matches the paths of the constructs it speaks of; everything below them is included. */
  readonly at: RegExp;
  readonly reason: string;
}

const ACKNOWLEDGEMENTS: readonly Acknowledgement[] = [
  {
    rules: ["AwsSolutions-S1"],
    at: /-data\/(Archive|Media)$/,
    reason:
      "Only our own functions reach the buckets, each through its role; access logs would be a " +
      "third bucket with the same names in it. CloudTrail data events can be switched on when an " +
      "audit asks.",
  },
  {
    rules: ["AwsSolutions-SMG4"],
    at: /-data\/Keys$/,
    reason:
      "Rotating by itself would void what is sealed: cursors, tokens, channel credentials. " +
      "Rotation is a documented procedure with two valid keys at once.",
  },
  {
    rules: ["AwsSolutions-APIG4"],
    at: /-api\/Http$/,
    reason:
      "Authorization is done inside the api function, which answers 401 itself as the contract " +
      "says; callbacks are authorized by the signature over their raw bytes.",
  },
  {
    rules: ["Serverless-LambdaTracing"],
    at: /Function$/,
    reason:
      "X-Ray's PutTraceSegments takes no resource but *, and no role here has one. Logs carry " +
      "request ids through every step.",
  },
  {
    rules: ["Serverless-LambdaDLQ"],
    at: /Function$/,
    reason:
      "A function's dead letter queue is for asynchronous invocations. Jobs have dead letters on " +
      "their queue, stream records are parked in the archive, requests are answered; a lost tick " +
      "is made good by the next one, a lost timer by a tick, and both ring the errors alarm.",
  },
  {
    rules: ["Serverless-LambdaEventSourceMappingDestination"],
    at: /Job\/(Burial)?Mapping$/,
    reason: "SQS mappings take no destination on failure: the queue's own redrive policy is it.",
  },
  {
    rules: ["Serverless-SQSRedrivePolicy"],
    at: /(Job|Timers)\/DeadLetters$/,
    reason: "It is the end of the line: an alarm rings and a person starts the redrive.",
  },
  {
    rules: ["AwsSolutions-SQS3"],
    at: /-core\/Timers\/DeadLetters$/,
    reason: "It is a dead letter queue: schedules name it, which are made while the system runs.",
  },
  {
    rules: ["Serverless-SNSRedrivePolicy"],
    at: /-core\/Alarms$/,
    reason: "An alarm that no mail server takes stays visible in CloudWatch.",
  },
];

/** Throws when an acknowledgement speaks of nothing any more. */
export function acknowledge(app: App, stage: StageOf, data: Stack, archive: IBucket): void {
  const known = [prefixes(data, archive), appSecrets(stage), timers(stage)];
  for (const { rules, at, reason } of [...ACKNOWLEDGEMENTS, ...known]) {
    const constructs = app.node.findAll().filter((each) => at.test(each.node.path));
    if (constructs.length === 0) throw new Error(`Nothing is at ${at.source} to acknowledge.`);
    for (const construct of constructs) {
      Validations.of(construct).acknowledge(...rules.map((id) => ({ id, reason })));
    }
  }
}

/** cdk-nag names such a finding after the whole ARN, which stacks import from the data stack. */
function prefixes(data: Stack, archive: IBucket): Acknowledgement {
  const imported: unknown = data.resolve(data.exportValue(archive.bucketArn));
  const name = Object.values(imported ?? {}).join();
  return {
    rules: Object.values(ARCHIVE).map((p) => `AwsSolutions-IAM5[Resource::${name}/${p}*]`),
    at: /Function\/Role$/,
    reason: "Keys of objects are not known beforehand; the grant ends at their prefix.",
  };
}

/** Apps are connected while the system runs, so their secrets are known by their path only. */
function appSecrets(stage: StageOf): Acknowledgement {
  const account = "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>";
  return {
    rules: [`AwsSolutions-IAM5[Resource::${account}:secret:${appsPrefix(stage)}*]`],
    at: /(Api|Webhook)Function\/Role$/,
    reason: "Apps are not known beforehand; the grant ends at the path of this stage's apps.",
  };
}

/** Timers are armed while the system runs; their names say of what and when. */
function timers(stage: StageOf): Acknowledgement {
  const account = "arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>";
  const group = named(stage, "timers");
  return {
    rules: [`AwsSolutions-IAM5[Resource::${account}:schedule/${group}/*]`],
    at: /(Relay|Timer|Tick)Function\/Role$/,
    reason: "Names of timers are not known beforehand; the grant ends at their group.",
  };
}
