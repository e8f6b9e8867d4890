import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { openapiText } from "../../functions/edge/openapi.ts";
import { type OpenCloud, openCloud } from "../../local/open.ts";
import type { Tenant } from "../../local/tenants.ts";
import { problem } from "../../shared/contract/shapes.ts";
import { idPrefixes } from "../../shared/domain/id.ts";
import { roles } from "../../shared/domain/permissions.ts";
import { apiAt, ask } from "../support/api.ts";
import {
  bodyFor,
  headerValue,
  NOTORIOUS,
  queryValue,
  type Schema,
  valueFor,
} from "../support/hostile.ts";
import { metaOf } from "../support/meta.ts";
import { goodRequest, type Lived, once, sendsIn } from "../support/requests.ts";

/**
 * Whatever somebody sends, to any route of the document: it is done as the document says, or it is
 * refused with a problem that names what is wrong; never a failure of ours, never a look at another
 * workspace. SEED=<number> repeats a run.
 */
const ROOT = join(import.meta.dirname, "../..");
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const RUNS = Number(process.env.RUNS ?? 60);
/** Stands in everything that the other workspace has. */
const SECRET = "nobody-else-may-read-this";

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];
const schemaShape = z.custom<Schema>();
const documentShape = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        "x-permission": z.string().optional(),
        parameters: z.array(
          z.object({
            name: z.string(),
            in: z.string(),
            required: z.boolean(),
            schema: schemaShape,
            description: z.string().optional(),
          }),
        ),
        requestBody: z
          .object({ content: z.record(z.string(), z.object({ schema: schemaShape.optional() })) })
          .optional(),
        responses: z.record(
          z.string(),
          z.object({
            content: z
              .record(z.string(), z.object({ schema: z.custom<JsonSchema>().optional() }))
              .optional(),
          }),
        ),
      }),
    ),
  ),
});
type Operation = z.infer<typeof documentShape>["paths"][string][string];

interface Endpoint extends Operation {
  readonly method: string;
  readonly path: string;
}

const written = readFileSync(join(ROOT, "docs/openapi.json"), "utf8");
const endpoints: Endpoint[] = Object.entries(documentShape.parse(JSON.parse(written)).paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      return { ...operation, path, method: method.toUpperCase() };
    }),
  )
  .filter(({ path }) => path.startsWith("/v1/"));

let open: OpenCloud;
let mine: Tenant;
let other: Tenant;
/** What the other workspace has, and ours. */
let foreign: Lived;
let own: Lived;

beforeAll(async () => {
  open = await openCloud({
    assembly: join(ROOT, "cdk.out"),
    directory: null,
    port: 0,
    empty: true,
  });
  mine = await open.tenants.create("mine");
  other = await open.tenants.create(SECRET);
  own = await livedIn(mine, "mine");
  foreign = await livedIn(other, SECRET);
});
afterAll(() => open.cloud.stop());

