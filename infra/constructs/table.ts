import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableV2,
} from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import type { Stage } from "../stage.ts";

const KEYS = {
  partitionKey: { name: "pk", type: AttributeType.STRING },
  sortKey: { name: "sk", type: AttributeType.STRING },
};

/** DynamoDB keeps at most 35 days of point-in-time recovery. */
const RECOVERY_DAYS = 35;

/**
 * Everything that is true, and the stream that tells the rest of the system about it. Both indexes
 * are there from day one because CloudFormation adds one index per update.
 */
export function truthTable(scope: Construct, stage: Stage): TableV2 {
  return new TableV2(scope, "Truth", {
    ...KEYS,
    billing: Billing.onDemand(),
    globalSecondaryIndexes: ["gsi1", "gsi2"].map(index),
    dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: RECOVERY_DAYS,
    },
    timeToLiveAttribute: "expiresAt",
    deletionProtection: stage.guarded,
    removalPolicy: stage.removal,
  });
}

/** What can be computed from the truth again, or is forgotten in a day: no stream, no recovery. */
export function derivedTable(scope: Construct, stage: Stage): TableV2 {
  return new TableV2(scope, "Derived", {
    ...KEYS,
    billing: Billing.onDemand(),
    timeToLiveAttribute: "expiresAt",
    deletionProtection: stage.guarded,
    removalPolicy: stage.removal,
  });
}

/** Keys only: a page is a query of the index and one batch read of the rows it names. */
function index(name: string) {
  return {
    indexName: name,
    partitionKey: { name: `${name}pk`, type: AttributeType.STRING },
    sortKey: { name: `${name}sk`, type: AttributeType.STRING },
    projectionType: ProjectionType.KEYS_ONLY,
  };
}
