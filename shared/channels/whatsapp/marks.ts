import * as z from "zod/mini";
import { type Marks, unmarked } from "../../domain/marks.ts";
import { listOrNone, optionalText, readOrNone } from "./wire.ts";

/** What stands beside the body of a message (WhatsApp reference, sections 3.1, 3.3 and 3.4). */
const markedSchema = z.looseObject({
  context: readOrNone(
    z.looseObject({
      forwarded: z.optional(z.unknown()),
      frequently_forwarded: z.optional(z.unknown()),
      referred_product: readOrNone(
        z.looseObject({ catalog_id: optionalText, product_retailer_id: optionalText }),
      ),
    }),
  ),
  referral: readOrNone(
    z.looseObject({
      source_url: optionalText,
      source_id: optionalText,
      source_type: optionalText,
      headline: optionalText,
      body: optionalText,
      media_type: optionalText,
      image_url: optionalText,
      video_url: optionalText,
      thumbnail_url: optionalText,
      ctwa_clid: optionalText,
      welcome_message: readOrNone(z.looseObject({ text: optionalText })),
    }),
  ),
  errors: listOrNone,
});
type Marked = z.infer<typeof markedSchema>;

/** Details are an object, a text, or at the top level in older captures (sections 3.7 and 11.1). */
const errorSchema = z.looseObject({
  code: z.union([z.number(), z.string()]),
  title: optionalText,
  message: optionalText,
  details: optionalText,
  error_data: readOrNone(z.union([z.looseObject({ details: optionalText }), optionalText])),
});

export function marksOf(element: object): Marks {
  const marked = markedSchema.parse(element);
  const { context, errors } = marked;
  const product = context?.referred_product;
  const told = errors.flatMap(errorOf);
  return {
    ...unmarked,
    forwarded: forwardingOf(context),
    referral: referralOf(marked),
    referredProduct:
      product === undefined
        ? null
        : {
            catalogId: product.catalog_id ?? null,
            productId: product.product_retailer_id ?? null,
          },
    providerErrors: told.length === 0 ? null : told,
  };
}

function forwardingOf(context: Marked["context"]): Marks["forwarded"] {
  if (context?.frequently_forwarded === true) return "frequently_forwarded";
  return context?.forwarded === true ? "forwarded" : null;
}

function referralOf({ referral }: Marked): Marks["referral"] {
  if (referral === undefined) return null;
  return {
    sourceType: referral.source_type ?? null,
    sourceId: referral.source_id ?? null,
    sourceUrl: referral.source_url ?? null,
    headline: referral.headline ?? null,
    body: referral.body ?? null,
    mediaType: referral.media_type ?? null,
    imageUrl: referral.image_url ?? null,
    videoUrl: referral.video_url ?? null,
    thumbnailUrl: referral.thumbnail_url ?? null,
    clickId: referral.ctwa_clid ?? null,
    welcomeText: referral.welcome_message?.text ?? null,
  };
}

function errorOf(value: unknown): NonNullable<Marks["providerErrors"]> {
  const parsed = errorSchema.safeParse(value);
  if (!parsed.success) return [];
  const { code, title, message, details, error_data: data } = parsed.data;
  const inside = typeof data === "object" ? data.details : data;
  return [{ providerCode: String(code), detail: inside ?? details ?? title ?? message ?? null }];
}
