import { expect, test } from "vitest";
import { settingsOf } from "../../local/mappings/streamSettings.ts";

const plain = {
  FunctionName: "publish",
  EventSourceArn: "arn:aws:dynamodb:us-east-1:000000000000:table/truth/stream/1",
  StartingPosition: "TRIM_HORIZON",
};
const onFailure = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });

test("what is not said is as AWS has it: retried for ever, whole batches, no window", () => {
  expect(settingsOf(plain)).toMatchObject({
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    ParallelizationFactor: 1,
    BisectBatchOnFunctionError: false,
    MaximumRetryAttempts: -1,
    FunctionResponseTypes: [],
  });
});

test.each<[string, object]>([
  ["metadata only", onFailure("arn:aws:sqs:us-east-1:000000000000:dead")],
  ["TumblingWindowInSeconds", { TumblingWindowInSeconds: 30 }],
  ["StartingPosition", { StartingPosition: "LATEST" }],
  ["Enabled", { Enabled: false }],
])("refuses a mapping it cannot run: %s", (message, properties) => {
  expect(() => settingsOf({ ...plain, ...properties })).toThrow(message);
});
