import {
  ATTRIBUTES_MAX,
  type Contact,
  claimOf,
  claimsHeld,
  claimsOf,
  type Merge,
  type Past,
  pastOf,
  type Rotation,
  withIdentities,
  withPast,
} from "./contacts.ts";
import type { Conversation } from "./conversations.ts";
import { isAmong, isSame, united, withRotations } from "./identities.ts";

/**
 * Two contacts of one person become one. The other's row stays as it was, beside a note of where
 * it went, so a merge can be undone: the row is what it had, and the note on the survivor says what
 * the survivor gained by it. Conversations keep their messages; they only change whose they are.
 */
export interface Pair {
  readonly survivor: Contact;
  readonly other: Contact;
}

/** The one that was there first survives a merge that nobody asked for. */
export function eldestFirst(one: Contact, two: Contact): Pair {
  const isOlder = `${one.createdAt}#${one.id}` < `${two.createdAt}#${two.id}`;
  return isOlder ? { survivor: one, other: two } : { survivor: two, other: one };
}

/** Somebody took them apart, or they had the same number one after the other. */
export function areApart(one: Contact, two: Contact): boolean {
  const names = (contact: Contact, other: Contact) => pastOf(contact).apartFrom.includes(other.id);
  return names(one, two) || names(two, one);
}

/** Every conversation of a contact, live or not. */
export function conversationsOf(contact: Contact): string[] {
  return [...Object.values(contact.conversations), ...pastOf(contact).conversations];
}

/**
 * Both after the merge.
 *
 * @param live which conversation goes on, by channel: the one with the newest activity
 */
export function merged(
  { survivor, other }: Pair,
  live: Contact["conversations"],
  merge: Pick<Merge, "id" | "at" | "isAutomatic">,
): Pair {
  const [own, theirs] = [pastOf(survivor), pastOf(other)];
  const brought = broughtBy(survivor, other);
  const attributes = Object.entries(other.attributes).filter(([name]) =>
    brought.attributes.includes(name),
  );
  const liveIds = Object.values(live);
  const silent = [...conversationsOf(survivor), ...conversationsOf(other)].filter(
    (id) => !liveIds.includes(id),
  );
  const links = Object.entries(survivor.conversations).filter(([channelId, id]) => {
    return live[channelId] !== id;
  });
  const note: Merge = {
    ...merge,
    contactId: other.id,
    claims: claimsHeld(survivor),
    brought,
    links: Object.fromEntries(links),
  };
  const grown: Contact = {
    ...survivor,
    name: survivor.name ?? other.name,
    profileName: survivor.profileName ?? other.profileName,
    blocked: survivor.blocked || other.blocked,
    attributes: { ...survivor.attributes, ...Object.fromEntries(attributes) },
    tagIds: [...survivor.tagIds, ...brought.tagIds],
    identities: withIdentities(survivor.identities, other.identities),
    conversations: live,
    updatedAt: merge.at,
  };
  const past: Partial<Past> = {
    former: [...own.former, ...theirs.former],
    rotations: united(own.rotations, theirs.rotations),
    merges: [...own.merges, note],
    apartFrom: [...own.apartFrom, ...brought.apartFrom].filter((id) => id !== other.id),
    conversations: silent,
  };
  return {
    survivor: withPast(grown, past),
    other: { ...other, mergedInto: survivor.id, updatedAt: merge.at },
  };
}

function broughtBy(survivor: Contact, other: Contact): Merge["brought"] {
  const news = <T>(known: readonly T[], theirs: readonly T[]) =>
    theirs.filter((one) => !known.includes(one));
  const room = Math.max(0, ATTRIBUTES_MAX - Object.keys(survivor.attributes).length);
  const names = news(Object.keys(survivor.attributes), Object.keys(other.attributes));
  const apart = news(pastOf(survivor).apartFrom, pastOf(other).apartFrom);
  return {
    name: survivor.name === null && other.name !== null,
    profileName: survivor.profileName === null && other.profileName !== null,
    blocked: !survivor.blocked && other.blocked,
    attributes: names.slice(0, room),
    tagIds: news(survivor.tagIds, other.tagIds),
    apartFrom: apart.filter((id) => id !== survivor.id),
  };
}

/**
 * Both after the merge is undone: each has what it had. What people changed on the survivor since
 * stays, and what the survivor learnt since stays too, except names that followed names of the
 * other. From now on the two are apart.
 *
 * @param takenClaims claims of the other that a third contact holds by now
 * @param links the survivor's live conversations, by channel
 */
