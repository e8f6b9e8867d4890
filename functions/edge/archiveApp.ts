import { S3Client } from "@aws-sdk/client-s3";
import { S3Archive } from "../../shared/aws/archive.ts";
import { S3Inbox } from "../../shared/aws/inbox.ts";
import type { Archive, Inbox } from "../../shared/ports.ts";
import { CALLS, variable } from "./settings.ts";

/**
 * The archive bucket, apart from the other adapters, so that only functions that archive carry its
 * client.
 */
export function archive(): Archive {
  return new S3Archive(new S3Client(CALLS), variable("archive"));
}

export function inbox(): Inbox {
  return new S3Inbox(new S3Client(CALLS), variable("archive"));
}
