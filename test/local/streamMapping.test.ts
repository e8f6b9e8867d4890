import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../local/dynamo/engine.ts";
import type { StreamRecord } from "../../local/dynamo/stream.ts";
import { StreamMapping } from "../../local/mappings/stream.ts";
import { AwsError, type Need, type Outcome, type State } from "../../local/parts.ts";
import {
  clock,
  type Laptop,
  laptop,
  memoryState,
  pkOf,
  settled,
  skOf,
  until,
} from "./dynamoLaptop.ts";

type Handler = (records: StreamRecord[]) => unknown;
type Parked = { bucket: string; key: string; body: Buffer };

const BUCKET = "arn:aws:s3:::archive";
const done: Outcome = { ok: true, payload: null };

let engine: Engine;
let cloud: Laptop;
let tables = 0;
const running: StreamMapping[] = [];

beforeAll(async () => {
  engine = await Engine.start({ directory: null });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((mapping) => mapping.stop()));
  cloud.close();
});

afterAll(async () => {
  await engine.stop();
});

/** A table of its own for each test. */
async function freshTable(): Promise<void> {
  tables += 1;
  cloud = await laptop(engine, `stream-${tables}`);
}

interface Options {
  readonly name?: string;
  readonly state?: State;
  readonly seed?: number;
  readonly allow?: (needs: readonly Need[]) => boolean;
  readonly parked?: Parked[];
  readonly properties?: Record<string, unknown>;
}

/** A mapping on the test's table; `handler` is the function. */
function mappingOf(handler: Handler, options: Options = {}): StreamMapping {
  const { name = "publish", allow = () => true, parked = [], state = memoryState() } = options;
  return new StreamMapping({
    stream: cloud.stream,
    functionName: name,
    functions: {
      invoke: async (_name, event) => {
        // What a handler sees has gone through JSON.
        const { Records } = JSON.parse(JSON.stringify(event));
        try {
          return { ok: true, payload: (await handler(Records)) ?? null };
        } catch (error) {
          return { ok: false, errorType: "Error", errorMessage: String(error) };
        }
      },
    },
    principal: { name: "PublishRole", arn: "arn:aws:sts::000000000000:assumed-role/PublishRole" },
    authorize: (_principal, needs) => {
      if (!allow(needs)) {
        throw new AwsError("AccessDeniedException", `not authorized: ${needs[0]?.action}`);
      }
    },
    clock,
    state,
    seed: options.seed ?? 1,
    parkTo: (bucket, key, body) => parked.push({ bucket, key, body }),
    properties: {
      FunctionName: name,
      EventSourceArn: cloud.stream.arn,
      StartingPosition: "TRIM_HORIZON",
      ...options.properties,
    },
  });
}

function run(handler: Handler, options: Options = {}): StreamMapping {
  const mapping = mappingOf(handler, options);
  mapping.start();
  running.push(mapping);
  return mapping;
}

const put = (pk: string, sk: string, more = {}) =>
  cloud.client.send(
    new PutItemCommand({
      TableName: cloud.table.name,
      Item: { pk: { S: pk }, sk: { S: sk }, ...more },
    }),
  );

/** Rows of several partitions, in order inside each. */
async function putRows(partitions: readonly string[], rows: number): Promise<void> {
  for (let at = 0; at < rows; at += 1) {
    for (const pk of partitions) {
      await put(pk, String(at).padStart(3, "0"));
    }
  }
}

const PARTITIONS = ["a", "b", "c", "d", "e", "f", "g", "h"];
/** A seed of which the first hundred numbers bring no repeat. */
const QUIET = 96;

