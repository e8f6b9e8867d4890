/** What the tests of the store share: both tables in the real engine, in memory, one per file. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { ulid } from "ulid";
import { Engine } from "../../local/dynamo/engine.ts";
import { createTable } from "../../local/dynamo/tables.ts";
import type { Once, Page, PageRequest, Position } from "../../shared/ports.ts";
import { TableDirectory } from "../../shared/store/directory.ts";
import type { Key } from "../../shared/store/keys.ts";
import { WorkspaceStore } from "../../shared/store/store.ts";
import { type Item, Table } from "../../shared/store/table.ts";
import { AT_MS } from "../domain/things.ts";

const text = (name: string) => ({ AttributeName: name, AttributeType: "S" });
const keyOf = (prefix: string) => [
  { AttributeName: `${prefix}pk`, KeyType: "HASH" },
  { AttributeName: `${prefix}sk`, KeyType: "RANGE" },
];

/** The tables of the template, as far as they matter to the store. */
const derived = { AttributeDefinitions: ["pk", "sk"].map(text), KeySchema: keyOf("") };
const indexNames = ["gsi1", "gsi2"];
const truth = {
  AttributeDefinitions: ["pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"].map(text),
  KeySchema: keyOf(""),
  GlobalSecondaryIndexes: indexNames.map((IndexName) => ({
    IndexName,
    KeySchema: keyOf(IndexName),
    Projection: { ProjectionType: "KEYS_ONLY" },
  })),
};

export interface Rig {
  readonly truth: Table;
  readonly directory: TableDirectory;
  readonly clock: { at: number; now(): number };
  /** A store of a workspace, by default of one that nobody else has. */
  store(options?: { workspaceId?: string; shards?: number; once?: Once }): WorkspaceStore;
  /** A row of the truth table as it is stored. */
  row(key: Key): Promise<Item | undefined>;
  stop(): Promise<void>;
}

export function clientAt(endpoint: string): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "laptop", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export async function tablesInMemory(): Promise<Rig> {
  const engine = await Engine.start({ directory: null });
  await Promise.all([createTable(engine, truth, "truth"), createTable(engine, derived, "derived")]);
  const client = clientAt(engine.url);
  const tables = { truth: new Table(client, "truth"), derived: new Table(client, "derived") };
  const clock = {
    at: AT_MS,
    now() {
      return this.at;
    },
  };
  return {
    truth: tables.truth,
    directory: new TableDirectory(tables.truth),
    clock,
    store({ workspaceId = newWorkspaceId(), shards = 2, once } = {}) {
      return new WorkspaceStore({ ...tables, shards, clock }, workspaceId, once ?? null);
    },
    async row(Key) {
      return (await client.send(new GetCommand({ TableName: "truth", Key }))).Item;
    },
    async stop() {
      client.destroy();
      await engine.stop();
    },
  };
}

export const newWorkspaceId = (): string => `wsp_${ulid()}`;

/** Every page to the end; a list that does not end is an error. */
export async function pagesOf<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  limit: number,
): Promise<T[][]> {
  const pages: T[][] = [];
  let position: Position | null = null;
  do {
    const page: Page<T> = await list({ limit, position });
    pages.push([...page.items]);
    position = page.position;
    if (pages.length > 1_000) throw new Error("The list does not end.");
  } while (position !== null);
  return pages;
}
