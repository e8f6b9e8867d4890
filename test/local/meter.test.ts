import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../local/dynamo/engine.ts";
import type { Table } from "../../local/dynamo/tables.ts";
import { chargeOf, itemBytes } from "../../local/dynamo/units.ts";
import { type Laptop, laptop } from "./dynamoLaptop.ts";

type Item = Record<string, AttributeValue>;

const TableName = "metered";
const NEW = "attribute_not_exists(pk)";
const row = (pk: string, sk = "c"): Item => ({ pk: { S: pk }, sk: { S: sk } });
const sized = (pk: string, chars: number): Item => ({ ...row(pk), text: { S: "x".repeat(chars) } });
const indexed = (pk: string, at: string): Item => ({
  ...row(pk),
  gsi1pk: { S: "open" },
  gsi1sk: { S: at },
});

let engine: Engine;
let cloud: Laptop;
let client: DynamoDBClient;

beforeAll(async () => {
  engine = await Engine.start({ directory: null });
  cloud = await laptop(engine, TableName);
  client = cloud.clientOf("ApiRole");
});

afterAll(async () => {
  client.destroy();
  cloud.close();
  await engine.stop();
});

const put = (Item: Item) => client.send(new PutItemCommand({ TableName, Item }));
const set = (pk: string, name: string, value: AttributeValue) =>
  client.send(
    new UpdateItemCommand({
      TableName,
      Key: row(pk),
      UpdateExpression: "SET #n = :v",
      ExpressionAttributeNames: { "#n": name },
      ExpressionAttributeValues: { ":v": value },
    }),
  );
const transact = (...items: Item[]) =>
  client.send(
    new TransactWriteItemsCommand({
      TransactItems: items.map((Item) => ({ Put: { TableName, Item, ConditionExpression: NEW } })),
    }),
  );

/** The units of what `work` does; its refusals are part of the price. */
async function unitsOf(work: () => Promise<unknown>) {
  cloud.meter.start();
  await work().catch((error: Error) => expect(error.name).toMatch(/Exception$/));
  cloud.meter.stop();
  const { byFunction } = cloud.meter.take();
  const { ApiRole = { write: 0, read: 0, indexWriteInTransactions: 0 } } = byFunction;
  return ApiRole;
}

describe("writes", () => {
  const cases: [string, number, () => Promise<unknown>, (() => Promise<unknown>)?][] = [
    ["a put of up to a kilobyte", 1, () => put(row("w1"))],
    // pk + w2 + sk + c + text is 11 bytes.
    ["a put of exactly 1,024 bytes", 1, () => put(sized("w2", 1_013))],
    ["a put of 1,025 bytes", 2, () => put(sized("w2", 1_014))],
    ["a small put over a large row", 3, () => put(row("w3")), () => put(sized("w3", 2_500))],
    [
      "an update that changes nothing",
      1,
      () => set("w4", "a", { S: "1" }),
      () => set("w4", "a", { S: "1" }),
    ],
    [
      "deleting what is not there",
      1,
      () => client.send(new DeleteItemCommand({ TableName, Key: row("w5") })),
    ],
    [
      "a refused condition on a missing or small row",
      1,
      () =>
        client.send(new PutItemCommand({ TableName, Item: row("w6"), ConditionExpression: NEW })),
      () => put(row("w6")),
    ],
    [
      "a refused condition on a row of three kilobytes",
      3,
      () =>
        client.send(new PutItemCommand({ TableName, Item: row("w7"), ConditionExpression: NEW })),
      () => put(sized("w7", 2_500)),
    ],
    ["a transaction of three puts", 6, () => transact(row("t1"), row("t2"), row("t3"))],
    ["a cancelled transaction", 4, () => transact(row("t1"), row("t4"))],
    [
      "a batch of two puts and a delete",
      3,
      () =>
        client.send(
          new BatchWriteItemCommand({
            RequestItems: {
              [TableName]: [
                { PutRequest: { Item: row("b1") } },
                { PutRequest: { Item: row("b2") } },
                { DeleteRequest: { Key: row("b3") } },
              ],
            },
          }),
        ),
    ],
    [
      "a request that is wrong",
      0,
      () => client.send(new PutItemCommand({ TableName, Item: { pk: { S: "no sort key" } } })),
    ],
  ];
  test.each(cases)("%s costs %d", async (_name, write, work, before) => {
    await before?.();
    expect(await unitsOf(work)).toEqual({ write, read: 0, indexWriteInTransactions: 0 });
  });
});

describe("index entries (KEYS_ONLY)", () => {
  test("coming 1, new key 2, new content 0, going 1, besides the row's own 1", async () => {
    expect((await unitsOf(() => put(indexed("g1", "1")))).write).toBe(2);
    expect((await unitsOf(() => set("g1", "gsi1sk", { S: "2" }))).write).toBe(3);
    expect((await unitsOf(() => set("g1", "other", { S: "x" }))).write).toBe(1);
    expect((await unitsOf(() => put(row("g1")))).write).toBe(2);
    expect((await unitsOf(() => put({ ...row("g1"), gsi1pk: { S: "half a key" } }))).write).toBe(1);
  });

  test("in a transaction they count once, and are told apart for the upper bound", async () => {
    const units = await unitsOf(() => transact(indexed("g2", "1"), row("g3")));
    expect(units).toEqual({ write: 5, read: 0, indexWriteInTransactions: 1 });
  });

  test("other projections also pay for projected content", () => {
    const index = { name: "all", keys: ["g"], projected: "ALL" as const };
    const table: Table = {
      name: "t",
      arn: "",
      streamArn: null,
      keys: ["pk"],
      indexes: [index, { ...index, projected: ["a"] }],
      expiryAttribute: null,
    };
    const before = { pk: { S: "1" }, g: { S: "g" }, a: { SS: ["x", "y"] }, b: { S: "1" } };
    const reordered = { ...before, a: { SS: ["y", "x"] } };
    expect(chargeOf(table, before, reordered, false)).toEqual({ table: 1, indexes: 0 });
    expect(chargeOf(table, before, { ...before, b: { S: "2" } }, false).indexes).toBe(1);
    expect(chargeOf(table, before, { ...before, a: { SS: ["z"] } }, false).indexes).toBe(2);
    expect(chargeOf(table, before, null, false).indexes).toBe(2);
  });
});

