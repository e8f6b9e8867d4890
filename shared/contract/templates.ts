import * as z from "zod";
import { historyOf } from "../domain/templateEvents.ts";
import { requiredKeysOf } from "../domain/templateFields.ts";
import {
  bodyComponent,
  buttonsComponent,
  categoryChangeSchema,
  componentSchema,
  footerComponent,
  headerComponent,
  parameterFormats,
  rejectionSchema,
  statusChangeSchema,
  type Template,
  templateButton,
  templateCategories,
  templateStatuses,
} from "../domain/templates.ts";
import { id, pageQuery, time } from "./shapes.ts";

export const template = z.object({
  id: id("template"),
  channelId: id("channel").describe("The channel it was made for; others of its account share it"),
  name: z.string(),
  language: z.string(),
  category: z.enum(templateCategories),
  parameterFormat: z.enum(parameterFormats),
  components: z.array(componentSchema),
  variables: z.array(z.string()).describe("What must be filled before it can be sent"),
  messageTtlSeconds: z.int().nullable(),
  status: z.enum(templateStatuses),
  statusHistory: z.array(statusChangeSchema).describe("Oldest first"),
  rejection: z.nullable(rejectionSchema),
  quality: z.string().nullable(),
  categoryChange: z.nullable(categoryChangeSchema).describe("Announced 24 hours ahead"),
  disableAt: time.nullable(),
  lockedUntil: time.nullable().describe("Until when the name of a deleted template is taken"),
  providerId: z.string().nullable(),
  submittedAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
});

export function viewTemplate(row: Template): z.infer<typeof template> {
  return {
    id: row.id,
    channelId: row.channelId,
    name: row.name,
    language: row.language,
    category: row.category,
    parameterFormat: row.parameterFormat,
    components: row.components,
    variables: requiredKeysOf(row),
    messageTtlSeconds: row.messageTtlSeconds,
    status: row.status,
    statusHistory: historyOf(row),
    rejection: row.rejection,
    quality: row.quality,
    categoryChange: row.categoryChange,
    disableAt: row.disableAt,
    lockedUntil: row.lockedUntil,
    providerId: row.providerId,
    submittedAt: row.submittedAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** How large a thing may be to be looked at; Meta's own limits are rules, told one by one. */
const WORDS_MAX = 2_000;
const TEXT_MAX = 10_000;
const PARTS_MAX = 50;

/** The stored shapes are loose towards the next release; what people send is not. */
function strict<T extends { shape: z.core.$ZodLooseShape }>({ shape }: T) {
  return z.strictObject(shape) as z.ZodObject<T["shape"], z.core.$strict>;
}

const buttons = strict(buttonsComponent).extend({
  buttons: z.array(strict(templateButton)).max(PARTS_MAX),
});
const component = z.discriminatedUnion("type", [
  strict(headerComponent),
  strict(bodyComponent),
  strict(footerComponent),
  buttons,
]);

const draft = {
  name: z.string().min(1).max(WORDS_MAX).describe("Spaces become underscores"),
  language: z.string().min(1).max(20).describe("As WhatsApp writes it, such as en_US"),
  category: z.enum(templateCategories),
  components: z.array(component).min(1).max(PARTS_MAX),
};
const more = {
  parameterFormat: z.enum(parameterFormats).optional().describe("Told by the variables if absent"),
  messageTtlSeconds: z.int().nullable().optional(),
};

export const templateCreate = z.strictObject({ channelId: id("channel"), ...draft, ...more });

export const templateChange = z.strictObject({
  name: draft.name.optional(),
  language: draft.language.optional(),
  category: draft.category.optional(),
  components: draft.components.optional().describe("Replaces the whole set"),
  ...more,
});

export const templatesQuery = z.strictObject({
  ...pageQuery,
  channelId: id("channel").optional().describe("What this channel can send"),
  status: z.enum(templateStatuses).optional().describe("Absent: all but deleted"),
});

export const templateRemoval = z.strictObject({
  languages: z.enum(["one", "all"]).optional().describe("all: every language of this name"),
});

export const previewAsk = z.strictObject({
  variables: z.record(z.string().max(WORDS_MAX), z.string().max(TEXT_MAX)).optional(),
  contactId: id("contact").optional().describe("Fills variables with what is known of them"),
});

const violation = z.object({ pointer: z.string(), code: z.string(), detail: z.string() });

export const preview = z.object({
  header: z.object({ format: z.string(), text: z.string().nullable() }).nullable(),
  body: z.string(),
  footer: z.string().nullable(),
  buttons: z.array(
    z.object({
      type: z.string(),
      text: z.string().nullable(),
      url: z.string().nullable(),
      phoneNumber: z.string().nullable(),
      code: z.string().nullable(),
    }),
  ),
  values: z.record(z.string(), z.string()),
  missing: z.array(z.string()).describe("Filled with the example, and with nothing of yours"),
  warnings: z.array(violation),
});

export const templatesSync = z.strictObject({
  channelId: id("channel").optional().describe("Absent: every account of the workspace"),
});

export const synced = z.object({
  accounts: z.array(
    z.object({
      wabaId: z.string(),
      channelId: id("channel"),
      found: z.int(),
      adopted: z.int().describe("Made elsewhere"),
      changed: z.int(),
      deleted: z.int(),
    }),
  ),
});
