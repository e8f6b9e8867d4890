/**
 * One workspace's way through everything that a function is granted: whoever lacks a permission
 * cannot get through. Throws where it got stuck.
 */
import { strict as assert } from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { ROOT_KEY } from "../../local/access.ts";
import type { OpenCloud } from "../../local/open.ts";
import { REGION } from "../../local/parts.ts";
import type { Tenant } from "../../local/tenants.ts";
import { ARCHIVE } from "../../shared/grants.ts";
import { type Api, apiAt, ask, type Body } from "./api.ts";
import { connectAnother } from "./connecting.ts";
import { watchTheClock } from "./journeyTimers.ts";
import { metaOf, VERIFY_TOKEN } from "./meta.ts";
import { advance, type Traveller } from "./traveller.ts";

const LOOK_EVERY_MS = 25;
/** A queue message holds 1 MiB, so a body of this size waits in the inbox. */
const LARGE = "x".repeat(1_100_000);
/** Meta knows whoever has it by another number, `OTHER` (docs/SIMULATOR.md). */
const RENAMED = "+447700200006";
const OTHER = "+447700900006";
const TICK_MS = 5 * 60_000;
const CALLER = "+447700900002";
/** Meta says of every message to it that it came too fast (docs/SIMULATOR.md). */
const TOO_FAST = "+447700131056";
/** Longer than a job hides itself after its first refusal. */
const BACK_OFF_MS = 5_000;
const ALL_TIME = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };

/** @param patienceMs how long all that happens in the background may take together */
export async function journey({ cloud, tenants }: OpenCloud, patienceMs: number): Promise<void> {
  const tenant = await tenants.create("journey");
  const { url } = cloud;
  const channel = whatsappOf(tenant);
  const until = performance.now() + patienceMs;
  const traveller: Traveller = {
    cloud,
    tenant,
    admin: apiAt(url, tenant.adminKey),
    meta: metaOf({ url, ...channel, now: () => cloud.clock.now() }),
    async eventually(what, look) {
      for (;;) {
        const found = await look();
        if (found !== null && found !== undefined && found !== false) return found;
        assert(performance.now() < until, `${what}: not yet`);
        await pause(LOOK_EVERY_MS);
      }
    },
  };
  const startedAt = cloud.clock.now();
  await spoilTheStream(traveller);
  const messages = await writeIn(traveller);
  await askTheApi(traveller, messages);
  await keepContacts(traveller);
  await keepKeys(traveller);
  await letTimePass(traveller, channel.id);
  await driveAgain(traveller, messages);
  await connectAnother(cloud.url, traveller);
  await hearOfTemplate(traveller);
  await answer(traveller);
  await learn(traveller);
  await giveUp(traveller);
  await watchTheClock(traveller);
  await expectConsequences(traveller, messages, startedAt);
}

function whatsappOf({ channels }: Tenant) {
  const found = channels.find(({ kind }) => kind === "whatsapp");
  const { id = "", channelKey = null, phoneNumberId = null } = found ?? {};
  assert(channelKey !== null && phoneNumberId !== null);
  return { id, channelKey, phoneNumberId };
}

/** A row that no release can read: its stream record fails until it is parked. */
async function spoilTheStream({ cloud, tenant }: Traveller): Promise<void> {
  const settings = { region: REGION, endpoint: cloud.gatewayUrl, credentials: ROOT_KEY };
  const client = new DynamoDBClient(settings);
  const key = `w#${tenant.id}#spoilt`;
  const Item = { pk: { S: key }, sk: { S: "spoilt" }, row: { S: "message" } };
  await client.send(new PutItemCommand({ TableName: cloud.template.output("TruthTable"), Item }));
  client.destroy();
}

/** The handshake, a stranger, the same person again, and a body too large for a queue. */
async function writeIn({ meta, admin, eventually }: Traveller): Promise<Body[]> {
  const challenge = "1158201444";
  const shaken = await meta.handshake({
    "hub.mode": "subscribe",
    "hub.verify_token": VERIFY_TOKEN,
    "hub.challenge": challenge,
  });
  assert.deepEqual(shaken, { status: 200, body: challenge });

  const ada = meta.customer({ phone: "+447700900001", name: "Ada Example" });
  const list = () => messagesIn(admin);
  const stored = (count: number) =>
    eventually(`${count} messages stored`, async () => {
      const messages = await list();
      return messages.length === count ? messages : null;
    });
  assert.equal(await meta.post(meta.callback([ada.says("First")])), 200);
  await stored(1);
  assert.equal(await meta.post(meta.callback([ada.says("Second")])), 200);
  const large = { ...meta.callback([ada.says("Third")]), padding: LARGE };
  assert.equal(await meta.post(large), 200);
  return stored(3);
}

