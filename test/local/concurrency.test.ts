import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LambdaRig } from "./lambdaRig.ts";

let rig: LambdaRig;

beforeEach(() => {
  rig = new LambdaRig();
});

afterEach(async () => await rig.close());

describe("concurrency", () => {
  const COUNTING = `let served = 0;
    export const handler = async (event) => {
      served += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { id: event.id, served, stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME };
    };`;

  it("runs one invocation per environment and uses warm ones again", async () => {
    rig.define(COUNTING);
    const together = await Promise.all([rig.payloadOf({ id: 1 }), rig.payloadOf({ id: 2 })]);
    expect(together).toMatchObject([{ served: 1 }, { served: 1 }]);
    expect(await rig.payloadOf({ id: 3 })).toMatchObject({ served: 2 });
  });

  it("lets no more than the reserved number run; the others wait in order", async () => {
    rig.define(COUNTING, { reserved: 1 });
    const finished: unknown[] = [];
    const all = [1, 2, 3].map(async (id) => finished.push(await rig.payloadOf({ id })));
    expect(rig.lambdas.pending()).toStrictEqual(["api: 1 running, 2 waiting"]);
    expect(rig.lambdas.running()).toBe(1);
    await Promise.all(all);
    expect(finished).toMatchObject([
      { id: 1, served: 1 },
      { id: 2, served: 2 },
      { id: 3, served: 3 },
    ]);
    expect(rig.lambdas.pending()).toStrictEqual([]);
    expect(rig.measured("Throttles", "Sum")).toBe(2);
  });

  it("refuses a function whose reserved concurrency is zero", async () => {
    rig.define(COUNTING, { reserved: 0 });
    expect(await rig.lambdas.invoke("api", {})).toMatchObject({
      errorType: "TooManyRequestsException",
    });
  });

  it("starts cold after recycle, and lets running invocations finish", async () => {
    rig.define(COUNTING, { reserved: 1 });
    await rig.payloadOf({ id: 1 });
    const running = rig.payloadOf({ id: 2 });
    await rig.lambdas.recycle();
    expect(await running).toMatchObject({ id: 2, served: 2 });
    expect(await rig.payloadOf({ id: 3 })).toMatchObject({ served: 1 });
  });

  it("fails what is killed in mid-flight and serves the next call", async () => {
    rig.define("export const handler = async (event) => event.hang ? new Promise(() => {}) : 1;");
    const hanging = rig.lambdas.invoke("api", { hang: true });
    await rig.lambdas.kill("api");
    expect(await hanging).toMatchObject({
      ok: false,
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringContaining("signal: killed"),
    });
    expect(await rig.payloadOf({})).toBe(1);
  });

  it("fails what runs, waits or comes after stop", async () => {
    rig.define("export const handler = async () => new Promise(() => {});", { reserved: 1 });
    const both = [rig.lambdas.invoke("api", {}), rig.lambdas.invoke("api", {})];
    await rig.lambdas.stop();
    expect(await Promise.all([...both, rig.lambdas.invoke("api", {})])).toMatchObject([
      { errorType: "Runtime.ExitError" },
      { errorType: "ServiceException" },
      { errorType: "ServiceException" },
    ]);
    expect(rig.lambdas.running()).toBe(0);
  });
});
