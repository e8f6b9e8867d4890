import { expect } from "vitest";
import * as z from "zod";
import { errorOf, type GraphRig, NUMBER } from "./graphRig.ts";

export const ACCOUNT = `${NUMBER.wabaId}/message_templates`;
export const STATUS = "message_template_status_update";
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const listSchema = z.object({
  data: z.array(z.looseObject({ name: z.string().optional() })),
  paging: z
    .looseObject({ cursors: z.object({ before: z.string(), after: z.string() }) })
    .optional(),
});

export const bodyOf = (text: string) => [{ type: "body", text }];
export const subcodeOf = (answer: { body: unknown }) => errorOf(answer).error_subcode ?? null;

/** The templates of the rig's account, through the Graph API. */
export class TemplateRig {
  readonly #rig: GraphRig;

  constructor(rig: GraphRig) {
    this.#rig = rig;
  }

  create(name: string, more: object = {}) {
    return this.#rig.call("POST", ACCOUNT, {
      name,
      language: "en_US",
      category: "utility",
      components: bodyOf(`It is about ${name}.`),
      ...more,
    });
  }

  async made(name: string, more: object = {}): Promise<string> {
    const { status, body } = await this.create(name, more);
    expect(body, JSON.stringify(body)).toMatchObject({ status: "PENDING" });
    expect(status).toBe(200);
    return String(body.id);
  }

  /** One that passed its review; what that told is forgotten. */
  async approved(name: string, more: object = {}): Promise<string> {
    const id = await this.made(name, more);
    this.#rig.offsetMs += 2_000;
    await this.#rig.idle();
    this.#rig.told.length = 0;
    return id;
  }

  async get(id: string, fields = "status,category,components") {
    return (await this.#rig.call("GET", `${id}?fields=${fields}`)).body;
  }

  async list(query: string) {
    const { body } = await this.#rig.call("GET", `${ACCOUNT}?${query}`);
    const { data, paging } = listSchema.parse(body);
    return { names: data.map(({ name }) => name), data, paging };
  }

  happens(templateId: string, event: string, more: object = {}) {
    return this.#rig.sim("templates", { templateId, event, ...more });
  }
}
