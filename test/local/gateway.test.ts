import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { DeleteQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Call, Gateway, trustAccessKey } from "../../local/aws/gateway.ts";
import { AwsError, type AwsRequest, type Door, type Need } from "../../local/parts.ts";

const API = { name: "ApiRole", arn: "arn:aws:sts::000000000000:assumed-role/ApiRole/api" };
const JOBS = "arn:aws:sqs:us-east-1:000000000000:jobs";

/** Answers what it was asked, so that a test sees what the gateway hands on. */
function jsonDoor(prefix: string, resource: string, operations: readonly string[]): Door {
  return {
    needs: ({ operation }) => {
      if (operation === null || !operations.includes(operation)) {
        throw new AwsError("NotImplemented", `${operation} is not imitated`, 501);
      }
      return [{ action: `${prefix}:${operation}`, resource }];
    },
    serve: (request) => {
      seen.push(request);
      const { TableName: name } = JSON.parse(request.body.toString());
      if (name === "explode") throw new TypeError("a bug");
      if (name === "absent") throw new AwsError("ResourceNotFoundException", "No such table");
      return { status: 200, body: JSON.stringify({ MessageId: "1", Item: {} }) };
    },
    fail: (error) => ({
      status: error.status,
      body: JSON.stringify({ __type: error.code, message: error.message }),
    }),
  };
}

const s3: Door = {
  needs: ({ method, path }) => [
    {
      action: method === "GET" ? "s3:GetObject" : "s3:PutObject",
      resource: `arn:aws:s3:::${path}`,
    },
  ],
  serve: (request) => {
    seen.push(request);
    return { status: 200, headers: { etag: '"1"' }, body: request.method === "GET" ? "x" : "" };
  },
  fail: (error) => ({
    status: error.status,
    headers: { "content-type": "application/xml" },
    body: `<Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`,
  }),
};

let gateway: Gateway;
let url: string;
let seen: AwsRequest[];
let asked: Need[];
let finished: Call[];
/** Actions that IAM refuses. */
let refused: string[];

beforeEach(async () => {
  seen = [];
  asked = [];
  finished = [];
  refused = [];
  gateway = new Gateway({
    clock: { now: () => Date.parse("2030-01-01T12:00:00.900Z") },
    doors: {
      sqs: jsonDoor("sqs", JOBS, ["SendMessage"]),
      dynamodb: jsonDoor("dynamodb", "arn:table", ["GetItem"]),
      s3,
    },
    authorize: (_, needs) => {
      asked.push(...needs);
      const no = needs.find((need) => refused.includes(need.action));
      if (no !== undefined) throw new AwsError("AccessDeniedException", `not ${no.action}`);
    },
    authenticate: trustAccessKey((id) => (id === "FNapi" ? { principal: API, secret: "s" } : null)),
    onCall: (call) => finished.push(call),
  });
  url = await gateway.listen(0);
});

afterEach(async () => {
  await gateway.close();
  vi.restoreAllMocks();
});

function config(accessKeyId = "FNapi") {
  return {
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey: "s" },
    maxAttempts: 1,
  };
}

const send = () =>
  new SQSClient(config()).send(
    new SendMessageCommand({ QueueUrl: `${url}/000000000000/jobs`, MessageBody: "hi" }),
  );
const get = (table: string, accessKeyId?: string) =>
  new DynamoDBClient(config(accessKeyId)).send(
    new GetItemCommand({ TableName: table, Key: { id: { S: "1" } } }),
  );
const s3Client = (accessKeyId?: string) =>
  new S3Client({ ...config(accessKeyId), forcePathStyle: true });

describe("a call of the SDK", () => {
  test("reaches the door of its service with its operation, caller and body", async () => {
    await expect(get("truth")).resolves.toMatchObject({ Item: {} });
    const [request] = seen;
    expect(request).toMatchObject({ operation: "GetItem", method: "POST", principal: API });
    expect(JSON.parse(request!.body.toString())).toMatchObject({ TableName: "truth" });
    expect(asked).toEqual([{ action: "dynamodb:GetItem", resource: "arn:table" }]);
  });

  test("of a REST service has no operation, and its path is as it was sent", async () => {
    const key = { Bucket: "files", Key: "a b/ü" };
    await s3Client().send(new PutObjectCommand({ ...key, Body: "x" }));
    const { Body } = await s3Client().send(new GetObjectCommand(key));
    expect(await Body?.transformToString()).toBe("x");
    expect(seen.map((it) => [it.operation, it.path])).toEqual([
      [null, "/files/a%20b/%C3%BC"],
      [null, "/files/a%20b/%C3%BC"],
    ]);
    expect(seen[1]!.query.get("x-id")).toBe("GetObject");
  });

  test("is counted by caller, service and operation, refused or not", async () => {
    await get("truth");
    await get("truth");
    await s3Client().send(new GetObjectCommand({ Bucket: "files", Key: "a" }));
    refused = ["dynamodb:GetItem"];
    await expect(get("truth")).rejects.toThrow();
    await expect(get("truth", "WHO")).rejects.toThrow();
    const api = { principal: "ApiRole" };
    expect(gateway.calls()).toEqual([
      { ...api, service: "dynamodb", operation: "GetItem", count: 3 },
      { ...api, service: "s3", operation: "GetObject", count: 1 },
      { principal: "anonymous", service: "dynamodb", operation: "GetItem", count: 1 },
    ]);
    expect(finished).toHaveLength(5);
  });
});

