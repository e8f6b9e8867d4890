/** `/{WABA}/message_templates` and `/{TEMPLATE_ID}` (sections 8.1 and 8.4). */
import * as z from "zod";
import type { Clock, Shelf, State } from "../../parts.ts";
import { type Answer, GraphRefusal } from "./answer.ts";
import { type Call, type GraphNode, jsonOf, onAccount } from "./call.ts";
import type { Callbacks } from "./callbacks.ts";
import type { MessageTemplate } from "./messageTemplate.ts";
import { fault, type Json, SUBCODES, type TemplateFault } from "./templateFault.ts";
import { deletionOf, isSendable, rewritten } from "./templateLife.ts";
import { templateList } from "./templateList.ts";
import { categoryOf, checkTemplate } from "./templateRules.ts";
import { fieldsAsked, normalised, shown } from "./templateShown.ts";
import { draft, submittedSchema, wordsOf } from "./templateSubmitted.ts";
import type { Templates } from "./templates.ts";
import type { Uploads } from "./uploads.ts";

export interface TemplateApiConfig {
  readonly clock: Clock;
  readonly state: State;
  readonly callbacks: Callbacks;
  readonly templates: Templates;
  readonly uploads: Uploads;
  /** Base of the server, for the addresses of further pages. */
  readonly callbackUrl: () => string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CREATIONS_PER_HOUR = 100;
const EDITS = [
  { withinMs: DAY_MS, max: 1 },
  { withinMs: 30 * DAY_MS, max: 10 },
];
const DELETIONS_MAX = 100;

export class TemplateApi {
  readonly #config: TemplateApiConfig;
  /** When each account created, in the last hour. */
  readonly #creations: Shelf<number[]>;

  constructor(config: TemplateApiConfig) {
    this.#config = config;
    this.#creations = config.state.shelf("graph.templateCreations");
  }

  nodes(): GraphNode[] {
    const { templates, callbackUrl } = this.#config;
    return [
      onAccount({
        "POST message_templates": (call) => this.#create(call),
        "GET message_templates": (call) => {
          return templateList(call, templates.of(call.number.wabaId), callbackUrl());
        },
        "DELETE message_templates": (call) => this.#delete(call),
      }),
      {
        owner: (id, known) => {
          const wabaId = templates.byId(id)?.wabaId;
          return known.find((number) => number.wabaId === wabaId);
        },
        calls: {
          GET: (call) => this.#get(call),
          POST: (call) => this.#edit(call),
          "POST unpause": (call) => this.#unpause(call),
        },
      },
    ];
  }

  async #create(call: Call): Promise<Answer> {
    const body = await jsonOf(call);
    const wrong = checkTemplate(body);
    if (wrong !== null) throw refusalOf(wrong);
    const submitted = submittedSchema.parse(body);
    this.#checkAccount(call, submitted);
    const { templates, callbacks, clock, state } = this.#config;
    const { wabaId } = call.number;
    const now = clock.now();
    const { id, status, category } = state.atOnce(() => {
      this.#creations.put(wabaId, [...this.#createdLately(wabaId), now]);
      const made = draft(wabaId, submitted, now);
      const correct = callbacks.script.templateCategory;
      return templates.add(correct === null ? made : { ...made, category: correct });
    });
    return { status: 200, body: { id, status, category } };
  }