async function messagesIn(api: Api): Promise<Body[]> {
  const [conversation] = await api.all("/conversations");
  return conversation === undefined ? [] : api.all(`/conversations/${conversation.id}/messages`);
}

/** Everything that can be read, and that one reads the same alone and in its list. */
async function askTheApi({ admin, tenant }: Traveller, messages: readonly Body[]): Promise<void> {
  const [message] = messages;
  assert.deepEqual((await admin.get("/health")).body, { status: "ok" });
  assert.equal((await admin.get("/openapi.json")).status, 200);
  const { body: me } = await admin.get("/me");
  assert.equal(me.workspaceId, tenant.id);
  assert.deepEqual((await admin.get(`/messages/${message.id}`)).body, message);
  assert.deepEqual(await admin.all(`/conversations?assignee=${me.agent.id}`), []);
  assert.deepEqual(await admin.all("/callbacks"), []);
  for (const path of ["/conversations", "/contacts", "/channels", "/apiKeys"]) {
    const [first] = await admin.all(path);
    const { status, body } = await admin.get(`${path}/${first.id}`);
    assert.equal(status, 200, path);
    assert.equal(body.id, first.id);
  }
}

async function keepContacts({ admin }: Traveller): Promise<void> {
  const once = { "idempotency-key": "journey" };
  const input = { name: "Bola Ade", identities: [{ kind: "email", value: "bola@example.com" }] };
  const made = await admin.post("/contacts", input, once);
  assert.equal(made.status, 201);
  const again = await admin.post("/contacts", input, once);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.deepEqual(again.body, made.body);
  const identities = [{ kind: "email", value: "bola.ade@example.com" }];
  const changed = await admin.patch(`/contacts/${made.body.id}`, { identities });
  assert.equal(changed.status, 200);
  assert.deepEqual(changed.body.identities, identities);
}

async function keepKeys({ cloud, admin }: Traveller): Promise<void> {
  const made = await admin.post("/apiKeys", { name: "Journey", role: "agent" });
  assert.equal(made.status, 201);
  const { id, secret } = made.body;
  const bearer = apiAt(cloud.url, secret);
  assert.equal((await bearer.get("/me")).status, 200);
  assert.notEqual((await admin.get(`/apiKeys/${id}`)).body.lastUsedAt, null);
  assert.equal((await admin.delete(`/apiKeys/${id}`)).status, 204);
  assert.equal((await bearer.get("/me")).status, 401);
}

/** The tick asks Meta how the channel is. */
async function letTimePass(traveller: Traveller, channelId: string): Promise<void> {
  const { admin, eventually } = traveller;
  const advanced = advance(traveller, TICK_MS);
  await eventually("the channel checked", async () => {
    const { body } = await admin.get(`/channels/${channelId}`);
    return body.health?.state === "ok";
  });
  await eventually("the work of that time done", advanced);
}

async function driveAgain(traveller: Traveller, before: Body[]): Promise<void> {
  const all = await driven(traveller, ALL_TIME);
  assert.deepEqual([all.callbacks, all.kept], [3, 0]);
  const broken = await driven(traveller, { ...ALL_TIME, state: "broken" });
  assert.deepEqual([broken.callbacks, broken.kept], [0, 0]);
  assert.deepEqual(await messagesIn(traveller.admin), before);
}

async function driven({ admin, eventually }: Traveller, range: object): Promise<Body> {
  const { status, body } = await admin.post("/callbacks/redrive", range);
  assert.equal(status, 200);
  return eventually("the archive driven again", async () => {
    const { body: redrive } = await admin.get(`/callbacks/redrives/${body.id}`);
    return redrive.status === "completed" ? redrive : null;
  });
}

/** Meta tells of a template that nobody here made: it is kept, and looked for at Meta. */
async function hearOfTemplate({ cloud, tenant, admin, meta, eventually }: Traveller) {
  const value = {
    event: "APPROVED",
    message_template_id: 500_000_000_000_999,
    message_template_name: "made_elsewhere",
    message_template_language: "en_US",
  };
  const change = { field: "message_template_status_update", value };
  const time = Math.floor(cloud.clock.now() / 1_000);
  const entry = { id: tenant.channels.find(({ wabaId }) => wabaId !== null)?.wabaId, time };
  assert.equal(await meta.post({ entry: [{ ...entry, changes: [change] }] }), 200);
  await eventually("the template kept", async () => {
    const lists = ["/templates", "/templates?status=deleted"].map((path) => admin.all(path));
    return (await Promise.all(lists)).flat().some(({ name }) => name === "made_elsewhere");
  });
}

