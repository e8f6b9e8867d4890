import * as z from "zod";

export const MEDIA_KINDS = ["image", "video", "audio", "document", "sticker"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** A media object: exactly one of `id` and `link`, and what its type adds (section 7.1). */
export function mediaOf<S extends z.ZodRawShape>(more: S) {
  const given = z.strictObject({
    id: z.string().regex(/^\d+$/).optional(),
    link: z.url({ protocol: /^https?$/ }).optional(),
    ...more,
  });
  return given.refine(isNamedOnce, "give exactly one of id and link");
}

function isNamedOnce(media: object): boolean {
  return "id" in media !== "link" in media;
}
