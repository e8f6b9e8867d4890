import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { Graph } from "../../local/providers/graph/graph.ts";
import type { BusinessNumber } from "../../local/providers/graph/numbers.ts";
import { signatureOf } from "../../local/providers/graph/webhook.ts";
import { bodiesInMemory } from "../../local/s3/bodies.ts";
import { SqliteState } from "../../local/state.ts";

const NUMBER: BusinessNumber = {
  channelKey: "local",
  appId: "600000000000001",
  appSecret: "local-app-secret",
  accessToken: "local-meta-token",
  wabaId: "200000000000001",
  phoneNumberId: "300000000000001",
  displayNumber: "15550100001",
  verifyToken: "local-verify-token",
};
const OTHER: BusinessNumber = {
  ...NUMBER,
  channelKey: "another",
  appSecret: "another-secret",
  accessToken: "another-token",
  wabaId: "200000000000002",
  phoneNumberId: "300000000000002",
  displayNumber: "15550100002",
};
const TEXT = { type: "text", text: "Hi" };

interface Post {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const record = z.record(z.string(), z.unknown());
const callback = z.looseObject({
  entry: z.tuple([
    z.looseObject({
      changes: z.tuple([
        z.looseObject({
          value: z.looseObject({ contacts: z.array(record).optional(), messages: z.array(record) }),
        }),
      ]),
    }),
  ]),
});

let offsetMs = 0;
const bodies = bodiesInMemory();
const clock = { now: () => Date.now() + offsetMs };
let state: SqliteState;
let graph: Graph;
let server: Server;
let base: string;
let posts: Post[];
/** What the webhook answers next; 200 when it is empty. */
let answers: number[];

beforeEach(async () => {
  [offsetMs, posts, answers, state] = [0, [], [], SqliteState.open(null)];
  server = createServer(async (request, response) => {
    const path = request.url ?? "";
    if (path.startsWith("/graph/")) return graph.handleGraph(request, response);
    if (await graph.handleSim(request, response)) return undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    posts.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() });
    return response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  graph = new Graph({ clock, state, callbackUrl: () => base, bodies });
  graph.addNumber(NUMBER);
  graph.addNumber(OTHER);
  graph.start();
});

afterEach(async () => {
  await graph.stop();
  await new Promise((resolve) => server.close(resolve));
  state.close();
});

async function sim(door: string, body: unknown) {
  const response = await fetch(`${base}/sim/graph/${door}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: record.parse(await response.json()) };
}

async function api(path: string, token = NUMBER.accessToken, method = "GET") {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${base}/graph${path}`, { method, headers });
  return { status: response.status, body: record.parse(await response.json()) };
}

function told(post: Post | undefined) {
  return callback.parse(JSON.parse(post!.body)).entry[0].changes[0].value;
}

function textsOf(post: Post): unknown[] {
  return told(post).messages.map((message) => record.parse(message.text).body);
}

const idle = () => vi.waitFor(() => expect(graph.pending()).toEqual([]), { interval: 10 });

describe("being the customer", () => {
  test("a text arrives once, signed and shaped as Meta does", async () => {
    const { status, body } = await sim("inbound", {
      from: "+447700900001",
      name: "Zoë",
      content: { type: "text", text: "1/2 👍" },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ waId: "447700900001", delivered: true });
    expect(body.id).toMatch(/^wamid\.[A-Za-z0-9+/]+=*$/);
    expect(body.userId).toMatch(/^GB\.\d{20}$/);
    expect(posts).toHaveLength(1);
    const [post] = posts;
    expect(post!.path).toBe("/webhooks/whatsapp/local");
    expect(post!.headers["x-hub-signature-256"]).toBe(signatureOf(post!.body, NUMBER.appSecret));
    expect(post!.body).toContain('"1\\/2 \\ud83d\\udc4d"');
    expect(JSON.parse(post!.body)).toMatchObject({
      object: "whatsapp_business_account",
      entry: [{ id: NUMBER.wabaId, changes: [{ field: "messages" }] }],
    });
    expect(told(post)).toEqual({
      messaging_product: "whatsapp",
      metadata: { display_phone_number: "15550100001", phone_number_id: "300000000000001" },
      contacts: [{ profile: { name: "Zoë" }, wa_id: "447700900001", user_id: body.userId }],
      messages: [
        {
          from: "447700900001",
          from_user_id: body.userId,
          id: body.id,
          timestamp: expect.stringMatching(/^\d{10}$/),
          type: "text",
          text: { body: "1/2 👍" },
        },
      ],
    });
    expect(graph.pending()).toEqual([]);
  });

  test("a user id is stable at one business account and another at the next", async () => {
    const said = { from: "447700900001", content: TEXT };
    const first = await sim("inbound", said);
    const again = await sim("inbound", { ...said, from: "+447700900001" });
    const elsewhere = await sim("inbound", { ...said, channelKey: "another" });
    expect(again.body.userId).toBe(first.body.userId);
    expect(elsewhere.body.userId).not.toBe(first.body.userId);
    expect(posts.map(({ path }) => path.split("/").at(-1))).toEqual(["local", "local", "another"]);
    expect(posts[2]!.headers["x-hub-signature-256"]).toBe(
      signatureOf(posts[2]!.body, OTHER.appSecret),
    );
  });

  test("a user may have no phone number", async () => {
    const userId = "GB.71000000000000000001";
    const { body } = await sim("inbound", { from: null, userId, username: "@ada", content: TEXT });
    expect(body).toMatchObject({ waId: null, userId });
    const { contacts, messages } = told(posts[0]);
    expect(contacts).toEqual([{ profile: { username: "@ada" }, user_id: userId }]);
    expect(messages[0]).not.toHaveProperty("from");
  });

  test.each([
    [
      { type: "location", latitude: 51.5, longitude: -0.12, name: "Cafe" },
      { type: "location", location: { latitude: 51.5, longitude: -0.12, name: "Cafe" } },
    ],
    [
      { type: "reaction", messageId: "wamid.A", emoji: "" },
      { type: "reaction", reaction: { message_id: "wamid.A", emoji: "" } },
    ],
    [
      { type: "contacts", contacts: [{ phones: [] }] },
      { type: "contacts", contacts: [{ phones: [] }] },
    ],
    [
      { type: "interactive", interactive: { type: "button_reply" } },
      { type: "interactive", interactive: { type: "button_reply" } },
    ],
    [
      { type: "sticker", sticker: { id: "4" } },
      { type: "sticker", sticker: { id: "4" } },
    ],
    [
      { type: "raw", message: { type: "hologram", timestamp: null } },
      { type: "hologram", timestamp: null },
    ],
  ])("content %j becomes Meta's element", async (content, element) => {
    const context = { id: "wamid.B" };
    const said = { from: "447700900001", id: "wamid.C", timestamp: 1767225600, context, content };
    expect((await sim("inbound", said)).status).toBe(200);
    expect(told(posts[0]).messages).toEqual([
      expect.objectContaining({ id: "wamid.C", timestamp: "1767225600", context, ...element }),
    ]);
  });

  test("a system message brings no contacts", async () => {
    const content = { type: "system", system: { type: "user_changed_number" } };
    await sim("inbound", { from: "447700900001", content });
    expect(told(posts[0])).not.toHaveProperty("contacts");
  });

  test.each([
    ["no sender at all", { from: null, content: TEXT }, "/userId"],
    ["letters in the number", { from: "ada", content: TEXT }, "/from"],
    ["an unknown field", { from: "447700900001", content: TEXT, colour: "red" }, "colour"],
    ["content nobody knows", { from: "447700900001", content: { type: "text" } }, "/content"],
    ["an unknown number", { from: "447700900001", content: TEXT, phoneNumberId: "1" }, "300000"],
  ])("%s is refused with 422 and says what to do", async (_, body, hint) => {
    const refused = await sim("inbound", body);
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body)).toContain(hint);
    expect(posts).toEqual([]);
  });

