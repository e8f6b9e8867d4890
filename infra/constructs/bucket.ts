import { Duration } from "aws-cdk-lib";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { ARCHIVE } from "../../shared/grants.ts";
import type { Stage } from "../stage.ts";

/** An upload that nobody finished by then never will be; its parts are billed until they go. */
const UNFINISHED_DAYS = 1;

/** As long as a job can wait in its queue at most: it may still ask for its body. */
const INBOX_DAYS = 14;

/** Raw callbacks for re-drive, bodies too large for a queue, and stream records parked whole. */
export function archiveBucket(scope: Construct, stage: Stage): Bucket {
  return privateBucket(scope, "Archive", stage, [
    {
      id: "raw",
      prefix: ARCHIVE.raw,
      expiration: Duration.days(stage.archiveDays),
      ...coldFrom(stage.coldAfterDays),
    },
    { id: "inbox", prefix: ARCHIVE.inbox, expiration: Duration.days(INBOX_DAYS) },
    { id: "parked", prefix: ARCHIVE.parked, expiration: Duration.days(stage.archiveDays) },
  ]);
}

/**
 * Pictures, documents and voice messages of conversations. Where the stage names no end they live
 * as long as their message.
 */
export function mediaBucket(scope: Construct, stage: Stage): Bucket {
  const { mediaDays, mediaColdAfterDays } = stage;
  if (mediaDays === null && mediaColdAfterDays === null) {
    return privateBucket(scope, "Media", stage, []);
  }
  const ends = mediaDays === null ? {} : { expiration: Duration.days(mediaDays) };
  return privateBucket(scope, "Media", stage, [
    { id: "media", ...ends, ...coldFrom(mediaColdAfterDays) },
  ]);
}

/**
 * Glacier Instant Retrieval bills every object as 128 KB at least, which is why S3 by default moves
 * none that is smaller (S3 user guide, "Lifecycle transition general considerations").
 */
function coldFrom(days: number | null): Pick<LifecycleRule, "transitions"> {
  if (days === null) return {};
  const transitionAfter = Duration.days(days);
  return {
    transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter }],
  };
}

function privateBucket(scope: Construct, id: string, stage: Stage, rules: LifecycleRule[]): Bucket {
  return new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    removalPolicy: stage.removal,
    lifecycleRules: [
      ...rules,
      { id: "unfinished", abortIncompleteMultipartUploadAfter: Duration.days(UNFINISHED_DAYS) },
    ],
  });
}
