import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenCloud, openCloud } from "../../local/open.ts";
import { metaJson, type Update } from "../../local/providers/graph/webhook.ts";
import type { Tenant } from "../../local/tenants.ts";
import { type Api, apiAt, ask, type Body } from "../support/api.ts";
import { dayOf, merged } from "../support/day.ts";
import { type Meta, metaOf } from "../support/meta.ts";
import { type Json, PEOPLE } from "../support/steps.ts";

/**
 * The largest callback that Meta sends (WhatsApp reference, section 1.3): 1,000 elements of every
 * type in 3 MB, some of them broken. The front doors tell what became of each; only the gateway of
 * a cloud of its own tells how often the door asked AWS before it answered.
 */
const ROOT = join(import.meta.dirname, "../..");
const MIB = 1_048_576;
const ELEMENTS = 1_000;
const BROKEN = 10;
const STATUSES = 50;
const TOLD = ELEMENTS - BROKEN - STATUSES;
/** Makes 1,000 elements more than 3 MB. */
const PADDING = "x".repeat(2_900);
const DAY_S = 24 * 3_600;

let open: OpenCloud;
let tenant: Tenant;
let api: Api;
let meta: Meta;

beforeAll(async () => {
  open = await openCloud({
    assembly: join(ROOT, "cdk.out"),
    directory: null,
    port: 0,
    empty: true,
  });
  const { cloud, tenants } = open;
  tenant = await tenants.create("large");
  api = apiAt(cloud.url, tenant.adminKey);
  const channel = tenant.channels.find(({ kind }) => kind === "whatsapp");
  if (!channel?.channelKey || !channel.phoneNumberId) {
    throw new Error("The workspace has no WhatsApp channel.");
  }
  const { channelKey, phoneNumberId } = channel;
  meta = metaOf({ url: cloud.url, channelKey, phoneNumberId, now: () => cloud.clock.now() });
});
afterAll(() => open.cloud.stop());

const value = (lists: Json, phoneNumberId = meta.phoneNumberId): Json => ({
  messaging_product: "whatsapp",
  metadata: { display_phone_number: "15550100001", phone_number_id: phoneNumberId },
  ...lists,
});

/** One element of a list, with where it stands. */
interface Element {
  readonly field: string;
  readonly list: string;
  // biome-ignore lint/suspicious/noExplicitAny: elements are open JSON; the test looks into them.
  readonly body: any;
}

function elementOf({ field, value: lists }: Update): Element {
  const [list, all] =
    Object.entries(lists)
      .filter(([name, part]) => Array.isArray(part) && name !== "contacts")
      .map(([name, part]): [string, unknown[]] => [name, Array.isArray(part) ? part : []])[0] ?? [];
  if (list === undefined || all?.length !== 1) throw new Error(`${field} is not one element.`);
  return { field, list, body: all[0] };
}

/** The same element, as long as Meta's longest. */
function padded(update: Update): Update {
  const { list, body } = elementOf(update);
  return { ...update, value: { ...update.value, [list]: [{ ...body, padding: PADDING }] } };
}

/** Everything of as many days as it takes. */
function told(): Update[] {
  const startsAt = Math.floor(open.cloud.clock.now() / 1_000) - DAY_S;
  const input = { startsAt, phoneNumberId: meta.phoneNumberId };
  const updates: Update[] = [];
  for (let seed = 1; updates.length < TOLD; seed++) updates.push(...dayOf(seed, input));
  return updates.slice(0, TOLD);
}

const AMENDING = ["reaction", "edit", "revoke"];

/** What people and the phone app said: every element that is a message. */
function saidIn(updates: readonly Update[]): Element["body"][] {
  return updates.map(elementOf).flatMap(({ list, body }) => {
    if (list === "history") return body.threads[0].messages;
    const isSaid = (list === "messages" || list === "message_echoes") && body.id !== undefined;
    return isSaid && !AMENDING.includes(body.type) ? [body] : [];
  });
}