  /** What depends on the account: its counters, its other templates, its uploads. */
  #checkAccount({ number }: Call, submitted: z.infer<typeof submittedSchema>): void {
    const { wabaId } = number;
    const { templates, callbacks } = this.#config;
    const { name, language } = submitted;
    if (this.#createdLately(wabaId).length >= CREATIONS_PER_HOUR) {
      throw new GraphRefusal(80008, `At most ${CREATIONS_PER_HOUR} templates an hour`, null);
    }
    const all = templates.of(wabaId);
    if (all.length >= callbacks.script.templatesMax) {
      throw refusalOf(fault("The account has no room for more", SUBCODES.accountFull));
    }
    if (all.some((one) => one.name === name && one.language === language)) {
      const message = `There is already content in ${language} for ${name}`;
      throw refusalOf(fault(message, SUBCODES.languageExists));
    }
    if (templates.isLocked(wabaId, name, language)) {
      const message = `${name} was deleted; its name is free again 30 days later`;
      throw refusalOf(fault(message, SUBCODES.coolingDown));
    }
    this.#checkWords(all, submitted);
    this.#checkHandles(wabaId, submitted.components);
  }

  /** Other languages of the same template may well say the same. */
  #checkWords(
    all: readonly MessageTemplate[],
    { name, category, components }: z.infer<typeof submittedSchema>,
  ): void {
    if (categoryOf(category) === "AUTHENTICATION") return;
    const words = wordsOf(components);
    const same = all.find((one) => one.name !== name && wordsOf(one.components) === words);
    if (same === undefined) return;
    throw refusalOf(fault(`The body and the footer are those of ${same.name}`));
  }

  #checkHandles(wabaId: string, components: readonly Json[]): void {
    const problem = this.#config.uploads.handleProblem(wabaId, components);
    if (problem !== null) throw refusalOf(fault(problem, SUBCODES.handle));
  }

  #createdLately(wabaId: string): number[] {
    const since = this.#config.clock.now() - HOUR_MS;
    return (this.#creations.get(wabaId) ?? []).filter((at) => at > since);
  }

  #of({ id }: Call): MessageTemplate {
    const template = this.#config.templates.byId(id);
    if (template === undefined) throw new GraphRefusal(100, `No template has the id ${id}`, null);
    return template;
  }

  #get(call: Call): Answer {
    const asked = fieldsAsked(call.query.get("fields"));
    if ("unknown" in asked) {
      throw new GraphRefusal(100, `A template has no field ${asked.unknown}`, null);
    }
    return { status: 200, body: shown(this.#of(call), asked.fields) };
  }

  async #edit(call: Call): Promise<Answer> {
    const body = await jsonOf(call);
    const template = this.#of(call);
    const { templates, clock } = this.#config;
    const now = clock.now();
    const wasLive = isSendable(template);
    checkEditable(template, body, now);
    const submitted = editedOf(template, body);
    if (body.components !== undefined) this.#checkHandles(template.wabaId, submitted.components);
    const { category, lifeSeconds } = draft(template.wabaId, submitted, now);
    const edited: MessageTemplate = {
      ...template,
      category,
      lifeSeconds,
      editedAt: wasLive ? [...template.editedAt, now].slice(-10) : template.editedAt,
    };
    const { after, told } = rewritten(edited, normalised(submitted.components), now);
    const isRewritten = body.components !== undefined;
    templates.keep(after, isRewritten ? told : []);
    return { status: 200, body: { success: true, id: template.id, name: template.name, category } };
  }

  /** Quality pauses end by themselves; only pacing pauses are ended by hand (section 8.4). */
  #unpause(call: Call): Answer {
    const template = this.#of(call);
    const isTimed = template.due.some(({ what }) => what === "resume");
    if (template.status !== "PAUSED" || isTimed) {
      const reason = isTimed ? "It is paused for its quality." : "It is not paused.";
      return { status: 200, body: { success: false, reason } };
    }
    this.#config.templates.happen(template, { event: "resume" });
    return { status: 200, body: { success: true } };
  }

  #delete({ number, query }: Call): Answer {
    const { templates } = this.#config;
    const doomed = chosen(templates.of(number.wabaId), query);
    if (doomed.some(({ status }) => status === "DISABLED")) {
      throw refusalOf(fault("A disabled template stays", SUBCODES.notEditable));
    }
    templates.remove(doomed, deletionOf);
    return { status: 200, body: { success: true } };
  }
}

function refusalOf({ code, subcode, message }: TemplateFault): GraphRefusal {
  return new GraphRefusal(code, message, subcode);
}

const idsSchema = z.array(z.string()).min(1).max(DELETIONS_MAX);

function chosen(all: readonly MessageTemplate[], query: URLSearchParams): MessageTemplate[] {
  const [name, id, ids] = [query.get("name"), query.get("hsm_id"), query.get("hsm_ids")];
  if (ids !== null) {
    if (name !== null || id !== null) throw refusalOf(fault("hsm_ids stands alone"));
    const wanted = [...new Set(idsIn(ids))];
    const found = all.filter((template) => wanted.includes(template.id));
    if (found.length === wanted.length) return found;
    throw refusalOf(fault("hsm_ids: one of them is no template of this account"));
  }
  if (name === null) throw refusalOf(fault("name is missing"));
  const found = all.filter((one) => one.name === name && one.id === (id ?? one.id));
  if (found.length > 0) return found;
  throw refusalOf(fault(`There is no such template: ${name}${id === null ? "" : `, ${id}`}`));
}

function idsIn(text: string): string[] {
  try {
    return idsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw refusalOf(fault(`hsm_ids: a list of 1 to ${DELETIONS_MAX} ids: ${String(cause)}`));
  }
}

function checkEditable(template: MessageTemplate, body: Json, now: number): void {
  const { status, editedAt } = template;
  const keys = Object.keys(body);
  const stray = keys.find((key) => !EDITABLE.includes(key));
  if (stray !== undefined || keys.length === 0) {
    throw refusalOf(fault(`${stray ?? "nothing"}: an edit takes ${EDITABLE.join(", ")}`));
  }
  const isLive = isSendable(template);
  if (!isLive && status !== "REJECTED" && status !== "PAUSED") {
    throw refusalOf(fault(`A template that is ${status} cannot be edited`, SUBCODES.notEditable));
  }
  if (!isLive) return;
  const category = categoryOf(body.category);
  if (body.category !== undefined && category !== template.category) {
    throw refusalOf(fault("The category of an approved template stays"));
  }
  for (const { withinMs, max } of EDITS) {
    if (editedAt.filter((at) => at > now - withinMs).length < max) continue;
    const days = withinMs / DAY_MS;
    const message = `An approved template is edited ${max} time(s) in ${days} day(s) at most`;
    throw refusalOf(fault(message, SUBCODES.notEditable));
  }
}

const EDITABLE = ["category", "components", "message_send_ttl_seconds"];

/** The whole template as it would be submitted after the edit, checked like a new one. */
function editedOf(template: MessageTemplate, body: Json): z.infer<typeof submittedSchema> {
  const { name, language, category, parameterFormat, components, lifeSeconds } = template;
  const whole = {
    name,
    language,
    category,
    parameter_format: parameterFormat,
    components,
    ...(lifeSeconds !== null && { message_send_ttl_seconds: lifeSeconds }),
    ...body,
  };
  const wrong = checkTemplate(whole);
  if (wrong !== null) throw refusalOf(wrong);
  return submittedSchema.parse(whole);
}
