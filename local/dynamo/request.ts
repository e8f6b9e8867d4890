/**
 * What a DynamoDB request touches: the tables and indexes, under the action that IAM asks for, and
 * the rows it writes. Transactions are asked for item by item (IAM: "Actions, resources, and
 * condition keys for Amazon DynamoDB"; developer guide: "Using IAM with transactions").
 */
import * as z from "zod";
import { AwsError } from "../parts.ts";

/** A row on the wire: `{"pk": {"S": "..."}}`. */
export type Item = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Write {
  readonly kind: "put" | "update" | "delete" | "check";
  /** The whole row of a put; the key for the rest. */
  readonly row: Item;
}

export interface Touch {
  readonly action: string;
  readonly table: string;
  readonly index: string | null;
  readonly write: Write | null;
}

const Row = z.record(z.string(), z.record(z.string(), z.unknown()));
const Named = { TableName: z.string() };
const Keyed = z.object({ ...Named, Key: Row });
const Whole = z.object({ ...Named, Item: Row });
const OneTable = z.object({ ...Named, IndexName: z.string().optional() });
const BatchGet = z.object({ RequestItems: z.record(z.string(), z.unknown()) });
const BatchWrite = z.object({
  RequestItems: z.record(
    z.string(),
    z.array(
      z.object({
        PutRequest: z.object({ Item: Row }).optional(),
        DeleteRequest: z.object({ Key: Row }).optional(),
      }),
    ),
  ),
});
const TransactGet = z.object({ TransactItems: z.array(z.object({ Get: Keyed })) });
const TransactWrite = z.object({
  TransactItems: z.array(
    z.object({
      Put: Whole.optional(),
      Update: Keyed.optional(),
      Delete: Keyed.optional(),
      ConditionCheck: Keyed.optional(),
    }),
  ),
});

const readers: Readonly<Record<string, (body: unknown) => Touch[]>> = {
  GetItem: (body) => oneTable("GetItem", body),
  Query: (body) => oneTable("Query", body),
  Scan: (body) => oneTable("Scan", body),
  DescribeTable: (body) => oneTable("DescribeTable", body),
  PutItem: (body) => {
    const { TableName, Item } = Whole.parse(body);
    return [writing("PutItem", TableName, { kind: "put", row: Item })];
  },
  UpdateItem: (body) => {
    const { TableName, Key } = Keyed.parse(body);
    return [writing("UpdateItem", TableName, { kind: "update", row: Key })];
  },
  DeleteItem: (body) => {
    const { TableName, Key } = Keyed.parse(body);
    return [writing("DeleteItem", TableName, { kind: "delete", row: Key })];
  },
  BatchGetItem: (body) =>
    Object.keys(BatchGet.parse(body).RequestItems).map((name) => reading("BatchGetItem", name)),
  TransactGetItems: (body) =>
    TransactGet.parse(body).TransactItems.map(({ Get }) => reading("GetItem", Get.TableName)),
  BatchWriteItem: (body) =>
    Object.entries(BatchWrite.parse(body).RequestItems).flatMap(([name, requests]) =>
      requests.map(({ PutRequest: put, DeleteRequest: del }) => {
        const write: Write | null = put
          ? { kind: "put", row: put.Item }
          : del
            ? { kind: "delete", row: del.Key }
            : null;
        return writing("BatchWriteItem", name, write);
      }),
    ),
  TransactWriteItems: (body) => TransactWrite.parse(body).TransactItems.flatMap(transacted),
};

/** Throws AwsError 501 for an operation the laptop does not do, 400 for a body it cannot read. */
export function touchesOf(operation: string, body: Buffer): Touch[] {
  const read = Object.hasOwn(readers, operation) ? readers[operation] : undefined;
  if (read === undefined) {
    throw new AwsError("NotImplemented", `The laptop's DynamoDB does not do ${operation}.`, 501);
  }
  try {
    return read(JSON.parse(body.toString()));
  } catch (cause) {
    throw new AwsError("SerializationException", `${operation} cannot be read: ${String(cause)}`);
  }
}

function oneTable(operation: string, body: unknown): Touch[] {
  const { TableName, IndexName } = OneTable.parse(body);
  return [{ ...reading(operation, TableName), index: IndexName ?? null }];
}

function transacted(item: z.infer<typeof TransactWrite>["TransactItems"][number]): Touch[] {
  const { Put, Update, Delete, ConditionCheck } = item;
  return [
    Put && writing("PutItem", Put.TableName, { kind: "put", row: Put.Item }),
    Update && writing("UpdateItem", Update.TableName, { kind: "update", row: Update.Key }),
    Delete && writing("DeleteItem", Delete.TableName, { kind: "delete", row: Delete.Key }),
    ConditionCheck &&
      writing("ConditionCheckItem", ConditionCheck.TableName, {
        kind: "check",
        row: ConditionCheck.Key,
      }),
  ].filter((touch) => touch !== undefined);
}

function reading(operation: string, table: string): Touch {
  return writing(operation, table, null);
}

function writing(operation: string, table: string, write: Write | null): Touch {
  return { action: `dynamodb:${operation}`, table: tableName(table), index: null, write };
}

/** A table may be named by its name or by its ARN. */
export function tableName(named: string): string {
  return /^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/([^/]+)$/.exec(named)?.[1] ?? named;
}