/** Puts one of everything into a workspace; answers their ids by prefix. */
async function livedIn(tenant: Tenant, name: string): Promise<Lived> {
  const { cloud } = open;
  const { url } = cloud;
  const api = apiAt(url, tenant.adminKey);
  const whatsapp = tenant.channels.find(({ kind }) => kind === "whatsapp")!;
  const { channelKey, phoneNumberId } = whatsapp;
  const place = { url, channelKey: channelKey ?? "", phoneNumberId: phoneNumberId ?? "" };
  const meta = metaOf({ ...place, now: () => cloud.clock.now() });
  const people = ["+447700900001", "+447700900002", "+447700900003"];
  for (const phone of people) {
    const person = meta.customer({ phone, name: `${name} ${phone}` });
    await meta.post(meta.callback([person.says(name)]));
  }
  await meta.post(`{"object": "${name}"}`);
  const range = { from: "2020-01-01T00:00:00Z", to: "2020-01-02T00:00:00Z" };
  const { body: redrive } = await api.post("/callbacks/redrive", range);
  await api.post("/apiKeys", { name, role: "agent" });
  const sends = await sendsIn(api, whatsapp.id);
  await cloud.settle();
  const { body: me } = await api.get("/me");
  const paths = ["/contacts", "/conversations", "/channels", "/apiKeys", "/callbacks"];
  const lists = await Promise.all(paths.map((path) => api.all(path)));
  const messages = await api.all(`/conversations/${lists[1]?.[0].id}/messages`);
  const things = [...lists.map(([first]) => first), messages[0], redrive, me.agent, tenant];
  return { ...sends, ids: new Map(things.map(({ id }) => [id.slice(0, 3), id])) };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function send({ method }: Endpoint, { path, headers, body }: Request): Promise<Reply> {
  const reply = await fetch(`${open.cloud.url}${path}`, {
    method,
    headers,
    ...(body === null || method === "GET" ? {} : { body }),
  });
  const type = reply.headers.get("content-type") ?? "";
  return { status: reply.status, type, text: await reply.text() };
}

/** The answer is one that the document promises, and tells nothing of the other workspace. */
function expectPromised(endpoint: Endpoint, { status, type, text }: Reply): void {
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(other.id);
  if (status < 300) {
    const promised = endpoint.responses[String(status)];
    expect(promised, `${status} is not in the document`).toBeDefined();
    const schema = promised?.content?.["application/json"]?.schema;
    if (schema === undefined) expect(text).toBe("");
    else expectFits(schema, JSON.parse(text));
    return;
  }
  expect(status, text).toBeGreaterThanOrEqual(400);
  expect(status, text).toBeLessThan(500);
  expect(type).toBe("application/problem+json");
  const told = problem.parse(JSON.parse(text));
  expect(told).toMatchObject({ status, retryable: false });
  if (told.code.startsWith("invalid_")) expect(told.errors).not.toEqual([]);
  for (const { pointer } of told.errors) expect(pointer).toMatch(/^(\/.*)?$/s);
}

const checks = new Map<unknown, z.ZodType>();

function expectFits(schema: JsonSchema, body: unknown): void {
  const check = checks.get(schema) ?? z.fromJSONSchema(schema);
  checks.set(schema, check);
  const result = check.safeParse(body);
  expect(result.success ? "" : z.prettifyError(result.error)).toBe("");
}

/** A path with ids that are there, are somebody else's, were never given, or are none. */
function pathOf(endpoint: Endpoint): fc.Arbitrary<string> {
  const { path } = endpoint;
  const good = own.ids.get(prefixOf(endpoint));
  if (good === undefined) return fc.constant(path);
  const id = fc.oneof(
    fc.constant(good),
    fc.constantFrom(...own.ids.values(), ...foreign.ids.values()),
    fc.stringMatching(/^[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
    fc
      .string({ minLength: 1, maxLength: 40, unit: "binary" })
      .filter((text) => !/^\.+$/.test(text)),
    fc.constantFrom("__proto__", "a/b", "\u0000", "x".repeat(500), "%", "ctc_", " "),
  );
  return id.map((value) => path.replace(/\{\w+\}/, encodeURIComponent(value)));
}

/** Which ids a path takes: the document says "Id of the contact". */
function prefixOf({ parameters }: Endpoint): string {
  const described = parameters.find((one) => one.in === "path")?.description ?? "";
  const kind = described.replace("Id of the ", "");
  return new Map<string, string>(Object.entries(idPrefixes)).get(kind) ?? "";
}

function queryOf({ parameters }: Endpoint): fc.Arbitrary<string> {
  const named = parameters.filter((one) => one.in === "query");
  const pairs = named.map(({ name, schema }) =>
    fc.oneof(valueFor(schema).map(String), queryValue).map((value) => [name, value] as const),
  );
  const stray = fc.tuple(fc.constantFrom("page", "__proto__", "Limit", ""), queryValue);
  const some = fc.array(fc.oneof(...pairs, stray), { maxLength: 3 });
  return some.map((list) => {
    const query = new URLSearchParams();
    for (const [name, value] of list) query.append(name, value.slice(0, 3_000));
    return list.length === 0 ? "" : `?${query}`;
  });
}

const TYPES = ["application/json", "text/plain", "application/octet-stream", "x"];

function requestTo(endpoint: Endpoint): fc.Arbitrary<Request> {
  const schema = endpoint.requestBody?.content["application/json"]?.schema;
  const odd = fc.dictionary(fc.constantFrom("if-match", "idempotency-key"), headerValue);
  const isOnce = endpoint.parameters.some((one) => one.in === "header" && one.required);
  const key = isOnce ? fc.uuid().map((uuid) => ({ "idempotency-key": uuid })) : fc.constant({});
  return fc
    .record({
      path: fc.tuple(pathOf(endpoint), queryOf(endpoint)).map((parts) => parts.join("")),
      type: fc.constantFrom(...TYPES),
      odd: fc.oneof({ arbitrary: key, weight: 3 }, { arbitrary: odd, weight: 1 }),
      body: schema === undefined ? fc.option(fc.json()) : bodyFor(schema),
    })
    .map(({ path, type, odd, body }) => {
      const authorization = `Bearer ${mine.adminKey}`;
      return { path, body, headers: { ...odd, authorization, "content-type": type } };
    });
}

/** One that succeeds, where chance finds none, and bodies that have hurt others. */
function examplesFor(endpoint: Endpoint): Request[] {
  const headers = () => ({ ...bearer(mine.adminKey), ...once() });
  const path = endpoint.path.replace("{id}", own.ids.get(prefixOf(endpoint)) ?? "");
  const plain = endpoint.method === "GET" ? { path, body: null } : null;
  const good = goodRequest(endpoint.method, endpoint.path, own) ?? plain;
  const bodies = endpoint.requestBody === undefined ? [] : NOTORIOUS;
  return [
    ...(good === null ? [] : [{ ...good, headers: headers() }]),
    ...bodies.map((body) => ({ path, body, headers: headers() })),
  ];
}

describe(`the document (seed ${seed})`, () => {
  test("is what the code makes, and what is served", async () => {
    expect(written, "run node functions/edge/openapi.ts").toBe(openapiText());
    const reply = await fetch(`${open.cloud.url}/v1/openapi.json`);
    expect(await reply.json()).toEqual(JSON.parse(written));
  });

  test("has every route that is promised", () => {
    const there = endpoints.map(({ method, path }) => `${method} ${path.slice(3)}`);
    expect(there).toEqual(
      expect.arrayContaining([
        ...["GET /health", "GET /openapi.json", "GET /me"],
        ...["GET /apiKeys", "POST /apiKeys", "GET /apiKeys/{id}", "DELETE /apiKeys/{id}"],
        ...["GET /channels", "GET /channels/{id}"],
        ...["GET /contacts", "POST /contacts", "GET /contacts/{id}", "PATCH /contacts/{id}"],
        ...["GET /conversations", "GET /conversations/{id}"],
        ...["GET /conversations/{id}/messages", "GET /messages/{id}"],
        ...["GET /callbacks", "POST /callbacks/redrive"],
      ]),
    );
  });
});

describe.each(endpoints)("$method $path", (endpoint) => {
  const secured = endpoint["x-permission"] !== "public";

  test("keeps its promise, whatever is sent", { timeout: 60_000 }, async () => {
    const seen = new Set<number>();
    const property = fc.asyncProperty(requestTo(endpoint), async (request) => {
      const reply = await send(endpoint, request);
      expectPromised(endpoint, reply);
      seen.add(reply.status);
    });
    const examples = examplesFor(endpoint).map((request): [Request] => [request]);
    await fc.assert(property, { seed, numRuns: examples.length + RUNS, examples });
    expect([...seen].some((status) => status < 300)).toBe(true);
    if (endpoint.requestBody !== undefined) expect([...seen]).toContain(422);
  });

  test.runIf(secured)("takes no stranger, and no agent where an admin is needed", async () => {
    const permission = endpoint["x-permission"] ?? "";
    const path = endpoint.path.replace("{id}", own.ids.get("ctc") ?? "");
    const status = async (headers: Record<string, string>) => {
      const reply = await send(endpoint, { path, headers, body: "{" });
      expectPromised(endpoint, reply);
      return reply.status;
    };
    expect(await status({})).toBe(401);
    expect(await status(bearer("pk_stranger"))).toBe(401);
    expect(await status(bearer(mine.adminKey.slice(0, -1)))).toBe(401);
    expect(await status(bearer(`${mine.adminKey} `.repeat(3)))).toBe(401);
    expect(await status({ authorization: `Basic ${mine.adminKey}` })).toBe(401);
    const isForAdmins = /^(apiKeys|callbacks):/.test(permission);
    const asAgent = await status(bearer(mine.agentKey));
    if (isForAdmins) expect(asAgent).toBe(403);
    else expect(asAgent).not.toBe(403);
  });

  test.runIf(endpoint.path.includes("{id}"))("finds nothing of another workspace", async () => {
    const body = goodRequest(endpoint.method, endpoint.path, own)?.body ?? "{}";
    for (const id of foreign.ids.values()) {
      const path = endpoint.path.replace("{id}", id);
      const headers = { ...bearer(mine.adminKey), ...once() };
      const reply = await send(endpoint, { path, headers, body });
      expectPromised(endpoint, reply);
      expect(reply.status).toBe(404);
    }
  });

  test.runIf(endpoint.requestBody !== undefined)("takes no body of 7 MB", async () => {
    const headers = bearer(mine.adminKey);
    const body = `{"name":"${"x".repeat(7_000_000)}"}`;
    expect((await send(endpoint, { path: endpoint.path, headers, body })).status).toBe(413);
  });
});

describe("a cursor", () => {
  const lists = endpoints.filter(({ parameters }) => parameters.some((p) => p.name === "cursor"));
  const cursorOf = async (tenant: Tenant, list: Endpoint, query = "") => {
    const path = list.path.replace("{id}", (tenant === mine ? own : foreign).ids.get("cnv") ?? "");
    const headers = bearer(tenant.adminKey);
    const { text } = await send(list, { path: `${path}?limit=1${query}`, headers, body: null });
    return { path, headers, cursor: JSON.parse(text).page.nextCursor as string | null };
  };

  test.each(lists)("of $path opens only there, and only for its workspace", async (list) => {
    const { path, headers, cursor } = await cursorOf(mine, list);
    const { cursor: theirs } = await cursorOf(other, list);
    const elsewhere = await Promise.all(
      lists.filter((one) => one !== list).map((one) => cursorOf(mine, one)),
    );
    const forged = [
      theirs,
      ...elsewhere.map((one) => one.cursor),
      cursor === null ? null : `${cursor.slice(0, -2)}AA`,
      cursor?.slice(0, 20) ?? null,
      Buffer.from('{"from":"0"}').toString("base64url"),
      "x",
      "AQ",
    ].filter((one) => one !== null);
    for (const one of forged) {
      const reply = await send(list, { path: `${path}?cursor=${one}`, headers, body: null });
      expectPromised(list, reply);
      expect(JSON.parse(reply.text)).toMatchObject({ status: 422, code: "invalid_cursor" });
    }
    if (cursor === null) return;
    const good = await send(list, { path: `${path}?cursor=${cursor}`, headers, body: null });
    expect(good.status).toBe(200);
  });
});

test("nothing that was sent left a failure behind", { timeout: 60_000 }, async () => {
  const { cloud } = open;
  // What waits for another try is cancelled, and looked at once more when its time has come.
  await apiAt(cloud.url, other.adminKey).post(`/messages/${foreign.queued}/cancel`);
  await ask(`${cloud.url}/local/clock`, "POST", { advance: "2h" });
  expect(await cloud.settle()).toEqual({ settled: true, pending: [] });
  expect(cloud.iam.denied()).toEqual([]);
  const errors = cloud.logs.tail().filter(({ line }) => line.includes('"level":"ERROR"'));
  const unexpected = errors.filter(({ line }) => !line.includes("parts of a callback were kept"));
  expect(unexpected.map(({ line }) => line)).toEqual([]);
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("role");
  expect(roles).toEqual(["admin", "agent"]);
});
