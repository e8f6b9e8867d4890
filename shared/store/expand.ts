import type { Awaited } from "../domain/amendments.ts";
import { claimsHeld } from "../domain/contacts.ts";
import type { Write } from "../ports.ts";
import { movedOn, type RowWrite } from "./commit.ts";
import * as keys from "./keys.ts";
import { encode } from "./rows.ts";

/** What a store knows when it turns changes into rows. */
export interface Place {
  readonly workspaceId: string;
  readonly table: string;
  /** How many shards the inbox and the list of contacts have. */
  readonly shards: number;
}

/** The rows of several changes that are one transaction, each row once. */
export function rowsOfAll(place: Place, writes: readonly Write[]): RowWrite[] {
  const rows = new Map<string, RowWrite>();
  for (const row of writes.flatMap((write) => rowsOf(place, write))) {
    const name = `${row.key.pk}|${row.key.sk}`;
    const other = rows.get(name);
    rows.set(name, other === undefined ? row : passedOn(row, other));
  }
  return [...rows.values()];
}

/**
 * A claim that one contact of the transaction gives up and another takes. Whose it was needs no
 * condition of its own: a contact's claims change with its row only, and that has one.
 */
function passedOn(one: RowWrite, other: RowWrite): RowWrite {
  const [freed, taken] = one.item === null ? [one, other] : [other, one];
  if (freed.item !== null || freed.expected !== "any" || taken.item === null) {
    throw new Error("Two changes of one transaction meet on one row.");
  }
  return { ...taken, expected: "any" };
}

/**
 * The rows of one change: the thing itself, and what must change with it (a contact's claims, a
 * message's pointer, a key's link), so that all of it is one transaction.
 */
export function rowsOf(place: Place, write: Write): RowWrite[] {
  switch (write.noun) {
    case "apiKey":
      return apiKeyRows(place, write);
    case "contact":
      return contactRows(place, write);
    case "message":
      return messageRows(place, write);
    case "channel":
      return channelRows(place, write);
    case "template":
      return templateRows(place, write);
    default:
      return [mainRow(place, write)];
  }
}

function mainRow(place: Place, write: Write): RowWrite {
  const { noun, before, after } = write;
  const { key, index } = addressOf(place, write);
  return {
    table: place.table,
    key,
    item: after === null ? null : encode(noun, after, key, index),
    expected: before === null ? null : before.rev,
    refusal: movedOn(noun),
  };
}

/** Where a thing's own row lives, and in which indexes. */
function addressOf(place: Place, write: Write): { key: keys.Key; index: keys.IndexKeys } {
  const { workspaceId: w, shards } = place;
  const none: keys.IndexKeys = {};
  switch (write.noun) {
    case "agent":
      return { key: keys.agentKey(w, idOf(write)), index: none };
    case "apiKey":
      return { key: keys.apiKeyKey(given(write).hash), index: none };
    case "awaited": {
      const { channelId, providerId } = given(write);
      return { key: keys.providerKey(w, channelId, providerId), index: none };
    }
    case "callback": {
      const row = given(write);
      const index = keys.callbackIndex(w, row.state, row.receivedAt, row.id);
      return { key: keys.callbackKey(w, row.id), index };
    }
    case "channel": {
      const row = given(write);
      const index = row.whatsapp === null ? none : keys.checkIndex(row.id);
      return { key: keys.channelKey(w, row.id), index };
    }
    case "contact": {
      const row = given(write);
      const shard = keys.shardOf(row.id, shards);
      const index = keys.contactIndex(w, row.id, row.createdAt, shard);
      // Who became part of another contact is read by id, and listed no more.
      return { key: keys.contactKey(w, row.id), index: row.mergedInto === null ? index : none };
    }
    case "conversation": {
      const row = given(write);
      return {
        key: keys.conversationKey(w, row.id),
        index: keys.conversationIndex(w, row, shards),
      };
    }
    case "message":
      return { key: keys.messageKey(w, idOf(write)), index: none };
    case "metaApp":
      return { key: keys.metaAppKey(given(write).channelKey), index: none };
    case "rateCard":
      return { key: keys.rateCardKey(w), index: none };
    case "redrive":
      return { key: keys.redriveKey(w, idOf(write)), index: none };
    case "template":
      return { key: keys.templateKey(w, idOf(write)), index: none };
    case "workspace":
      return { key: keys.workspaceKey(w), index: none };
    default:
      return write satisfies never;
  }
}

