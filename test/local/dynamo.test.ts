import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Engine, javaProblem } from "../../local/dynamo/engine.ts";
import type { StreamRecord } from "../../local/dynamo/stream.ts";
import { createTable } from "../../local/dynamo/tables.ts";
import { clock, type Laptop, laptop, truthProperties, until } from "./dynamoLaptop.ts";

const TableName = "truth";
const row = (pk: string, sk = "c") => ({ pk: { S: pk }, sk: { S: sk } });
const arn = "arn:aws:dynamodb:us-east-1:000000000000:table/truth";

let engine: Engine;
let cloud: Laptop;

beforeAll(async () => {
  engine = await Engine.start({ directory: null });
  cloud = await laptop(engine, TableName);
});

afterAll(async () => {
  cloud.close();
  await engine.stop();
});

beforeEach(() => {
  cloud.needs.length = 0;
});

describe("the door", () => {
  test("carries the SDK's calls to a real DynamoDB and back", async () => {
    const Item = { ...row("a"), size: { N: "12.50" }, raw: { B: new Uint8Array([0, 255]) } };
    await cloud.client.send(new PutItemCommand({ TableName, Item }));
    const read = await cloud.client.send(new GetItemCommand({ TableName, Key: row("a") }));
    expect(read.Item).toEqual({ ...Item, size: { N: "12.5" } });
  });

  test("takes a table's ARN for its name", async () => {
    await cloud.client.send(new PutItemCommand({ TableName: arn, Item: row("by-arn") }));
    const read = await cloud.client.send(new GetItemCommand({ TableName, Key: row("by-arn") }));
    expect(read.Item).toEqual(row("by-arn"));
    expect(cloud.needs.map((need) => need.resource)).toEqual([arn, arn]);
  });

  test("passes on errors with what they carry", async () => {
    await cloud.client.send(new PutItemCommand({ TableName, Item: row("taken") }));
    const refused = {
      TableName,
      Item: row("taken"),
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
    };
    const single = await cloud.client.send(new PutItemCommand(refused)).catch((error) => error);
    expect(single).toBeInstanceOf(ConditionalCheckFailedException);
    expect(single.Item).toEqual(row("taken"));
    const command = new TransactWriteItemsCommand({ TransactItems: [{ Put: refused }] });
    const cancelled = await cloud.client.send(command).catch((error) => error);
    expect(cancelled).toBeInstanceOf(TransactionCanceledException);
    expect(cancelled.CancellationReasons[0].Code).toBe("ConditionalCheckFailed");
  });

  test("asks IAM for each table, index and transacted item", async () => {
    const Key = row("iam");
    const UpdateExpression = "SET a = :a";
    const ExpressionAttributeValues = { ":a": { S: "a" } };
    const query = {
      TableName,
      IndexName: "gsi1",
      KeyConditionExpression: "gsi1pk = :a",
      ExpressionAttributeValues,
    };
    const { client } = cloud;
    await client.send(new QueryCommand(query));
    await client.send(new DeleteItemCommand({ TableName, Key }));
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          truth: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key: row("x") } }],
        },
      }),
    );
    await client.send(new BatchGetItemCommand({ RequestItems: { truth: { Keys: [Key] } } }));
    await client.send(
      new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key } }] }),
    );
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: row("1") } },
          { Put: { TableName, Item: row("2") } },
          { Update: { TableName, Key: row("3"), UpdateExpression, ExpressionAttributeValues } },
          { Delete: { TableName, Key: row("4") } },
          {
            ConditionCheck: {
              TableName,
              Key: row("5"),
              ConditionExpression: "attribute_not_exists(pk)",
            },
          },
        ],
      }),
    );
    expect(cloud.needs.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      `dynamodb:Query ${arn}/index/gsi1`,
      `dynamodb:DeleteItem ${arn}`,
      `dynamodb:BatchWriteItem ${arn}`,
      `dynamodb:BatchGetItem ${arn}`,
      `dynamodb:GetItem ${arn}`,
      `dynamodb:PutItem ${arn}`,
      `dynamodb:UpdateItem ${arn}`,
      `dynamodb:DeleteItem ${arn}`,
      `dynamodb:ConditionCheckItem ${arn}`,
    ]);
  });

  test("refuses what the laptop does not do, and lets only root scan", async () => {
    const statement = new ExecuteStatementCommand({ Statement: "SELECT * FROM truth" });
    await expect(cloud.client.send(statement)).rejects.toMatchObject({
      name: "NotImplemented",
      $metadata: { httpStatusCode: 501 },
    });
    const scan = new ScanCommand({ TableName, Limit: 1 });
    await expect(cloud.client.send(scan)).resolves.toMatchObject({ Count: 1 });
    await expect(cloud.clientOf("ApiRole").send(scan)).rejects.toThrow("scans for root only");
  });

  test("describes the table as one of the template's region", async () => {
    const { Table } = await cloud.client.send(new DescribeTableCommand({ TableName }));
    expect(Table?.TableArn).toBe(arn);
    expect(Table?.LatestStreamArn).toBe(cloud.table.streamArn);
  });
});