describe("reads", () => {
  const get = (pk: string, ConsistentRead: boolean) => () =>
    client.send(
      new GetItemCommand({ TableName, Key: row(pk), ConsistentRead, ProjectionExpression: "pk" }),
    );
  const query =
    (pk: string, ConsistentRead = false) =>
    () =>
      client.send(
        new QueryCommand({
          TableName,
          ConsistentRead,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: pk } },
        }),
      );

  beforeAll(async () => {
    await put(sized("r5", 5_000));
    for (const sk of ["1", "2", "3"]) {
      await put({ ...sized("rq", 3_000), sk: { S: sk } });
    }
  });

  const cases: [string, number, () => Promise<unknown>][] = [
    ["5 KB", 1, get("r5", false)],
    ["5 KB, consistent", 2, get("r5", true)],
    ["a missing row", 0.5, get("none", false)],
    ["a missing row, consistent", 1, get("none", true)],
    ["a query of 9 KB, rounded once", 1.5, query("rq")],
    ["a query of 9 KB, consistent", 3, query("rq", true)],
    ["a query that finds nothing", 0.5, query("none")],
    [
      "a batch, rounded for each row",
      0.5 * 3 + 1 + 0.5,
      () => {
        const Keys = [row("rq", "1"), row("rq", "2"), row("rq", "3"), row("r5"), row("none")];
        return client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
      },
    ],
    [
      "a batch that finds nothing, consistent",
      2,
      () => {
        const request = { Keys: [row("none"), row("no")], ConsistentRead: true };
        return client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: request } }));
      },
    ],
    [
      "a transaction of a 5 KB row and a missing one",
      2 * 2 + 2,
      () => {
        const TransactItems = ["r5", "none"].map((pk) => ({ Get: { TableName, Key: row(pk) } }));
        return client.send(new TransactGetItemsCommand({ TransactItems }));
      },
    ],
  ];
  test.each(cases)("%s costs %d", async (_name, read, work) => {
    expect(await unitsOf(work)).toEqual({ write: 0, read, indexWriteInTransactions: 0 });
  });

  test("the caller sees the engine's figure only when it asked", async () => {
    cloud.meter.start();
    const plain = await get("r5", true)();
    const asked = await client.send(
      new GetItemCommand({ TableName, Key: row("r5"), ReturnConsumedCapacity: "TOTAL" }),
    );
    cloud.meter.stop();
    cloud.meter.take();
    expect(plain).not.toHaveProperty("ConsumedCapacity");
    expect(asked.ConsumedCapacity?.CapacityUnits).toBe(1);
  });
});

describe("the report", () => {
  test("is by caller, and by call and table; nothing counts while the meter stands", async () => {
    const other = cloud.clientOf("IngestRole");
    await put(row("p0"));
    cloud.meter.start();
    await put(row("p1"));
    await other.send(new PutItemCommand({ TableName, Item: row("p2") }));
    cloud.meter.stop();
    await put(row("p3"));
    other.destroy();
    const call = { operation: "PutItem", table: TableName, write: 1, read: 0 };
    const units = { write: 1, read: 0, indexWriteInTransactions: 0 };
    expect(cloud.meter.take()).toEqual({
      byFunction: { ApiRole: units, IngestRole: units },
      calls: [
        { function: "ApiRole", ...call },
        { function: "IngestRole", ...call },
      ],
    });
    expect(cloud.meter.take()).toEqual({ byFunction: {}, calls: [] });
  });

  test("concurrent writes to one row are each priced by the rows they met", async () => {
    const units = await unitsOf(() =>
      Promise.all(["1", "2", "3", "4"].map((at) => put(indexed("mutex", at)))),
    );
    // The first entry comes (1 + 1), the others change its key (1 + 2 each).
    expect(units.write).toBe(2 + 3 * 3);
  });
});

test("a row is as large as the developer guide says", () => {
  const sizes: [AttributeValue, number][] = [
    [{ S: "é" }, 2],
    [{ N: "0" }, 1],
    [{ N: "-12.50" }, 3],
    [{ N: "1000" }, 2],
    [{ BOOL: true }, 1],
    [{ NULL: true }, 1],
    [{ SS: ["ab", "c"] }, 3],
    [{ NS: ["1", "22"] }, 4],
    [{ L: [{ S: "ab" }, { BOOL: true }] }, 3 + (1 + 2) + (1 + 1)],
    [{ M: { ab: { S: "c" } } }, 3 + 1 + 2 + 1],
  ];
  for (const [value, bytes] of sizes) {
    expect([value, itemBytes({ n: { ...value } })]).toEqual([value, 1 + bytes]);
  }
  // On the wire, binary is base64.
  expect(itemBytes({ n: { B: "AAEC" } })).toBe(1 + 3);
});
