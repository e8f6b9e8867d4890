import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import * as z from "zod";
import { ARCHIVE } from "../../shared/grants.ts";
import type { Stage } from "../stage.ts";
import { CALLS, commandLine, flagsFrom, outputsOf, told } from "./operator.ts";

const HELP = `Gives stream records that were parked in the archive to their function again, and
takes away what it finishes. Mend and deploy the cause first. Doing it twice is harmless.

  npm run replay -- --stage prod [--region REGION] [--archive BUCKET]

  --stage    dev or prod; required
  --region   where it is deployed; that of AWS_PROFILE or AWS_REGION otherwise
  --archive  name of the archive bucket; what npm run deploy wrote into cdk.out otherwise
  --help     this text

It runs with your AWS credentials (AWS_PROFILE, as for the AWS command line), which must be allowed
to list, read and delete objects of the archive under ${ARCHIVE.parked} and to invoke the function.
It ends with 1 when something stays parked.
`;

/** A batch may take as long as its function may, and Lambda answers when it is done. */
const INVOKE_MS_MAX = 120_000;

export interface Order {
  readonly stage: Stage;
  readonly region: string | null;
  readonly archive: string | null;
}

/** Reads the command line; null when it asks for help. Throws with what to do when it is wrong. */
export function orderFrom(argv: readonly string[]): Order | null {
  const flags = flagsFrom(argv, { archive: /^[a-z0-9][a-z0-9.-]{2,62}$/ });
  if (flags === null) return null;
  const { stage, region, values } = flags;
  return { stage, region, archive: values.archive };
}

/**
 * What Lambda leaves of a batch it gave up: whose it was, and the whole event as a text (Lambda
 * guide, "Retain discarded records for a DynamoDB event source").
 */
const parkedSchema = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  payload: z.string(),
});

const reportSchema = z
  .object({ batchItemFailures: z.array(z.unknown()).nullish() })
  .nullish()
  .transform((report) => report?.batchItemFailures?.length ?? 0);

const failureSchema = z.object({ errorMessage: z.string() });

interface Doors {
  readonly s3: S3Client;
  readonly lambda: LambdaClient;
  readonly bucket: string;
}

async function replay({ stage, region, archive }: Order): Promise<void> {
  const value = { flag: "--archive", value: archive, stage };
  const bucket = told(await outputsOf(stage.name), "ArchiveBucket", value);
  const settings = { ...CALLS, ...(region !== null && { region }) };
  const requestHandler = { ...CALLS.requestHandler, requestTimeout: INVOKE_MS_MAX };
  const lambda = new LambdaClient({ ...settings, requestHandler, maxAttempts: 1 });
  const doors: Doors = { s3: new S3Client(settings), lambda, bucket };
  let done = 0;
  let left = 0;
  for await (const key of parkedIn(doors)) {
    const why = await again(doors, key);
    if (why === null) done += 1;
    else left += 1;
    process.stdout.write(`${why === null ? "done  " : "parked"} ${key}${why ? `: ${why}` : ""}\n`);
  }
  process.stdout.write(`${done} batches done, ${left} stay parked.\n`);
  if (left > 0) process.exitCode = 1;
}

async function* parkedIn({ s3, bucket }: Doors): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const { Contents: objects = [], IsTruncated: more } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: ARCHIVE.parked, StartAfter: after }),
    );
    for (const { Key: key } of objects) if (key !== undefined) yield key;
    after = more === true ? objects.at(-1)?.Key : undefined;
  } while (after !== undefined);
}

/** Null when the function finished every record of the batch; else why it stays parked. */
async function again({ s3, lambda, bucket }: Doors, key: string): Promise<string | null> {
  const object = { Bucket: bucket, Key: key };
  const { Body: body } = await s3.send(new GetObjectCommand(object));
  const parked = parkedSchema.parse(JSON.parse((await body?.transformToString()) ?? ""));
  const { FunctionError: error, Payload: payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: parked.requestContext.functionArn,
      Payload: Buffer.from(parked.payload),
    }),
  );
  const answer = payload === undefined ? "null" : Buffer.from(payload).toString("utf8");
  if (error !== undefined) return failureSchema.parse(JSON.parse(answer)).errorMessage;
  const failed = reportSchema.parse(JSON.parse(answer));
  if (failed > 0) return `the function reports ${failed} records`;
  await s3.send(new DeleteObjectCommand(object));
  return null;
}

if (import.meta.main) await commandLine(HELP, orderFrom, replay);
