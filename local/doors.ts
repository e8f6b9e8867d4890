import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { parseAdvance } from "./clock.ts";
import type { Cloud } from "./cloud.ts";
import { docsPage } from "./pages/docsPage.ts";
import { landingPage } from "./pages/landingPage.ts";
import { phonePage } from "./pages/phonePage.ts";
import { customersOf } from "./seed.ts";
import { LOCAL_KEYS, type Tenants } from "./tenants.ts";
import type { Handler } from "./web.ts";

/** The laptop's own doors: `/local/*`, `/`, `/docs`, `/phone`. They take no key. */

const BODY_BYTES_MAX = 100_000;

const advanceSchema = z.strictObject({ advance: z.string() });
const workspaceSchema = z.strictObject({ name: z.string().min(1).max(200).optional() });

/** What a door answers: JSON, or a page. */
type Answer = { readonly json: unknown } | { readonly page: string };
type Door = (body: unknown) => Answer | Promise<Answer>;

/** Input that the door refuses, with what to do. */
class Refusal extends Error {}

export function localDoors(cloud: Cloud, tenants: Tenants): Handler {
  const doors = tableOf(cloud, tenants);
  return async (request, response) => {
    const path = new URL(request.url ?? "/", cloud.url).pathname;
    const door = doors.get(`${request.method} ${path}`);
    if (door === undefined) {
      const known = [...doors.keys()].some((key) => key.endsWith(` ${path}`));
      if (known) send(response, 405, "application/json", { message: "Method Not Allowed" });
      return known;
    }
    try {
      const answer = await door(request.method === "POST" ? await bodyOf(request) : {});
      if ("page" in answer) send(response, 200, "text/html; charset=utf-8", answer.page);
      else send(response, 200, "application/json", answer.json);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send(response, 422, "application/json", { message: error.message });
    }
    return true;
  };
}

function tableOf(cloud: Cloud, tenants: Tenants): Map<string, Door> {
  return new Map<string, Door>([
    ["GET /", () => ({ page: landing(cloud) })],
    ["GET /docs", async () => ({ page: docsPage(await openapiOf(cloud)) })],
    ["GET /phone", () => ({ page: phone(cloud) })],
    ["POST /local/clock", async (body) => ({ json: await moved(cloud, body) })],
    ["POST /local/settle", async () => ({ json: await cloud.settle() })],
    ["GET /local/denied", () => ({ json: { data: cloud.iam.denied() } })],
    ["GET /local/grants", () => ({ json: { data: cloud.iam.grants() } })],
    ["GET /local/alarms", () => ({ json: { data: alarmsOf(cloud) } })],
    ["GET /local/events", () => ({ json: { data: cloud.bus.recent() } })],
    ["GET /local/logs", () => ({ json: { data: cloud.logs.tail() } })],
    [
      "POST /local/workspaces",
      async (body) => {
        const { name = "test" } = parsed(workspaceSchema, body);
        return { json: await tenants.create(name) };
      },
    ],
  ]);
}

async function moved(cloud: Cloud, body: unknown): Promise<{ now: string }> {
  const { advance } = parsed(advanceSchema, body);
  try {
    return { now: new Date(await cloud.advance(parseAdvance(advance))).toISOString() };
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal(error.message);
    throw error;
  }
}

function alarmsOf(cloud: Cloud) {
  cloud.alarms.check();
  return cloud.alarms.list();
}

async function openapiOf(cloud: Cloud): Promise<object> {
  const reply = await fetch(`${cloud.url}/v1/openapi.json`);
  return z.looseObject({}).parse(await reply.json());
}

function landing(cloud: Cloud): string {
  return landingPage({ url: cloud.url, keys: LOCAL_KEYS, docs: "/docs", phone: "/phone" });
}

function phone(cloud: Cloud): string {
  return phonePage({ businesses: cloud.graph.businesses(), customers: customersOf() });
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Refusal(z.prettifyError(result.error));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Refusal("The body is too large.");
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("Send JSON, or nothing.");
  }
}

function send(response: ServerResponse, status: number, type: string, body: unknown): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": type }).end(text);
}
