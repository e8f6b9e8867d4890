import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FunctionSpec } from "../../local/run/lambda.ts";
import { LambdaRig } from "./lambdaRig.ts";

const HOUR_MS = 3_600_000;

let rig: LambdaRig;

beforeEach(() => {
  rig = new LambdaRig();
});

afterEach(async () => await rig.close());

describe("an invocation", () => {
  it("hands over the event and takes the result through JSON", async () => {
    rig.define(
      "export const handler = async (event) => ({ event, at: new Date(0), no: undefined });",
    );
    const payload = await rig.payloadOf({ a: [1], none: undefined, when: new Date(0) });
    const epoch = "1970-01-01T00:00:00.000Z";
    expect(payload).toStrictEqual({ event: { a: [1], when: epoch }, at: epoch });
  });

  it("answers null for a handler that returns nothing", async () => {
    rig.define("export const handler = async () => {};");
    expect(await rig.payloadOf({})).toBeNull();
  });

  it("gives the handler AWS's context", async () => {
    rig.define(`export const handler = async (event, context) =>
      ({ ...context, remaining: context.getRemainingTimeInMillis() });`);
    const payload = await rig.payloadOf({});
    expect(payload).toMatchObject({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: "api",
      functionVersion: "$LATEST",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:api",
      memoryLimitInMB: "128",
      logGroupName: "/aws/lambda/api",
    });
    expect(payload).toHaveProperty(
      "remaining",
      expect.toSatisfy((ms) => ms > 5_000 && ms <= 10_000),
    );
  });

  it("shows the function its own environment and nothing of the laptop's", async () => {
    rig.define("export const handler = async () => Object.keys(process.env).sort();", {
      environment: { STAGE: "local" },
    });
    expect(await rig.payloadOf({})).toStrictEqual([
      "AWS_LAMBDA_LOG_GROUP_NAME",
      "AWS_LAMBDA_LOG_STREAM_NAME",
      "STAGE",
    ]);
  });

  it("is refused for a function that is not there, and for an event above 6 MB", async () => {
    rig.define("export const handler = async () => 1;");
    expect(await rig.lambdas.invoke("other", {})).toMatchObject({
      errorType: "ResourceNotFoundException",
    });
    expect(await rig.lambdas.invoke("api", "x".repeat(6_291_455))).toMatchObject({
      errorType: "RequestEntityTooLargeException",
    });
    expect(await rig.payloadOf("x".repeat(6_291_454))).toBe(1);
  });
});

describe("the clock of a function", () => {
  it("is moved while the function is warm, and stays Date in every other respect", async () => {
    rig.define(`export const handler = async () => {
      class Stamp extends Date {}
      return {
        now: Date.now(), created: new Date().getTime(), text: Date.parse(Date()),
        subclass: new Stamp().getTime(), isStamp: new Stamp() instanceof Stamp,
        isDate: new Date() instanceof Date && new Date().constructor === Date,
        fixed: new Date(2020, 0, 1).getFullYear(), utc: Date.UTC(1970, 0, 2), name: Date.name,
        invalid: new Date(undefined).getTime(), length: Date.length,
      };
    };`);
    await rig.payloadOf({});
    rig.offset[0] = HOUR_MS;
    const payload = await rig.payloadOf({});
    const moved = expect.toSatisfy((at) => Math.abs(at - Date.now() - HOUR_MS) < 5_000);
    expect(payload).toStrictEqual({
      now: moved,
      created: moved,
      text: moved,
      subclass: moved,
      isStamp: true,
      isDate: true,
      fixed: 2020,
      utc: 86_400_000,
      name: "Date",
      invalid: null,
      length: 7,
    });
  });
});

