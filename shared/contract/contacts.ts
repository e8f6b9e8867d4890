import * as z from "zod";
import { consentsSchema } from "../domain/consents.ts";
import { type Contact, displayName, identityKinds } from "../domain/contacts.ts";
import { id, time } from "./shapes.ts";

const NAME_MAX = 200;
const VALUE_MAX = 1_000;
const IDENTITY_MAX = 300;
/** DynamoDB keeps no smaller number (developer guide, "Data types"). */
const TINY = 1e-130;

export const identity = z.strictObject({
  kind: z.enum(identityKinds),
  value: z.string().min(1).max(IDENTITY_MAX),
});

const attributeName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/);
/** Numbers that the store keeps digit by digit. */
const number = z
  .number()
  .min(Number.MIN_SAFE_INTEGER)
  .max(Number.MAX_SAFE_INTEGER)
  .refine((value) => value === 0 || Math.abs(value) >= TINY, "Too close to zero.");
const attribute = z.union([z.string().max(VALUE_MAX), number, z.boolean()]);

export const contact = z.object({
  id: id("contact"),
  name: z.string().nullable(),
  identities: z.array(identity),
  attributes: z.record(z.string(), attribute),
  tagIds: z.array(z.string()),
  consents: consentsSchema,
  blocked: z.boolean(),
  createdAt: time,
  updatedAt: time,
});

export const contactCreate = z.strictObject({
  name: z.string().trim().min(1).max(NAME_MAX).nullable().optional(),
  identities: z.array(identity).max(20).optional(),
  attributes: z.record(attributeName, attribute).optional(),
  tagIds: z.array(z.string()).max(100).optional(),
});

export const contactChange = z.strictObject({
  name: z.string().trim().min(1).max(NAME_MAX).nullable().optional(),
  identities: z.array(identity).max(20).optional().describe("Replaces the whole set"),
  attributes: z
    .record(attributeName, attribute.nullable())
    .optional()
    .describe("Merged into what is there; null removes one"),
  tagIds: z.array(z.string()).max(100).optional(),
  blocked: z.boolean().optional(),
});

export function viewContact(row: Contact): z.infer<typeof contact> {
  const { id, identities, attributes, tagIds, consents, blocked } = row;
  const { createdAt, updatedAt } = row;
  return {
    id,
    name: displayName(row),
    identities,
    attributes,
    tagIds,
    consents: consents ?? {},
    blocked,
    createdAt,
    updatedAt,
  };
}