describe("a refusal of IAM", () => {
  test("is 400 AccessDeniedException of JSON RPC", async () => {
    refused = ["dynamodb:GetItem"];
    await expect(get("truth")).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: "not dynamodb:GetItem",
      $metadata: { httpStatusCode: 400 },
    });
    expect(seen).toEqual([]);
  });

  test("is 403 AccessDenied of SQS", async () => {
    refused = ["sqs:SendMessage"];
    const denied = { name: "AccessDenied", $metadata: { httpStatusCode: 403 } };
    await expect(send()).rejects.toMatchObject(denied);
  });

  test("is 403 AccessDenied of S3, in XML", async () => {
    refused = ["s3:GetObject"];
    const sent = s3Client().send(new GetObjectCommand({ Bucket: "files", Key: "a" }));
    const denied = { name: "AccessDenied", $metadata: { httpStatusCode: 403 } };
    await expect(sent).rejects.toMatchObject(denied);
  });
});

describe("what the gateway does not accept", () => {
  test("a key that nobody has", async () => {
    const unknown = { name: "UnrecognizedClientException", $metadata: { httpStatusCode: 403 } };
    await expect(get("truth", "WHO")).rejects.toMatchObject(unknown);
    const sent = s3Client("WHO").send(new GetObjectCommand({ Bucket: "files", Key: "a" }));
    const invalid = { name: "InvalidAccessKeyId", $metadata: { httpStatusCode: 403 } };
    await expect(sent).rejects.toMatchObject(invalid);
  });

  test("a request without a signature", async () => {
    const response = await fetch(`${url}/files/a`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("MissingAuthenticationToken");
  });

  test("a service without a door", async () => {
    const sent = new SchedulerClient(config()).send(
      new CreateScheduleCommand({
        Name: "a",
        ScheduleExpression: "rate(1 minute)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: "a", RoleArn: "b" },
      }),
    );
    const missing = { name: "NotImplemented", $metadata: { httpStatusCode: 501 } };
    await expect(sent).rejects.toMatchObject(missing);
  });

  test("an operation that the door does not know", async () => {
    const QueueUrl = `${url}/000000000000/jobs`;
    const sent = new SQSClient(config()).send(new DeleteQueueCommand({ QueueUrl }));
    const missing = { name: "NotImplemented", $metadata: { httpStatusCode: 501 } };
    await expect(sent).rejects.toMatchObject(missing);
    expect(asked).toEqual([]);
  });

  test("a body over the bound, and it lives on", async () => {
    const body = new Uint8Array(121 * 1024 * 1024);
    const sent = await fetch(url, { method: "PUT", body }).catch((error: unknown) => error);
    // A client that still writes when the refusal comes may only see the connection end.
    if (sent instanceof Response) expect(sent.status).toBe(413);
    else expect(sent).toBeInstanceOf(Error);
    expect(seen).toEqual([]);
    await get("truth");
  });
});

test("every answer, a refusal too, is dated by the cloud's clock", async () => {
  for (const path of ["/", "/unknown"]) {
    const { headers } = await fetch(url + path);
    expect(headers.get("date")).toBe("Tue, 01 Jan 2030 12:00:00 GMT");
  }
});

describe("an error of the service", () => {
  test("goes out as the door says it", async () => {
    await expect(get("absent")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("that nobody expected is 500, with a line on stderr", async () => {
    const line = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const failure = { name: "InternalFailure", $metadata: { httpStatusCode: 500 } };
    await expect(get("explode")).rejects.toMatchObject(failure);
    expect(line).toHaveBeenCalledWith("gateway: dynamodb GetItem failed:", expect.any(TypeError));
  });
});
