/**
 * The body of `POST /{PHONE_ID}/messages` (sections 7, 7.1 and 7.4), checked as strictly as the
 * reference says: 131008 for what is missing, 131009 for what is wrong, 100 for what Meta does not
 * know, 131051 for a type that it does not send.
 */
import * as z from "zod";
import { GraphRefusal } from "./answer.ts";
import { interactiveSchema } from "./interactive.ts";
import { mediaOf } from "./mediaFrame.ts";

const TEXT_MAX = 4096;
const CAPTION_MAX = 1024;
const REFERENCE_MAX = 512;
/** Meta's text; the API description says 5 (section 7.1). */
const CONTACTS_MAX = 257;

const caption = z.string().max(CAPTION_MAX).optional();
const words = z.string().min(1);

const coordinate = (max: number) =>
  z
    .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)])
    .refine((value) => Math.abs(Number(value)) <= max, `must lie between -${max} and ${max}`);

const kind = { type: words.optional() };
const card = z.strictObject({
  name: z
    .strictObject({
      formatted_name: words,
      first_name: words.optional(),
      middle_name: words.optional(),
      last_name: words.optional(),
      prefix: words.optional(),
      suffix: words.optional(),
    })
    .refine((name) => Object.keys(name).length > 1, "needs one more part besides formatted_name"),
  phones: z
    .array(
      z.strictObject({
        phone: words.optional(),
        wa_id: words.optional(),
        user_id: words.optional(),
        ...kind,
      }),
    )
    .optional(),
  emails: z.array(z.strictObject({ email: words.optional(), ...kind })).optional(),
  urls: z.array(z.strictObject({ url: words.optional(), ...kind })).optional(),
  addresses: z.array(z.record(z.string(), z.string())).optional(),
  org: z.record(z.enum(["company", "department", "title"]), z.string().optional()).optional(),
  birthday: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .optional(),
});

const partSchema = z.strictObject({
  type: words,
  sub_type: words.optional(),
  index: z.union([z.string(), z.int()]).optional(),
  parameters: z.array(z.looseObject({ type: words })).optional(),
});
const cardSchema = z.strictObject({
  card_index: z.int().min(0),
  components: z.array(partSchema).optional(),
});
const templateSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9_]{1,512}$/),
  language: z.strictObject({ code: words, policy: z.literal("deterministic").optional() }),
  components: z.array(partSchema.extend({ cards: z.array(cardSchema).optional() })).optional(),
});
export type TemplateSend = z.infer<typeof templateSchema>;
export type TemplatePart = NonNullable<TemplateSend["components"]>[number];
export type TemplateParameter = NonNullable<TemplatePart["parameters"]>[number];

/** What each type carries under its own name. */
const BODIES = {
  text: z.strictObject({
    body: z.string().min(1).max(TEXT_MAX),
    preview_url: z.boolean().optional(),
  }),
  image: mediaOf({ caption }),
  video: mediaOf({ caption }),
  document: mediaOf({ caption, filename: words.optional() }),
  audio: mediaOf({ voice: z.boolean().optional() }),
  sticker: mediaOf({}),
  location: z.strictObject({
    latitude: coordinate(90),
    longitude: coordinate(180),
    name: z.string().optional(),
    address: z.string().optional(),
  }),
  contacts: z.array(card).min(1).max(CONTACTS_MAX),
  reaction: z.strictObject({
    message_id: words,
    emoji: z.string().refine(isOneEmoji, "must be one emoji, or empty"),
  }),
  interactive: interactiveSchema,
  template: templateSchema,
};

const outer = {
  messaging_product: z.literal("whatsapp"),
  recipient_type: z.enum(["individual", "group"]).optional(),
  to: words.optional(),
  recipient: words.optional(),
  context: z.strictObject({ message_id: words }).optional(),
  biz_opaque_callback_data: z.string().max(REFERENCE_MAX).optional(),
};

type Bodies = typeof BODIES;
type MessageType = keyof Bodies;
/** The type with its body, as one thing to branch on. */
export type Said = {
  [T in MessageType]: { readonly type: T; readonly body: z.infer<Bodies[T]> };
}[MessageType];

export interface Frame {
  readonly to: string | null;
  readonly recipient: string | null;
  readonly isToGroup: boolean;
  readonly said: Said;
  /** The quoted message. */
  readonly context: string | null;
  readonly reference: string | null;
}

const receiptSchema = z.strictObject({
  messaging_product: outer.messaging_product,
  status: z.literal("read"),
  message_id: words,
  typing_indicator: z.strictObject({ type: z.literal("text") }).optional(),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** A read receipt has a `status`; nothing that is sent has one. */
export function isReceipt(body: Readonly<Record<string, unknown>>): boolean {
  return "status" in body;
}

export function readReceipt(body: Readonly<Record<string, unknown>>): Receipt {
  return checked(receiptSchema, body);
}

export function readFrame(body: Readonly<Record<string, unknown>>): Frame {
  const { type } = body;
  if (type === undefined) throw missing("type");
  const name = messageTypes.find((known) => known === type);
  if (name === undefined) throw new GraphRefusal(131051, `Message type ${String(type)} is unknown`);
  const schema = z.strictObject({ ...outer, type: z.literal(name), [name]: BODIES[name] });
  const frame = checked(schema, body);
  if (frame.to === undefined && frame.recipient === undefined) throw missing("to");
  return {
    to: frame.to ?? null,
    recipient: frame.recipient ?? null,
    isToGroup: frame.recipient_type === "group",
    // The schema of this very type was just passed.
    said: { type: name, body: Reflect.get(frame, name) } as Said,
    context: frame.context?.message_id ?? null,
    reference: frame.biz_opaque_callback_data ?? null,
  };
}

const messageTypes = Object.keys(BODIES) as MessageType[];

function checked<S extends z.ZodType>(schema: S, body: object): z.infer<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new Error("A refused body has an issue.");
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const names = issue.keys.map((key) => (path === "" ? key : `${path}.${key}`));
    throw new GraphRefusal(100, `Unexpected key ${names.join(", ")}`);
  }
  if (valueAt(body, issue.path) === undefined) throw missing(path);
  throw new GraphRefusal(131009, `${path}: ${issue.message}`);
}

function missing(path: string): GraphRefusal {
  return new GraphRefusal(131008, `Parameter ${path} is mandatory`);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    return typeof inside === "object" && inside !== null ? Reflect.get(inside, key) : undefined;
  }, value);
}

/** However many code points it takes; nothing takes the reaction back. */
function isOneEmoji(value: string): boolean {
  if (value === "") return true;
  const graphemes = [...new Intl.Segmenter("en").segment(value)];
  const isEmoji = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(value);
  return graphemes.length === 1 && isEmoji;
}
