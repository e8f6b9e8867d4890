import {
  claimOf,
  type Identity,
  normalised,
  type Sender,
  withIdentities,
} from "../../domain/contacts.ts";
import type { IdentityChange } from "../../domain/identities.ts";
import type { Body } from "./parts.ts";
import { type Names, namesOf } from "./senders.ts";
import * as wire from "./wire.ts";

/** The new and the legacy names of the same change (section 3.6). */
const RENAMED = new Set(["user_changed_number", "customer_changed_number", "user_changed_user_id"]);

/** A system message is none of a user: it opens nothing and answers nobody. */
export function systemBody(message: wire.WireMessage, raw: unknown): Body {
  const { data } = wire.systemSchema.safeParse(raw);
  const type = data?.system.type ?? "";
  const at = timeOf(message.timestamp);
  const { from, from_user_id: userId, from_parent_user_id: parentId } = message;
  if (data !== undefined && RENAMED.has(type)) {
    const { system } = data;
    const next = system.wa_id ?? system.new_wa_id;
    const old = [from, system.customer].filter((name) => name !== undefined);
    const waId = old.find((name) => name !== next) ?? old[0];
    const before = { userId, parentId, waId };
    const after = { userId: system.user_id, parentId: system.parent_user_id, waId: next };
    return renamed(before, after, at, type === "user_changed_user_id");
  }
  const identities = namesOf({ userId, parentId, waId: from });
  if (type !== "customer_identity_changed" || identities.length === 0) {
    return { kind: "left", what: "system" };
  }
  return { kind: "identity", change: { at, identities, rotations: [], isNewCode: true } };
}

/** An element of the field `user_id_update` (section 4.3). */
export function userIdUpdateBody(raw: unknown): Body {
  const { data } = wire.userIdUpdateSchema.safeParse(raw);
  if (data === undefined) return { kind: "unreadable", detail: "The update cannot be read." };
  const { user_id: userId, parent_user_id: parentId, wa_id: waId } = data;
  const before = { userId: userId?.previous, parentId: parentId?.previous };
  const after = { userId: userId?.current, parentId: parentId?.current, waId };
  return renamed(before, after, timeOf(data.timestamp), true);
}

/**
 * @param isUserId whether a new user id takes the place of the old one, though that is not told
 */
function renamed(before: Names, after: Names, at: string, isUserId: boolean): Body {
  const [old, next] = [namesOf(before), namesOf(after)];
  // Old names first, but every user id before any number: they decide who it is.
  const isNumber = ({ kind }: Identity) => kind === "phone" || kind === "wa_id";
  const all = withIdentities(old, next);
  const identities = [...all.filter((one) => !isNumber(one)), ...all.filter(isNumber)];
  if (identities.length === 0) return { kind: "left", what: "a change of nobody" };
  const rotations = next.flatMap((to): IdentityChange["rotations"][number][] => {
    const from = old.find(({ kind }) => kind === to.kind) ?? null;
    if (from === null) return isUserId && to.kind === "wa_bsuid" ? [{ from, to }] : [];
    return claimOf(from) === claimOf(to) ? [] : [{ from, to }];
  });
  return { kind: "identity", change: { at, identities, rotations, isNewCode: false } };
}

/**
 * The answer to a request for contact info is how a hidden number is learnt (section 3.5). A card
 * that names another user is that user's.
 */
export function withSharedNumber(sender: Sender, message: wire.WireMessage): Sender {
  const { data } = message.type === "contacts" ? wire.sharedSchema.safeParse(message) : {};
  const phones = data?.contacts.flatMap((card) => card.phones) ?? [];
  const isOwn = (userId: string | undefined) =>
    userId === undefined || sender.identities.some(({ value }) => value === userId);
  const own = phones.find((phone) => isOwn(phone.user_id) && namesIn(phone).length > 0);
  if (own === undefined || sender.address.kind === "external") return sender;
  const identities = withIdentities(sender.identities, namesIn(own));
  const address = identities.find(({ kind }) => kind === "wa_id") ?? sender.address;
  return { ...sender, identities, address };
}

function namesIn(phone: { wa_id?: string | undefined; phone?: string | undefined }): Identity[] {
  const named = namesOf({ waId: phone.wa_id });
  const typed = phone.phone === undefined ? null : normalised("phone", phone.phone);
  return named.length > 0 || typed === null ? named : [typed];
}

/** @param seconds since the epoch */
function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
