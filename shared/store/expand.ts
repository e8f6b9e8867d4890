import { claimsOf } from "../domain/contacts.ts";
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
      const index = keys.contactIndex(w, row.id, row.createdAt, keys.shardOf(row.id, shards));
      return { key: keys.contactKey(w, row.id), index };
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

function channelRows(place: Place, write: Of<"channel">): RowWrite[] {
  const main = mainRow(place, write);
  const { whatsapp, id } = given(write);
  if (whatsapp === null || (write.before !== null && write.after !== null)) return [main];
  const key = keys.routeKey(whatsapp.channelKey, whatsapp.phoneNumberId);
  const route = { ...key, workspaceId: place.workspaceId, channelId: id };
  return [
    main,
    {
      table: place.table,
      key,
      item: write.after === null ? null : route,
      expected: write.after === null ? "any" : null,
      refusal: movedOn("channel"),
    },
  ];
}

function contactRows(place: Place, write: Of<"contact">): RowWrite[] {
  const held = claimsOf(write.before?.identities ?? []);
  const wanted = claimsOf(write.after?.identities ?? []);
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
  return [main, pointerRow(place, after.channelId, after.providerId, after.id)];
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

/** Leads from the provider's id of a message to ours, and tells a message that came again. */
export function pointerRow(
  place: Place,
  channelId: string,
  providerId: string,
  messageId: string,
): RowWrite {
  const key = keys.providerKey(place.workspaceId, channelId, providerId);
  return {
    table: place.table,
    key,
    item: { ...key, messageId },
    expected: null,
    refusal: (found) => ({
      reason: "seen",
      messageId: typeof found?.messageId === "string" ? found.messageId : "",
    }),
  };
}