describe("delivery", () => {
  test("two consumers get everything, partitions in order; a third is refused", async () => {
    await freshTable();
    const seen: Record<string, StreamRecord[]> = { publish: [], project: [] };
    const mappings = Object.entries(seen).map(([name, records]) =>
      run((batch) => void records.push(...batch), { name, properties: { BatchSize: 2 } }),
    );
    await putRows(PARTITIONS, 3);
    await Promise.all(mappings.map(settled));
    for (const records of Object.values(seen)) {
      for (const pk of PARTITIONS) {
        const order = [...new Set(records.filter((record) => pkOf(record) === pk).map(skOf))];
        expect(order).toEqual(["000", "001", "002"]);
      }
    }
    expect(() => mappingOf(() => done, { name: "third" })).toThrow("a shard allows no more");
  });

  test("is pending from the write on until the function is through", async () => {
    await freshTable();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const mapping = run(() => gate);
    await settled(mapping);
    await put("a", "1");
    expect(mapping.pending()).toHaveLength(1);
    await until(() => mapping.pending()[0]?.endsWith("1 records") ?? false);
    open();
    await settled(mapping);
  });

  test("has batches of the size asked for, or what came in the window", async () => {
    await freshTable();
    const sizes: number[] = [];
    await putRows(["a"], 7);
    const properties = { BatchSize: 3, MaximumBatchingWindowInSeconds: 1 };
    await settled(run((batch) => void sizes.push(batch.length), { properties, seed: QUIET }));
    expect(sizes).toEqual([3, 3, 1]);
  });

  test("now and then a batch comes again, whole", async () => {
    await freshTable();
    const batches: string[] = [];
    await putRows(PARTITIONS, 8);
    const properties = { BatchSize: 1 };
    await settled(
      run((batch) => void batches.push(batch.map((r) => r.eventID).join()), { properties }),
    );
    expect(new Set(batches).size).toBe(64);
    expect(batches.length).toBeGreaterThan(64);
    expect(batches.length).toBeLessThan(80);
  });

  test("only what a filter lets through arrives", async () => {
    await freshTable();
    const seen: string[] = [];
    const Filters = [
      { eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["message"] } } } },
      {
        dynamodb: {
          NewImage: { kind: { S: [{ prefix: "con" }] }, old: { BOOL: [{ exists: false }] } },
        },
      },
      { dynamodb: { Keys: { sk: { S: [{ "anything-but": ["1", "2", "3", "4", "5"] }] } } } },
    ].map((pattern) => ({ Pattern: JSON.stringify(pattern) }));
    await put("a", "1", { kind: { S: "message" } });
    await put("a", "1", { kind: { S: "message" }, edited: { BOOL: true } });
    await put("a", "2", { kind: { S: "contact" } });
    await put("a", "3", { kind: { S: "contact" }, old: { BOOL: true } });
    await put("a", "4", { kind: { S: "note" } });
    await put("a", "6");
    const properties = { FilterCriteria: { Filters } };
    await settled(run((batch) => void seen.push(...batch.map(skOf)), { properties, seed: QUIET }));
    expect(seen).toEqual(["1", "2", "6"]);
  });
});

