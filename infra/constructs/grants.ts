import { ArnFormat, Stack } from "aws-cdk-lib";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import type { Grant, ResourceName } from "../../shared/topology.ts";

/** A resource as the topology speaks of it: ARNs for grants, a name for the environment. */
export interface Granted {
  /** What a function must know to use it: a name, a URL or an ARN. */
  readonly address: string;
  arn(part?: string): string;
}

export type Resources = Readonly<Record<ResourceName, Granted>>;

/** `part` is the name of an index. */
export function grantedTable(table: ITableV2): Granted {
  return {
    address: table.tableName,
    arn: (part) => (part === undefined ? table.tableArn : `${table.tableArn}/index/${part}`),
  };
}

/** `part` is a prefix of keys; without one it is the bucket itself, which holds no object. */
export function grantedBucket(bucket: IBucket): Granted {
  return {
    address: bucket.bucketName,
    arn: (part) => (part === undefined ? bucket.bucketArn : bucket.arnForObjects(`${part}*`)),
  };
}

/** All secrets whose names start so; Secrets Manager puts six random characters behind a name. */
export function grantedSecrets(scope: Construct, prefix: string): Granted {
  const arn = Stack.of(scope).formatArn({
    service: "secretsmanager",
    resource: "secret",
    resourceName: `${prefix}*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return grantedWhole(arn, prefix);
}

export function grantedWhole(arn: string, address: string): Granted {
  return {
    address,
    arn: (part) => {
      if (part !== undefined)
        throw new Error(`A grant asks for "${part}" of an undivided resource.`);
      return arn;
    },
  };
}

/** A role that is handed on may be used by Scheduler and by no other service. */
const TO_SCHEDULER = { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } };

/**
 * CDK's own grant methods also allow what a library might want one day (`grantReadData` is ten
 * actions); ours allow what the topology says and nothing else.
 */
export function statementFor(grant: Grant, resources: Resources): PolicyStatement {
  return new PolicyStatement({
    actions: [...grant.actions],
    resources: [resources[grant.on].arn(grant.part)],
    ...(grant.actions.includes("iam:PassRole") && { conditions: TO_SCHEDULER }),
  });
}
