/** The laptop's S3 behind a gateway that lets in what proves to be signed with KEY. */
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll } from "vitest";
import { Gateway, type Unsigned } from "../../local/aws/gateway.ts";
import { signatureOf, signText, verifyHeader } from "../../local/aws/sigv4.ts";
import { MovedClock } from "../../local/clock.ts";
import { type Need, REGION } from "../../local/parts.ts";
import { presenter } from "../../local/s3/presenter.ts";
import { S3 } from "../../local/s3/s3.ts";
import { SqliteState } from "../../local/state.ts";

export const KEY = { accessKeyId: "AKLAPTOP", secretAccessKey: "a secret for tests only" };

export interface S3Server {
  readonly url: string;
  readonly s3: S3;
  readonly clock: MovedClock;
  readonly state: SqliteState;
  /** What the requests so far needed, in order. */
  readonly needs: Need[];
  client(config?: S3ClientConfig): S3Client;
  presign(method: string, path: string, more?: Partial<Presigned>): string;
  form(policy: unknown, fields: Record<string, string>, file: Blob, filename?: string): FormData;
  close(): Promise<void>;
}

interface Presigned {
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly expiresS: number;
}

export async function startS3(directory: string | null): Promise<S3Server> {
  const state = SqliteState.open(null);
  const clock = new MovedClock(state);
  const s3 = new S3({ clock, state, directory });
  const needs: Need[] = [];
  const gateway = new Gateway({
    clock,
    doors: { s3 },
    authenticate: (request) => authenticated(request, clock.now()),
    authorize: (_, asked) => needs.push(...asked),
  });
  const url = await gateway.listen(0);
  const { host } = new URL(url);
  return {
    url,
    s3,
    clock,
    state,
    needs,
    client: (config = {}) =>
      new S3Client({
        endpoint: url,
        region: REGION,
        credentials: KEY,
        maxAttempts: 1,
        ...config,
      }),
    presign: (method, path, more = {}) => presign(host, clock.now(), method, path, more),
    form: (policy, fields, file, filename) => form(clock.now(), policy, fields, file, filename),
    async close() {
      await gateway.close();
      state.close();
    },
  };
}

const Bucket = "media";

/** One S3 with an empty bucket, for all tests of a file. */
export function mediaBucket(directory: () => string | null = () => null) {
  let server: S3Server;
  let client: S3Client;
  beforeAll(async () => {
    server = await startS3(directory());
    server.s3.create({}, Bucket);
    client = server.client();
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });
  const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
    client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return {
    Bucket,
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    put: (Key: string, Body: PutObjectCommandInput["Body"], more = {}) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, ...more })),
    get,
    text: async (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
      (await get(Key, more)).Body?.transformToString(),
  };
}

function authenticated(request: Unsigned, now: number) {
  if (presenter(request, secretOf, now) === null) verifyHeader(request, secretOf);
  return { principal: { name: "root", arn: "arn:aws:iam::000000000000:root" } };
}

export function secretOf(accessKeyId: string): string | null {
  return accessKeyId === KEY.accessKeyId ? KEY.secretAccessKey : null;
}

function presign(
  host: string,
  now: number,
  method: string,
  path: string,
  { query = {}, headers = {}, expiresS = 60 }: Partial<Presigned>,
): string {
  const scope = { date: amzDate(now), region: REGION, service: "s3" };
  const signedHeaders = ["host", ...Object.keys(headers)].sort();
  const params = new URLSearchParams({
    ...query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": credential(scope.date),
    "X-Amz-Date": scope.date,
    "X-Amz-Expires": String(expiresS),
    "X-Amz-SignedHeaders": signedHeaders.join(";"),
  });
  const signable = { method, path, query: params, headers: { host, ...headers }, signedHeaders };
  const payloadHash = "UNSIGNED-PAYLOAD";
  params.set(
    "X-Amz-Signature",
    signatureOf({ ...signable, payloadHash }, KEY.secretAccessKey, scope),
  );
  return `http://${host}${path}?${params}`;
}

function form(
  now: number,
  policy: unknown,
  fields: Record<string, string>,
  file: Blob,
  filename = "file",
): FormData {
  const scope = { date: amzDate(now), region: REGION, service: "s3" };
  const base64 = Buffer.from(JSON.stringify(policy)).toString("base64");
  const all = {
    ...fields,
    ...formScope(now),
    policy: base64,
    "x-amz-signature": signText(base64, KEY.secretAccessKey, scope),
  };
  const data = new FormData();
  for (const [name, value] of Object.entries(all)) data.append(name, value);
  data.append("file", file, filename);
  return data;
}

/** The fields that say how a form is signed; its policy must name them too. */
export function formScope(now: number): Record<string, string> {
  const date = amzDate(now);
  return {
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": credential(date),
    "x-amz-date": date,
  };
}

function credential(date: string): string {
  return `${KEY.accessKeyId}/${date.slice(0, 8)}/${REGION}/s3/aws4_request`;
}

function amzDate(now: number): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** What the SDK throws for an error of S3. */
export function failure(name: string, httpStatusCode: number): object {
  return { name, $metadata: { httpStatusCode } };
}
