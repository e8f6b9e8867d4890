import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

let asked: IncomingMessage[] = [];
let answer: (response: ServerResponse) => void;
/** The app of the channel is subscribed, unless a test says otherwise. */
let apps: unknown;
const graph = createServer((request, response) => {
  asked.push(request);
  if (request.url?.includes("/subscribed_apps")) response.end(JSON.stringify(apps));
  else answer(response);
});
const SUBSCRIBED = { data: [{ whatsapp_business_api_data: { id: "600000000000001" } }] };
const SET_UP = { subscribed: true, callbackUrl: null, steps: [] };
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
  const { id, whatsapp } = channelWith();
  const sealed = await seal.seal("credentials", id, Buffer.from(token));
  const credentials = Buffer.from(sealed).toString("base64");
  return channelWith({ credentials, whatsapp: { ...whatsapp!, appId: "600000000000001" } });
}

async function check(status: number, body: unknown, channel = channelOf("local-meta-token")) {
  apps ??= SUBSCRIBED;
  asked = [];
  answer = (response) => {
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  };
  return checkPhone({ url, version: "v25.0" }, seal)(await channel);
}

const graphError = (code: number) => ({
  error: { message: "x", type: "OAuthException", code, fbtrace_id: "AbC" },
});

test("asks for one number and who is called about its account, with its own token", async () => {
  await check(200, {});
  for (const { headers } of asked) expect(headers.authorization).toBe("Bearer local-meta-token");
  const paths = asked.map((request) => new URL(request.url ?? "", url));
  expect(new Set(paths.map(({ pathname }) => pathname))).toEqual(
    new Set(["/v25.0/200000000000001/subscribed_apps", "/v25.0/300000000000001"]),
  );
  const fields = paths.find(({ search }) => search !== "")?.searchParams.get("fields");
  expect(fields?.split(",")).toEqual(
    expect.arrayContaining(["status", "quality_rating", "throughput", "health_status"]),
  );
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
    setup: { ...SET_UP, registered: true },
  });
});

test("what Meta does not say, or says in a shape nobody knows, stays unsaid", async () => {
  for (const body of [{ id: "300000000000001" }, { throughput: "fast", status: 7 }]) {
    expect(await check(200, body)).toEqual({
      health: { state: "ok", quality: null, detail: null },
      setup: { ...SET_UP, registered: null },
    });
  }
});

describe("what is missing is a step to take (pitfall 24)", () => {
  const stepsFor = async (body: object) => {
    const { setup } = await check(200, { status: "CONNECTED", ...body });
    return setup?.steps.map(({ code }) => code);
  };
  const calls = (place: string, path: string) => ({
    webhook_configuration: { [place]: `https://api.example.com/webhooks/whatsapp/${path}` },
  });

  test.each<[string, object, string[]]>([
    ["nothing", {}, []],
    ["nothing: our callback", calls("application", "local"), []],
    ["the callback is another's", calls("application", "other"), ["set_callback"]],
    ["an override hides ours", calls("phone_number", "x"), ["set_callback"]],
    ["no callback at all", { webhook_configuration: {} }, ["set_callback"]],
    ["not verified", { status: "UNVERIFIED" }, ["verify_number"]],
    ["not registered", { status: "PENDING", code_verification_status: "VERIFIED" }, ["register"]],
    [
      "not on the Cloud API",
      { platform_type: "NOT_APPLICABLE", code_verification_status: "VERIFIED" },
      ["register"],
    ],
  ])("%s", async (_, body, steps) => expect(await stepsFor(body)).toEqual(steps));

  test("the app is not subscribed, or only another one is (pitfall 25)", async () => {
    for (const data of [[], [{ whatsapp_business_api_data: { id: "601" } }]]) {
      apps = { data };
      const { setup, health } = await check(200, { status: "CONNECTED" });
      expect(setup).toMatchObject({ subscribed: false, steps: [{ code: "subscribe" }] });
      expect(health).toMatchObject({ state: "limited", detail: setup?.steps[0]?.detail });
    }
    apps = { error: { code: 4 } };
    expect((await check(200, {})).setup).toMatchObject({ subscribed: null, steps: [] });
    apps = undefined;
  });
});

test.each([
  ["AVAILABLE", "ok", null],
  ["LIMITED", "limited", "Meta limits sending: WABA (141006 Unpaid)."],
  ["BLOCKED", "blocked", "Meta blocks sending: WABA (141006 Unpaid)."],
])("a number whose sends are %s is %s", async (can, state, detail) => {
  const errors = [{ error_code: 141006, error_description: "Unpaid" }];
  const entities = [
    { entity_type: "APP", can_send_message: "AVAILABLE" },
    { entity_type: "WABA", can_send_message: can, errors },
  ];
  const { health } = await check(200, {
    status: "CONNECTED",
    health_status: { can_send_message: can, entities },
  });
  expect(health).toMatchObject({ state, detail });
});

test.each([
  ["TIER_50", 50],
  ["TIER_250", 250],
  ["TIER_1K", 1_000],
  ["TIER_2K", 2_000],
  ["TIER_10K", 10_000],
  ["TIER_100K", 100_000],
  ["TIER_UNLIMITED", null],
  ["TIER_NOT_SET", undefined],
  ["TIER_OF_TOMORROW", undefined],
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
  const { health } = await check(status, body);
  expect(health).toMatchObject({ state: "blocked", detail: expect.stringContaining("token") });
});

test.each([
  [500, 3, "permission"],
  [403, 10, "permission"],
  [403, 200, "permission"],
  [403, 299, "permission"],
  [400, 33, "no such number"],
  [403, 368, "locked"],
  [403, 131031, "locked"],
  [403, 131005, "permission"],
])("what lasts until somebody acts breaks it: %i %i", async (status, code, detail) => {
  const { health } = await check(status, graphError(code));
  expect(health).toMatchObject({ state: "blocked", detail: expect.stringContaining(detail) });
});

test("a number that is gone, or that the token may not see, breaks it", async () => {
  const { error } = graphError(100);
  const { health } = await check(400, { error: { ...error, error_subcode: 33 } });
  expect(health).toMatchObject({ state: "blocked", detail: expect.stringContaining("no such") });
});

test.each<[number, unknown, string]>([
  [400, graphError(4), "Meta answered 400 with error 4."],
  [400, graphError(80007), "Meta answered 400 with error 80007."],
  [400, graphError(100), "Meta answered 400 with error 100."],
  [503, graphError(2), "Meta answered 503 with error 2."],
  [500, { error: "odd" }, "Meta answered 500."],
  [502, "<html>Bad Gateway</html>", "Meta answered 502."],
  [200, "<html>", "Meta answered 200."],
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
    expect(asked).toEqual([]);
  }
});

test("no token is ever part of a report (pitfall 38)", async () => {
  for (const status of [200, 400, 401, 500]) {
    const report = await check(status, graphError(190), channelOf("very-secret-token"));
    expect(JSON.stringify(report)).not.toContain("very-secret-token");
  }
});
