import { afterEach, describe, expect, it } from "vitest";
import type { HttpApiParts } from "../../local/http/api.ts";
import { type Call, HttpRig } from "./httpRig.ts";

let rig: HttpRig;

afterEach(async () => {
  await rig.close();
});

async function listen(routeKeys: string[], more?: Partial<HttpApiParts>): Promise<void> {
  rig = new HttpRig(routeKeys, more);
  await rig.listen();
}

async function eventFor(method: string, path: string, more?: Call) {
  const { status, text } = await rig.call(method, path, more);
  expect(status).toBe(200);
  return JSON.parse(text);
}

describe("the event", () => {
  it("is AWS's, member by member", async () => {
    await listen(["POST /v1/{kind}/{rest+}"]);
    const event = await eventFor("POST", "/v1/a%20b/c/d%2Fe?x=1&y=%C3%A9&x=2&z", {
      headers: {
        host: "chat.example.com:4000",
        "user-agent": "test",
        "content-type": "application/json; charset=utf-8",
        cookie: "a=1; b=2",
        "X-Twice": ["one", "two"],
      },
      body: '{"é":1}',
    });
    expect(event).toStrictEqual({
      version: "2.0",
      routeKey: "POST /v1/{kind}/{rest+}",
      rawPath: "/v1/a%20b/c/d%2Fe",
      rawQueryString: "x=1&y=%C3%A9&x=2&z",
      cookies: ["a=1", "b=2"],
      headers: {
        host: "chat.example.com:4000",
        "user-agent": "test",
        "content-type": "application/json; charset=utf-8",
        "x-twice": "one,two",
        "content-length": "8",
        "x-amzn-trace-id": expect.stringMatching(/^Root=1-69a92bd9-[0-9a-f]{24}$/),
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": String(rig.port),
        "x-forwarded-proto": "http",
      },
      queryStringParameters: { x: "1,2", y: "é", z: "" },
      requestContext: {
        accountId: "000000000000",
        apiId: "api1",
        domainName: "chat.example.com",
        domainPrefix: "chat",
        http: {
          method: "POST",
          path: "/v1/a%20b/c/d%2Fe",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "test",
        },
        requestId: expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
        routeKey: "POST /v1/{kind}/{rest+}",
        stage: "$default",
        time: "05/Mar/2026:07:08:09 +0000",
        timeEpoch: rig.now,
      },
      body: '{"é":1}',
      pathParameters: { kind: "a b", rest: "c/d/e" },
      isBase64Encoded: false,
    });
  });

  it("leaves out what is empty", async () => {
    await listen(["GET /v1"]);
    expect(Object.keys(await eventFor("GET", "/v1"))).toStrictEqual([
      "version",
      "routeKey",
      "rawPath",
      "rawQueryString",
      "headers",
      "requestContext",
      "isBase64Encoded",
    ]);
  });

  it.each([
    ["application/json", false],
    ["text/plain; charset=utf-8", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["application/x-www-form-urlencoded", true],
    ["application/problem+json", true],
    ["multipart/form-data; boundary=x", true],
    ["image/png", true],
    [undefined, true],
  ])("has a body of type %s in base64: %s", async (type, encoded) => {
    await listen(["POST /v1"]);
    const headers = type === undefined ? {} : { "content-type": type };
    const event = await eventFor("POST", "/v1", { headers, body: "hello" });
    expect(event.isBase64Encoded).toBe(encoded);
    expect(event.body).toBe(encoded ? "aGVsbG8=" : "hello");
  });

  it("has bytes that are no text in base64, whatever their type says", async () => {
    await listen(["POST /v1"]);
    const headers = { "content-type": "application/json" };
    const event = await eventFor("POST", "/v1", { headers, body: Buffer.from([0xff, 0x00]) });
    expect(event).toMatchObject({ isBase64Encoded: true, body: "/wA=" });
  });
});
