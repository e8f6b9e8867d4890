import * as z from "zod/mini";

/**
 * What a provider tells of a message beside its words (WhatsApp reference, sections 3.1 to 3.4),
 * and what people did to it afterwards.
 */
const nullableText = z.nullable(z.string());

/** `frequently_forwarded`: more than five times. */
export const forwardings = ["forwarded", "frequently_forwarded"] as const;

/** Said outside of us: in the phone app on the same number, or before the number was connected. */
export const origins = ["echo", "history"] as const;
export type Origin = (typeof origins)[number];

/** The ad or post that the customer came from; it may start a free entry point (section 6.2). */
export const referralSchema = z.object({
  sourceType: nullableText,
  sourceId: nullableText,
  sourceUrl: nullableText,
  headline: nullableText,
  body: nullableText,
  mediaType: nullableText,
  imageUrl: nullableText,
  videoUrl: nullableText,
  thumbnailUrl: nullableText,
  clickId: nullableText,
  welcomeText: nullableText,
});
export type Referral = z.infer<typeof referralSchema>;

/** The product of a catalogue that the customer asks about. */
export const productSchema = z.object({ catalogId: nullableText, productId: nullableText });

/** Why the provider could not pass on all of a message. */
export const providerErrorSchema = z.object({ providerCode: z.string(), detail: nullableText });

export const reactorKinds = ["contact", "agent", "apiKey", "system"] as const;

/**
 * What somebody last said of a message with an emoji; "" took it back, and is kept so that an older
 * reaction that comes late does not return.
 */
export const reactionSchema = z.object({
  /** One reaction per person: everybody on our side is one, a group has many. */
  reactor: z.string(),
  by: z.enum(reactorKinds),
  name: nullableText,
  emoji: z.string(),
  at: z.string(),
  providerId: z.string(),
});
export type Reaction = z.infer<typeof reactionSchema>;

/** How far a message to a group came at one participant. */
export const receiptSchema = z.object({
  participant: z.string(),
  deliveredAt: nullableText,
  readAt: nullableText,
  playedAt: nullableText,
  failedAt: nullableText,
});
export type Receipt = z.infer<typeof receiptSchema>;

/** What only some messages are marked with. */
export const marksShape = {
  origin: z.nullable(z.enum(origins)),
  forwarded: z.nullable(z.enum(forwardings)),
  referral: z.nullable(referralSchema),
  referredProduct: z.nullable(productSchema),
  providerErrors: z.nullable(z.array(providerErrorSchema)),
};
const marksSchema = z.object(marksShape);
export type Marks = Readonly<z.infer<typeof marksSchema>>;

export const unmarked = {
  origin: null,
  forwarded: null,
  referral: null,
  referredProduct: null,
  providerErrors: null,
} as const;
