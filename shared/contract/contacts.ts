import * as z from "zod";
import { consentsSchema } from "../domain/consents.ts";
import { type Contact, displayName, identityKinds, pastOf } from "../domain/contacts.ts";
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
  formerIdentities: z
    .array(identity.extend({ endedAt: time }))
    .describe("Numbers that were the contact's; nothing is sent there any more"),
  codeChangedAt: time.nullable().describe("When WhatsApp last told of a new security code"),
  mergedInto: id("contact").nullable().describe("The contact that this one is a part of"),
  merges: z
    .array(
      z.object({
        id: id("merge"),
        contactId: id("contact"),
        isAutomatic: z.boolean().describe("A provider named one person by identities of both"),
        mergedAt: time,
      }),
    )
    .describe("What became part of this contact, oldest first"),
  createdAt: time,
  updatedAt: time,
});

/** Which contact: a kind of identity and its value, in the path. */
export const contactName = z.strictObject({
  kind: z.enum(identityKinds),
  value: z.string().min(1).max(IDENTITY_MAX),
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

export const contactFind = contactChange.omit({ identities: true });

export const contactMerge = z.strictObject({
  contactId: id("contact").describe("It becomes part of the contact in the path"),
});

export const contactUnmerge = z.strictObject({
  mergeId: id("merge").optional().describe("The contact's last merge, when absent"),
});

export function viewContact(row: Contact): z.infer<typeof contact> {
  const { id, identities, attributes, tagIds, consents, blocked, createdAt, updatedAt } = row;
  const { former, merges, codeChangedAt } = pastOf(row);
  return {
    id,
    name: displayName(row),
    identities,
    attributes,
    tagIds,
    consents: consents ?? {},
    blocked,
    formerIdentities: former.map(({ kind, value, endedAt }) => ({ kind, value, endedAt })),
    codeChangedAt,
    mergedInto: row.mergedInto,
    merges: merges.map((merge) => ({
      id: merge.id,
      contactId: merge.contactId,
      isAutomatic: merge.isAutomatic,
      mergedAt: merge.at,
    })),
    createdAt,
    updatedAt,
  };
}
