import { type Identity, normalised, type Sender } from "../../domain/contacts.ts";
import type * as wire from "./wire.ts";

/** How an element names who it is from. */
export type Named = Pick<
  wire.WireMessage,
  "from" | "from_user_id" | "from_parent_user_id" | "group_id"
>;

/** A group's identity is none of a person. */
export const GROUP = "whatsapp-group:";

/**
 * By user id, then by wa_id, then the only one: the arrays are parallel by convention only (2.3).
 * The only one may still be somebody else's, whose ids must not become the sender's.
 */
export function contactOf(
  message: Named,
  contacts: readonly wire.WireContact[],
): wire.WireContact | undefined {
  const { from, from_user_id: userId } = message;
  const known =
    contacts.find((contact) => userId !== undefined && contact.user_id === userId) ??
    contacts.find((contact) => from !== undefined && contact.wa_id === from);
  const [only, ...others] = contacts;
  if (known !== undefined || only === undefined || others.length > 0) return known;
  const another = differ(userId, only.user_id) || differ(from, only.wa_id);
  return another ? undefined : only;
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/**
 * Who wrote. A group is a sender of its own, never its participant (section 3.8). A phone number is
 * optional: business-scoped user ids come first (section 4.5), and replies go to the number while
 * it is known.
 */
export function senderOf(message: Named, contact: wire.WireContact | undefined): Sender | null {
  if (message.group_id !== undefined) {
    const address: Identity = { kind: "external", value: `${GROUP}${message.group_id}` };
    return { identities: [address], address, profileName: "WhatsApp group" };
  }
  const identities = namesOf({
    userId: message.from_user_id ?? contact?.user_id,
    parentId: message.from_parent_user_id ?? contact?.parent_user_id,
    waId: message.from ?? contact?.wa_id,
  });
  const address = identities.find(({ kind }) => kind === "wa_id") ?? identities[0];
  if (address === undefined) return null;
  return { identities, address, profileName: nameOf(contact) };
}

/** How Meta names a person; each may be absent (WhatsApp reference, section 2.3). */
export interface Names {
  readonly userId?: string | undefined;
  readonly parentId?: string | undefined;
  readonly waId?: string | undefined;
}

/** User ids first: they are never anybody else's (section 4.5). */
export function namesOf({ userId, parentId, waId }: Names): Identity[] {
  // wa_ids are digits without plus; one capture has a plus, and nothing else counts as a number.
  const digits = waId?.replace(/^\+/, "");
  return [
    identity("wa_bsuid", userId),
    identity("wa_parent_bsuid", parentId),
    identity("wa_id", digits),
    identity("phone", digits === undefined ? undefined : `+${digits}`),
  ].filter((known) => known !== null);
}

/**
 * What a provider names is never refused: a wa_id that cannot be a phone number stands alone, and
 * an id of a shape that nobody documented is kept as an external one.
 */
export function identity(kind: Identity["kind"], value: string | undefined): Identity | null {
  if (value === undefined) return null;
  const known = normalised(kind, value);
  if (known !== null || kind === "phone") return known;
  return { kind: "external", value: `whatsapp:${value}`.slice(0, 255) };
}

export function nameOf(contact: wire.WireContact | undefined): string | null {
  return contact?.profile?.name ?? contact?.profile?.username ?? null;
}
