import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { readAppSecrets } from "../../shared/aws/appSecrets.ts";
import { Queue } from "../../shared/aws/queue.ts";
import type { Inbox, Jobs, ReadAppSecrets } from "../../shared/ports.ts";
import { CALLS, variable } from "./settings.ts";

/**
 * What the door needs, apart from the other adapters: it is woken by every callback, so it carries
 * no database and no schemas.
 */
export function appSecrets(): ReadAppSecrets {
  return readAppSecrets(new SecretsManagerClient(CALLS), variable("apps"));
}

export function ingestJobs(): Jobs {
  return new Queue(new SQSClient(CALLS), variable("ingest"));
}

/** Few callbacks are that large, so the client is loaded when the first one comes. */
export async function largeBodies(): Promise<Inbox> {
  return (await import("./archiveApp.ts")).inbox();
}