/** Somebody with a phone in hand writes, and a reply to them is accepted. */
async function replyTo({ admin, meta, eventually }: Traveller, phone: string): Promise<Body> {
  await meta.customer({ phone, name: "Cleo Example" }).phones("Anybody there?");
  const conversation = await eventually("a conversation to answer in", async () => {
    const all = await admin.all("/conversations");
    return all.find(({ address }) => address === phone);
  });
  const path = `/conversations/${conversation.id}/messages`;
  const content = { type: "text", text: "Here we are." };
  const { status, body } = await admin.post(path, { content }, { "idempotency-key": path });
  assert.equal(status, 202);
  return body;
}

/** A reply arrives, and the customer sees that they were read. */
async function answer(traveller: Traveller): Promise<void> {
  const { cloud, admin, meta, eventually } = traveller;
  const { id, conversationId } = await replyTo(traveller, CALLER);
  await eventually("the reply delivered", async () => {
    const { body } = await admin.get(`/messages/${id}`);
    return body.status === "delivered";
  });
  assert.equal((await admin.post(`/conversations/${conversationId}/read`)).status, 200);
  const { phoneNumberId } = meta;
  const query = new URLSearchParams({ number: CALLER.slice(1), phoneNumberId });
  await eventually("the tick marks at the customer's", async () => {
    const { body } = await ask(`${cloud.url}/sim/graph/chats?${query}`, "GET");
    return body.data[0]?.status === "read";
  });
}

/** The provider's own name of a customer becomes the contact's. */
async function learn(traveller: Traveller): Promise<void> {
  const { admin, eventually } = traveller;
  const { conversationId } = await replyTo(traveller, RENAMED);
  await eventually("the customer known by the other number", async () => {
    const { body } = await admin.get(`/conversations/${conversationId}`);
    const values = body.contact.identities.map(({ value }: Body) => value);
    return values.includes(OTHER.slice(1));
  });
}

/** A reply that must wait hides its job; its dead letter tells people how it ended. */
async function giveUp(traveller: Traveller): Promise<void> {
  const { cloud, admin, tenant, eventually } = traveller;
  const { id, conversationId: groupId } = await replyTo(traveller, TOO_FAST);
  await eventually("the reply waiting for its next try", async () => {
    const { body } = await admin.get(`/messages/${id}`);
    return body.status === "queued" && body.attempt > 1;
  });
  const grave = cloud.sqs.queues().find(({ name }) => name.includes("send-dead-letters"));
  const body = JSON.stringify({ kind: "send", workspaceId: tenant.id, messageId: id });
  grave?.send({ body, groupId, deduplicationId: id });
  await eventually("the reply given up", async () => {
    const { body: message } = await admin.get(`/messages/${id}`);
    return message.status === "failed" && message.error.code === "given_up";
  });
  await eventually("the hidden job back", advance(traveller, BACK_OFF_MS));
}

/** What follows from the stored facts, and from the row that could not be read. */
async function expectConsequences(
  { cloud, tenant, eventually }: Traveller,
  messages: readonly Body[],
  startedAt: number,
): Promise<void> {
  await eventually("every message told to the bus", () => {
    const told = JSON.stringify(cloud.bus.recent().map(({ event }) => event.detail));
    return messages.every(({ id }) => told.includes(id));
  });
  const bucket = cloud.template.output("ArchiveBucket");
  await eventually("the spoilt record parked whole", () =>
    cloud.s3
      .list(bucket, ARCHIVE.parked)
      .some((key) => cloud.s3.get(bucket, key)?.includes(`w#${tenant.id}#spoilt`)),
  );
  await eventually("somebody alarmed", () => {
    cloud.alarms.check();
    return cloud.alarms
      .list()
      .some(({ name, at }) => name.endsWith("publish-errors") && Date.parse(at) >= startedAt);
  });
  await eventually("every job done and deleted", () =>
    cloud.sqs.queues().every((queue) => {
      const { visible, inFlight, delayed } = queue.counts();
      return visible + inFlight + delayed === 0;
    }),
  );
}
