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
import type { Page, PageRequest, Scope } from "../ports.ts";
import { attempt, conflictOf } from "./attempts.ts";

export interface ContactInput {
  readonly name?: string | null | undefined;
  readonly identities?: readonly Identity[] | undefined;
  /** On a change, null removes the attribute; what is not named stays. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  readonly tagIds?: readonly string[] | undefined;
  readonly blocked?: boolean | undefined;
}

export function createContact(scope: Scope, input: ContactInput): Promise<Contact> {
  return attempt(async () => {
    const at = new Date(scope.clock.now()).toISOString();
    const fresh = newContact(scope.ids.of("contact"), at, {});
    const contact = { ...changed(fresh, input), rev: 1 };
    const writes = [{ noun: "contact" as const, before: null, after: contact }];
    return saved(contact, await scope.store.commit(writes, contact));
  });
}

/** @param expectedRev the revision the caller saw; a newer one is refused as stale */
export function changeContact(
  scope: Scope,
  id: string,
  input: ContactInput,
  expectedRev: number | null,
): Promise<Contact> {
  return attempt(async () => {
    const before = await scope.store.contact(id);
    if (before === null) throw notFound("contact");
    if (expectedRev !== null && before.rev !== expectedRev) throw stale("contact");
    const updatedAt = new Date(scope.clock.now()).toISOString();
    const after = { ...changed(before, input), updatedAt, rev: before.rev + 1 };
    const writes = [{ noun: "contact" as const, before, after }];
    return saved(after, await scope.store.commit(writes, after));
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

function saved(contact: Contact, commit: Awaited<ReturnType<Scope["store"]["commit"]>>) {
  const taken = conflictOf(commit, "taken");
  if (taken !== null) {
    const detail = "Another contact has this identity; change or merge that one.";
    throw new DomainError("identity_taken", detail, { more: { contactId: taken.contactId } });
  }
  return commit.ok ? contact : null;
}

function stale(what: string): DomainError {
  return new DomainError("stale", `The ${what} changed since you read it; read it again.`);
}

function changed(contact: Contact, input: ContactInput): Contact {
  return {
    ...contact,
    name: input.name === undefined ? contact.name : input.name,
    identities: input.identities === undefined ? contact.identities : parsed(input.identities),
    attributes: attributesAfter(contact.attributes, input.attributes ?? {}),
    tagIds: input.tagIds === undefined ? contact.tagIds : knownTags(input.tagIds),
    blocked: input.blocked ?? contact.blocked,
  };
}

/** What people type must be possible; the first value that is not is named. */
function parsed(identities: readonly Identity[]): Identity[] {
  const all = identities.map(({ kind, value }, place) => {
    const identity = normalised(kind, value);
    if (identity !== null) return identity;
    const hint = kind === "phone" ? "international, such as +447700900123" : `a valid ${kind}`;
    throw invalid(`/identities/${place}/value`, "invalid", `Give ${hint}.`);
  });
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