  test("unreadable JSON is 400, an unknown door 404, a wrong method 405", async () => {
    expect((await sim("inbound", "{")).status).toBe(400);
    expect((await sim("nothing", {})).status).toBe(404);
    expect((await sim("ledger", {})).status).toBe(405);
  });
});

describe("callbacks", () => {
  test("are retried at once and then ever more seldom, until they are taken", async () => {
    answers = [500, 202, 404];
    const { body } = await sim("inbound", { from: "447700900001", content: TEXT });
    expect(body.delivered).toBe(false);
    await vi.waitFor(() => expect(posts).toHaveLength(2), { interval: 5 });
    await idle();
    offsetMs += 2_500;
    expect(graph.pending()).toHaveLength(1);
    await vi.waitFor(() => expect(posts).toHaveLength(3), { interval: 5 });
    await idle();
    offsetMs += 86_400_000;
    await vi.waitFor(() => expect(posts).toHaveLength(4), { interval: 5 });
    await idle();
    expect(new Set(posts.map((post) => post.body)).size).toBe(1);
  });

  test("are dropped after seven days", async () => {
    answers = [500, 500, 500, 500];
    await sim("inbound", { from: "447700900001", content: TEXT });
    await vi.waitFor(() => expect(posts).toHaveLength(2), { interval: 5 });
    offsetMs += 8 * 86_400_000;
    await vi.waitFor(() => expect(posts).toHaveLength(3), { interval: 5 });
    await idle();
    expect(state.shelf("graph.callbacks").entries()).toEqual([]);
  });

  test("that are owed when the process ends are delivered by the next one", async () => {
    await sim("script", { delayMs: 3_600_000 });
    await sim("inbound", { from: "447700900001", content: TEXT });
    await graph.stop();
    graph = new Graph({ clock, state, callbackUrl: () => base, bodies });
    graph.start();
    expect(graph.pending()).toEqual([]);
    offsetMs += 3_600_000;
    expect(graph.pending()).toHaveLength(1);
    await idle();
    expect(posts).toHaveLength(1);
    expect(posts[0]!.headers["x-hub-signature-256"]).toBe(
      signatureOf(posts[0]!.body, NUMBER.appSecret),
    );
  });

  test("come again as often as the script says", async () => {
    await sim("script", { duplicate: 2 });
    const { body } = await sim("inbound", { from: "447700900001", content: TEXT });
    await idle();
    expect(posts.map((post) => told(post).messages[0]?.id)).toEqual([body.id, body.id, body.id]);
  });

  test("wait for the delay of the script, and settle knows", async () => {
    await sim("script", { delayMs: 100 });
    const { body } = await sim("inbound", { from: "447700900001", content: TEXT });
    expect(body.delivered).toBe(false);
    expect(posts).toEqual([]);
    expect(graph.pending()).toHaveLength(1);
    await idle();
    expect(posts).toHaveLength(1);
  });

  test("are batched per app, at most so many together", async () => {
    await sim("script", { batch: 2 });
    for (const text of ["1", "2", "3"]) {
      await sim("inbound", { from: "447700900001", content: { type: "text", text } });
    }
    await sim("inbound", { from: "447700900001", channelKey: "another", content: TEXT });
    await idle();
    expect(new Set(posts.map((post) => textsOf(post).join("+")))).toEqual(
      new Set(["1+2", "3", "Hi"]),
    );
  });

  test("come last first when reordered", async () => {
    await sim("script", { reorder: true });
    for (const text of ["1", "2", "3"]) {
      await sim("inbound", { from: "447700900001", content: { type: "text", text } });
    }
    await idle();
    expect(posts.map(textsOf)).toEqual([["3"], ["2"], ["1"]]);
  });

  test("an empty script is the normal behaviour, an unknown field is refused", async () => {
    await sim("script", { duplicate: 1 });
    expect((await sim("script", {})).body).toMatchObject({ duplicate: 0, delayMs: 0, batch: 1 });
    await sim("inbound", { from: "447700900001", content: TEXT });
    await idle();
    expect(posts).toHaveLength(1);
    expect((await sim("script", { chaos: true })).status).toBe(422);
  });

  test.each([
    ["good", { "x-hub-signature-256": signatureOf('{"a":"\\/"}', NUMBER.appSecret) }],
    ["wrong", { "x-hub-signature-256": signatureOf('{"a":"\\/"}', "not local-app-secret") }],
    ["sha1", { "x-hub-signature": expect.stringMatching(/^sha1=[0-9a-f]{40}$/) }],
    ["none", {}],
  ])("can be delivered raw, once, with a %s signature", async (signature, headers) => {
    answers = [401];
    const { body } = await sim("deliver", { channelKey: "local", body: { a: "/" }, signature });
    expect(body).toEqual({ status: 401, body: "" });
    const signatures = Object.entries(posts[0]!.headers).filter(([name]) =>
      name.startsWith("x-hub"),
    );
    expect(Object.fromEntries(signatures)).toEqual(headers);
    expect(graph.pending()).toEqual([]);
  });

  test("the ledger is empty while no send is accepted", async () => {
    const response = await fetch(`${base}/sim/graph/ledger`);
    expect(await response.json()).toEqual({ data: [] });
  });
});

