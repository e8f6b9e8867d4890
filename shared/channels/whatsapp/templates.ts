import * as z from "zod/mini";
import { accountIdOf, type Channel } from "../../domain/channels.ts";
import { DomainError, unavailable } from "../../domain/errors.ts";
import type { TemplateDesk, TemplateMade } from "../../domain/templateDesk.ts";
import type { TemplateReport } from "../../domain/templateEvents.ts";
import type { Template, TemplateComponent } from "../../domain/templates.ts";
import type { Seal } from "../../ports.ts";
import { tokenOf } from "./check.ts";
import type { GraphPlace } from "./graph.ts";
import { type Sample, uploadSample } from "./samples.ts";
import { EXISTS, graphErrorOf, refusalOf, UNKNOWN_ID } from "./templateErrors.ts";
import { categoryOf, remoteSchema, reportOf, statusOf } from "./templateReport.ts";
import { createBody, editBody } from "./templateWire.ts";

/** A request of a person waits for two of these at most, and for 20 s in all. */
const TIMEOUT_MS = 7_000;
const PAGE = 100;
/** An account has 6,000 templates at most (section 8.4). */
const PAGES_MAX = 70;
const FIELDS =
  "id,name,status,category,language,components,parameter_format,quality_score,rejected_reason," +
  "correct_category,message_send_ttl_seconds";

const madeSchema = z.looseObject({
  id: z.string(),
  status: z.optional(z.string()),
  category: z.optional(z.string()),
});
const pageSchema = z.looseObject({
  data: z.array(z.unknown()),
  paging: z.optional(
    z.looseObject({
      cursors: z.optional(z.looseObject({ after: z.optional(z.string()) })),
      next: z.optional(z.string()),
    }),
  ),
});

type Query = Readonly<Record<string, string>>;
interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Query;
  readonly body?: object;
}
type Reply = { readonly status: number; readonly body: unknown } | { readonly lost: string };

type AppIdOf = (channelKey: string) => Promise<string | null>;
type Page = Awaited<ReturnType<TemplateDesk["page"]>>;

/** Meta's template API (WhatsApp reference, sections 8.1 and 9.3). */
export class WhatsappTemplates implements TemplateDesk {
  readonly #place: GraphPlace;
  readonly #seal: Seal;
  readonly #appIdOf: AppIdOf;

  constructor(place: GraphPlace, seal: Seal, appIdOf: AppIdOf) {
    this.#place = place;
    this.#seal = seal;
    this.#appIdOf = appIdOf;
  }

  async create(channel: Channel, template: Template, handle: string | null): Promise<TemplateMade> {
    const path = `${accountFor(channel)}/message_templates`;
    const body = createBody(template, handle);
    const reply = await this.#ask(channel, { method: "POST", path, body });
    if ("lost" in reply) return { kind: "lost" };
    const made = reply.status === 200 ? madeSchema.safeParse(reply.body) : null;
    if (made?.success === true) {
      const { id: providerId, status, category } = made.data;
      const known = { status: statusOf(status) ?? "pending", category: categoryOf(category) };
      return { kind: "made", providerId, ...known };
    }
    const error = graphErrorOf(reply.body);
    if (error?.subcode === EXISTS) return { kind: "exists" };
    // A success that cannot be read, or a page of something in between, tells nothing.
    if (error === null) return { kind: "lost" };
    throw refusalOf(reply.body, reply.status, template.components);
  }

  async edit(
    channel: Channel,
    template: Template,
    how: { providerId: string; handle: string | null; withCategory: boolean },
  ): Promise<void> {
    const { providerId: path, handle, withCategory } = how;
    const body = editBody(template, handle, withCategory);
    await this.#must(channel, { method: "POST", path, body }, template.components);
  }

  async remove(channel: Channel, { name }: Template, providerId: string | null): Promise<void> {
    // By its name alone, a template goes in all of its languages.
    const query: Query = providerId === null ? { name } : { hsm_id: providerId, name };
    const path = `${accountFor(channel)}/message_templates`;
    const reply = await this.#ask(channel, { method: "DELETE", path, query });
    if ("status" in reply && isUnknown(reply.body)) return;
    bodyOf(reply, []);
  }

