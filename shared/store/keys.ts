import type { Conversation } from "../domain/conversations.ts";
import { isQueued } from "../domain/conversations.ts";
import { threadOf } from "../domain/id.ts";

/**
 * Every key of both tables, each with the access pattern it serves. Keys of a workspace start with
 * its id, so a store that is bound to one workspace cannot spell another's.
 */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Sparse: an item without both attributes is not in the index. */
export interface IndexKeys {
  readonly gsi1pk?: string;
  readonly gsi1sk?: string;
  readonly gsi2pk?: string;
  readonly gsi2sk?: string;
}

export const INDEX_ATTRIBUTES = ["gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"] as const;

/** A partition to read in order: of the table itself, or of an index. */
export interface Partition {
  readonly pk: string;
  readonly index: "gsi1" | "gsi2" | null;
  /** Only sort keys that start so (table partitions that hold several kinds of rows). */
  readonly prefix: string;
}

const own = (workspaceId: string) => `w#${workspaceId}`;

/** The workspace that a partition key of the table belongs to, or null. */
export function workspaceOf(pk: string): string | null {
  return /^w#([^#]+)/.exec(pk)?.[1] ?? null;
}

/** The workspace itself. */
export const workspaceKey = (w: string): Key => ({ pk: own(w), sk: "workspace" });

/** List and read agents; a few hundred at most. */
export const agentKey = (w: string, id: string): Key => ({ pk: `${own(w)}#agents`, sk: id });

/** Who calls: one read by the hash of the whole secret. */
export const apiKeyKey = (hash: string): Key => ({ pk: `key#${hash}`, sk: "key" });
/** List and revoke keys by id: the row names the hash. */
export const apiKeyLinkKey = (w: string, id: string): Key => ({ pk: `${own(w)}#keys`, sk: id });

/** Which app secret a webhook is signed with. */
export const metaAppKey = (channelKey: string): Key => ({ pk: `app#${channelKey}`, sk: "app" });
/** Which channel an element of a callback is for, under this key only. */
export const routeKey = (channelKey: string, route: string): Key => ({
  pk: `route#${channelKey}`,
  sk: route,
});

/** Who has connected this number: one channel of one workspace, whatever its key. */
export const numberKey = (kind: string, number: string): Key => ({
  pk: `number#${kind}#${number}`,
  sk: "number",
});

/** List and read channels; a few dozen at most. */
export const channelKey = (w: string, id: string): Key => ({ pk: `${own(w)}#channels`, sk: id });
/** All channels of all workspaces that have something to check at their provider. */
export const checkIndex = (id: string): IndexKeys => ({ gsi2pk: CHECKS.pk, gsi2sk: id });
export const CHECKS: Partition = { pk: "checks", index: "gsi2", prefix: "" };

/** Read a contact. */
export const contactKey = (w: string, id: string): Key => ({
  pk: `${own(w)}#contact#${id}`,
  sk: "contact",
});
/** List contacts, newest first. */
export const contactIndex = (w: string, id: string, createdAt: string, shard: number) => ({
  gsi1pk: contactPartition(w, shard).pk,
  gsi1sk: `${createdAt}#${id}`,
});
export const contactPartition = (w: string, shard: number): Partition => ({
  pk: `${own(w)}#contacts#${shard}`,
  index: "gsi1",
  prefix: "",
});
/** Who holds an identity: one contact at most. */
export const claimKey = (w: string, claim: string): Key => ({
  pk: `${own(w)}#claim#${claim}`,
  sk: "claim",
});

/** Read a conversation; its messages share the partition, and their ids name it. */
export const conversationKey = (w: string, id: string): Key => ({
  pk: threadPartition(w, id).pk,
  sk: "conversation",
});
/** Read a message by its id alone; list a conversation's messages in order. */
export const messageKey = (w: string, id: string): Key => ({
  pk: threadPartition(w, id).pk,
  sk: `m#${id}`,
});
export const threadPartition = (w: string, id: string): Partition => ({
  pk: `${own(w)}#thread#${threadOf(id)}`,
  index: null,
  prefix: "m#",
});
/**
 * Is this provider message stored already, and which one is it. Lives as long as the message. What
 * came before the message waits here for it.
 */
export const providerKey = (w: string, channelId: string, providerId: string): Key => ({
  pk: `${own(w)}#provider#${channelId}#${providerId}`,
  sk: "pointer",
});

