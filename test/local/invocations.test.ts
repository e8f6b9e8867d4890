import { InvokeCommand, type InvokeCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Invocations } from "../../local/run/invocations.ts";
import { serveDoor } from "./doorServer.ts";
import { LambdaRig } from "./lambdaRig.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:api";

let rig: LambdaRig;
let server: Awaited<ReturnType<typeof serveDoor>>;
let client: LambdaClient;

beforeEach(async () => {
  rig = new LambdaRig();
  rig.define(`export const handler = async ({ n }) => {
    if (n === 0) throw new RangeError("n must not be 0");
    return { twice: 2 * n };
  };`);
  server = await serveDoor(new Invocations(rig.lambdas));
  client = new LambdaClient(server.client);
});

afterEach(async () => {
  client.destroy();
  await server.close();
  await rig.close();
});

async function invoke(event: unknown, more: Partial<InvokeCommandInput> = {}) {
  const Payload = JSON.stringify(event);
  const answer = await client.send(new InvokeCommand({ FunctionName: "api", Payload, ...more }));
  return { ...answer, payload: JSON.parse(answer.Payload?.transformToString() ?? "") };
}

test("runs the function and waits for its answer, by name or ARN", async () => {
  for (const FunctionName of ["api", ARN]) {
    const { payload, ...answer } = await invoke({ n: 21 }, { FunctionName });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect([answer.FunctionError, payload]).toEqual([undefined, { twice: 42 }]);
  }
  const need = { action: "lambda:InvokeFunction", resource: ARN };
  expect(server.asked).toEqual([need, need]);
});

test("says apart what the function threw", async () => {
  expect(await invoke({ n: 0 })).toMatchObject({
    StatusCode: 200,
    FunctionError: "Unhandled",
    payload: { errorType: "RangeError", errorMessage: "n must not be 0" },
  });
});

test.each<[string, number, Partial<InvokeCommandInput>]>([
  ["ResourceNotFoundException", 404, { FunctionName: "gone" }],
  ["InvalidRequestContentException", 400, { Payload: "{" }],
  ["NotImplemented", 501, { InvocationType: "Event" }],
])("refuses with %s", async (name, httpStatusCode, more) => {
  await expect(invoke({}, more)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
});
