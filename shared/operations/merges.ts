import { type Contact, claimsHeld, type Merge, pastOf } from "../domain/contacts.ts";
import type { Conversation } from "../domain/conversations.ts";
import { DomainError, invalid, notFound } from "../domain/errors.ts";
import { readdressed } from "../domain/identities.ts";
import {
  areApart,
  conversationsOf,
  eldestFirst,
  linksWithout,
  merged,
  newestOf,
  type Pair,
  unmerged,
} from "../domain/merges.ts";
import type { Scope, Write } from "../ports.ts";
import { attempt } from "./attempts.ts";

/** A transaction holds 100 rows (DynamoDB API reference, TransactWriteItems); some are ours. */
const ROWS_MAX = 90;
/** Each leaves a note on the survivor's row, which must stay below 400 KB. */
const MERGES_MAX = 50;
/** How many merges a contact may be away from the one that is left. */
const STEPS_MAX = 60;

/** The contact that this one is part of by now; itself, when it is no part of another. */
export async function livingContact(scope: Scope, id: string): Promise<Contact | null> {
  let contact = await scope.store.contact(id);
  for (let step = 0; step < STEPS_MAX && contact !== null; step++) {
    if (contact.mergedInto === null) return contact;
    contact = await scope.store.contact(contact.mergedInto);
  }
  return contact;
}

/**
 * Makes two contacts one, `id` survives. Asked again it answers the same contact, and so do two who
 * ask at the same time, also the other way round.
 */
export function mergeContacts(scope: Scope, id: string, contactId: string): Promise<Contact> {
  if (id === contactId) {
    throw invalid("/contactId", "same", "Name another contact, which becomes part of this one.");
  }
  return attempt(async () => {
    const [survivor, other] = await Promise.all([
      livingContact(scope, id),
      livingContact(scope, contactId),
    ]);
    if (survivor === null) throw notFound("contact");
    if (other === null) throw invalid("/contactId", "unknown", "There is no such contact.");
    if (survivor.id === other.id) return survivor;
    if (isTooLarge({ survivor, other })) {
      const detail = "Together they have too many identities, conversations or earlier merges.";
      throw new DomainError("not_mergeable", detail);
    }
    return save(scope, { survivor, other }, false);
  });
}

/**
 * One person turned out to be two contacts: the older one survives.
 *
 * @returns false when they stay two; else look again who there is
 */
export async function joinContacts(scope: Scope, one: Contact, two: Contact): Promise<boolean> {
  const pair = eldestFirst(one, two);
  if (areApart(one, two) || isTooLarge(pair)) return false;
  await save(scope, pair, true);
  return true;
}

function isTooLarge({ survivor, other }: Pair): boolean {
  const rows = claimsHeld(other).length + conversationsOf(other).length;
  return rows > ROWS_MAX || pastOf(survivor).merges.length >= MERGES_MAX;
}

/** @returns null when either changed meanwhile */
async function save(scope: Scope, pair: Pair, isAutomatic: boolean): Promise<Contact | null> {
  const at = new Date(scope.clock.now()).toISOString();
  const { survivor, other } = pair;
  const moved = await conversationsBy(scope, conversationsOf(other));
  const own = await conversationsBy(scope, Object.values(survivor.conversations));
  const live = Object.fromEntries(
    [...own, ...moved].flatMap(({ channelId }) => {
      const linked = [survivor.conversations[channelId], other.conversations[channelId]];
      const newest = newestOf([...own, ...moved].filter(({ id }) => linked.includes(id)));
      return newest === undefined ? [] : [[channelId, newest.id]];
    }),
  );
  const after = merged(pair, live, { id: scope.ids.of("merge"), at, isAutomatic });
  const result = { ...after.survivor, rev: survivor.rev + 1 };
  const writes: Write[] = [
    { noun: "contact", before: survivor, after: result },
    { noun: "contact", before: other, after: { ...after.other, rev: other.rev + 1 } },
    ...moved.map((before) => conversationWrite(before, { ...before, contactId: survivor.id })),
  ];
  return (await scope.store.commit(writes, result)).ok ? result : null;
}

