import * as z from "zod";
import { type IdKind, idPattern } from "../domain/id.ts";

/** Shapes that every noun uses: ids, times, pages and problems. */

export const time = z.iso.datetime({ precision: 3 }).describe("RFC 3339, UTC, milliseconds");

/** An offset may carry a time out of the four digits that a year has (RFC 3339, section 1). */
const YEARS = { first: Date.parse("0000-01-01T00:00:00Z"), end: Date.parse("+010000-01-01") };

function hasYear(text: string): boolean {
  const at = Date.parse(text);
  return at >= YEARS.first && at < YEARS.end;
}

/** What clients may send as a time: any RFC 3339 time with a zone. */
export const givenTime = z.iso
  .datetime({ offset: true })
  .refine(hasYear, "Give a time whose year has four digits in UTC.")
  .describe("RFC 3339 with a zone, such as 2026-12-01T09:00:00Z");

export const id = (kind: IdKind) => z.string().regex(idPattern(kind)).describe(`Id of the ${kind}`);

/** Where a message goes: a phone number, an address, or a provider's user id. */
export const givenPlace = z.string().trim().min(3).max(300);

export const LIMIT_DEFAULT = 25;
export const LIMIT_MAX = 100;
const CURSOR_MAX = 2_000;

const digits = z.string().regex(/^\d{1,3}$/, "Give a whole number from 1 to 100.");

/** `limit` and `cursor`, as every list takes them. */
export const pageQuery = {
  limit: digits
    .transform(Number)
    .pipe(z.number().int().min(1).max(LIMIT_MAX))
    .optional()
    .describe(`How many, 1 to ${LIMIT_MAX}; ${LIMIT_DEFAULT} when absent`),
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_MAX)
    .optional()
    .describe("page.nextCursor of the page before"),
};

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    page: z.object({ nextCursor: z.string().nullable(), hasMore: z.boolean() }),
  });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })),
    requestId: z.string(),
    retryable: z.boolean(),
  })
  .loose();
