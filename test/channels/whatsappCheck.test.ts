import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkPhone } from "../../shared/channels/whatsapp/check.ts";
import type { Seal } from "../../shared/ports.ts";
import { channelWith } from "../domain/things.ts";

/** Opens what it sealed for the same purpose and owner; that it hides nothing is no matter here. */
const seal: Seal = {
  seal: async (purpose, owner, plain) =>
    Buffer.concat([Buffer.from(`${purpose}|${owner}|`), plain]),
  open: async (purpose, owner, sealed) => {
    const head = `${purpose}|${owner}|`;
    const text = Buffer.from(sealed).toString();
    return text.startsWith(head) ? Buffer.from(text.slice(head.length)) : null;
  },
};

let asked: IncomingMessage | undefined;
let answer: (response: ServerResponse) => void;
const graph = createServer((request, response) => {
  asked = request;
  answer(response);
});
let url = "";

beforeAll(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  graph.listen(0, "127.0.0.1", resolve);
  await promise;
  url = `http://127.0.0.1:${(graph.address() as AddressInfo).port}`;
});
afterAll(() => {
  graph.closeAllConnections();
  graph.close();
});

async function channelOf(token: string) {
  const channel = channelWith();
  const sealed = await seal.seal("credentials", channel.id, Buffer.from(token));
  return channelWith({ credentials: Buffer.from(sealed).toString("base64") });
}

async function check(status: number, body: unknown, channel = channelOf("local-meta-token")) {
  asked = undefined;
  answer = (response) => {
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  };
  return checkPhone({ url, version: "v25.0" }, seal)(await channel);
}

const graphError = (code: number) => ({
  error: { message: "x", type: "OAuthException", code, fbtrace_id: "AbC" },
});

test("asks for one number, with the channel's own token", async () => {
  await check(200, {});
  expect(asked?.headers.authorization).toBe("Bearer local-meta-token");
  const path = new URL(asked?.url ?? "", url);
  expect(path.pathname).toBe("/v25.0/300000000000001");
  expect(path.searchParams.get("fields")?.split(",")).toEqual([
    "status",
    "quality_rating",
    "throughput",
    "whatsapp_business_manager_messaging_limit",
  ]);
});

test("a number that works tells its quality and its limits", async () => {
  const report = await check(200, {
    id: "300000000000001",
    status: "CONNECTED",
    quality_rating: "GREEN",
    throughput: { level: "HIGH" },
    whatsapp_business_manager_messaging_limit: "TIER_10K",
  });
  expect(report).toEqual({
    health: { state: "ok", quality: "green", detail: null },
    perSecond: 1_000,
    uniqueUsersPerDay: 10_000,
  });
});

test("what Meta does not say stays unsaid", async () => {
  expect(await check(200, { id: "300000000000001" })).toEqual({
    health: { state: "ok", quality: null, detail: null },
  });
});

test.each([
  ["TIER_50", 50],
  ["TIER_250", 250],
  ["TIER_1K", 1_000],
  ["TIER_2K", 2_000],
  ["TIER_10K", 10_000],
  ["TIER_100K", 100_000],
  ["TIER_UNLIMITED", null],
  ["TIER_NOT_SET", null],
  ["TIER_OF_TOMORROW", null],
])("%s is %s users a day", async (tier, users) => {
  const report = await check(200, { whatsapp_business_manager_messaging_limit: tier });
  expect(report.uniqueUsersPerDay).toBe(users);
});

test.each([
  ["STANDARD", 80],
  ["HIGH", 1_000],
  ["NOT_APPLICABLE", 80],
])("throughput %s is %i a second", async (level, perSecond) => {
  expect((await check(200, { throughput: { level } })).perSecond).toBe(perSecond);
});

test.each(["PENDING", "DISCONNECTED", "BANNED", "RATE_LIMITED", "UNVERIFIED", "SOMETHING_NEW"])(
  "a number that is %s cannot be used",
  async (status) => {
    const { health } = await check(200, { status });
    expect(health).toMatchObject({
      state: "blocked",
      detail: `Meta says the number is ${status}.`,
    });
  },
);

test.each([
  [400, graphError(190)],
  [401, graphError(190)],
  [401, graphError(0)],
  [401, "<html>"],
])("a refused token breaks the channel: %i %j", async (status, body) => {
  expect((await check(status, body)).health).toMatchObject({ state: "blocked" });
});

test.each<[number, unknown, string]>([
  [400, graphError(4), "Meta answered 400 with error 4."],
  [403, graphError(10), "Meta answered 403 with error 10."],
  [503, graphError(2), "Meta answered 503 with error 2."],
  [500, { error: "odd" }, "Meta answered 500."],
  [502, "<html>Bad Gateway</html>", "Meta answered 502."],
  [200, "<html>", "Meta answered 200."],
  [200, { throughput: "fast" }, "Meta answered 200."],
])("anything else says nothing about it: %i %j", async (status, body, detail) => {
  expect(await check(status, body)).toEqual({
    health: { state: "unknown", quality: null, detail },
  });
});

test("without a token that opens, Meta is not asked", async () => {
  const other = await channelOf("x");
  for (const channel of [
    channelWith({ credentials: null }),
    channelWith({ credentials: "bm9uc2Vuc2U=" }),
    { ...other, id: "chn_01KANVQ1G00000000000000002" },
  ]) {
    const { health } = await check(200, {}, Promise.resolve(channel));
    expect(health.state).toBe("blocked");
    expect(asked).toBeUndefined();
  }
});

test("no token is ever part of a report", async () => {
  for (const status of [200, 400, 401, 500]) {
    const report = await check(status, graphError(190), channelOf("very-secret-token"));
    expect(JSON.stringify(report)).not.toContain("very-secret-token");
  }
});
