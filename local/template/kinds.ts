/**
 * What CloudFormation gives back for a resource: its name, its `Ref` and its `Fn::GetAtt` values,
 * per type ("Return values" of each page of the CloudFormation template reference). This table is
 * all that the reader knows about types; a type outside it gives opaque handles, which is enough
 * for what only points at it, such as the integration of a route.
 */

import { createHash } from "node:crypto";
import { ACCOUNT, REGION } from "../parts.ts";

/** Where the laptop cloud listens, without a slash at the end. */
export interface Addresses {
  /** The gateway. A queue's URL lies here, because the SDK calls the host of that URL. */
  readonly gateway: string;
  /** The front door: HTTP and WebSocket APIs. */
  readonly web: string;
}

/** A resource as the table sees it. */
export interface Named {
  readonly logicalId: string;
  readonly name: string;
  /** One property, resolved; undefined when the template does not say. */
  property(name: string): unknown;
  readonly addresses: Addresses;
}

type Value = (it: Named) => string;

interface Kind {
  /** The property that gives the name, if the template may choose it. */
  readonly nameProperty?: string;
  readonly nameMax: number;
  readonly lowerCase?: true;
  /** Says whether AWS ends an invented name in `.fifo`. */
  readonly fifoProperty?: string;
  readonly ref: Value;
  readonly attributes: Readonly<Record<string, Value>>;
}

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const name: Value = (it) => it.name;
const arnOf =
  (service: string, prefix: string): Value =>
  (it) =>
    arn(service, `${prefix}${it.name}`);

const topicArn = arnOf("sns", "");
const queueUrl: Value = (it) => `${it.addresses.gateway}/${ACCOUNT}/${it.name}`;
const policyArn: Value = (it) => `arn:aws:iam::${ACCOUNT}:policy/${it.name}`;

/** Secrets Manager ends every ARN in six random characters; ours are the same at every start. */
const secretArn: Value = (it) => {
  const suffix = createHash("sha256").update(it.name).digest("hex").slice(0, 6);
  return arn("secretsmanager", `secret:${it.name}-${suffix}`);
};