/** Somebody is sent a template each; Meta delivers them by itself. */
async function sentTo(count: number): Promise<Body[]> {
  const [template] = await api.all("/templates");
  const content = { type: "template", templateId: template.id, variables: { first_name: "Ada" } };
  const channelId = tenant.channels.find(({ kind }) => kind === "whatsapp")?.id;
  for (let place = 0; place < count; place++) {
    const given = { channelId, to: `+4477009002${String(place).padStart(2, "0")}`, content };
    const { status } = await api.post("/messages", given, { "idempotency-key": `${place}` });
    expect(status).toBe(202);
  }
  await settled();
  const sent = await messages();
  expect(sent.map(({ status }) => status)).toEqual(sent.map(() => "delivered"));
  return sent;
}

const statusOf = ({ id, providerId }: Body): Update => {
  const timestamp = String(Math.floor(open.cloud.clock.now() / 1_000));
  const status = { id: providerId, status: "read", timestamp, biz_opaque_callback_data: id };
  return { wabaId: "200000000000001", field: "messages", value: value({ statuses: [status] }) };
};

/** Each is broken in a way of its own. */
function brokenEntries(): Json[] {
  const text = { from: "447700900199", timestamp: "1767225600", type: "text", text: { body: "x" } };
  const messages = [
    "nonsense",
    null,
    text,
    { ...text, id: "wamid.SOON", timestamp: "soon" },
    { ...text, id: "wamid.TYPE", type: undefined },
    { ...text, id: "wamid.NOTHING", type: "reaction", reaction: {} },
  ];
  const astray = { id: "wamid.ASTRAY", ...text };
  const status = { id: "wamid.ASTRAY", status: "read", timestamp: "1767225600" };
  const nobodys = "300999999999999";
  const inField = (one: Json) => ({ id: "1", changes: [{ field: "messages", value: one }] });
  return [
    inField(value({ messages })),
    { id: "1" },
    inField({ messages: [astray] }),
    inField(value({ messages: [astray] }, nobodys)),
    inField(value({ statuses: [status] }, nobodys)),
  ];
}

