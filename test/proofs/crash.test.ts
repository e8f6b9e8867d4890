import { afterAll, expect, test, vi } from "vitest";
import { type Api, ask, type Body } from "../support/api.ts";
import { adminAt, advanceAt, metaAt, settleAt, tellAll } from "../support/laptop.ts";
import type { Json, Meta, Said } from "../support/meta.ts";
import {
  childrenOf,
  freshFolder,
  goneWithin,
  type Laptop,
  runLaptop,
  startLaptop,
} from "../support/process.ts";

/**
 * A laptop cloud that is killed loses nothing that it acknowledged, does nothing twice, and leaves
 * no process behind. Everything here happens to real processes on real files; each test goes on
 * where the one before it stopped.
 */
vi.setConfig({ testTimeout: 120_000 });

const MESSAGES = 500;
const CUSTOMERS = 40;
const KILLED_AFTER = 200;
const GONE_WITHIN_MS = 5_000;
/** A clock is read over HTTP, on a busy machine. */
const CLOCKS_APART_MS = 5_000;

const folder = freshFolder();
let laptop: Laptop | null = null;

const start = async (): Promise<Laptop> => {
  laptop = await startLaptop({ flags: ["--port", "0", "--empty", "--data", folder.path] });
  return laptop;
};

function running(): Laptop {
  if (laptop === null) throw new Error("The laptop cloud is not running.");
  return laptop;
}

const phoneOf = (customer: number) => `+44770090${String(1_000 + customer)}`;

/** Customers write in turn, so that many of them are in the middle of something at any time. */
function conversations(meta: Meta): Said[] {
  return Array.from({ length: MESSAGES }, (_, place) => {
    const customer = place % CUSTOMERS;
    const person = meta.customer({ phone: phoneOf(customer), name: `Customer ${customer}` });
    return person.says(`Message ${place}`);
  });
}

/** Every message over the API, with its conversation. */
async function storedIn(api: Api): Promise<Body[]> {
  const found = await api.all("/conversations");
  const lists = await Promise.all(found.map(({ id }) => api.all(`/conversations/${id}/messages`)));
  return lists.flat();
}

const providerIds = (messages: readonly Body[]): string[] =>
  messages.map(({ providerId }) => providerId);

/** What people would miss: everything but the messages. */
async function belongings(url: string): Promise<Json> {
  const api = adminAt(url);
  const lists = ["/apiKeys", "/channels", "/contacts", "/conversations?assignee=none"];
  const [keys, channels, contacts, queue] = await Promise.all(lists.map((path) => api.all(path)));
  // A key notes when it was used, which is now.
  const lasting = keys?.map(({ lastUsedAt: _, ...key }) => key);
  return { keys: lasting, channels, contacts, queue };
}

async function clockOffset(url: string): Promise<number> {
  return (await advanceAt(url, "0s")) - Date.now();
}

/** When the schedule last had the channel checked. */
async function checkedAt(url: string): Promise<number> {
  const channels = await adminAt(url).all("/channels");
  const { health } = channels.find(({ kind }) => kind === "whatsapp");
  return Date.parse(health.checkedAt);
}

afterAll(async () => {
  await laptop?.kill("SIGKILL", "group");
  folder.remove();
});

const told: Said[] = [];
let answered = new Set<string>();
let kept: Json = {};
let offsetMs = 0;

test("killed with -9 in the middle of 500 webhooks, the process leaves no child", async () => {
  const { url, pid, kill } = await start();
  const children = childrenOf(pid);
  expect(children).toHaveLength(1);
  told.push(...conversations(metaAt(url)));
  answered = await tellAll(metaAt(url), told, (count) => {
    if (count === KILLED_AFTER) void kill("SIGKILL");
  });
  expect(answered.size).toBeGreaterThanOrEqual(KILLED_AFTER);
  expect(answered.size).toBeLessThan(MESSAGES);
  await goneWithin([pid, ...children], GONE_WITHIN_MS);
});

test("what was answered 200 is there exactly once, and nothing is there twice", async () => {
  const { url } = await start();
  await settleAt(url);
  const ids = providerIds(await storedIn(adminAt(url)));
  expect(ids).toHaveLength(new Set(ids).size);
  expect([...answered].filter((id) => !ids.includes(id))).toEqual([]);
});

test("when Meta tells the rest again, and some twice, all 500 are there once", async () => {
  const { url } = running();
  const rest = told.filter(({ message }) => !answered.has(message.id));
  const again = told.slice(0, CUSTOMERS);
  expect((await tellAll(metaAt(url), [...rest, ...again])).size).toBe(rest.length + again.length);
  await settleAt(url);
  const stored = await storedIn(adminAt(url));
  expect(stored).toHaveLength(MESSAGES);
  expect(new Set(providerIds(stored))).toEqual(new Set(told.map(({ message }) => message.id)));
  expect(new Set(stored.map(({ conversationId }) => conversationId)).size).toBe(CUSTOMERS);
});

test("the whole archive driven again changes nothing", async () => {
  const { url } = running();
  const api = adminAt(url);
  const before = await Promise.all([storedIn(api), belongings(url)]);
  const range = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
  const { body: started } = await api.post("/callbacks/redrive", range);
  await settleAt(url);
  const { body: redrive } = await api.get(`/callbacks/redrives/${started.id}`);
  expect(redrive).toMatchObject({ status: "completed", kept: 0 });
  expect(redrive.callbacks).toBeGreaterThanOrEqual(MESSAGES);
  expect(await Promise.all([storedIn(api), belongings(url)])).toEqual(before);
});

test("killed with -9 the whole group leaves nobody either", async () => {
  const { url, pid, kill } = running();
  await adminAt(url).post("/apiKeys", { name: "Kept", role: "agent" });
  await advanceAt(url, "3h");
  kept = await belongings(url);
  offsetMs = await clockOffset(url);
  const children = childrenOf(pid);
  expect(await kill("SIGKILL", "group")).toMatchObject({ signal: "SIGKILL" });
  await goneWithin([pid, ...children], GONE_WITHIN_MS);
});

test("keys, contacts, queue, channels, schedules and the clock are as before", async () => {
  const { url } = await start();
  expect(await belongings(url)).toEqual(kept);
  expect(Math.abs((await clockOffset(url)) - offsetMs)).toBeLessThan(CLOCKS_APART_MS);
  const before = await checkedAt(url);
  await advanceAt(url, "2h");
  expect(await checkedAt(url)).toBeGreaterThan(before);
});

test("a second start on the same folder is refused, and harms nothing", async () => {
  const { url, pid } = running();
  const flags = ["--port", "0", "--data", folder.path];
  const { code, output } = await runLaptop({ flags });
  expect(code).toBe(1);
  expect(output).toMatch(/another laptop cloud/);
  expect(output).toContain(folder.path);
  expect(output).not.toMatch(/^\s+at /m);
  expect((await ask(`${url}/v1/health`, "GET")).body).toEqual({ status: "ok" });
  expect(childrenOf(pid)).toHaveLength(1);
});

test("SIGTERM ends it cleanly: no child, the port free", async () => {
  const { pid, url, kill } = running();
  const children = childrenOf(pid);
  const startedAt = performance.now();
  const { code, output } = await kill("SIGTERM");
  expect(performance.now() - startedAt).toBeLessThan(GONE_WITHIN_MS);
  expect(code, output).toBe(0);
  await goneWithin(children, 0);
  await expect(fetch(url)).rejects.toThrow();
});