describe("the Graph API", () => {
  const PHONE = `/v25.0/${NUMBER.phoneNumberId}`;

  test("answers the requested fields of a number and its id", async () => {
    const { status, body } = await api(`${PHONE}?fields=status,quality_rating,throughput`);
    expect(status).toBe(200);
    expect(body).toEqual({
      status: "CONNECTED",
      quality_rating: "GREEN",
      throughput: { level: "STANDARD" },
      id: NUMBER.phoneNumberId,
    });
    const plain = await api(PHONE);
    expect(plain.body).toMatchObject({ display_phone_number: "+1 555 010 0001" });
  });

  test.each([
    ["a wrong token", PHONE, "nobody", "GET", 401, { code: 190, type: "OAuthException" }],
    ["an unknown id", "/v25.0/9", undefined, "GET", 400, { code: 100, error_subcode: 33 }],
    ["another app's number", PHONE, OTHER.accessToken, "GET", 400, { error_subcode: 33 }],
    ["a path without version", "/me", undefined, "GET", 400, { code: 2500 }],
    ["an unknown field", `${PHONE}?fields=shoe_size`, undefined, "GET", 400, { code: 100 }],
    ["a send without a body", `${PHONE}/messages`, undefined, "POST", 400, { code: 100 }],
    ["an app's own fields", `/v25.0/${NUMBER.appId}`, undefined, "GET", 501, { code: 100 }],
  ])("refuses %s in Meta's shape", async (_, path, token, method, status, error) => {
    const refused = await api(path, token, method);
    expect(refused.status).toBe(status);
    const message = expect.stringContaining(status === 501 ? "not simulated yet" : " ");
    expect(refused.body.error).toMatchObject({ ...error, message, fbtrace_id: expect.any(String) });
  });
});
