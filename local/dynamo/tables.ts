/**
 * Makes the template's tables in the engine. A GlobalTable has properties that mean nothing on one
 * laptop (replicas, throughput, encryption, recovery) and one the engine does not do: TTL, which
 * `expiry.ts` does.
 */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { ACCOUNT, AwsError, REGION } from "../parts.ts";
import type { Engine } from "./engine.ts";
import type { Item } from "./request.ts";

const KeySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));

const Index = z.object({
  IndexName: z.string(),
  KeySchema,
  Projection: z.object({
    ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
});

const GlobalTable = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  KeySchema,
  GlobalSecondaryIndexes: z.array(Index).optional(),
  LocalSecondaryIndexes: z.array(Index).optional(),
  StreamSpecification: z.object({ StreamViewType: z.string() }).optional(),
  TimeToLiveSpecification: z
    .object({ AttributeName: z.string().optional(), Enabled: z.boolean() })
    .optional(),
});

const Description = z.object({
  Table: z.object({
    KeySchema,
    GlobalSecondaryIndexes: z.array(Index).default([]),
    LatestStreamArn: z.string().optional(),
  }),
});

export interface TableIndex {
  readonly name: string;
  readonly keys: readonly string[];
  /** Attributes it holds besides its own keys and the table's. */
  readonly projected: "ALL" | readonly string[];
}

export interface Table {
  readonly name: string;
  readonly arn: string;
  readonly streamArn: string | null;
  /** Partition key first. */
  readonly keys: readonly string[];
  readonly indexes: readonly TableIndex[];
  /** The attribute that holds the second after which a row may go; null when TTL is off. */
  readonly expiryAttribute: string | null;
}

/** Ours says the region of the template; the engine's own says `ddblocal`. */
const OURS = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:`;
const ENGINES = `arn:aws:dynamodb:ddblocal:${ACCOUNT}:`;

export const fromEngine = (text: string): string => text.replaceAll(ENGINES, OURS);
export const toEngine = (arn: string): string => arn.replace(OURS, ENGINES);
export const tableArn = (name: string): string => `${OURS}table/${name}`;

/** The attributes of a row that are its table's key. */
export function keyOf(table: Table, row: Item): Item {
  return Object.fromEntries(Object.entries(row).filter(([name]) => table.keys.includes(name)));
}

/**
 * `properties` are those of an AWS::DynamoDB::GlobalTable. A table that is there already must have
 * the same keys and indexes; it keeps its rows and its stream.
 */
export async function createTable(
  engine: Engine,
  properties: Readonly<Record<string, unknown>>,
  name: string,
): Promise<Table> {
  const wanted = GlobalTable.parse(properties);
  if (!/^[\w.-]{3,255}$/.test(name)) {
    throw new AwsError(
      "ValidationException",
      `A table is named with 3 to 255 of a-zA-Z0-9_.-: ${name}`,
    );
  }
  await create(engine, wanted, name);
  const { Table: found } = Description.parse(
    await engine.call("DescribeTable", { TableName: name }),
  );
  const differs =
    !isDeepStrictEqual(found.KeySchema, wanted.KeySchema) ||
    !isDeepStrictEqual(byName(found.GlobalSecondaryIndexes), byName(wanted.GlobalSecondaryIndexes));
  if (differs) {
    throw new Error(
      `The table ${name} on disk has other keys or indexes than the template; use another --data.`,
    );
  }
  const expiry = wanted.TimeToLiveSpecification;
  const stream = wanted.StreamSpecification === undefined ? undefined : found.LatestStreamArn;
  return {
    name,
    arn: tableArn(name),
    streamArn: stream === undefined ? null : fromEngine(stream),
    keys: namesOf(wanted.KeySchema),
    indexes: [
      ...(wanted.GlobalSecondaryIndexes ?? []),
      ...(wanted.LocalSecondaryIndexes ?? []),
    ].map(indexOf),
    expiryAttribute: expiry?.Enabled === true ? (expiry.AttributeName ?? null) : null,
  };
}

async function create(
  engine: Engine,
  wanted: z.infer<typeof GlobalTable>,
  name: string,
): Promise<void> {
  const { TimeToLiveSpecification: _, StreamSpecification: stream, ...rest } = wanted;
  try {
    await engine.call("CreateTable", {
      ...rest,
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      ...(stream && { StreamSpecification: { ...stream, StreamEnabled: true } }),
    });
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ResourceInUseException")) {
      throw error;
    }
  }
}

function indexOf(index: z.infer<typeof Index>): TableIndex {
  const { ProjectionType, NonKeyAttributes } = index.Projection;
  return {
    name: index.IndexName,
    keys: namesOf(index.KeySchema),
    projected: ProjectionType === "ALL" ? "ALL" : (NonKeyAttributes ?? []),
  };
}

function namesOf(keys: z.infer<typeof KeySchema>): string[] {
  return keys
    .toSorted((a, b) => a.KeyType.localeCompare(b.KeyType))
    .map((key) => key.AttributeName);
}

function byName(indexes: z.infer<typeof Index>[] = []): z.infer<typeof Index>[] {
  return indexes.toSorted((a, b) => a.IndexName.localeCompare(b.IndexName));
}