describe("a failing function", () => {
  const table: [title: string, source: string, errorType: string, message: string | RegExp][] = [
    ["throws", "() => { throw new RangeError('far'); }", "RangeError", "far"],
    ["throws no error", "() => { throw 'text'; }", "string", "text"],
    ["returns a BigInt", "() => 1n", "Error", "Unable to stringify response body"],
    [
      "answers more than 6 MB",
      "() => 'x'.repeat(6291555)",
      "Function.ResponseSizeTooLarge",
      /size \(6291556 bytes\)\.$/,
    ],
    ["exits", "() => process.exit(3)", "Runtime.ExitError", /exited with error: exit status 3$/],
    ["exits well", "() => process.exit(0)", "Runtime.ExitError", /without providing a reason$/],
    [
      "leaves a rejection",
      "() => { Promise.reject(new Error('lost')); return new Promise(() => {}); }",
      "Runtime.UnhandledPromiseRejection",
      "Error: lost",
    ],
    [
      "throws outside of the handler",
      "() => new Promise(() => setTimeout(() => { throw new TypeError('late'); }))",
      "TypeError",
      /late$/,
    ],
  ];

  it.each(table)("that %s fails that invocation only", async (_, source, errorType, message) => {
    rig.define(`const fail = ${source};
      export const handler = async (event) => event.good ? "good" : await fail();`);
    const outcome = await rig.lambdas.invoke("api", {});
    const errorMessage = message instanceof RegExp ? expect.stringMatching(message) : message;
    expect(outcome).toStrictEqual({ ok: false, errorType, errorMessage });
    expect(await rig.payloadOf({ good: true })).toBe("good");
  });

  it("is stopped when its time is over, even in a busy loop", async () => {
    rig.define("export const handler = async (event) => { while (event.loop); return 1; };", {
      timeoutMs: 100,
    });
    const outcome = await rig.lambdas.invoke("api", { loop: true });
    expect(outcome).toMatchObject({ ok: false, errorType: "Sandbox.Timedout" });
    expect(outcome).toHaveProperty(
      "errorMessage",
      expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 0\.10 seconds$/),
    );
    expect(rig.logs.tail("api").at(-1)?.line).toContain("Task timed out after 0.10 seconds");
    expect(await rig.payloadOf({})).toBe(1);
  });

  it("is stopped when it takes more memory than it has", async () => {
    rig.define("const kept = []; export const handler = async () => { for (;;) kept.push({}); };", {
      memoryMb: 16,
    });
    expect(await rig.lambdas.invoke("api", {})).toMatchObject({ errorType: "Runtime.OutOfMemory" });
  });

  const unloadable: [string, string, Partial<FunctionSpec>, string][] = [
    ["throws", "throw new SyntaxError('broken');", {}, "SyntaxError"],
    ["imports what is not bundled", "import 'not-there';", {}, "Runtime.ImportModuleError"],
    ["has another file", "", { handler: "main.handler" }, "Runtime.ImportModuleError"],
    ["exports another name", "export const main = 1;", {}, "Runtime.HandlerNotFound"],
    ["has no name to export", "", { handler: "index" }, "Runtime.MalformedHandlerName"],
    [
      "takes a callback",
      "export const handler = (event, context, callback) => callback();",
      {},
      "Runtime.CallbackHandlerDeprecated",
    ],
  ];

  it.each(unloadable)("reports a bundle that %s", async (_, source, more, errorType) => {
    rig.define(source, more);
    expect(await rig.lambdas.invoke("api", {})).toMatchObject({ ok: false, errorType });
    expect(rig.logs.tail("api")[0]?.line).toContain("Init Error");
  });

  it("counts in AWS/Lambda's metrics", async () => {
    rig.define(
      "export const handler = async (event) => { if (event.bad) throw new Error('bad'); };",
    );
    await rig.lambdas.invoke("api", { bad: true });
    await rig.lambdas.invoke("api", {});
    expect(rig.measured("Invocations", "Sum")).toBe(2);
    expect(rig.measured("Errors", "Sum")).toBe(1);
    expect(rig.measured("Duration", "SampleCount")).toBe(2);
  });
});
