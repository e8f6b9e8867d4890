import * as z from "zod/mini";
import { consentsSchema } from "./consents.ts";
import { canonicalDigits, phoneOf } from "./phone.ts";

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

/** A name that is no longer the contact's own. */
export const formerIdentitySchema = z.object({
  kind: z.enum(identityKinds),
  value: z.string(),
  endedAt: z.string(),
  /** Whether late messages under it still find the contact; not when somebody else has it now. */
  isHeld: z.boolean(),
});
export type FormerIdentity = z.infer<typeof formerIdentitySchema>;

/** From `at` on, the claim `to` names the person that `from` named before; null: nothing did. */
export const rotationSchema = z.object({
  from: z.nullable(z.string()),
  to: z.string(),
  at: z.string(),
});
export type Rotation = z.infer<typeof rotationSchema>;

/** Another contact became part of this one, and what that brought, so that it can be undone. */
export const mergeSchema = z.object({
  id: z.string(),
  contactId: z.string(),
  at: z.string(),
  /** Nobody asked: a provider named one person by identities of both. */
  isAutomatic: z.boolean(),
  /** The claims that this contact held before. */
  claims: z.array(z.string()),
  brought: z.object({
    name: z.boolean(),
    profileName: z.boolean(),
    blocked: z.boolean(),
    attributes: z.array(z.string()),
    tagIds: z.array(z.string()),
    apartFrom: z.array(z.string()),
  }),
  /** Its live conversations, by channel, where another one goes on. */
  links: z.record(z.string(), z.string()),
});
export type Merge = z.infer<typeof mergeSchema>;

/** What few contacts have: names that changed, and other contacts that became part of them. */
export const pastSchema = z.object({
  former: z.array(formerIdentitySchema),
  /** A set, by time: in whatever order they are told, the same names are current. */
  rotations: z.array(rotationSchema),
  merges: z.array(mergeSchema),
  /** Contacts that are somebody else, whatever a provider's message seems to say. */
  apartFrom: z.array(z.string()),
  /** Conversations of the contact that are not the live one of their channel. */
  conversations: z.array(z.string()),
  /** When the provider last told that the person's security code changed. */
  codeChangedAt: z.nullable(z.string()),
});
export type Past = z.infer<typeof pastSchema>;

const NO_PAST: Past = {
  former: [],
  rotations: [],
  merges: [],
  apartFrom: [],
  conversations: [],
  codeChangedAt: null,
};

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
  /** The contact that this one is a part of; while it is, it holds no claim and never changes. */
  mergedInto: z.nullable(z.string()),
  past: z.nullable(pastSchema),
  createdAt: z.string(),
  updatedAt: z.string(),
  rev: z.number(),
});
export type Contact = z.infer<typeof contactSchema>;

export function pastOf(contact: Contact): Past {
  return contact.past ?? NO_PAST;
}

/** The contact with some of its past changed; an empty past takes no room. */
export function withPast(contact: Contact, changed: Partial<Past>): Contact {
  const past = { ...pastOf(contact), ...changed };
  const isEmpty = Object.values(past).every((part) => part === null || part.length === 0);
  return { ...contact, past: isEmpty ? null : past };
}

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

/** Parent ids have a mark of their own, whatever field they came in (section 4.1). */
const PARENT = /^[A-Z]{2}\.ENT\./;

/**
 * What an identity claims for its contact: nobody else in the workspace may hold the same claim.
 * A phone number and a wa_id of the same phone are one claim, however either is written, so a
 * customer typed in by phone is found when they write on WhatsApp.
 */
export function claimOf(identity: Identity): string {
  switch (identity.kind) {
    case "phone":
      return `tel#${canonicalDigits(identity.value.slice(1))}`;
    case "wa_id":
      return `tel#${canonicalDigits(identity.value)}`;
    case "wa_bsuid":
    case "wa_parent_bsuid":
      return `${PARENT.test(identity.value) ? "parent" : "bsuid"}#${identity.value}`;
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

/** What nobody else may hold because this contact does; its survivor holds a merged one's. */
export function claimsHeld(contact: Contact): string[] {
  if (contact.mergedInto !== null) return [];
  return claimsOf([
    ...contact.identities,
    ...pastOf(contact).former.filter(({ isHeld }) => isHeld),
  ]);
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
    mergedInto: null,
    past: null,
    ...given,
    id,
    createdAt: at,
    updatedAt: at,
    rev: 0,
  };
}