describe("time to live", () => {
  const expiring = (pk: string, atMs: number) => ({
    ...row(pk),
    expiresAt: { N: String(Math.floor(atMs / 1000)) },
  });

  test("deletes what is over by the moved clock, and the stream says who did it", async () => {
    const nowMs = clock.now();
    const reader = cloud.stream.readAfter("");
    while ((await reader.next()).length > 0);
    await cloud.client.send(
      new PutItemCommand({ TableName, Item: expiring("old", nowMs - 5_000) }),
    );
    await cloud.client.send(
      new PutItemCommand({ TableName, Item: expiring("new", nowMs + 5_000) }),
    );
    await cloud.client.send(
      new PutItemCommand({ TableName, Item: expiring("own", nowMs - 5_000) }),
    );
    await cloud.client.send(new DeleteItemCommand({ TableName, Key: row("own") }));
    await cloud.door.sweep(nowMs);
    const removals = (await reader.next()).filter((record) => record.eventName === "REMOVE");
    expect(removals.map((record) => [record.dynamodb.Keys.pk?.S, record.userIdentity])).toEqual([
      ["own", undefined],
      ["old", { type: "Service", principalId: "dynamodb.amazonaws.com" }],
    ]);
  });

  test("leaves a row whose expiry is over five years ago, as AWS does", async () => {
    await cloud.client.send(new PutItemCommand({ TableName, Item: expiring("kept", 1_000) }));
    await cloud.door.sweep(clock.now());
    const { Item } = await cloud.client.send(new GetItemCommand({ TableName, Key: row("kept") }));
    expect(Item).toBeDefined();
  });
});

describe("the stream", () => {
  test("tells changes as Lambda does, in order, and nothing when nothing changed", async () => {
    const reader = cloud.stream.readAfter("");
    while ((await reader.next()).length > 0);
    const update = new UpdateItemCommand({
      TableName,
      Key: row("told"),
      UpdateExpression: "SET a = :a",
      ExpressionAttributeValues: { ":a": { S: "1" } },
    });
    await cloud.client.send(update);
    await cloud.client.send(update);
    const [record, ...others]: StreamRecord[] = await reader.next();
    expect(others).toEqual([]);
    expect(record).toEqual({
      eventID: expect.any(String),
      eventName: "INSERT",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: "us-east-1",
      eventSourceARN: cloud.stream.arn,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: row("told"),
        NewImage: { ...row("told"), a: { S: "1" } },
        SequenceNumber: expect.stringMatching(/^\d+$/),
        SizeBytes: expect.any(Number),
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
    });
    const ageS = clock.now() / 1000 - record!.dynamodb.ApproximateCreationDateTime;
    expect(ageS).toBeLessThan(61);
    expect(ageS).toBeGreaterThan(-1);
    const again = await cloud.stream.readAfter(reader.position).next();
    expect(again).toEqual([]);
  });
});

describe("tables", () => {
  test("a table that is there keeps its stream; one with other keys is refused", async () => {
    const again = await createTable(engine, truthProperties, TableName);
    expect(again).toEqual(cloud.table);
    const KeySchema = [
      { AttributeName: "sk", KeyType: "HASH" },
      { AttributeName: "pk", KeyType: "RANGE" },
    ];
    await expect(createTable(engine, { ...truthProperties, KeySchema }, TableName)).rejects.toThrow(
      "other keys or indexes",
    );
    await expect(createTable(engine, truthProperties, "ab")).rejects.toThrow("3 to 255");
  });
});

describe("the engine", () => {
  test("says what is wrong with Java, or nothing", async () => {
    expect(await javaProblem()).toBeNull();
    const path = process.env.PATH;
    process.env.PATH = "";
    try {
      expect(await javaProblem()).toMatch(/Java 17 or newer.*none was found.*temurin/i);
    } finally {
      process.env.PATH = path;
    }
  });

  test("listens on loopback only", async () => {
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address?.internal === false && address.family === "IPv4");
    const port = new URL(engine.url).port;
    for (const other of others) {
      await expect(fetch(`http://${other?.address}:${port}`)).rejects.toThrow("fetch failed");
    }
    expect((await fetch(engine.url)).status).toBe(400);
  });

  test("keeps its rows over kill -9, leaves no child, and ends a leftover", {
    timeout: 20_000,
  }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "dynamo-"));
    try {
      const module = join(import.meta.dirname, "../../local/dynamo/engine.ts");
      const program = `
        import { Engine } from ${JSON.stringify(module)};
        const engine = await Engine.start({ directory: ${JSON.stringify(directory)} });
        await engine.call("CreateTable", {
          TableName: "kept", BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        });
        await engine.call("PutItem", { TableName: "kept", Item: { pk: { S: "1" } } });
        console.log(engine.pid);`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
      const pid = await new Promise<number>((done) => {
        child.stdout.on("data", (chunk: Buffer) => done(Number(chunk.toString())));
      });
      expect(isRunning(pid)).toBe(true);
      child.kill("SIGKILL");
      await until(() => !isRunning(pid));

      const left = await Engine.start({ directory });
      const file = join(directory, "engine.pid");
      const { pid: _, ...rest } = JSON.parse(readFileSync(file, "utf8"));
      // As if its owner, the process above, had died and left it.
      writeFileSync(file, JSON.stringify({ ...rest, pid: left.pid, owner: child.pid }));
      const next = await Engine.start({ directory });
      expect(isRunning(left.pid!)).toBe(false);
      const found = await next.call("GetItem", { TableName: "kept", Key: { pk: { S: "1" } } });
      expect(found).toEqual({ Item: { pk: { S: "1" } } });
      await next.stop();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

function isRunning(pid: number): boolean {
  try {
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)])
      .toString()
      .startsWith("Z");
  } catch {
    return false;
  }
}
