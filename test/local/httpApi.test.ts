import { request as openRequest } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HttpApi, type HttpApiParts } from "../../local/http/api.ts";
import { AwsError } from "../../local/parts.ts";
import { HttpRig, routeTo } from "./httpRig.ts";

let rig: HttpRig;

afterEach(async () => {
  vi.useRealTimers();
  await rig.close();
});

async function listen(routeKeys: string[], more?: Partial<HttpApiParts>): Promise<void> {
  rig = new HttpRig(routeKeys, more);
  await rig.listen();
}

describe("a route", () => {
  it("that is not there is left to the caller, who can answer as AWS does", async () => {
    await listen(["GET /v1/pets"]);
    for (const [method, path] of [
      ["POST", "/v1/pets"],
      ["OPTIONS", "/v1/pets"],
      ["GET", "/v1/pets/"],
      ["GET", "/v1"],
    ] as const) {
      const answer = await rig.call(method, path);
      expect(answer).toMatchObject({ status: 404, text: '{"message":"Not Found"}' });
      expect(answer.headers["apigw-requestid"]).toBeDefined();
    }
  });

  it.each([
    ["GET /v1/pets/{id}", "GET/v1/pets/{id}"],
    ["ANY /v1/pets/{id}", "GET/v1/pets/{id}"],
    ["$default", "$default"],
  ])("%s asks for the permission on %s", async (routeKey, resource) => {
    await listen([routeKey]);
    await rig.call("GET", "/v1/pets/1");
    const arn = `arn:aws:execute-api:us-east-1:000000000000:api1/$default/${resource}`;
    expect(rig.asked).toStrictEqual([["arn:echo", arn]]);
  });

  it("without a Lambda permission is an error of ours", async () => {
    await listen(["GET /v1"], {
      authorizeInvoke: () => {
        throw new AwsError("AccessDeniedException", "no permission");
      },
    });
    const answer = await rig.call("GET", "/v1");
    expect(answer).toMatchObject({ status: 500, text: '{"message":"Internal Server Error"}' });
    expect(rig.log[0]?.error).toContain("no permission");
  });

  it("is refused at the start with a broken key, or on another stage", async () => {
    await listen([]);
    const routes = [routeTo("GET v1")];
    expect(() => new HttpApi({ ...rig.parts, routes })).toThrow('"GET v1" is not a route key');
    expect(() => new HttpApi({ ...rig.parts, stage: "prod" })).toThrow("Stage prod");
  });
});

describe("a limit", () => {
  const measure = { "x-do": "measure", "content-type": "text/plain" };

  it("of 10 MB is put on the body", async () => {
    await listen(["POST /v1"]);
    const body = Buffer.alloc(10 * 1024 * 1024 + 1, "a");
    const answer = await rig.call("POST", "/v1", { headers: measure, body });
    expect(answer).toMatchObject({ status: 413, text: '{"message":"Request Entity Too Large"}' });
  });

  it("of 6 MB is put on the event as JSON", async () => {
    await listen(["POST /v1"]);
    const fits = Buffer.alloc(6_288_000, "a");
    const answer = await rig.call("POST", "/v1", { headers: measure, body: fits });
    expect(answer).toMatchObject({ status: 200, text: "6288000" });
    // The same bytes as quotation marks take two each in JSON.
    const body = Buffer.alloc(3_200_000, '"');
    expect(await rig.call("POST", "/v1", { headers: measure, body })).toMatchObject({
      status: 413,
    });
  });

  it("of 10,240 bytes is put on the request line with the headers", async () => {
    await listen(["GET /v1"]);
    const headers = { padding: "a".repeat(10_000) };
    expect(await rig.call("GET", "/v1", { headers })).toMatchObject({ status: 200 });
    const answer = await rig.call("GET", `/v1?${"q".repeat(240)}`, { headers });
    expect(answer).toMatchObject({ status: 431 });
  });

  it("of 30 seconds is put on the function", async () => {
    await listen(["GET /v1"]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const hanging = new Promise<string>((resolve) => {
      rig.onLine = resolve;
    });
    const answer = rig.call("GET", "/v1", { headers: { "x-do": "hang" } });
    expect(await hanging).toBe("hanging");
    vi.advanceTimersByTime(30_000);
    expect(await answer).toMatchObject({ status: 503, text: '{"message":"Service Unavailable"}' });
    await rig.lambdas.kill("echo");
  });

  it("of the stage's throttle refills with time", async () => {
    await listen(["GET /v1"], { throttle: { rate: 2, burst: 2 } });
    const statuses = async () => {
      const { status, text } = await rig.call("GET", "/v1");
      return status === 429 ? text : status;
    };
    const refused = '{"message":"Too Many Requests"}';
    expect([await statuses(), await statuses(), await statuses()]).toStrictEqual([
      200,
      200,
      refused,
    ]);
    rig.now += 500;
    expect([await statuses(), await statuses()]).toStrictEqual([200, refused]);
  });

  it("of good sense is put on percent encoding", async () => {
    await listen(["GET /v1/{id}"]);
    const answer = await rig.call("GET", "/v1/%zz");
    expect(answer).toMatchObject({ status: 400, text: '{"message":"Bad Request"}' });
  });
});

it("a client that goes away while it sends leaves the function alone", async () => {
  await listen(["POST /v1"]);
  const gone = new Promise<void>((resolve) => {
    rig.server.on("request", (incoming) => incoming.on("close", resolve));
  });
  const request = openRequest({ host: "127.0.0.1", port: rig.port, method: "POST", path: "/v1" });
  request.on("error", () => undefined);
  request.setHeader("content-length", 100);
  request.write("part");
  rig.server.once("request", () => request.destroy());
  await gone;
  expect(rig.asked).toStrictEqual([]);
  expect(rig.log).toStrictEqual([]);
});