export function unmerged(
  { survivor, other }: Pair,
  merge: Merge,
  takenClaims: readonly string[],
  links: { readonly live: Contact["conversations"]; readonly silent: readonly string[] },
  at: string,
): Pair {
  const { followed, claims } = followedFrom(survivor, other, merge);
  const isTheirs = (one: Parameters<typeof claimOf>[0]) => claims.has(claimOf(one));
  const own = pastOf(survivor);
  const theirs = pastOf(other);
  const shrunk = withPast(
    {
      ...withoutBrought(survivor, other, merge),
      identities: survivor.identities.filter((one) => !isTheirs(one)),
      conversations: links.live,
      updatedAt: at,
    },
    {
      former: own.former.filter((one) => !isTheirs(one)),
      rotations: own.rotations.filter(
        (one) => ![...theirs.rotations, ...followed].some((known) => isSame(one, known)),
      ),
      merges: own.merges.filter(({ id }) => id !== merge.id),
      apartFrom: [...own.apartFrom.filter((id) => !merge.brought.apartFrom.includes(id)), other.id],
      conversations: [...links.silent],
    },
  );
  const gained = survivor.identities.filter(
    (one) => isTheirs(one) && !isAmong(one, other.identities),
  );
  const isTaken = (one: Parameters<typeof claimOf>[0]) => takenClaims.includes(claimOf(one));
  const freed: Contact = {
    ...other,
    mergedInto: null,
    identities: other.identities.filter((one) => !isTaken(one)),
    updatedAt: at,
  };
  const apart = withPast(freed, {
    former: theirs.former.map((one) => (isTaken(one) ? { ...one, isHeld: false } : one)),
    apartFrom: [...theirs.apartFrom.filter((id) => id !== survivor.id), survivor.id],
  });
  const hasMore = gained.length > 0 || followed.length > 0;
  const back = hasMore ? withRotations(apart, gained, followed, at) : apart;
  return { survivor: shrunk, other: back };
}

/** What took the place of the other's names since the merge is the other's as well. */
function followedFrom(
  survivor: Contact,
  other: Contact,
  { claims: own }: Merge,
): { followed: Rotation[]; claims: Set<string> } {
  const theirs = pastOf(other);
  const claims = new Set(claimsOf([...other.identities, ...theirs.former]));
  const followed = pastOf(survivor).rotations.filter((rotation) => {
    const { from, to } = rotation;
    if (from === null || !claims.has(from) || own.includes(to)) return false;
    claims.add(to);
    return !theirs.rotations.some((known) => isSame(known, rotation));
  });
  return { followed, claims };
}

/** What the merge brought and nobody changed since. */
function withoutBrought(survivor: Contact, other: Contact, { brought }: Merge): Contact {
  const isBrought = (name: string) =>
    brought.attributes.includes(name) && survivor.attributes[name] === other.attributes[name];
  const kept = Object.entries(survivor.attributes).filter(([name]) => !isBrought(name));
  const { name, profileName, blocked } = survivor;
  return {
    ...survivor,
    name: brought.name && name === other.name ? null : name,
    profileName: brought.profileName && profileName === other.profileName ? null : profileName,
    blocked: brought.blocked ? false : blocked,
    attributes: Object.fromEntries(kept),
    tagIds: survivor.tagIds.filter((id) => !brought.tagIds.includes(id)),
  };
}

/** The survivor's conversations once those of the other are no longer its own. */
export function linksWithout(
  { survivor, other }: Pair,
  merge: Merge,
  kept: readonly Conversation[],
): { live: Contact["conversations"]; silent: string[] } {
  const moved = conversationsOf(other);
  const links = Object.entries(survivor.conversations).flatMap(([channelId, id]) => {
    if (!moved.includes(id)) return [[channelId, id]];
    const left = kept.filter((conversation) => conversation.channelId === channelId);
    const before = left.find((conversation) => conversation.id === merge.links[channelId]);
    const next = before ?? newestOf(left);
    return next === undefined ? [] : [[channelId, next.id]];
  });
  const live: Contact["conversations"] = Object.fromEntries(links);
  const isSilent = (id: string) => !moved.includes(id) && !Object.values(live).includes(id);
  return { live, silent: conversationsOf(survivor).filter(isSilent) };
}

/** Of several conversations with one contact on a channel, the one that goes on. */
export function newestOf(conversations: readonly Conversation[]): Conversation | undefined {
  const time = ({ lastActivityAt, id }: Conversation) => `${lastActivityAt}#${id}`;
  return conversations.toSorted((one, two) => (time(one) < time(two) ? 1 : -1))[0];
}