  async read(channel: Channel, providerId: string): Promise<TemplateReport | null> {
    const query = { fields: FIELDS };
    const reply = await this.#ask(channel, { method: "GET", path: providerId, query });
    if ("status" in reply && isUnknown(reply.body)) return null;
    return reportIn(bodyOf(reply, []));
  }

  async find(channel: Channel, name: string, language: string): Promise<TemplateReport | null> {
    let position: string | null = null;
    for (let count = 0; count < PAGES_MAX; count++) {
      // The filter is an old one (section 8.1): it is a hint, and looked at again here.
      const found: Page = await this.#list(channel, position, { name });
      const report = found.items.find((each) => each.name === name && each.language === language);
      if (report !== undefined) return report;
      position = found.position;
      if (position === null) return null;
    }
    throw unavailable("Meta has more templates than can be looked through.");
  }

  page(channel: Channel, position: string | null): Promise<Page> {
    return this.#list(channel, position, {});
  }

  async uploadSample(channel: Channel, sample: Sample): Promise<string> {
    const appId = await this.#appIdOf(channel.whatsapp?.channelKey ?? "");
    if (appId === null) throw new Error("The Meta app of a channel is gone.");
    return uploadSample(this.#place, await tokenFor(channel, this.#seal), appId, sample);
  }

  async #list(channel: Channel, position: string | null, filter: Query): Promise<Page> {
    const after: Query = position === null ? {} : { after: position };
    const query = { fields: FIELDS, limit: String(PAGE), ...filter, ...after };
    const path = `${accountFor(channel)}/message_templates`;
    return pageIn(await this.#must(channel, { method: "GET", path, query }, []));
  }

  async #ask(channel: Channel, call: Call): Promise<Reply> {
    return answered(this.#place, await tokenFor(channel, this.#seal), call);
  }

  async #must(channel: Channel, call: Call, components: readonly TemplateComponent[]) {
    return bodyOf(await this.#ask(channel, call), components);
  }
}

async function tokenFor(channel: Channel, seal: Seal): Promise<string> {
  const token = await tokenOf(channel, seal);
  if (token !== null) return token;
  const detail = "The channel has no access token that can be opened; an admin must give one.";
  throw new DomainError("channel_broken", detail);
}

function accountFor(channel: Channel): string {
  const account = accountIdOf(channel);
  if (account === null) throw new Error("This channel has no account for templates.");
  return account;
}

async function answered(place: GraphPlace, token: string, call: Call): Promise<Reply> {
  const { method, path, query = {}, body } = call;
  const search = new URLSearchParams(query).toString();
  const url = `${place.url}/${place.version}/${path}${search === "" ? "" : `?${search}`}`;
  try {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: json(await response.text()) };
  } catch (error) {
    return { lost: error instanceof Error ? error.name : "unknown" };
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What stands before Meta answers an outage in HTML (section 11.1).
    return null;
  }
}

function isUnknown(body: unknown): boolean {
  const error = graphErrorOf(body);
  return error?.code === 100 && error.subcode === UNKNOWN_ID;
}

function bodyOf(reply: Reply, components: readonly TemplateComponent[]): unknown {
  if ("lost" in reply) throw unavailable("Meta did not answer; try again in a moment.");
  if (reply.status === 200 && graphErrorOf(reply.body) === null) return reply.body;
  throw refusalOf(reply.body, reply.status, components);
}

function reportIn(body: unknown): TemplateReport {
  const parsed = remoteSchema.safeParse(body);
  if (parsed.success) return reportOf(parsed.data);
  throw unavailable("Meta answered something that cannot be read; try again later.");
}

/** All or nothing: what could not be read must not look as if it were not there. */
function pageIn(body: unknown): Awaited<ReturnType<TemplateDesk["page"]>> {
  const parsed = pageSchema.safeParse(body);
  if (!parsed.success) {
    throw unavailable("Meta answered a list that cannot be read; try again later.");
  }
  const { data, paging } = parsed.data;
  const after = paging?.cursors?.after;
  return {
    items: data.map(reportIn),
    position: paging?.next === undefined || after === undefined ? null : after,
  };
}
