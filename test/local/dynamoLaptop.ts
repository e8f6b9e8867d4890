/** What the DynamoDB tests share: a memory, a gateway that lets everybody in, and one table. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDoor } from "../../local/dynamo/door.ts";
import type { Engine } from "../../local/dynamo/engine.ts";
import { Expiry } from "../../local/dynamo/expiry.ts";
import { Meter } from "../../local/dynamo/meter.ts";
import { type StreamRecord, TableStream } from "../../local/dynamo/stream.ts";
import { createTable, type Table } from "../../local/dynamo/tables.ts";
import {
  AwsError,
  type AwsRequest,
  type Busy,
  type Need,
  type Shelf,
  type State,
} from "../../local/parts.ts";

const text = (name: string) => ({ AttributeName: name, AttributeType: "S" });
const key = (name: string, type: "HASH" | "RANGE") => ({ AttributeName: name, KeyType: type });

/** A GlobalTable as CloudFormation has it. */
export const truthProperties = {
  AttributeDefinitions: ["pk", "sk", "gsi1pk", "gsi1sk"].map(text),
  KeySchema: [key("pk", "HASH"), key("sk", "RANGE")],
  GlobalSecondaryIndexes: [
    {
      IndexName: "gsi1",
      KeySchema: [key("gsi1pk", "HASH"), key("gsi1sk", "RANGE")],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
  BillingMode: "PAY_PER_REQUEST",
  Replicas: [{ Region: "us-east-1", DeletionProtectionEnabled: true }],
  SSESpecification: { SSEEnabled: true },
  WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 100 },
  StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
  TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
};

export function memoryState(): State {
  const shelves = new Map<string, Map<string, string>>();
  return {
    atOnce: (work) => work(),
    shelf<T>(name: string): Shelf<T> {
      const kept = shelves.get(name) ?? new Map<string, string>();
      shelves.set(name, kept);
      const parsed = (json: string): T => JSON.parse(json);
      return {
        get: (each) => (kept.has(each) ? parsed(kept.get(each)!) : undefined),
        put: (each, value) => void kept.set(each, JSON.stringify(value)),
        remove: (each) => void kept.delete(each),
        entries: () => [...kept].sort().map(([each, json]) => [each, parsed(json)]),
      };
    },
  };
}

/** The real clock, an hour ahead. */
export const clock = { now: () => Date.now() + 3_600_000 };

export interface Laptop {
  readonly table: Table;
  readonly meter: Meter;
  readonly stream: TableStream;
  readonly door: DynamoDoor;
  readonly client: DynamoDBClient;
  /** What IAM was asked for, in order. */
  readonly needs: Need[];
  clientOf(principal: string): DynamoDBClient;
  close(): void;
}

/** A table of its own on a shared engine, behind a gateway on HTTP. */
export async function laptop(engine: Engine, name: string): Promise<Laptop> {
  const table = await createTable(engine, truthProperties, name);
  const tables = new Map([[name, table]]);
  const expiry = new Expiry(engine, tables, memoryState());
  const arn = `${table.arn}/stream/latest`;
  const stream = new TableStream({ engine, table, arn, clock, expiry });
  const meter = new Meter(engine, tables);
  const door = new DynamoDoor({ meter, expiry, onWrite: () => stream.wake() });
  const needs: Need[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk);
    }
    const principal = /Credential=([^/]+)/.exec(incoming.headers.authorization ?? "")?.[1] ?? "";
    const request: AwsRequest = {
      principal: { name: principal, arn: `arn:aws:sts::000000000000:assumed-role/${principal}` },
      method: "POST",
      path: "/",
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.concat(chunks),
      operation: String(incoming.headers["x-amz-target"]).split(".")[1] ?? null,
    };
    const reply = await Promise.resolve()
      .then(() => needs.push(...door.needs(request)))
      .then(() => door.serve(request))
      .catch((error: unknown) => {
        if (error instanceof AwsError) {
          return door.fail(error);
        }
        throw error;
      });
    outgoing.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const clientOf = (principal: string) =>
    new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: principal, secretAccessKey: "secret" },
      maxAttempts: 1,
    });
  const client = clientOf("root");
  const close = () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  };
  return { table, meter, stream, door, client, needs, clientOf, close };
}

export async function until(met: () => boolean): Promise<void> {
  for (let waitedMs = 0; !met(); waitedMs += 10) {
    if (waitedMs > 8_000) {
      throw new Error(`not met in time: ${met}`);
    }
    await wait(10);
  }
}

export const settled = (part: Busy) => until(() => part.pending().length === 0);
export const pkOf = (record: StreamRecord) => String(record.dynamodb.Keys.pk?.S);
export const skOf = (record: StreamRecord) => String(record.dynamodb.Keys.sk?.S);
