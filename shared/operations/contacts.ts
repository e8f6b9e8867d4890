import {
  ATTRIBUTES_MAX,
  type Contact,
  IDENTITIES_MAX,
  type Identity,
  newContact,
  normalised,
  withIdentities,
} from "../domain/contacts.ts";
import { DomainError, invalid, notFound } from "../domain/errors.ts";
import { returned, withRotations } from "../domain/identities.ts";
import type { Page, PageRequest, Scope, Write } from "../ports.ts";
import { attempt, conflictOf } from "./attempts.ts";
import { asOf, givingUp, whoIs } from "./identities.ts";
import { partOf } from "./merges.ts";

export interface ContactInput {
  readonly name?: string | null | undefined;
  readonly identities?: readonly Identity[] | undefined;
  /** On a change, null removes the attribute; what is not named stays. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  readonly tagIds?: readonly string[] | undefined;
  readonly blocked?: boolean | undefined;
}

export function createContact(scope: Scope, input: ContactInput): Promise<Contact> {
  return attempt(async (_freshness, count) => {
    const at = new Date(scope.clock.now()).toISOString();
    return save(
      scope,
      null,
      changed(newContact(scope.ids.of("contact"), at, {}), input, at),
      count,
    );
  });
}

/** A contact, and whether this call made it. */
export interface Found {
  readonly contact: Contact;
  readonly isNew: boolean;
}

/** The contact with this identity, however it is written; made when there is none. */
export function findOrCreateContact(
  scope: Scope,
  given: Identity,
  input: Omit<ContactInput, "identities">,
): Promise<Found> {
  return attempt(async (freshness, count) => {
    const at = new Date(scope.clock.now()).toISOString();
    const identity = possible(given, "/path/value");
    const who = await whoIs(scope, [identity], freshness, asOf(at));
    if (who === null) return null;
    const { contact: before } = who;
    const known = before ?? newContact(scope.ids.of("contact"), at, {});
    const met = withRotations(known, [identity], [], at);
    const isChanged = Object.values(input).some((value) => value !== undefined);
    if (met === before && !isChanged) return { contact: before, isNew: false };
    const contact = await save(scope, before, changed({ ...met, updatedAt: at }, input, at), count);
    return contact === null ? null : { contact, isNew: before === null };
  });
}

/** @param expectedRev the revision the caller saw; a newer one is refused as stale */
export function changeContact(
  scope: Scope,
  id: string,
  input: ContactInput,
  expectedRev: number | null,
): Promise<Contact> {
  return attempt(async (_freshness, count) => {
    const before = await scope.store.contact(id);
    if (before === null) throw notFound("contact");
    if (before.mergedInto !== null) throw partOf(before.mergedInto);
    if (expectedRev !== null && before.rev !== expectedRev) throw stale("contact");
    const updatedAt = new Date(scope.clock.now()).toISOString();
    return save(scope, before, { ...changed(before, input, updatedAt), updatedAt }, count);
  });
}

export async function readContact(scope: Scope, id: string): Promise<Contact> {
  const contact = await scope.store.contact(id);
  if (contact === null) throw notFound("contact");
  return contact;
}

/** Newest first. */
export function listContacts(scope: Scope, page: PageRequest): Promise<Page<Contact>> {
  return scope.store.contacts(page);
}

/** @returns null when somebody else's change came between */
async function save(
  scope: Scope,
  before: Contact | null,
  changed: Contact,
  count: number,
): Promise<Contact | null> {
  const after = { ...changed, rev: (before?.rev ?? 0) + 1 };
  // Few numbers had somebody else before, so who gives one up is looked for after a refusal.
  const givenUp = count === 0 ? [] : await givenUpTo(scope, after);
  const commit = await scope.store.commit([{ noun: "contact", before, after }, ...givenUp], after);
  if (commit.ok) return after;
  const taken = conflictOf(commit, "taken");
  if (count === 0 || taken === null) return null;
  const detail = "Another contact has this identity; change or merge that one.";
  throw new DomainError("identity_taken", detail, { more: { contactId: taken.contactId } });
}

async function givenUpTo(scope: Scope, { id, identities, updatedAt }: Contact): Promise<Write[]> {
  const at = { endedAt: updatedAt, updatedAt };
  const who = await whoIs(scope, identities, "strict", asOf(updatedAt));
  if (who === null) return [];
  const former = who.former.filter((contact) => contact.id !== id);
  return givingUp({ identities, former }, id, at);
}

function stale(what: string): DomainError {
  return new DomainError("stale", `The ${what} changed since you read it; read it again.`);
}

function changed(contact: Contact, input: ContactInput, at: string): Contact {
  return {
    ...(input.identities === undefined ? contact : renamed(contact, input.identities, at)),
    name: input.name === undefined ? contact.name : input.name,
    attributes: attributesAfter(contact.attributes, input.attributes ?? {}),
    tagIds: input.tagIds === undefined ? contact.tagIds : knownTags(input.tagIds),
    blocked: input.blocked ?? contact.blocked,
  };
}

/** A former number that people give is the contact's own again. */
function renamed(contact: Contact, given: readonly Identity[], at: string): Contact {
  const identities = parsed(given);
  return withRotations(
    { ...contact, identities },
    identities,
    returned(contact, identities, at),
    at,
  );
}

/** What people type must be possible. */
function possible({ kind, value }: Identity, pointer: string): Identity {
  const identity = normalised(kind, value);
  if (identity !== null) return identity;
  const hint = kind === "phone" ? "international, such as +447700900123" : `a valid ${kind}`;
  throw invalid(pointer, "invalid", `Give ${hint}.`);
}

/** The first value that is not possible is named. */
function parsed(identities: readonly Identity[]): Identity[] {
  const all = identities.map((one, place) => possible(one, `/identities/${place}/value`));
  const unique = withIdentities([], all);
  if (unique.length <= IDENTITIES_MAX) return unique;
  throw invalid("/identities", "too_many", `A contact has at most ${IDENTITIES_MAX} identities.`);
}

function attributesAfter(
  before: Contact["attributes"],
  input: NonNullable<ContactInput["attributes"]>,
): Contact["attributes"] {
  const merged = Object.entries({ ...before, ...input });
  const kept = merged.filter(
    (pair): pair is [string, string | number | boolean] => pair[1] !== null,
  );
  if (kept.length <= ATTRIBUTES_MAX) return Object.fromEntries(kept);
  throw invalid("/attributes", "too_many", `A contact has at most ${ATTRIBUTES_MAX} attributes.`);
}

/** Workspaces have no tags before tags can be made, so no id can be known. */
function knownTags(tagIds: readonly string[]): string[] {
  if (tagIds.length === 0) return [];
  throw invalid("/tagIds/0", "unknown", "There is no tag with this id.");
}
