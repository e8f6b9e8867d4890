import { CfnOutput, Stack } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { archiveBucket, mediaBucket } from "../constructs/bucket.ts";
import { keysSecret } from "../constructs/keys.ts";
import { derivedTable, truthTable } from "../constructs/table.ts";
import { appsPrefix, named } from "../names.ts";
import type { Stage } from "../stage.ts";
import { offer } from "./exports.ts";

/** Everything that must survive, and nothing else: the other two stacks can be deployed anew. */
export class DataStack extends Stack {
  readonly truth: TableV2;
  readonly derived: TableV2;
  readonly archive: Bucket;
  readonly keys: Secret;

  constructor(scope: Construct, stage: Stage) {
    super(scope, named(stage, "data"), {
      description: "Parley: what must survive (tables, buckets, keys)",
      terminationProtection: stage.guarded,
    });
    this.truth = truthTable(this, stage);
    this.derived = derivedTable(this, stage);
    this.archive = archiveBucket(this, stage);
    mediaBucket(this, stage);
    this.keys = keysSecret(this);
    const { truth, derived, archive, keys } = this;
    offer(this, truth.tableName, truth.tableArn, derived.tableName, derived.tableArn);
    offer(this, archive.bucketName, archive.bucketArn, keys.secretArn);
    new CfnOutput(this, "TruthTable", { value: truth.tableName });
    new CfnOutput(this, "DerivedTable", { value: derived.tableName });
    new CfnOutput(this, "ArchiveBucket", { value: archive.bucketName });
    new CfnOutput(this, "KeysSecret", { value: keys.secretArn });
    new CfnOutput(this, "AppsPrefix", { value: appsPrefix(stage) });
  }
}
