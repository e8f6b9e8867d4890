/** What an interactive message may hold, with Meta's limits (section 7.2). */
import * as z from "zod";
import { mediaOf } from "./mediaFrame.ts";

const BODY_MAX = 1024;
const LIST_BODY_MAX = 4096;
const HEADER_MAX = 60;
const FOOTER_MAX = 60;
const LABEL_MAX = 20;
const BUTTONS_MAX = 3;
const BUTTON_ID_MAX = 256;
const SECTIONS_MAX = 10;
const SECTION_TITLE_MAX = 24;
const ROWS_MAX = 10;
const ROW_ID_MAX = 200;
const ROW_TITLE_MAX = 24;
const ROW_DESCRIPTION_MAX = 72;

/** JavaScript counts UTF-16 units, never fewer than code points: the stricter of the two counts. */
const textUpTo = (max: number) => z.string().min(1).max(max);
const bodyUpTo = (max: number) => z.strictObject({ text: textUpTo(max) });
const footer = bodyUpTo(FOOTER_MAX).optional();

const textHeader = z.strictObject({ type: z.literal("text"), text: textUpTo(HEADER_MAX) });
const richHeader = z.discriminatedUnion("type", [
  textHeader,
  z.strictObject({ type: z.literal("image"), image: mediaOf({}) }),
  z.strictObject({ type: z.literal("video"), video: mediaOf({}) }),
  z.strictObject({
    type: z.literal("document"),
    document: mediaOf({ filename: z.string().optional() }),
  }),
]);

const replyButton = z.strictObject({
  type: z.literal("reply"),
  reply: z.strictObject({ id: textUpTo(BUTTON_ID_MAX), title: textUpTo(LABEL_MAX) }),
});
const replyButtons = z
  .array(replyButton)
  .min(1)
  .max(BUTTONS_MAX)
  .refine((buttons) => areUnique(buttons.map(({ reply }) => reply.id)), "ids must be unique")
  .refine((buttons) => areUnique(buttons.map(({ reply }) => reply.title)), "titles must be unique");

const section = z.strictObject({
  title: textUpTo(SECTION_TITLE_MAX).optional(),
  rows: z
    .array(
      z.strictObject({
        id: textUpTo(ROW_ID_MAX),
        title: textUpTo(ROW_TITLE_MAX),
        description: z.string().max(ROW_DESCRIPTION_MAX).optional(),
      }),
    )
    .min(1),
});
const sections = z
  .array(section)
  .min(1)
  .max(SECTIONS_MAX)
  .refine((all) => all.flatMap(({ rows }) => rows).length <= ROWS_MAX, {
    error: `at most ${ROWS_MAX} rows in total`,
  })
  .refine((all) => areUnique(all.flatMap(({ rows }) => rows.map(({ id }) => id))), {
    error: "row ids must be unique",
  })
  .refine((all) => all.length === 1 || all.every(({ title }) => title !== undefined), {
    error: "every section needs a title when there are several",
  });

export const interactiveSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("button"),
    header: richHeader.optional(),
    body: bodyUpTo(BODY_MAX),
    footer,
    action: z.strictObject({ buttons: replyButtons }),
  }),
  z.strictObject({
    type: z.literal("list"),
    header: textHeader.optional(),
    body: bodyUpTo(LIST_BODY_MAX),
    footer,
    action: z.strictObject({ button: textUpTo(LABEL_MAX), sections }),
  }),
  z.strictObject({
    type: z.literal("cta_url"),
    header: richHeader.optional(),
    body: bodyUpTo(BODY_MAX),
    footer,
    action: z.strictObject({
      name: z.literal("cta_url"),
      parameters: z.strictObject({
        display_text: textUpTo(LABEL_MAX),
        url: z.url({ protocol: /^https?$/ }),
      }),
    }),
  }),
  z.strictObject({
    type: z.literal("location_request_message"),
    body: bodyUpTo(BODY_MAX),
    action: z.strictObject({ name: z.literal("send_location") }),
  }),
  z.strictObject({
    type: z.literal("request_contact_info"),
    body: bodyUpTo(BODY_MAX),
    action: z.strictObject({ name: z.literal("request_contact_info") }),
  }),
]);

function areUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
