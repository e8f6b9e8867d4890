import * as z from "zod/mini";
import { consentsSchema } from "./consents.ts";
import { phoneOf } from "./phone.ts";

/**
 * A contact is a person (or a WhatsApp group) with a set of identities. A WhatsApp user may have no
 * phone number, only a business-scoped user id (WhatsApp reference, section 4).
 */
export const identityKinds = [
  "phone",
  "wa_id",
  "wa_bsuid",
  "wa_parent_bsuid",
  "email",
  "external",
] as const;

export type IdentityKind = (typeof identityKinds)[number];

export const identitySchema = z.object({ kind: z.enum(identityKinds), value: z.string() });
export type Identity = z.infer<typeof identitySchema>;

export const attributeValue = z.union([z.string(), z.number(), z.boolean()]);

export const contactSchema = z.looseObject({
  id: z.string(),
  /** Given by people; it wins over the profile name that the customer chose. */
  name: z.nullable(z.string()),
  profileName: z.nullable(z.string()),
  /** As the phone on the business's own number calls them, and since when it does, or does not. */
  phoneBookName: z.nullable(z.string()),
  phoneBookAt: z.nullable(z.string()),
  identities: z.array(identitySchema),
  attributes: z.record(z.string(), attributeValue),
  tagIds: z.array(z.string()),
  blocked: z.boolean(),
  consents: z.nullable(consentsSchema),
  /** The live conversation per channel: there is one at most. */
  conversations: z.record(z.string(), z.string()),
  createdAt: z.string(),
  updatedAt: z.string(),
  rev: z.number(),
});
export type Contact = z.infer<typeof contactSchema>;

export const IDENTITIES_MAX = 20;
/** With values of up to 4,000 bytes a row stays below half of what DynamoDB takes (400 KB). */
export const ATTRIBUTES_MAX = 50;

export function displayName(contact: Contact): string | null {
  return contact.name ?? contact.phoneBookName ?? contact.profileName;
}

/**
 * The contact after the phone book told of it; the newest entry counts, and of two in the same
 * second a name counts more than none. The same object when nothing is new.
 */
export function listed(contact: Contact, name: string | null, at: string): Contact {
  const order = (time: string | null, called: string | null) => `${time ?? ""}#${called ?? ""}`;
  const { phoneBookAt, phoneBookName } = contact;
  if (order(at, name) <= order(phoneBookAt, phoneBookName)) return contact;
  return { ...contact, phoneBookName: name, phoneBookAt: at };
}

/** BSUID and parent BSUID; Meta's pattern (WhatsApp reference, section 4.1). */
const BSUID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const WA_ID = /^\d{5,20}$/;
const EXTERNAL_MAX = 255;
const EMAIL_MAX = 254;

/** The one way to write an identity, or null when the value cannot be one of its kind. */
export function normalised(kind: IdentityKind, value: string): Identity | null {
  const text = value.trim();
  switch (kind) {
    case "phone": {
      const phone = phoneOf(text);
      return phone === null ? null : { kind, value: phone };
    }
    case "wa_id": {
      const digits = text.replace(/^\+/, "");
      return WA_ID.test(digits) ? { kind, value: digits } : null;
    }
    case "wa_bsuid":
    case "wa_parent_bsuid":
      return BSUID.test(text) ? { kind, value: text } : null;
    case "email":
      return EMAIL.test(text) && text.length <= EMAIL_MAX
        ? { kind, value: text.toLowerCase() }
        : null;
    case "external":
      return text.length > 0 && text.length <= EXTERNAL_MAX ? { kind, value: text } : null;
    default:
      return kind satisfies never;
  }
}

/**
 * What an identity claims for its contact: nobody else in the workspace may hold the same claim.
 * A phone number and a wa_id of the same digits are one claim, so a customer typed in by phone is
 * found when they write on WhatsApp.
 */
export function claimOf(identity: Identity): string {
  switch (identity.kind) {
    case "phone":
      return `tel#${identity.value.slice(1)}`;
    case "wa_id":
      return `tel#${identity.value}`;
    case "wa_bsuid":
      return `bsuid#${identity.value}`;
    case "wa_parent_bsuid":
      return `parent#${identity.value}`;
    case "email":
      return `email#${identity.value}`;
    case "external":
      return `external#${identity.value}`;
    default:
      return identity.kind satisfies never;
  }
}

export function claimsOf(identities: readonly Identity[]): string[] {
  return [...new Set(identities.map(claimOf))];
}

/** The set of both, in order of first appearance. */
export function withIdentities(known: readonly Identity[], more: readonly Identity[]): Identity[] {
  const byText = new Map<string, Identity>();
  for (const identity of [...known, ...more]) {
    byText.set(`${identity.kind}#${identity.value}`, identity);
  }
  return [...byText.values()];
}

/** A person as a provider names them; never refused, whatever the number looks like. */
export interface Sender {
  readonly identities: readonly Identity[];
  /** The one to reply to. */
  readonly address: Identity;
  readonly profileName: string | null;
}

/** The contact after a message from `sender`; the same object when nothing is new. */
export function metAgain(contact: Contact, sender: Sender, at: string): Contact {
  const identities = withIdentities(contact.identities, sender.identities);
  const profileName = sender.profileName ?? contact.profileName;
  if (identities.length === contact.identities.length && profileName === contact.profileName) {
    return contact;
  }
  return { ...contact, identities, profileName, updatedAt: at };
}

export function newContact(id: string, at: string, given: Partial<Contact>): Contact {
  return {
    name: null,
    profileName: null,
    phoneBookName: null,
    phoneBookAt: null,
    identities: [],
    attributes: {},
    tagIds: [],
    blocked: false,
    consents: null,
    conversations: {},
    ...given,
    id,
    createdAt: at,
    updatedAt: at,
    rev: 0,
  };
}