/** How often the door asked AWS since the last look, by operation. */
function callsOfDoor(before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const counts = open.cloud.gateway
    .calls()
    .filter(({ principal }) => principal.startsWith("Webhook"))
    .map(({ service, operation, count }): [string, number] => {
      const name = `${service} ${operation}`;
      return [name, count - (before[name] ?? 0)];
    });
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

async function settled(): Promise<void> {
  await expect
    .poll(async () => (await open.cloud.settle()).settled, { timeout: 150_000 })
    .toBe(true);
}

/** Of every conversation. */
async function messages(): Promise<Body[]> {
  const conversations = await api.all("/conversations");
  const lists = conversations.map(({ id }) => api.all(`/conversations/${id}/messages`));
  return (await Promise.all(lists)).flat();
}

/** What stands on each message after all of its reactions: of each side the newest. */
function reactionsIn(updates: readonly Update[]): Map<string, string[]> {
  const newest = new Map<string, { of: string; at: number; emoji: string }>();
  for (const { list, body } of updates.map(elementOf)) {
    if (body.type !== "reaction") continue;
    const { message_id: of, emoji = "" } = body.reaction;
    const [key, at] = [`${of} ${list}`, Number(body.timestamp)];
    if ((newest.get(key)?.at ?? 0) < at) newest.set(key, { of, at, emoji });
  }
  const shown = new Map<string, string[]>();
  for (const { of, emoji } of newest.values()) {
    if (emoji !== "") shown.set(of, [...(shown.get(of) ?? []), emoji].sort());
  }
  return shown;
}

/** The messages of which an edit or a revoke is told. */
function targetsOf(updates: readonly Update[], type: "edit" | "revoke"): string[] {
  const all = updates.map(elementOf).filter(({ body }) => body.type === type);
  return all.map(({ body }) => body[type].original_message_id);
}

let said: Element["body"][];
let day: Update[];
let sent: Body[];
let before: ReadonlySet<string>;

test("the door asks AWS once for a small callback, and less than once per MiB for 3 MB", {
  timeout: 300_000,
}, async () => {
  sent = await sentTo(STATUSES);
  before = new Set(sent.map(({ providerId }) => providerId));
  // The first callback makes the door read its secret, which it keeps.
  expect(await meta.post(meta.callback([]))).toBe(200);
  const first = callsOfDoor();
  expect(await meta.post(meta.callback([]))).toBe(200);
  expect(callsOfDoor(first)).toEqual({ "sqs SendMessage": 1 });
  day = told();
  said = saidIn(day);
  const good = merged([...day, ...sent.map(statusOf)].map(padded)).entry as Json[];
  const odd = brokenEntries();
  const entry = [...odd.slice(0, 3), ...good, ...odd.slice(3)];
  const body = metaJson({ object: "whatsapp_business_account", entry });
  expect(body.length).toBeGreaterThan(3_000_000);
  const second = callsOfDoor();
  expect(await meta.post(body)).toBe(200);
  const calls = callsOfDoor(second);
  expect(calls).toEqual({ "s3 PutObject": 1, "sqs SendMessage": 1 });
  expect(Object.keys(calls).length).toBeLessThanOrEqual(Math.ceil(body.length / MIB));
  await settled();
});

test("990 of its 1,000 elements are applied, whatever stands beside them (pitfall 2)", async () => {
  const all = await messages();
  const heard = all.filter(({ providerId }) => !before.has(providerId));
  const ids = (rows: readonly string[]) => [...rows].sort();
  expect(ids(heard.map(({ providerId }) => providerId))).toEqual(
    ids([...new Set(said.map(({ id }) => id))]),
  );
  const read = all.filter(({ providerId }) => before.has(providerId));
  expect(read.map(({ status }) => status)).toEqual(Array.from(sent, () => "read"));
  const byId = new Map(heard.map((one) => [one.providerId, one]));
  const reactions = heard.map(({ providerId, reactions: shown }) => {
    return [providerId, shown.map(({ emoji }: Body) => emoji).sort()];
  });
  const expected = reactionsIn(day);
  expect(reactions).toEqual(heard.map(({ providerId: id }) => [id, expected.get(id) ?? []]));
  const revoked = targetsOf(day, "revoke").filter((id) => byId.has(id));
  expect(revoked.length).toBeGreaterThan(0);
  for (const id of revoked)
    expect(byId.get(id), id).toMatchObject({ content: { type: "revoked" } });
  const edited = targetsOf(day, "edit").filter((id) => byId.has(id) && !revoked.includes(id));
  expect(edited.length).toBeGreaterThan(0);
  for (const id of edited) expect(byId.get(id)?.editedAt, id).not.toBeNull();
  expect(await api.all("/contacts")).toHaveLength(PEOPLE.length + STATUSES);
});

test("its 10 broken ones are kept, each with its place, and one alarm tells", async () => {
  const kept = await api.all("/callbacks?state=broken");
  expect(kept).toHaveLength(BROKEN);
  expect(new Set(kept.map(({ pointer }) => pointer)).size).toBe(BROKEN);
  const reasons = Object.groupBy(kept, ({ reason }) => reason);
  expect(reasons.unreadable).toHaveLength(BROKEN - 2);
  expect(reasons.unknown_channel).toHaveLength(2);
  await open.cloud.advance(60_000);
  const alarms = (await ask(`${open.cloud.url}/local/alarms`, "GET")).body.data;
  expect(alarms.map(({ name }: Body) => name)).toContain("local-callbacks-kept");
  expect(open.cloud.iam.denied()).toEqual([]);
});

test("and no line of any log holds a token, a number or a word of it (pitfall 38)", () => {
  const lines = open.cloud.logs.tail().map(({ line }) => line);
  expect(lines.length).toBeGreaterThan(0);
  const secrets = ["local-app-secret", "local-meta-token", "4477009", PADDING.slice(0, 20)];
  for (const secret of [...secrets, "lookaside"]) {
    expect(
      lines.filter((line) => line.includes(secret)),
      secret,
    ).toEqual([]);
  }
});
