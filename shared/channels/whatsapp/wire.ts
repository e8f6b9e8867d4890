import * as z from "zod/mini";

/**
 * Meta's webhook shapes (WhatsApp reference, sections 2 and 3), as loosely as they may come: keys
 * appear without notice, `contacts` and `profile` may be missing, and a phone number may be absent
 * or "" for a user who hides it.
 */
const name = z.string().check(z.minLength(1));

export const envelopeSchema = z.looseObject({
  object: z.optional(z.string()),
  entry: z.array(z.unknown()),
});

export const entrySchema = z.looseObject({
  id: z.optional(z.union([z.string(), z.number()])),
  changes: z.array(z.unknown()),
});

export const changeSchema = z.looseObject({ field: z.string(), value: z.unknown() });

export const messagesValueSchema = z.looseObject({
  metadata: z.looseObject({ phone_number_id: z.string().check(z.minLength(1), z.maxLength(64)) }),
  contacts: z.optional(z.array(z.unknown())),
  messages: z.optional(z.array(z.unknown())),
  statuses: z.optional(z.array(z.unknown())),
  errors: z.optional(z.array(z.unknown())),
});

/** "" stands for absent (section 2.3). */
const optionalText = z.pipe(
  z.optional(z.string()),
  z.transform((text) => (text === "" ? undefined : text)),
);

export const contactSchema = z.looseObject({
  profile: z.optional(z.looseObject({ name: optionalText, username: optionalText })),
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
  context: z.optional(z.looseObject({ id: optionalText })),
});
export type WireMessage = z.infer<typeof messageSchema>;

/** Up to 4,096 characters from people; what a provider sends is not measured. */
export const textSchema = z.looseObject({ text: z.looseObject({ body: z.string() }) });
