/**
 * Finds the policies of a template: what each role may do, who may assume it, and what queues,
 * buckets, topics, functions, buses and secrets say about who may touch them.
 */

import * as z from "zod";
import type { Resource } from "../parts.ts";
import type { Template } from "../template/load.ts";
import { parsePolicy, type Rule } from "./evaluate.ts";

export interface Role {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Identity policies: what the role may do. */
  readonly rules: readonly Rule[];
  /** Who may assume it. */
  readonly trust: readonly Rule[];
}

/** A policy that stands outside its roles, attached by the roles' names or by its own ARN. */
interface Attached {
  readonly arn: string | null;
  readonly roles: readonly string[];
  readonly rules: readonly Rule[];
}

/** Lets a function write its log, which nothing here asks for. */
const LOGGING_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

const roleSchema = z.object({
  AssumeRolePolicyDocument: z.unknown(),
  Policies: z.array(z.object({ PolicyName: z.string(), PolicyDocument: z.unknown() })).default([]),
  ManagedPolicyArns: z.array(z.string()).default([]),
  PermissionsBoundary: z.never("permissions boundaries are not imitated").optional(),
});
const attachedSchema = z.object({
  PolicyDocument: z.unknown(),
  Roles: z.array(z.string()).default([]),
});
const permissionSchema = z.strictObject({
  Action: z.string(),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
  SourceAccount: z.string().optional(),
});

export function rolesOf(template: Template): Role[] {
  const attached = [
    ...template.resources("AWS::IAM::Policy"),
    ...template.resources("AWS::IAM::ManagedPolicy"),
  ].map((resource) => readAttached(template, resource));
  const roles = template
    .resources("AWS::IAM::Role")
    .map((resource) => readRole(template, resource, attached));
  const names = roles.map((role) => role.name);
  const stray = attached.flatMap((policy) => policy.roles).find((name) => !names.includes(name));
  if (stray !== undefined) throw new Error(`a policy names role ${stray}, which is not there`);
  return roles;
}

function readAttached(template: Template, resource: Resource): Attached {
  const properties = parse(attachedSchema, resource);
  const isManaged = resource.type === "AWS::IAM::ManagedPolicy";
  return {
    arn: isManaged ? template.ref(resource) : null,
    roles: properties.Roles,
    rules: parsePolicy(properties.PolicyDocument, placeOf(resource)),
  };
}

function readRole(template: Template, resource: Resource, attached: readonly Attached[]): Role {
  const place = placeOf(resource);
  const properties = parse(roleSchema, resource);
  const name = template.ref(resource);
  const arn = template.attribute(resource, "Arn");
  const managed = properties.ManagedPolicyArns.filter((policyArn) => policyArn !== LOGGING_POLICY);
  const foreign = managed.find((policyArn) => !attached.some((policy) => policy.arn === policyArn));
  if (foreign !== undefined) throw new Error(`${place}: ${foreign} is not in the template`);
  const inline = properties.Policies.flatMap(({ PolicyName, PolicyDocument }) =>
    parsePolicy(PolicyDocument, `${place} policy ${PolicyName}`),
  );
  const outside = attached
    .filter(
      (policy) =>
        policy.roles.includes(name) || (policy.arn !== null && managed.includes(policy.arn)),
    )
    .flatMap((policy) => policy.rules);
  return {
    logicalId: resource.logicalId,
    name,
    arn,
    rules: [...inline, ...outside],
    trust: parsePolicy(properties.AssumeRolePolicyDocument, `${place} trust`, [arn]),
  };
}

/** Every rule of every resource policy. */
export function resourceRulesOf(template: Template): Rule[] {
  return template.resources().flatMap((resource) => {
    const read = RESOURCE_POLICIES[resource.type];
    return read === undefined ? [] : read(template, resource);
  });
}

type ReadRules = (template: Template, resource: Resource) => Rule[];

const RESOURCE_POLICIES: Readonly<Record<string, ReadRules>> = {
  "AWS::SQS::QueuePolicy": (template, resource) => {
    const schema = z.object({ Queues: z.array(z.string()), PolicyDocument: z.unknown() });
    const { Queues, PolicyDocument } = parse(schema, resource);
    const queues = Queues.map((url) => target(template, resource, "AWS::SQS::Queue", url));
    const arns = queues.map((queue) => template.attribute(queue, "Arn"));
    return parsePolicy(PolicyDocument, placeOf(resource), arns);
  },
  "AWS::SNS::TopicPolicy": (_, resource) => {
    const schema = z.object({ Topics: z.array(z.string()), PolicyDocument: z.unknown() });
    const { Topics, PolicyDocument } = parse(schema, resource);
    return parsePolicy(PolicyDocument, placeOf(resource), Topics);
  },
  "AWS::S3::BucketPolicy": (_, resource) => {
    const schema = z.object({ Bucket: z.string(), PolicyDocument: z.unknown() });
    const { Bucket, PolicyDocument } = parse(schema, resource);
    const arn = `arn:aws:s3:::${Bucket}`;
    return parsePolicy(PolicyDocument, placeOf(resource), [arn, `${arn}/*`]);
  },
  "AWS::SecretsManager::ResourcePolicy": (_, resource) => {
    const schema = z.object({ SecretId: z.string(), ResourcePolicy: z.unknown() });
    const { SecretId, ResourcePolicy } = parse(schema, resource);
    return parsePolicy(ResourcePolicy, placeOf(resource), [SecretId]);
  },
  "AWS::Events::EventBusPolicy": (template, resource) => {
    const schema = z.object({ EventBusName: z.string(), Statement: z.unknown() });
    const { EventBusName, Statement } = parse(schema, resource);
    const bus = target(template, resource, "AWS::Events::EventBus", EventBusName);
    const arn = template.attribute(bus, "Arn");
    return parsePolicy({ Statement }, placeOf(resource), [arn]);
  },
  "AWS::Lambda::Permission": readPermission,
};

/** Lambda stores a permission as a statement of the function's policy (AddPermission). */
function readPermission(template: Template, resource: Resource): Rule[] {
  const { Action, FunctionName, Principal, SourceArn, SourceAccount } = parse(
    permissionSchema,
    resource,
  );
  const name = FunctionName.replace(/^arn:.*:function:/, "");
  const fn = target(template, resource, "AWS::Lambda::Function", name);
  const statement = {
    Effect: "Allow",
    Principal: Principal.endsWith(".amazonaws.com") ? { Service: Principal } : { AWS: Principal },
    Action,
    Resource: template.attribute(fn, "Arn"),
    Condition: {
      ...(SourceArn === undefined ? {} : { ArnLike: { "aws:SourceArn": SourceArn } }),
      ...(SourceAccount === undefined
        ? {}
        : { StringEquals: { "aws:SourceAccount": SourceAccount } }),
    },
  };
  return parsePolicy({ Statement: statement }, placeOf(resource));
}

/** The resource of this type that `ref` means. */
function target(template: Template, from: Resource, type: string, ref: string): Resource {
  const found = template.resources(type).find((resource) => template.ref(resource) === ref);
  if (found === undefined) throw new Error(`${placeOf(from)}: no ${type} is ${ref}`);
  return found;
}

function parse<S extends z.ZodType>(schema: S, resource: Resource): z.output<S> {
  const result = schema.safeParse(resource.properties);
  if (!result.success) throw new Error(`${placeOf(resource)}: ${z.prettifyError(result.error)}`);
  return result.data;
}

function placeOf(resource: Resource): string {
  return `${resource.stack}/${resource.logicalId}`;
}