/** The thing that a write is about: as it will be, or as it was. */
function given<T>(write: { before: T | null; after: T | null }): T {
  const thing = write.after ?? write.before;
  if (thing === null) throw new Error("A write without before and after.");
  return thing;
}

const idOf = (write: { before: { id: string } | null; after: { id: string } | null }): string =>
  given(write).id;

type Of<N extends Write["noun"]> = Extract<Write, { noun: N }>;

function apiKeyRows(place: Place, write: Of<"apiKey">): RowWrite[] {
  const { id, hash } = given(write);
  const key = keys.apiKeyLinkKey(place.workspaceId, id);
  const link: RowWrite = {
    table: place.table,
    key,
    item: write.after === null ? null : { ...key, hash },
    expected: "any",
    refusal: movedOn("apiKey"),
  };
  const isNew = write.before === null || write.after === null;
  return isNew ? [mainRow(place, write), link] : [mainRow(place, write)];
}

/** A new channel takes its number everywhere, and its route under its own key. */
function channelRows(place: Place, write: Of<"channel">): RowWrite[] {
  const main = mainRow(place, write);
  const { kind, whatsapp, id } = given(write);
  if (whatsapp === null || (write.before !== null && write.after !== null)) return [main];
  const held = [
    keys.routeKey(whatsapp.channelKey, whatsapp.phoneNumberId),
    keys.numberKey(kind, whatsapp.phoneNumberId),
  ];
  const { workspaceId, table } = place;
  const rows = held.map((key): RowWrite => {
    const isNew = write.after !== null;
    return {
      table,
      key,
      item: isNew ? { ...key, workspaceId, channelId: id } : null,
      expected: isNew ? null : "any",
      refusal: (found) => ({
        reason: "connected",
        channelId: found?.workspaceId === workspaceId ? String(found.channelId) : null,
      }),
    };
  });
  return [main, ...rows];
}

function contactRows(place: Place, write: Of<"contact">): RowWrite[] {
  const held = write.before === null ? [] : claimsHeld(write.before);
  const wanted = write.after === null ? [] : claimsHeld(write.after);
  const contactId = idOf(write);
  const claims = wanted.filter((claim) => !held.includes(claim));
  const freed = held.filter((claim) => !wanted.includes(claim));
  const row = (claim: string, takes: boolean): RowWrite => {
    const key = keys.claimKey(place.workspaceId, claim);
    return {
      table: place.table,
      key,
      item: takes ? { ...key, contactId } : null,
      expected: takes ? null : "any",
      refusal: (found) => ({
        reason: "taken",
        claim,
        contactId: typeof found?.contactId === "string" ? found.contactId : "",
      }),
    };
  };
  return [
    mainRow(place, write),
    ...claims.map((claim) => row(claim, true)),
    ...freed.map((claim) => row(claim, false)),
  ];
}

function messageRows(place: Place, write: Of<"message">): RowWrite[] {
  const main = mainRow(place, write);
  const { after } = write;
  if (write.before !== null || after === null || after.providerId === null) return [main];
  const { channelId, providerId, id } = after;
  return [main, pointerRow(place, channelId, providerId, id, write.meets ?? null)];
}

/** A template takes its name when it is submitted, and gives it up when it is let go. */
function templateRows(place: Place, write: Of<"template">): RowWrite[] {
  const main = mainRow(place, write);
  const holds = write.after?.holdsName ?? false;
  if (holds === (write.before?.holdsName ?? false)) return [main];
  const row = given(write);
  const key = keys.templateNameKey(place.workspaceId, row);
  const name: RowWrite = {
    table: place.table,
    key,
    item: holds ? { ...key, templateId: row.id } : null,
    expected: holds ? null : "any",
    refusal: (found) => ({
      reason: "named",
      templateId: typeof found?.templateId === "string" ? found.templateId : "",
    }),
  };
  return [main, name];
}

/**
 * Leads from the provider's id of a message to ours, and tells a message that came again. What
 * comes before the message itself waits in the same place, so that neither can miss the other.
 */
export function pointerRow(
  place: Place,
  channelId: string,
  providerId: string,
  messageId: string,
  meets: Awaited | null,
): RowWrite {
  const key = keys.providerKey(place.workspaceId, channelId, providerId);
  return {
    table: place.table,
    key,
    item: { ...key, messageId },
    expected: meets?.rev ?? null,
    refusal: (found) =>
      typeof found?.messageId === "string"
        ? { reason: "seen", messageId: found.messageId }
        : { reason: "awaited" },
  };
}
