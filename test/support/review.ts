import { expect, inject } from "vitest";
import { ask, type Body } from "./api.ts";
import { factsOf, settle, type Workspace } from "./client.ts";

/** Templates through the front door, and what the pretend Meta makes of them. */

const { url } = inject("cloud");

/** Nobody's draft yet: every story takes a name of its own inside its workspace. */
export const orderReady = (given: Body = {}) => ({
  name: "order_ready",
  language: "en_US",
  category: "utility",
  components: [
    {
      type: "body",
      text: "Hi {{first_name}}, your order is ready to collect.",
      examples: { first_name: "Ada" },
    },
  ],
  ...given,
});

export async function draft({ admin, whatsapp }: Workspace, given: Body = {}): Promise<Body> {
  const { status, body } = await admin.post("/templates", {
    channelId: whatsapp,
    ...orderReady(given),
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

export async function submit({ admin }: Workspace, { id }: Body): Promise<Body> {
  const { status, body } = await admin.post(`/templates/${id}/submit`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

export const read = async ({ agent }: Workspace, { id }: Body): Promise<Body> =>
  (await agent.get(`/templates/${id}`)).body;

/** A review takes two seconds of real time, and settling waits for it. */
export async function reviewed(one: Workspace, given: Body = {}): Promise<Body> {
  const template = await submit(one, await draft(one, given));
  await settle();
  return read(one, template);
}

/** What Meta does to a template of its own accord; waits until we know. */
export async function metaDoes(
  { meta }: Workspace,
  event: string,
  { name, language }: Body,
  more: Body = {},
): Promise<void> {
  const { phoneNumberId } = meta;
  const given = { event, name, language, phoneNumberId, ...more };
  const answer = await ask(`${url}/sim/graph/templates`, "POST", given);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  await settle();
}

/** Something that Meta made in its own pages. */
export async function metaMakes({ meta }: Workspace, template: Body): Promise<void> {
  const given = { event: "create", template, phoneNumberId: meta.phoneNumberId };
  const answer = await ask(`${url}/sim/graph/templates`, "POST", given);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
}

export const statuses = ({ statusHistory }: Body): string[] =>
  statusHistory.map(({ status }: Body) => status);

/** What the bus was told, each fact once: it may come more often, under the same id. */
export async function told({ id }: Workspace, type: string): Promise<Body[]> {
  const facts = await factsOf(id, type);
  return [...new Map(facts.map((fact) => [fact.id, fact])).values()];
}
