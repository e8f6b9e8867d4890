import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, HttpRig } from "./httpRig.ts";

let rig: HttpRig;

beforeEach(async () => {
  rig = new HttpRig(["GET /v1", "HEAD /v1"]);
  await rig.listen();
});

afterEach(async () => await rig.close());

async function returning(result: unknown): Promise<Answer> {
  return await rig.call("GET", "/v1", { headers: { "x-returns": JSON.stringify(result) } });
}

describe("a response", () => {
  it("has the status, headers, cookies and body the function returned", async () => {
    const answer = await returning({
      statusCode: 201,
      headers: { "Content-Type": "text/html", "X-Count": 3, Connection: "close" },
      cookies: ["a=1", "b=2; HttpOnly"],
      body: "<p>é</p>",
    });
    expect(answer).toMatchObject({ status: 201, text: "<p>é</p>" });
    expect(answer.headers).toMatchObject({
      "content-type": "text/html",
      "content-length": "9",
      "x-count": "3",
      connection: "keep-alive",
      "set-cookie": ["a=1", "b=2; HttpOnly"],
      "apigw-requestid": expect.stringMatching(/=$/),
    });
  });

  it("is decoded from base64", async () => {
    const body = Buffer.from("bytes").toString("base64");
    const answer = await returning({ statusCode: 200, body, isBase64Encoded: true });
    expect(answer.text).toBe("bytes");
    expect(answer.headers["content-type"]).toBe("text/plain;charset=UTF-8");
  });

  it("has no body with 204, nor to HEAD", async () => {
    const { headers, text } = await returning({ statusCode: 204, body: "ignored" });
    expect(text).toBe("");
    expect(headers["content-type"]).toBeUndefined();
    const returns = JSON.stringify({ statusCode: 200, body: "hidden" });
    const head = await rig.call("HEAD", "/v1", { headers: { "x-returns": returns } });
    expect(head.text).toBe("");
    expect(head.headers["content-length"]).toBe("6");
  });

  it.each([
    [{ hello: 1 }, '{"hello":1}'],
    [[1, 2], "[1,2]"],
    ["hello", "hello"],
    [null, "null"],
  ])("without a status code is 200 and JSON: %j", async (result, text) => {
    const answer = await returning(result);
    expect(answer).toMatchObject({ status: 200, text });
    expect(answer.headers["content-type"]).toBe("application/json");
  });

  it.each([
    { statusCode: "200" },
    { statusCode: 99 },
    { statusCode: 200, body: { not: "text" } },
    { statusCode: 200, headers: { several: ["a", "b"] } },
    { statusCode: 200, headers: { "not a name": "x" } },
    { statusCode: 200, headers: { split: "a\r\nb: c" } },
    { statusCode: 200, cookies: "a=1" },
  ])("of an invalid shape is 500: %j", async (result) => {
    const answer = await returning(result);
    expect(answer).toMatchObject({ status: 500, text: '{"message":"Internal Server Error"}' });
  });

  it("of a function that fails is 500, and counts as one", async () => {
    const answer = await rig.call("GET", "/v1", { headers: { "x-do": "throw" } });
    expect(answer).toMatchObject({ status: 500, text: '{"message":"Internal Server Error"}' });
    const failures = { namespace: "AWS/ApiGateway", name: "5xx", dimensions: { ApiId: "api1" } };
    expect(rig.metrics.points(failures, 60_000, 0)).toMatchObject([{ count: 1, sum: 1 }]);
    expect(rig.log).toMatchObject([
      { status: 500, routeKey: "GET /v1", path: "/v1", error: "Error: no", at: rig.now },
    ]);
    expect(rig.log[0]?.requestId).toBe(answer.headers["apigw-requestid"]);
  });
});
