import { expect, inject } from "vitest";
import { type Api, ask, type Body } from "./api.ts";
import type { Workspace } from "./client.ts";
import { callbackOf, type Json, type Meta } from "./meta.ts";

/** Who somebody is: names as Meta tells them, and contacts as the API shows them. */

const { url } = inject("cloud");

export const USER = "GB.71000000000000000001";
export const NEXT_USER = "GB.71000000000000000003";
export const PARENT = "GB.ENT.82000000000000000002";

/** `kind value` of every identity, sorted. */
export const namesOf = ({ identities }: Body): string[] =>
  identities.map(({ kind, value }: Body) => `${kind} ${value}`).sort();

/** As `namesOf` writes a number that Meta names and people can dial, and what else there is. */
export const named = (phone: string, ...more: readonly string[]): string[] =>
  [`phone ${phone}`, `wa_id ${phone.slice(1)}`, ...more].toSorted();

/** The only contact of the workspace. */
export async function onlyContact(api: Api): Promise<Body> {
  const [contact, ...others] = await api.all("/contacts");
  expect(others).toEqual([]);
  return contact;
}

/** The texts of all messages of a conversation, in no order. */
export async function textsIn(api: Api, conversationId: string): Promise<Set<string>> {
  const messages = await api.all(`/conversations/${conversationId}/messages`);
  return new Set(messages.map(({ content }) => content.text));
}

/** The customer of the pretend Meta has another number from now on. */
export const changesNumber = (one: Workspace, body: Json) => door(one, "changeNumber", body);

/** The customer of the pretend Meta has another user id from now on. */
export const changesUserId = (one: Workspace, body: Json) => door(one, "changeUserId", body);

async function door({ meta }: Workspace, name: string, body: Json): Promise<Body> {
  const { channelKey, phoneNumberId } = meta;
  const given = { channelKey, phoneNumberId, ...body };
  const answer = await ask(`${url}/sim/graph/${name}`, "POST", given);
  expect(answer.body).toMatchObject({ delivered: true });
  return answer.body;
}

/** A system message by hand; `at` in seconds. */
export function tellsSystem(meta: Meta, at: number, from: Json, system: Json): Promise<number> {
  const message = { ...from, id: `wamid.${JSON.stringify([from, system])}`, timestamp: `${at}` };
  const said = { contact: null, message: { ...message, type: "system", system } };
  return meta.post(meta.callback([said]));
}

/** The field `user_id_update` by hand; `at` in seconds. */
export function tellsUserId(meta: Meta, at: number, update: Json): Promise<number> {
  const metadata = { display_phone_number: "15550100001", phone_number_id: meta.phoneNumberId };
  const elements = [{ detail: "User id changed", timestamp: String(at), ...update }];
  const value = { messaging_product: "whatsapp", metadata, user_id_update: elements };
  return meta.post(callbackOf([{ field: "user_id_update", value }]));
}
