import {
  type Contact,
  claimOf,
  claimsOf,
  type FormerIdentity,
  type Identity,
  pastOf,
  type Rotation,
  type Sender,
  withIdentities,
  withPast,
} from "./contacts.ts";
import { type Conversation, reachableBy } from "./conversations.ts";

/**
 * What a provider tells of one person's names, outside of any message (WhatsApp reference, sections
 * 3.6 and 4.3). It may come before the person's first message, late, or twice; the times decide.
 */
export interface IdentityChange {
  /** RFC 3339, by the provider's clock. */
  readonly at: string;
  /** All that names the person: what did before and what does from now on. */
  readonly identities: readonly Identity[];
  /** What took the place of what; null: of whatever was there. */
  readonly rotations: readonly { readonly from: Identity | null; readonly to: Identity }[];
  /** Not the names but the person's security code changed. */
  readonly isNewCode: boolean;
}

/** Somebody else may have a number next; a user id stays its user's, whatever follows it. */
function isNumber({ kind }: Identity): boolean {
  return kind === "phone" || kind === "wa_id";
}

/**
 * Since when a claim does not name the person any more; null while it does. Whatever was said last
 * counts, in whatever order it was heard. Of two in the same second, the end: A became B became C.
 */
function endOf(rotations: readonly Rotation[], claim: string): string | null {
  const last = rotations.findLast(({ from, to }) => from === claim || to === claim);
  const ended = rotations.some(({ from, at }) => from === claim && at === last?.at);
  return ended && last !== undefined ? last.at : null;
}

function byTime(one: Rotation, other: Rotation): number {
  const text = ({ at, from, to }: Rotation) => `${at} ${from ?? ""} ${to}`;
  return text(one) < text(other) ? -1 : 1;
}

/**
 * The contact knows these names as well, and what took the place of what. Numbers that ended become
 * former ones; a user id that ended stays an alias, behind the others. The same object when nothing
 * is new.
 */
export function withRotations(
  contact: Contact,
  identities: readonly Identity[],
  told: readonly Rotation[],
  updatedAt: string,
): Contact {
  const past = pastOf(contact);
  const rotations = united(past.rotations, told);
  const endedAt = (identity: Identity) => endOf(rotations, claimOf(identity));
  // A former number that somebody else has by now comes back only when it is told anew.
  const gone = past.former.filter((one) => !one.isHeld && !isAmong(one, identities));
  const held = past.former.filter((one) => !gone.includes(one));
  const formerly = held.map(({ kind, value }) => ({ kind, value }));
  const all = withIdentities([...contact.identities, ...formerly], identities);
  const current = all.filter((one) => endedAt(one) === null);
  const aliases = all.filter((one) => !isNumber(one) && endedAt(one) !== null);
  const ended = all.flatMap((one): FormerIdentity[] => {
    const end = endedAt(one);
    return isNumber(one) && end !== null ? [{ ...one, endedAt: end, isHeld: true }] : [];
  });
  const changed = withPast(
    { ...contact, identities: [...current, ...aliases] },
    { former: [...gone, ...ended], rotations },
  );
  return sameNames(contact, changed) ? contact : { ...changed, updatedAt };
}

/** By time, each once. */
export function united(known: readonly Rotation[], told: readonly Rotation[]): Rotation[] {
  const news = told.filter(
    (one) => one.from !== one.to && !known.some((other) => isSame(one, other)),
  );
  return [...known, ...news].sort(byTime);
}

export function isSame(one: Rotation, other: Rotation): boolean {
  return one.from === other.from && one.to === other.to && one.at === other.at;
}

export function isAmong(one: Identity, all: readonly Identity[]): boolean {
  return all.some(({ kind, value }) => kind === one.kind && value === one.value);
}

function sameNames(one: Contact, other: Contact): boolean {
  const names = ({ identities }: Contact) =>
    identities.map(({ kind, value }) => `${kind}#${value}`).join(" ");
  const told = (contact: Contact) => {
    const { former, rotations } = pastOf(contact);
    return `${former.length} ${rotations.length}`;
  };
  return names(one) === names(other) && told(one) === told(other);
}

/**
 * Whether the claim named this contact at `at`. A number that ended before belongs to whoever shows
 * up with it later; a late message from before is still this contact's.
 */
export function isStillTheirs(contact: Contact, claim: string, at: string): boolean {
  const ended = pastOf(contact).former.find((one) => one.isHeld && claimOf(one) === claim);
  return ended === undefined || at <= ended.endedAt;
}