/** A rule on a bus of our own has that bus in its ARN; one on the default bus has none. */
const ruleArn: Value = (it) => {
  const bus = String(it.property("EventBusName") ?? "default").replace(/^.*\//, "");
  return arn("events", bus === "default" ? `rule/${it.name}` : `rule/${bus}/${it.name}`);
};

const apiEndpoint: Value = (it) =>
  it.property("ProtocolType") === "WEBSOCKET"
    ? it.addresses.web.replace(/^http/, "ws")
    : it.addresses.web;

const KINDS: Readonly<Record<string, Kind>> = {
  "AWS::ApiGatewayV2::Api": {
    nameMax: 64,
    lowerCase: true,
    ref: name,
    attributes: { ApiId: name, ApiEndpoint: apiEndpoint },
  },
  "AWS::CloudWatch::Alarm": {
    nameProperty: "AlarmName",
    nameMax: 255,
    ref: name,
    attributes: { Arn: arnOf("cloudwatch", "alarm:") },
  },
  "AWS::DynamoDB::GlobalTable": {
    nameProperty: "TableName",
    nameMax: 255,
    ref: name,
    attributes: {
      Arn: arnOf("dynamodb", "table/"),
      StreamArn: (it) => arn("dynamodb", `table/${it.name}/stream/2026-01-01T00:00:00.000`),
    },
  },
  "AWS::Events::EventBus": {
    nameProperty: "Name",
    nameMax: 256,
    ref: name,
    attributes: { Arn: arnOf("events", "event-bus/"), Name: name },
  },
  "AWS::Events::Rule": {
    nameProperty: "Name",
    nameMax: 64,
    ref: name,
    attributes: { Arn: ruleArn },
  },
  "AWS::IAM::ManagedPolicy": {
    nameProperty: "ManagedPolicyName",
    nameMax: 128,
    ref: policyArn,
    attributes: { PolicyArn: policyArn },
  },
  "AWS::IAM::Role": {
    nameProperty: "RoleName",
    nameMax: 64,
    ref: name,
    attributes: {
      Arn: (it) => `arn:aws:iam::${ACCOUNT}:role${it.property("Path") ?? "/"}${it.name}`,
      RoleId: (it) => `AROA${it.logicalId}`,
    },
  },
  "AWS::Lambda::EventSourceMapping": {
    nameMax: 255,
    ref: name,
    attributes: { Id: name, EventSourceMappingArn: arnOf("lambda", "event-source-mapping:") },
  },
  "AWS::Lambda::Function": {
    nameProperty: "FunctionName",
    nameMax: 64,
    ref: name,
    attributes: { Arn: arnOf("lambda", "function:") },
  },
  "AWS::Logs::LogGroup": {
    nameProperty: "LogGroupName",
    nameMax: 512,
    ref: name,
    attributes: { Arn: (it) => arn("logs", `log-group:${it.name}:*`) },
  },
  "AWS::S3::Bucket": {
    nameProperty: "BucketName",
    nameMax: 63,
    lowerCase: true,
    ref: name,
    attributes: {
      Arn: (it) => `arn:aws:s3:::${it.name}`,
      DomainName: (it) => `${it.name}.s3.amazonaws.com`,
      RegionalDomainName: (it) => `${it.name}.s3.${REGION}.amazonaws.com`,
    },
  },
  "AWS::SNS::Topic": {
    nameProperty: "TopicName",
    nameMax: 256,
    fifoProperty: "FifoTopic",
    ref: topicArn,
    attributes: { TopicArn: topicArn, TopicName: name },
  },
  "AWS::SQS::Queue": {
    nameProperty: "QueueName",
    nameMax: 80,
    fifoProperty: "FifoQueue",
    ref: queueUrl,
    attributes: { Arn: arnOf("sqs", ""), QueueName: name, QueueUrl: queueUrl },
  },
  "AWS::SSM::Parameter": {
    nameProperty: "Name",
    nameMax: 1011,
    ref: name,
    attributes: { Value: (it) => String(it.property("Value")) },
  },
  "AWS::Scheduler::Schedule": {
    nameProperty: "Name",
    nameMax: 64,
    ref: name,
    attributes: {
      Arn: (it) => arn("scheduler", `schedule/${it.property("GroupName") ?? "default"}/${it.name}`),
    },
  },
  "AWS::Scheduler::ScheduleGroup": {
    nameProperty: "Name",
    nameMax: 64,
    ref: name,
    attributes: { Arn: arnOf("scheduler", "schedule-group/") },
  },
  "AWS::SecretsManager::Secret": {
    nameProperty: "Name",
    nameMax: 512,
    ref: secretArn,
    attributes: { Id: secretArn },
  },
};

/** The name in the template, or the one we invent: `<stack>-<logicalId>`, as AWS would allow it. */
export function nameOf(type: string, stack: string, it: Omit<Named, "name">): string {
  const kind = KINDS[type];
  const given = kind?.nameProperty === undefined ? undefined : it.property(kind.nameProperty);
  if (given !== undefined) return String(given);
  const isFifo = kind?.fifoProperty !== undefined && it.property(kind.fifoProperty) === true;
  const suffix = isFifo ? ".fifo" : "";
  const invented = `${stack}-${it.logicalId}`;
  const short = shorten(invented, (kind?.nameMax ?? invented.length) - suffix.length);
  return (kind?.lowerCase === true ? short.toLowerCase() : short) + suffix;
}

/** Keeps the end, because CDK ends a logical id in the hash that makes it unique. */
function shorten(name: string, lengthMax: number): string {
  return name.length <= lengthMax ? name : `${name.slice(0, lengthMax - 9)}-${name.slice(-8)}`;
}

export function refOf(type: string, it: Named): string {
  const kind = KINDS[type];
  return kind === undefined ? `Ref:${it.logicalId}` : kind.ref(it);
}

/** Null when the type is known and has no such attribute. */
export function attributeOf(type: string, attribute: string, it: Named): string | null {
  const kind = KINDS[type];
  if (kind === undefined) return `GetAtt:${it.logicalId}.${attribute}`;
  return kind.attributes[attribute]?.(it) ?? null;
}
