import { expect, inject } from "vitest";
import { type Answer, type Api, apiAt, ask, type Body } from "./api.ts";
import { type Meta, metaOf } from "./meta.ts";

/** What stories use: the front doors of the one laptop cloud, and nothing behind them. */

const { url } = inject("cloud");

export type { Answer, Api, Body };

export const apiOf = (key: string | null): Api => apiAt(url, key);

/** Of the cloud against real time, null before it is asked for; only stories move it. */
let offsetMs: number | null = null;

/** The cloud's time, ms since the epoch. */
export function now(): number {
  return Date.now() + (offsetMs ?? 0);
}

/** Moves the clock (`24h`, `90s`) and waits for all work that is then due. */
export async function advance(by: string): Promise<void> {
  const { status, body } = await ask(`${url}/local/clock`, "POST", { advance: by });
  expect(status, JSON.stringify(body)).toBe(200);
  offsetMs = Date.parse(body.now) - Date.now();
}

/** Waits until nothing is under way anywhere in the cloud. */
export async function settle(): Promise<void> {
  const { body } = await ask(`${url}/local/settle`, "POST");
  expect(body).toEqual({ settled: true, pending: [] });
}

/** One of the laptop's own lists: `denied`, `alarms`, `events`. */
export async function local(list: "denied" | "alarms" | "events"): Promise<Body[]> {
  return (await ask(`${url}/local/${list}`, "GET")).body.data;
}

/** Every story file ends so: no function asked for more than its role allows. */
export async function expectNothingDenied(): Promise<void> {
  await settle();
  expect(await local("denied")).toEqual([]);
}

/** What the bus was told of a workspace, oldest first. */
export async function factsOf(workspaceId: string, type?: string): Promise<Body[]> {
  const facts = (await local("events")).map(({ event }) => event.detail);
  return facts.filter(
    (fact) => fact.workspaceId === workspaceId && (type === undefined || fact.type === type),
  );
}

export interface Workspace {
  readonly id: string;
  readonly admin: Api;
  readonly agent: Api;
  readonly channels: readonly { readonly id: string; readonly kind: string }[];
  /** The id of its WhatsApp channel. */
  readonly whatsapp: string;
  /** Meta, as it calls this workspace's app. */
  readonly meta: Meta;
}

/** A workspace of its own for a story. */
export async function workspace(): Promise<Workspace> {
  if (offsetMs === null) await advance("0s");
  const { body } = await ask(`${url}/local/workspaces`, "POST", {});
  const channel = body.channels.find((one: Body) => one.kind === "whatsapp");
  const { channelKey, phoneNumberId } = channel;
  return {
    id: body.id,
    admin: apiOf(body.adminKey),
    agent: apiOf(body.agentKey),
    channels: body.channels,
    whatsapp: channel.id,
    meta: metaOf({ url, channelKey, phoneNumberId, now }),
  };
}
