import { randomUUID } from "node:crypto";
import { expect, inject } from "vitest";
import { type Answer, type Api, ask, type Body } from "./api.ts";
import { settle, type Workspace } from "./client.ts";
import type { Customer } from "./meta.ts";

/** Sending through the front door, and what the pretend Meta makes of it. */

const { url } = inject("cloud");

/** Somebody of Ofcom's numbers for drama; no magic number. */
export const PHONE = "+447700900123";

/** How Meta behaves from now on, for the whole cloud; `{}` is normal again. */
export const play = (script: object) => door("script", script);

/** The customer taps a button or a row; `messageId` is the provider's. */
export const press = (messageId: string, tap: object) => door("press", { messageId, ...tap });

/** The customer sees the message with this provider id. */
export const sees = (messageId: string) => door("read", { messageId });

/** What the customer's phone shows of this workspace. */
export async function phoneOf({ meta }: Workspace, number: string): Promise<Body> {
  const query = new URLSearchParams({ number, phoneNumberId: meta.phoneNumberId });
  return (await ask(`${url}/sim/graph/chats?${query}`, "GET")).body;
}

/** Everything that Meta accepted from the number of this workspace, oldest first. */
export async function ledgerOf({ admin, whatsapp }: Workspace): Promise<Body[]> {
  const { address } = (await admin.get(`/channels/${whatsapp}`)).body;
  const { body } = await ask(`${url}/sim/graph/ledger`, "GET");
  return body.data.filter(({ from }: Body) => from === address);
}

/** The one template that every number has. */
export async function welcome({ agent }: Workspace, name = "Ada"): Promise<Body> {
  const [template] = await agent.all("/templates");
  return { type: "template", templateId: template.id, variables: { first_name: name } };
}

/** A send that nobody repeats. */
export function send(api: Api, path: string, body: unknown): Promise<Answer> {
  return api.post(path, body, { "idempotency-key": randomUUID() });
}

/** Sends a template to a number that may never have written; answers the message. */
export async function sendTo(one: Workspace, to: string, content?: Body): Promise<Body> {
  const given = { channelId: one.whatsapp, to, content: content ?? (await welcome(one)) };
  const { status, body } = await send(one.agent, "/messages", given);
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

export interface Talk {
  readonly conversation: Body;
  readonly customer: Customer;
  /** The customer's message. */
  readonly heard: Body;
  /** Replies; answers the message as it was accepted. */
  reply(content: Body, more?: object): Promise<Body>;
}

/** Somebody has written to the workspace and can be answered. */
export async function talkWith({ agent, meta }: Workspace, phone = PHONE): Promise<Talk> {
  const customer = meta.customer({ phone, name: "Ada" });
  await customer.phones("Hello");
  await settle();
  const all = await agent.all("/conversations");
  const conversation = all.find(({ address }) => address === phone);
  const path = `/conversations/${conversation.id}/messages`;
  const [heard] = await agent.all(path);
  const reply: Talk["reply"] = async (content, more = {}) => {
    const { status, body } = await send(agent, path, { content, ...more });
    expect(status, JSON.stringify(body)).toBe(202);
    return body;
  };
  return { conversation, customer, heard, reply };
}

export async function messageOf({ agent }: Workspace, { id }: Body): Promise<Body> {
  return (await agent.get(`/messages/${id}`)).body;
}

/** Waits for one message alone: others may still be under way. */
export async function becomes(one: Workspace, sent: Body, expected: object): Promise<Body> {
  const look = () => messageOf(one, sent);
  await expect.poll(look, { timeout: 10_000, interval: 20 }).toMatchObject(expected);
  return look();
}

async function door(name: string, body: object): Promise<Body> {
  const answer = await ask(`${url}/sim/graph/${name}`, "POST", body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}
