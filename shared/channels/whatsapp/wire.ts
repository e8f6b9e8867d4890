import * as z from "zod/mini";

/**
 * Meta's webhook shapes (WhatsApp reference, sections 2 and 3), as loosely as they may come: keys
 * appear without notice, `contacts` and `profile` may be missing, and a phone number may be absent
 * or "" for a user who hides it. Only what a message cannot do without is demanded; whatever else
 * has a shape that we do not know counts as absent.
 */
const name = z.string().check(z.minLength(1));

/** Whatever it is, also nothing. */
const anything = z.optional(z.unknown());

const listOrNone = z.pipe(
  anything,
  z.transform((value): unknown[] => (Array.isArray(value) ? value : [])),
);

function readOrNone<T extends z.ZodMiniType>(schema: T) {
  return z.pipe(
    anything,
    z.transform((value) => schema.safeParse(value).data as z.infer<T> | undefined),
  );
}

export const envelopeSchema = z.looseObject({ entry: z.array(z.unknown()) });

export const changeSchema = z.looseObject({ field: z.string(), value: z.unknown() });

export const messagesValueSchema = z.looseObject({
  metadata: z.looseObject({ phone_number_id: z.string().check(z.minLength(1), z.maxLength(64)) }),
  contacts: listOrNone,
});

/** `messages`, `statuses` and `errors` of a value; it rarely has more than one of them. */
export const elementsSchema = z.optional(z.nullable(z.array(z.unknown())));

/** "" stands for absent (section 2.3). */
const optionalText = z.pipe(
  anything,
  z.transform((value) => (typeof value === "string" && value !== "" ? value : undefined)),
);

export const contactSchema = z.looseObject({
  profile: readOrNone(z.looseObject({ name: optionalText, username: optionalText })),
  wa_id: optionalText,
  user_id: optionalText,
  parent_user_id: optionalText,
});
export type WireContact = z.infer<typeof contactSchema>;

/** Timestamps are strings of seconds; some captures have integers (section 2.1). */
const seconds = z.pipe(
  z.union([z.string().check(z.regex(/^\d{1,12}$/)), z.int().check(z.nonnegative())]),
  z.transform(Number),
);

export const messageSchema = z.looseObject({
  id: name,
  from: optionalText,
  from_user_id: optionalText,
  from_parent_user_id: optionalText,
  group_id: optionalText,
  timestamp: seconds,
  type: name,
  context: readOrNone(z.looseObject({ id: optionalText })),
});
export type WireMessage = z.infer<typeof messageSchema>;

/** All that an element holds, as it came. */
export const elementSchema = z.looseObject({});

/** The account, and when it happened: both are there for what concerns no message (section 2.1). */
export const entrySchema = z.looseObject({
  changes: z.array(z.unknown()),
  id: optionalText,
  time: readOrNone(seconds),
});
export type WireEntry = z.infer<typeof entrySchema>;

/** A status of a message that somebody sent from this number (section 5). */
export const statusSchema = z.looseObject({
  id: name,
  status: name,
  timestamp: seconds,
  biz_opaque_callback_data: optionalText,
  pricing: z.optional(
    z.looseObject({
      pricing_model: z.optional(z.string()),
      type: z.optional(z.string()),
      category: z.optional(z.string()),
    }),
  ),
  errors: z.optional(z.array(z.unknown())),
});
export type WireStatus = z.infer<typeof statusSchema>;

/** Shapes that we show as what they are (section 3.2). */
export const locationSchema = z.looseObject({
  location: z.looseObject({
    latitude: z.number(),
    longitude: z.number(),
    name: optionalText,
    address: optionalText,
  }),
});
export const cardsSchema = z.looseObject({
  contacts: z.array(z.record(z.string(), z.unknown())),
});
export const interactiveSchema = z.looseObject({
  interactive: z.looseObject({ type: name }),
});
export const buttonSchema = z.looseObject({
  button: z.looseObject({ payload: z.optional(z.string()), text: z.string() }),
});

/** Up to 4,096 characters from people; what a provider sends is not measured. */
export const textSchema = z.looseObject({ text: z.looseObject({ body: z.string() }) });
