/** What Meta, or a person in its own pages, does to a template (sections 2.4 and 8.4). */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { type DoorAnswer, type DoorsConfig, numberFor, parsed, Refused } from "./door.ts";
import { type MessageTemplate, TEMPLATE_STATUSES } from "./messageTemplate.ts";
import { REASONS } from "./templateLife.ts";
import { CATEGORIES, checkTemplate } from "./templateRules.ts";
import { draft, submittedSchema } from "./templateSubmitted.ts";

const record = z.record(z.string(), z.unknown());
const which = {
  templateId: z.string().optional(),
  name: z.string().optional(),
  language: z.string().optional(),
  channelKey: z.string().optional(),
  phoneNumberId: z.string().optional(),
};

const doorSchema = z.discriminatedUnion("event", [
  z.strictObject({
    ...which,
    event: z.literal("review"),
    verdict: z.enum(["APPROVED", "REJECTED"]).default("APPROVED"),
    reason: z.enum(REASONS).optional(),
  }),
  z.strictObject({
    ...which,
    event: z.literal("pause"),
    cause: z.enum(["quality", "pacing"]).default("quality"),
  }),
  z.strictObject({ ...which, event: z.literal("unpause") }),
  z.strictObject({ ...which, event: z.literal("disable") }),
  z.strictObject({
    ...which,
    event: z.literal("quality"),
    score: z.enum(["GREEN", "YELLOW", "RED", "UNKNOWN"]),
  }),
  z.strictObject({
    ...which,
    event: z.literal("category"),
    category: z.enum(CATEGORIES),
    notice: z.boolean().default(true),
  }),
  z.strictObject({ ...which, event: z.literal("components"), components: z.array(record) }),
  z.strictObject({ ...which, event: z.literal("status"), status: z.enum(TEMPLATE_STATUSES) }),
  z.strictObject({
    event: z.literal("create"),
    channelKey: which.channelKey,
    phoneNumberId: which.phoneNumberId,
    template: record,
  }),
]);
type Asked = z.infer<typeof doorSchema>;
type Happening = Exclude<Asked, { event: "create" }>;

export async function templateDoor(
  config: DoorsConfig,
  request: IncomingMessage,
): Promise<DoorAnswer> {
  const asked = await parsed(request, doorSchema);
  const { templateId, kept } =
    asked.event === "create" ? create(config, asked) : happens(config, asked);
  const delivered = await (kept?.delivered ?? []);
  return { status: 200, body: { templateId, delivered: delivered.every(Boolean) } };
}

/** Made in Meta's own pages, where nobody counts: approved, and its account is told. */
function create(config: DoorsConfig, asked: Extract<Asked, { event: "create" }>) {
  const wrong = checkTemplate(asked.template);
  if (wrong !== null) throw new Refused(422, "invalid_request", `template: ${wrong.message}`);
  const { wabaId } = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const { templates, clock, callbacks } = config;
  if (templates.of(wabaId).length >= callbacks.script.templatesMax) {
    throw new Refused(409, "conflict", "The account has no room for more templates.");
  }
  const submitted = submittedSchema.parse(asked.template);
  const { name, language } = submitted;
  if (templates.find(wabaId, name, language) !== undefined) {
    throw new Refused(409, "conflict", `There is a template ${name} in ${language} already.`);
  }
  const template = templates.add(draft(wabaId, submitted, clock.now()));
  const kept = templates.happen(template, { event: "review", verdict: "APPROVED" });
  return { templateId: template.id, kept };
}

function happens(config: DoorsConfig, asked: Happening) {
  const template = templateOf(config, asked);
  if (asked.event === "components") checkComponents(template, asked.components);
  const kept = config.templates.happen(
    template,
    asked.event === "unpause" ? { event: "resume" } : asked,
  );
  if (kept !== null) return { templateId: template.id, kept };
  const detail = `A template that is ${template.status} takes no ${asked.event}.`;
  throw new Refused(409, "conflict", detail);
}

function checkComponents(
  template: MessageTemplate,
  components: Readonly<Record<string, unknown>>[],
) {
  const { name, language, category, parameterFormat: parameter_format } = template;
  const wrong = checkTemplate({ name, language, category, parameter_format, components });
  if (wrong !== null) throw new Refused(422, "invalid_request", `components: ${wrong.message}`);
}

/** By its id, or by name and language in the account of a number. */
function templateOf({ templates, numbers }: DoorsConfig, asked: Happening): MessageTemplate {
  const { templateId, name, language, channelKey, phoneNumberId } = asked;
  const { wabaId } = numberFor(numbers, channelKey, phoneNumberId);
  const template =
    templateId === undefined
      ? templates.find(wabaId, name ?? "", language ?? "")
      : templates.byId(templateId);
  if (template !== undefined) return template;
  const detail = "No such template; give templateId, or name and language.";
  throw new Refused(404, "not_found", detail);
}