describe("failure", () => {
  const OnFailure = { Destination: BUCKET };

  test("a poison record is isolated, parked whole, and delays no other shard", async () => {
    await freshTable();
    const parked: Parked[] = [];
    const handled = new Set<string>();
    await put("a", "000", { poison: { BOOL: true } });
    await putRows(["a", ...PARTITIONS.slice(1)], 3);
    await put("a", "003");
    const poison = (record: StreamRecord) => record.dynamodb.NewImage?.poison !== undefined;
    const mapping = run(
      (batch) => {
        if (batch.some(poison)) {
          throw new Error("poison");
        }
        for (const record of batch) {
          handled.add(`${pkOf(record)}${skOf(record)}`);
        }
      },
      {
        parked,
        properties: {
          BisectBatchOnFunctionError: true,
          MaximumRetryAttempts: 2,
          DestinationConfig: { OnFailure },
        },
      },
    );
    await settled(mapping);
    expect(handled.size).toBe(8 * 3 + 1);
    expect(parked).toHaveLength(1);
    const [{ bucket, key, body }] = parked as [Parked];
    expect(bucket).toBe(BUCKET);
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    expect(key).toMatch(
      new RegExp(
        `^aws/lambda/[0-9a-f-]{36}/shardId-\\d{20}-[0-9a-f]{8}/${day.replaceAll("-", "/")}/` +
          `${day}T\\d\\d\\.\\d\\d\\.\\d\\d-[0-9a-f-]{36}$`,
      ),
    );
    const record = JSON.parse(body.toString());
    expect(record).toMatchObject({
      requestContext: {
        requestId: expect.any(String),
        functionArn: "arn:aws:lambda:us-east-1:000000000000:function:publish",
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, functionError: "Unhandled" },
      version: "1.0",
      DDBStreamBatchInfo: { batchSize: 1, streamArn: cloud.stream.arn },
    });
    const event = JSON.parse(record.payload);
    expect(event.Records[0].dynamodb.NewImage.poison).toEqual({ BOOL: true });
    expect(record.DDBStreamBatchInfo.startSequenceNumber).toBe(
      event.Records[0].dynamodb.SequenceNumber,
    );
  });

  test("a reported record restarts its shard's batch there, lowest first", async () => {
    await freshTable();
    const batches: string[][] = [];
    let failures = 1;
    await putRows(["a"], 5);
    const mapping = run(
      (batch) => {
        batches.push(batch.map(skOf));
        const failed = failures-- > 0 ? [batch[3], batch[2]] : [];
        return {
          batchItemFailures: failed.map((r) => ({ itemIdentifier: r?.dynamodb.SequenceNumber })),
        };
      },
      { seed: QUIET, properties: { FunctionResponseTypes: ["ReportBatchItemFailures"] } },
    );
    await settled(mapping);
    expect(batches).toEqual([
      ["000", "001", "002", "003", "004"],
      ["002", "003", "004"],
    ]);
  });

  test.each([
    ["an empty identifier", [{ itemIdentifier: "" }]],
    ["one that is not of the batch", [{ itemIdentifier: "7" }]],
    ["one under another name", [{ sequenceNumber: "7" }]],
  ])(
    "a report with %s fails the whole batch; given up, it is discarded",
    async (_name, failures) => {
      await freshTable();
      let invocations = 0;
      await putRows(["a"], 2);
      const mapping = run(
        () => {
          invocations += 1;
          return { batchItemFailures: failures };
        },
        {
          properties: {
            FunctionResponseTypes: ["ReportBatchItemFailures"],
            MaximumRetryAttempts: 1,
          },
        },
      );
      await settled(mapping);
      expect(invocations).toBe(2);
    },
  );

  test("without permission nothing is read or parked, and nothing is lost", {
    timeout: 15_000,
  }, async () => {
    await freshTable();
    const asked: string[] = [];
    let allowed = "";
    const parked: Parked[] = [];
    await put("a", "1");
    const mapping = run(
      () => {
        throw new Error("poison");
      },
      {
        parked,
        allow: (needs) => {
          asked.push(...needs.map((need) => `${need.action} ${need.resource}`));
          return needs.every((need) => need.action.startsWith(allowed)) && allowed !== "";
        },
        properties: { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure } },
      },
    );
    await until(() => asked.length >= 2);
    expect(asked.slice(0, 2)).toEqual([
      `dynamodb:DescribeStream ${cloud.stream.arn}`,
      `dynamodb:ListStreams ${cloud.stream.arn}`,
    ]);
    expect(mapping.pending()[0]).toMatch("not authorized: dynamodb:DescribeStream");
    allowed = "dynamodb:";
    await until(() => asked.some((each) => each.startsWith("s3:")));
    expect(asked).toContain(`dynamodb:GetShardIterator ${cloud.stream.arn}`);
    expect(asked).toContain(`dynamodb:GetRecords ${cloud.stream.arn}`);
    expect(parked).toEqual([]);
    allowed = "s3:";
    await until(() => parked.length === 1);
    expect(asked).toContain(`s3:PutObject ${BUCKET}/${parked[0]?.key}`);
    expect(asked).toContain(`s3:ListBucket ${BUCKET}`);
  });
});

describe("restart", () => {
  test("goes on at the checkpoints: nothing lost, nothing settled comes again", async () => {
    await freshTable();
    const state = memoryState();
    const first: string[] = [];
    const then: string[] = [];
    await putRows(PARTITIONS, 4);
    const properties = { BatchSize: 2 };
    // Partition "a" hangs at its third record, as when the process dies in the middle.
    const hanging = mappingOf(
      async (batch) => {
        if (batch.some((record) => pkOf(record) === "a" && skOf(record) >= "002")) {
          throw new Error("not now");
        }
        first.push(...batch.map((record) => pkOf(record) + skOf(record)));
      },
      { state, properties, seed: QUIET },
    );
    hanging.start();
    await until(() => first.includes("a001") && first.length >= 12);
    await hanging.stop();
    await putRows(["z"], 2);
    await settled(
      run((batch) => void then.push(...batch.map((record) => pkOf(record) + skOf(record))), {
        state,
        properties,
        seed: QUIET,
      }),
    );
    expect(new Set([...first, ...then]).size).toBe(8 * 4 + 2);
    expect(then.filter((id) => first.includes(id))).toEqual([]);
    expect(then).toContain("a002");
  });

  test("with another parallelization everything goes back to the slowest shard", async () => {
    await freshTable();
    const state = memoryState();
    const seen: string[] = [];
    const note = (batch: StreamRecord[]) => void seen.push(...batch.map(skOf));
    await putRows(["a"], 2);
    const before = run(note, { state });
    await settled(before);
    await before.stop();
    await put("b", "new");
    await settled(run(note, { state, properties: { ParallelizationFactor: 3 } }));
    expect(new Set(seen)).toEqual(new Set(["000", "001", "new"]));
  });
});