/** The identities' claims that are news of a number which the contact once had: it is back. */
export function returned(
  contact: Contact,
  identities: readonly Identity[],
  at: string,
): Rotation[] {
  const { former } = pastOf(contact);
  const back = former.filter(
    (one) => one.endedAt < at && identities.some((shown) => claimOf(shown) === claimOf(one)),
  );
  return claimsOf(back).map((to) => ({ from: null, to, at }));
}

/**
 * The contact after a message from `sender`; the same object when nothing is new.
 *
 * @param saidAt the message's own time, RFC 3339
 */
export function metAgain(
  contact: Contact,
  { identities, ...sender }: Sender,
  at: string,
  saidAt = at,
): Contact {
  const known = withRotations(contact, identities, returned(contact, identities, saidAt), at);
  const profileName = sender.profileName ?? contact.profileName;
  return profileName === known.profileName ? known : { ...known, profileName, updatedAt: at };
}

/** The contact without these claims, which are somebody else's from `at` on. */
export function passedOn(
  contact: Contact,
  claims: readonly string[],
  toContactId: string,
  { endedAt, updatedAt }: { readonly endedAt: string; readonly updatedAt: string },
): Contact {
  const { former, apartFrom } = pastOf(contact);
  const isPassed = (one: Identity) => claims.includes(claimOf(one));
  const passed = contact.identities.filter(isPassed).map((one): FormerIdentity => {
    return { ...one, endedAt, isHeld: false };
  });
  const kept = former.map((one) => (isPassed(one) ? { ...one, isHeld: false } : one));
  const identities = contact.identities.filter((one) => !isPassed(one));
  return withPast(
    { ...contact, identities, updatedAt },
    { former: [...kept, ...passed], apartFrom: [...new Set([...apartFrom, toContactId])] },
  );
}

/** More steps than a person's number has ever gone. */
const STEPS_MAX = 20;

/** Where a message to `address` goes now: what took its place, or the address itself. */
export function successorOf(contact: Contact, address: Identity): Identity {
  const { rotations } = pastOf(contact);
  let claim = claimOf(address);
  for (let step = 0; step < STEPS_MAX && endOf(rotations, claim) !== null; step++) {
    claim = rotations.findLast(({ from }) => from === claim)?.to ?? claim;
  }
  if (claim === claimOf(address)) return address;
  const found = contact.identities.filter((one) => claimOf(one) === claim);
  return found.find(({ kind }) => kind === address.kind) ?? found[0] ?? address;
}

/**
 * The conversation when replies go where the contact is now. An address that is somebody else's by
 * now is left for another of the contact; the same object when it is good.
 */
export function readdressed(conversation: Conversation, contact: Contact): Conversation {
  const next = successorOf(contact, conversation.address);
  const isTheirs = contact.identities.some((one) => claimOf(one) === claimOf(next));
  const address = isTheirs ? next : reachableBy(conversation.channelKind, contact.identities);
  if (address === null || address === conversation.address) return conversation;
  return { ...conversation, address };
}

/**
 * Whether the person's new number was another WhatsApp user's before: a number has one user, so
 * that one gave it up. Who has no user id of their own was typed in by number, and who was met
 * after the change was met by it: both are the person.
 */
export function isSomebodyElses(contact: Contact, claim: string, change: IdentityChange): boolean {
  const isNew = change.rotations.some(({ to }) => isNumber(to) && claimOf(to) === claim);
  const isUser = contact.identities.some(({ kind }) => kind === "wa_bsuid");
  return isNew && isUser && contact.createdAt < change.at;
}

/** What the change says took the place of what, as far as the names are the contact's. */
export function rotationsIn(
  change: IdentityChange,
  contact: Contact,
  identities: readonly Identity[],
): Rotation[] {
  const { at } = change;
  return change.rotations.flatMap(({ from, to }): Rotation[] => {
    if (!isAmong(to, identities)) return [];
    if (from !== null) return [{ from: claimOf(from), to: claimOf(to), at }];
    const before = contact.identities.filter(({ kind }) => kind === to.kind);
    const ended = claimsOf(before).filter((claim) => claim !== claimOf(to));
    return (ended.length === 0 ? [null] : ended).map((claim) => {
      return { from: claim, to: claimOf(to), at };
    });
  });
}

/** The contact with a note of when their security code changed; the latest counts. */
export function noted(contact: Contact, { isNewCode, at }: IdentityChange, updatedAt: string) {
  const known = pastOf(contact).codeChangedAt;
  if (!isNewCode || (known !== null && known >= at)) return contact;
  return { ...withPast(contact, { codeChangedAt: at }), updatedAt };
}
