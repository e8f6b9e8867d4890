import {
  type Contact,
  claimOf,
  claimsOf,
  type Identity,
  newContact,
  pastOf,
  type Rotation,
} from "../domain/contacts.ts";
import {
  type IdentityChange,
  isSomebodyElses,
  isStillTheirs,
  noted,
  passedOn,
  readdressed,
  rotationsIn,
  withRotations,
} from "../domain/identities.ts";
import { conversationsOf } from "../domain/merges.ts";
import type { Freshness, Scope, Write } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { joinContacts, livingContact } from "./merges.ts";

/** Whom some names belong to. */
export interface Named {
  readonly contact: Contact | null;
  /** Those of the names that are the contact's, or nobody's. */
  readonly identities: readonly Identity[];
  /** Who holds the rest. */
  readonly others: readonly Contact[];
  /** Who had one of the numbers before, and gives it up to the contact. */
  readonly former: readonly Contact[];
}

/**
 * Who is meant by the names of one person: the first that somebody holds decides, so user ids stand
 * before numbers (WhatsApp reference, section 4.5).
 *
 * @param isTheirs whether a claim that the contact holds says anything about it
 * @param isKnown whether the contact goes before all others, whatever names it holds
 * @returns null when somebody else's change came between: look again, strictly
 */
export async function whoIs(
  scope: Scope,
  identities: readonly Identity[],
  freshness: Freshness,
  isTheirs: (contact: Contact, claim: string) => boolean,
  isKnown: (contact: Contact) => boolean = () => false,
): Promise<Named | null> {
  const claims = claimsOf(identities);
  const holders = await scope.store.holders(claims, freshness);
  const ids = [...new Set(claims.flatMap((claim) => holders.get(claim) ?? []))];
  if (ids.length > 1 && freshness === "loose") return null;
  const found: Contact[] = [];
  for (const contact of await Promise.all(ids.map((id) => scope.store.contact(id, freshness)))) {
    if (contact === null || contact.mergedInto !== null) return null;
    found.push(contact);
  }
  const isMeant = (contact: Contact) =>
    claims.some((claim) => holders.get(claim) === contact.id && isTheirs(contact, claim));
  const meant = found.filter(isMeant);
  const contact = meant.find(isKnown) ?? meant[0] ?? null;
  const others = meant.filter((one) => one !== contact);
  const kept = new Set(others.map(({ id }) => id));
  return {
    contact,
    identities: identities.filter((one) => !kept.has(holders.get(claimOf(one)) ?? "")),
    others,
    former: found.filter((one) => !isMeant(one)),
  };
}

/** A number belongs to whoever shows up with it after another one gave it up. */
export function asOf(at: string): (contact: Contact, claim: string) => boolean {
  return (contact, claim) => isStillTheirs(contact, claim, at);
}

/**
 * Names of one person found several contacts: they become one. Contacts that were taken apart stay
 * so, and what the others hold stays with them.
 *
 * @returns whether anything changed, so that one must look again
 */
export async function joinNamed(scope: Scope, { contact, others }: Named): Promise<boolean> {
  for (const other of others) {
    if (contact !== null && (await joinContacts(scope, contact, other))) return true;
  }
  return false;
}

/** What those who had a number before lose to the contact that has it now. */
export function givingUp(
  { identities, former }: Pick<Named, "identities" | "former">,
  contactId: string,
  at: { readonly endedAt: string; readonly updatedAt: string },
): Extract<Write, { noun: "contact" }>[] {
  const claims = claimsOf(identities);
  return former.map((before) => {
    const after = { ...passedOn(before, claims, contactId, at), rev: before.rev + 1 };
    return { noun: "contact", before, after };
  });
}

/**
 * Applies what a provider tells of somebody's names. Nobody wrote: no message is made and no window
 * opens. The same change again, or an older one later, leaves the same names. Who is not known yet
 * becomes a contact without a conversation, so that what they wrote before and what they write
 * next, under either name, is one person's.
 */
export function applyIdentityChange(
  scope: Scope,
  change: IdentityChange,
): Promise<"stored" | "seen" | "left"> {
  return attempt(async () => {
    const who = await whoChanged(scope, change);
    if (who === null || (await joinNamed(scope, who))) return null;
    const updatedAt = new Date(scope.clock.now()).toISOString();
    const { contact: before, identities } = who;
    if (before === null && change.rotations.length === 0) return "left";
    const fresh = before ?? newContact(scope.ids.of("contact"), updatedAt, {});
    const told = rotationsIn(change, fresh, identities);
    const after = noted(withRotations(fresh, identities, told, updatedAt), change, updatedAt);
    if (after === before) return "seen";
    const contacts = [
      { noun: "contact" as const, before, after: { ...after, rev: fresh.rev + 1 } },
      ...givingUp(who, after.id, { endedAt: change.at, updatedAt }),
    ];
    const replies = await Promise.all(contacts.map((one) => repliesTo(scope, one.after)));
    const commit = await scope.store.commit([...contacts, ...replies.flat()]);
    return commit.ok ? "stored" : null;
  });
}

/** Who knows of the change already is whom it is about, whoever has the old number by now. */
function whoChanged(scope: Scope, change: IdentityChange): Promise<Named | null> {
  const isTheirs = (contact: Contact, claim: string) =>
    isStillTheirs(contact, claim, change.at) && !isSomebodyElses(contact, claim, change);
  const isTold = ({ at, from, to }: Rotation) =>
    change.rotations.some((one) => {
      const before = one.from === null ? from : claimOf(one.from);
      return at === change.at && claimOf(one.to) === to && before === from;
    });
  const isKnown = (contact: Contact) => pastOf(contact).rotations.some(isTold);
  return whoIs(scope, change.identities, "strict", isTheirs, isKnown);
}

/** Replies go where the contact is now. */
async function repliesTo(scope: Scope, contact: Contact | null): Promise<Write[]> {
  if (contact === null) return [];
  const ids = [...new Set(conversationsOf(contact))];
  const rows = await Promise.all(ids.map((id) => scope.store.conversation(id)));
  return rows.flatMap((before): Write[] => {
    if (before === null) return [];
    const after = readdressed(before, contact);
    if (after === before) return [];
    return [{ noun: "conversation", before, after: { ...after, rev: before.rev + 1 } }];
  });
}

/**
 * The provider knows the contact by this name as well; customers answer under it, so it is theirs
 * from now on. Whoever else holds it is the same person.
 */
export async function learnIdentity(
  scope: Scope,
  contactId: string,
  identity: Identity,
): Promise<void> {
  await attempt(async () => {
    const known = await livingContact(scope, contactId);
    if (known === null || known.identities.length === 0) return true;
    const at = new Date(scope.clock.now()).toISOString();
    const who = await whoIs(scope, [...known.identities, identity], "strict", asOf(at));
    if (who === null || (await joinNamed(scope, who))) return null;
    const { contact: before, identities } = who;
    if (before === null) return true;
    const changed = withRotations(before, identities, [], at);
    if (changed === before) return true;
    const after = { ...changed, rev: before.rev + 1 };
    const commit = await scope.store.commit([
      { noun: "contact", before, after },
      ...givingUp(who, after.id, { endedAt: at, updatedAt: at }),
    ]);
    return commit.ok ? true : null;
  });
}
