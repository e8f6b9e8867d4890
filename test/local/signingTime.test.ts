import { afterEach, beforeEach, expect, test } from "vitest";
import { Gateway, trustAccessKey } from "../../local/aws/gateway.ts";
import type { AwsRequest } from "../../local/parts.ts";
import { LambdaRig } from "./lambdaRig.ts";

const DAY_MS = 86_400_000;

let rig: LambdaRig;
let gateway: Gateway;
let seen: AwsRequest[];

beforeEach(() => {
  rig = new LambdaRig();
  seen = [];
  gateway = new Gateway({
    clock: { now: () => Date.now() + rig.offset[0]! },
    doors: {
      sqs: {
        needs: () => [],
        serve: (request) => {
          seen.push(request);
          return { status: 200, body: "{}" };
        },
        fail: ({ status }) => ({ status, body: "{}" }),
      },
    },
    authorize: () => undefined,
    authenticate: trustAccessKey(() => ({ principal: { name: "fn", arn: "fn" }, secret: "s" })),
  });
});

afterEach(async () => {
  await rig.close();
  await gateway.close();
});

/** `20261122T193000Z` in milliseconds. */
function signedAt({ headers }: AwsRequest): number {
  const [year, rest] = [headers["x-amz-date"]!.slice(0, 4), headers["x-amz-date"]!.slice(4)];
  const iso = rest.replace(/^(..)(..)T(..)(..)(..)Z$/, "-$1-$2T$3:$4:$5Z");
  return Date.parse(year + iso);
}

/** The SDK corrects its clock by the `Date` of each answer, so one call alone proves nothing. */
test("a function signs by the moved clock, however often it has called", async () => {
  const endpoint = await gateway.listen(0);
  rig.define(`
    import { GetQueueUrlCommand, SQSClient } from "${import.meta.resolve("@aws-sdk/client-sqs")}";
    const credentials = { accessKeyId: "a", secretAccessKey: "s" };
    const client = new SQSClient({ endpoint: "${endpoint}", region: "us-east-1", credentials });
    export const handler = () => client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
  `);
  for (const movedMs of [0, 0, DAY_MS, DAY_MS, DAY_MS, 40 * DAY_MS, 40 * DAY_MS]) {
    rig.offset[0] = movedMs;
    await rig.payloadOf({});
    const offMs = Math.abs(signedAt(seen.at(-1)!) - (Date.now() + movedMs));
    expect(offMs).toBeLessThan(10_000);
  }
  expect(seen).toHaveLength(7);
});