/**
 * Takes two contacts apart again: each has what it had, and neither is joined to the other by
 * itself any more.
 *
 * @param id of the survivor, or of the one that became part of it
 * @param mergeId which merge; the last one of the contact when it is not given
 */
export function unmergeContact(
  scope: Scope,
  id: string,
  mergeId: string | undefined,
): Promise<Contact> {
  return attempt(async () => {
    const asked = await scope.store.contact(id);
    if (asked === null) throw notFound("contact");
    const { pair, merge } = await mergeOf(scope, asked, mergeId);
    const { survivor, other } = pair;
    const at = new Date(scope.clock.now()).toISOString();
    const claims = claimsHeld({ ...other, mergedInto: null });
    const holders = await scope.store.holders(claims);
    const taken = claims.filter((claim) => {
      const holder = holders.get(claim);
      return holder !== undefined && holder !== survivor.id;
    });
    const movedIds = conversationsOf(other);
    const keptIds = conversationsOf(survivor).filter((one) => !movedIds.includes(one));
    const moved = await conversationsBy(scope, movedIds);
    const kept = await conversationsBy(scope, keptIds);
    const links = linksWithout(pair, merge, kept);
    const after = unmerged(pair, merge, taken, links, at);
    const back = moved.map((row) => ({ ...row, contactId: other.id }));
    const left = { ...after.survivor, rev: survivor.rev + 1 };
    const freed = { ...after.other, rev: other.rev + 1 };
    const writes: Write[] = [
      { noun: "contact", before: survivor, after: left },
      { noun: "contact", before: other, after: freed },
      ...moved.map((before, place) =>
        conversationWrite(before, apart(back[place] ?? before, after.other)),
      ),
      ...kept.flatMap((before) => {
        const own = apart(before, after.survivor);
        return own === before ? [] : [conversationWrite(before, own)];
      }),
    ];
    const result = asked.id === survivor.id ? left : freed;
    return (await scope.store.commit(writes, result)).ok ? result : null;
  });
}

async function mergeOf(
  scope: Scope,
  asked: Contact,
  mergeId: string | undefined,
): Promise<{ pair: Pair; merge: Merge }> {
  const survivor = asked.mergedInto === null ? asked : await scope.store.contact(asked.mergedInto);
  if (survivor === null) throw new Error("A contact is part of one that does not exist.");
  if (survivor.mergedInto !== null) throw partOf(survivor.mergedInto);
  const { merges } = pastOf(survivor);
  const candidates =
    asked === survivor ? merges : merges.filter(({ contactId }) => contactId === asked.id);
  const merge = candidates.findLast(({ id }) => mergeId === undefined || id === mergeId);
  if (merge === undefined) {
    throw invalid("/mergeId", "unknown", "The contact has no such merge to undo.");
  }
  const other = await scope.store.contact(merge.contactId);
  if (other === null) throw new Error("A merge names a contact that does not exist.");
  return { pair: { survivor, other }, merge };
}

/** Nothing can be done with what is part of another contact. */
export function partOf(contactId: string): DomainError {
  const detail = "It became part of another contact; use that one, or undo its merge first.";
  return new DomainError("contact_merged", detail, { more: { contactId } });
}

/** Nobody is written to at an address, or in a window, of the contact that left. */
function apart(conversation: Conversation, contact: Contact): Conversation {
  const own = readdressed(conversation, contact);
  return own === conversation ? own : { ...own, windowClosesAt: null };
}

function conversationWrite(before: Conversation, after: Conversation): Write {
  return { noun: "conversation", before, after: { ...after, rev: before.rev + 1 } };
}

/** In any number of rows that a contact may have. */
async function conversationsBy(scope: Scope, ids: readonly string[]): Promise<Conversation[]> {
  const rows = await Promise.all([...new Set(ids)].map((id) => scope.store.conversation(id)));
  return rows.filter((row) => row !== null);
}
