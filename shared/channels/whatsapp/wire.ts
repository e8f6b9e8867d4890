import * as z from "zod/mini";

/**
 * Meta's webhook shapes (WhatsApp reference, sections 2 and 3), as loosely as they may come: keys
 * appear without notice, `contacts` and `profile` may be missing, and a phone number may be absent
 * or "" for a user who hides it. Only what a message cannot do without is demanded; whatever else
 * has a shape that we do not know counts as absent.
 */
export const name = z.string().check(z.minLength(1));

/** Whatever it is, also nothing. */
const anything = z.optional(z.unknown());

export const listOrNone = z.pipe(
  anything,
  z.transform((value): unknown[] => (Array.isArray(value) ? value : [])),
);

export function readOrNone<T extends z.ZodMiniType>(schema: T) {
  return z.pipe(
    anything,
    z.transform((value) => schema.safeParse(value).data as z.infer<T> | undefined),
  );
}

/** "" stands for absent (section 2.3). */
export const optionalText = z.pipe(
  anything,
  z.transform((value) => (typeof value === "string" && value !== "" ? value : undefined)),
);

export const envelopeSchema = z.looseObject({ entry: z.array(z.unknown()) });

export const changeSchema = z.looseObject({ field: z.string(), value: z.unknown() });

/** What fields that are about one number hold (section 2.1). */
export const valueSchema = z.looseObject({
  metadata: z.looseObject({
    phone_number_id: z.string().check(z.minLength(1), z.maxLength(64)),
    display_phone_number: optionalText,
  }),
  contacts: listOrNone,
});

/** `messages`, `statuses`, `errors` and the like; a value rarely has more than one of them. */
export const elementsSchema = z.optional(z.nullable(z.array(z.unknown())));

export const contactSchema = z.looseObject({
  profile: readOrNone(z.looseObject({ name: optionalText, username: optionalText })),
  wa_id: optionalText,
  user_id: optionalText,
  parent_user_id: optionalText,
});
export type WireContact = z.infer<typeof contactSchema>;

/** Timestamps are strings of seconds; some captures have integers (section 2.1). */
export const seconds = z.pipe(
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

/** A copy of what was said in the phone app (section 2.8): `to` is the customer, or a group. */
export const echoSchema = z.extend(messageSchema, {
  to: optionalText,
  to_user_id: optionalText,
  to_parent_user_id: optionalText,
  recipient_type: optionalText,
  history_context: readOrNone(z.looseObject({ status: optionalText })),
});
export type WireEcho = z.infer<typeof echoSchema>;

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
  recipient_type: optionalText,
  recipient_participant_id: optionalText,
  recipient_participant_user_id: optionalText,
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

/** A person's names changed (section 3.6); the legacy form has keys of its own. */
export const systemSchema = z.looseObject({
  system: z.looseObject({
    type: name,
    wa_id: optionalText,
    new_wa_id: optionalText,
    customer: optionalText,
    user_id: optionalText,
    parent_user_id: optionalText,
  }),
});

const turned = readOrNone(z.looseObject({ previous: optionalText, current: optionalText }));

/** An element of the field `user_id_update` (section 4.3). */
export const userIdUpdateSchema = z.looseObject({
  wa_id: optionalText,
  user_id: turned,
  parent_user_id: turned,
  timestamp: seconds,
});

/** Cards that somebody shared of themselves when asked (section 3.5). */
export const sharedSchema = z.looseObject({
  contacts: z.array(
    z.looseObject({
      origin: z.literal("contact_request"),
      phones: z.array(
        z.looseObject({ phone: optionalText, wa_id: optionalText, user_id: optionalText }),
      ),
    }),
  ),
});