/** The inbox by status, newest activity first; sharded so that it is not one hot partition. */
export const inboxPartition = (w: string, status: string, shard: number): Partition => ({
  pk: `${own(w)}#inbox#${status}#${shard}`,
  index: "gsi1",
  prefix: "",
});
/** The queue, by how long the customer waits. */
export const queuePartition = (w: string, shard: number): Partition => ({
  pk: `${own(w)}#queue#${shard}`,
  index: "gsi2",
  prefix: "",
});
/** One agent's conversations by status, newest activity first. */
export const assigneePartition = (w: string, agentId: string, status: string): Partition => ({
  pk: `${own(w)}#assignee#${agentId}#${status}`,
  index: "gsi2",
  prefix: "",
});

export function conversationIndex(w: string, row: Conversation, shards: number): IndexKeys {
  const shard = shardOf(row.id, shards);
  const activity = `${row.lastActivityAt}#${row.id}`;
  const inbox = { gsi1pk: inboxPartition(w, row.status, shard).pk, gsi1sk: activity };
  if (row.assigneeId !== null) {
    const { pk } = assigneePartition(w, row.assigneeId, row.status);
    return { ...inbox, gsi2pk: pk, gsi2sk: activity };
  }
  if (!isQueued(row) || row.waitingSince === null) return inbox;
  const { pk } = queuePartition(w, shard);
  return { ...inbox, gsi2pk: pk, gsi2sk: `${row.waitingSince}#${row.id}` };
}

/** What was kept of callbacks, by state, newest first. */
export const callbackKey = (w: string, id: string): Key => ({
  pk: `${own(w)}#callback#${id}`,
  sk: "callback",
});
export const callbackPartition = (w: string, state: string): Partition => ({
  pk: `${own(w)}#callbacks#${state}`,
  index: "gsi1",
  prefix: "",
});
export const callbackIndex = (w: string, state: string, receivedAt: string, id: string) => ({
  gsi1pk: callbackPartition(w, state).pk,
  gsi1sk: `${receivedAt}#${id}`,
});

/** List and read templates; a few hundred at most. */
export const templateKey = (w: string, id: string): Key => ({
  pk: templatesPartition(w).pk,
  sk: id,
});
export const templatesPartition = (w: string): Partition => ({
  pk: `${own(w)}#templates`,
  index: null,
  prefix: "",
});

/** What messages cost in money; one card for the workspace. */
export const rateCardKey = (w: string): Key => ({ pk: own(w), sk: "rateCard" });

/** Derived table: what is armed, of all workspaces, by when it is due. */
export const timerKey = (name: string, id: string, minute: string): Key => ({
  pk: timersPartition(shardOf(id, TIMER_SHARDS)).pk,
  sk: `${minute}#${name}`,
});
export const timersPartition = (shard: number): Partition => ({
  pk: `timers#${shard}`,
  index: null,
  prefix: "",
});
/** A thousand timers are armed per second and shard before one partition is full. */
export const TIMER_SHARDS = 4;
/** Which template has this name in this language: one of an account at most. */
export const templateNameKey = (
  w: string,
  { wabaId, name, language }: { wabaId: string; name: string; language: string },
): Key => ({ pk: `${own(w)}#templateName#${wabaId}#${name}`, sk: language });

/** Derived table: when a channel's next slot is free (GCRA). */
export const slotKey = (w: string, channelId: string): Key => ({
  pk: `${own(w)}#slot#${channelId}`,
  sk: "slot",
});

/** Progress of a re-drive. */
export const redriveKey = (w: string, id: string): Key => ({
  pk: `${own(w)}#redrive#${id}`,
  sk: "redrive",
});

/** Derived table: what a request with this Idempotency-Key was answered. */
export const onceKey = (w: string, route: string, key: string): Key => ({
  pk: `${own(w)}#once#${route}`,
  sk: key,
});

export const channelsPartition = (w: string): Partition => ({
  pk: `${own(w)}#channels`,
  index: null,
  prefix: "",
});
export const apiKeysPartition = (w: string): Partition => ({
  pk: `${own(w)}#keys`,
  index: null,
  prefix: "",
});

/**
 * The shard of an index that a row lives in. Shards may be added, never taken away: a row keeps
 * the shard of its last write, and readers ask all of them.
 */
export function shardOf(id: string, shards: number): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 1_000_003;
  return sum % shards;
}
