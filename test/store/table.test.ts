import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Write } from "../../shared/ports.ts";
import { TableDirectory } from "../../shared/store/directory.ts";
import { WorkspaceStore } from "../../shared/store/store.ts";
import { Table } from "../../shared/store/table.ts";
import { apiKeyWith, contactWith, moment, WORKSPACE } from "../domain/things.ts";
import { clientAt } from "./rig.ts";

/**
 * What the store makes of answers that the real engine gives only when it is under stress. They are
 * told over HTTP as DynamoDB tells them.
 */
type Answer = { status: number; body: object } | "hang up";
let answers: Answer[] = [];
let asked: { operation: string; body: Record<string, unknown> }[] = [];

const dynamo = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
  asked.push({ operation, body: JSON.parse(Buffer.concat(chunks).toString()) });
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  if (answer === undefined || answer === "hang up") {
    response.destroy();
    return;
  }
  response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify(answer.body));
});

let table: Table;
let store: WorkspaceStore;
beforeAll(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  dynamo.listen(0, "127.0.0.1", resolve);
  await promise;
  const client = clientAt(`http://127.0.0.1:${(dynamo.address() as AddressInfo).port}`);
  table = new Table(client, "truth");
  const derived = new Table(client, "derived");
  const clock = { now: () => 0 };
  store = new WorkspaceStore({ truth: table, derived, shards: 1, clock }, WORKSPACE, null);
});
afterAll(() => {
  table.client.destroy();
  dynamo.closeAllConnections();
  dynamo.close();
});

const says = (...given: Answer[]) => {
  answers = given;
  asked = [];
};
const error = (code: string, more: object = {}, status = 400): Answer => ({
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: code, ...more },
});
const cancelled = (...codes: string[]): Answer =>
  error("TransactionCanceledException", { CancellationReasons: codes.map((Code) => ({ Code })) });

const insert: Write = { noun: "contact", before: null, after: contactWith({ identities: [] }) };

describe("a commit that DynamoDB refused", () => {
  test.each([
    ["another transaction is at work on a row", cancelled("TransactionConflict")],
    ["a write is at work on a row", error("TransactionConflictException")],
    ["no reason is given", cancelled("None")],
  ])("because %s is busy", async (_, answer) => {
    says(answer);
    expect(await store.commit([insert])).toEqual({ ok: false, conflicts: [{ reason: "busy" }] });
  });

  test.each([
    ["it is throttled", cancelled("None", "ThrottlingError")],
    ["it has no capacity", cancelled("ProvisionedThroughputExceeded")],
    ["the table is throttled", error("ProvisionedThroughputExceededException")],
    ["the account is throttled", error("ThrottlingException")],
    ["the first copy of it is still at work", error("TransactionInProgressException")],
    ["it failed", error("InternalServerError", {}, 500)],
    ["it is away", error("ServiceUnavailable", {}, 503)],
    ["it hung up", "hang up" as const],
  ])("because %s is unavailable", async (_, answer) => {
    says(answer);
    await expect(store.commit([insert])).rejects.toMatchObject({ code: "unavailable" });
  });

  test.each([
    ["a row is not valid", cancelled("ValidationError")],
    ["a row is too large", cancelled("ItemCollectionSizeLimitExceeded")],
    ["it may not", error("AccessDeniedException")],
    ["there is no table", error("ResourceNotFoundException")],
  ])("because %s is our own mistake", async (_, answer) => {
    says(answer);
    const refusal = await store.commit([insert]).catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(Error);
    expect(refusal).not.toHaveProperty("violations");
  });
});

test("a commit carries a token, so that a repeat of the call is answered the same", async () => {
  says({ status: 200, body: {} });
  await store.commit([insert]);
  await store.commit([insert]);
  const tokens = asked.map(({ body }) => body.ClientRequestToken);
  expect(asked.map(({ operation }) => operation)).toEqual(Array(2).fill("TransactWriteItems"));
  expect(new Set(tokens).size).toBe(2);
  expect(tokens.every((token) => typeof token === "string" && token.length >= 32)).toBe(true);
});

describe("a read", () => {
  test.each(["ThrottlingException", "InternalServerError"])(
    "that meets %s is unavailable, with the cause",
    async (code) => {
      says(error(code));
      const refusal = await store.message("msg_1").catch((thrown: unknown) => thrown);
      expect(refusal).toMatchObject({ code: "unavailable", cause: { name: code } });
    },
  );

  test("of many keys asks again for those that were left, and not for ever", async () => {
    const key = (id: string) => ({
      pk: { S: `w#${WORKSPACE}#contact#${id}` },
      sk: { S: "contact" },
    });
    const left = (ids: string[]) => ({ truth: { Keys: ids.map(key) } });
    const nothing = { Responses: { truth: [] } };
    says(
      { status: 200, body: { ...nothing, UnprocessedKeys: left(["ctc_2"]) } },
      { status: 200, body: { ...nothing, UnprocessedKeys: {} } },
    );
    expect((await store.contactsOf(["ctc_1", "ctc_2"])).size).toBe(0);
    expect(asked).toHaveLength(2);
    says({ status: 200, body: { ...nothing, UnprocessedKeys: left(["ctc_2"]) } });
    await expect(store.contactsOf(["ctc_1", "ctc_2"])).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(asked).toHaveLength(5);
  });

  test("of more than a hundred keys is several", async () => {
    says({ status: 200, body: { Responses: { truth: [] }, UnprocessedKeys: {} } });
    await store.contactsOf(Array.from({ length: 201 }, (_, place) => `ctc_${place}`));
    const counts = asked.map(({ body }) => {
      const { truth } = body.RequestItems as { truth: { Keys: unknown[] } };
      return truth.Keys.length;
    });
    expect(counts).toEqual([100, 100, 1]);
  });

  test("of a row that is not ours to read throws", async () => {
    says({ status: 200, body: { Item: { pk: { S: "x" }, sk: { S: "y" }, name: { N: "1" } } } });
    const refusal = await store.contact("ctc_1").catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({ name: expect.stringContaining("ZodError") });
  });
});

test("a use that cannot be noted is unavailable, one that was noted is not", async () => {
  const directory = new TableDirectory(table);
  says(error("ConditionalCheckFailedException"));
  await directory.noteUse(apiKeyWith(), moment(0));
  says(error("ThrottlingException"));
  await expect(directory.noteUse(apiKeyWith(), moment(0))).rejects.toMatchObject({
    code: "unavailable",
  });
});
