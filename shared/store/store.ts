import * as z from "zod/mini";
import type { Awaited } from "../domain/amendments.ts";
import type { Callback } from "../domain/callbacks.ts";
import { conversationStatuses } from "../domain/conversations.ts";
import {
  Answered,
  type Clock,
  type Commit,
  type ConversationQuery,
  type Freshness,
  type Once,
  type Page,
  type PageRequest,
  type Store,
  type TemplateQuery,
  type Write,
} from "../ports.ts";
import { type RowWrite, writeRow, writeRows } from "./commit.ts";
import { type Place, pointerRow, rowsOf, rowsOfAll } from "./expand.ts";
import { matches } from "./inbox.ts";
import * as keys from "./keys.ts";
import { type Listed, pageOf } from "./pages.ts";
import { decode, type Noun, type Thing } from "./rows.ts";
import { takeSlot } from "./slots.ts";
import type { Item, Table } from "./table.ts";

const answerSchema = z.object({
  bodyHash: z.string(),
  reply: z.instanceof(Uint8Array),
  expiresAt: z.number(),
});

export interface StoreParts {
  readonly truth: Table;
  readonly derived: Table;
  readonly shards: number;
  readonly clock: Clock;
}

/** The rows of one workspace, in DynamoDB. */
export class WorkspaceStore implements Store {
  readonly #parts: StoreParts;
  readonly #workspaceId: string;
  readonly #once: Once | null;

  constructor(parts: StoreParts, workspaceId: string, once: Once | null) {
    this.#parts = parts;
    this.#workspaceId = workspaceId;
    this.#once = once;
  }

  agent(id: string) {
    return this.#one("agent", keys.agentKey(this.#workspaceId, id));
  }

  async apiKey(id: string) {
    const link = await this.#parts.truth.get(keys.apiKeyLinkKey(this.#workspaceId, id));
    if (link === null || typeof link.hash !== "string") return null;
    return this.#one("apiKey", keys.apiKeyKey(link.hash));
  }

  apiKeys(page: PageRequest) {
    const partition = keys.apiKeysPartition(this.#workspaceId);
    return this.#list("apiKey", [partition], page, {
      keyOf: (row) => keys.apiKeyKey(String(row.hash)),
    });
  }

  callback(id: string) {
    return this.#one("callback", keys.callbackKey(this.#workspaceId, id));
  }

  callbacks(state: Callback["state"], page: PageRequest) {
    return this.#list("callback", [keys.callbackPartition(this.#workspaceId, state)], page, {
      accepts: (callback) => callback.state === state,
    });
  }

  channel(id: string) {
    return this.#one("channel", keys.channelKey(this.#workspaceId, id));
  }

  channels(page: PageRequest) {
    return this.#list("channel", [keys.channelsPartition(this.#workspaceId)], page, {});
  }

  contact(id: string, freshness?: Freshness) {
    return this.#one("contact", keys.contactKey(this.#workspaceId, id), freshness);
  }

  async contactsOf(ids: readonly string[]) {
    const wanted = [...new Set(ids)].map((id) => keys.contactKey(this.#workspaceId, id));
    const rows = await this.#parts.truth.getAll(wanted);
    const contacts = rows.map((row) => decode("contact", row));
    return new Map(contacts.map((contact) => [contact.id, contact]));
  }

  contacts(page: PageRequest) {
    const partitions = this.#shards((shard) => keys.contactPartition(this.#workspaceId, shard));
    return this.#list("contact", partitions, page, {});
  }

  async holders(claims: readonly string[], freshness: Freshness = "strict") {
    const wanted = claims.map((claim) => keys.claimKey(this.#workspaceId, claim));
    const rows = await this.#parts.truth.getAll(wanted, freshness);
    const byKey = new Map(rows.map((row) => [row.pk, String(row.contactId)]));
    return new Map(
      claims.flatMap((claim) => {
        const contactId = byKey.get(keys.claimKey(this.#workspaceId, claim).pk);
        return contactId === undefined ? [] : [[claim, contactId] as const];
      }),
    );
  }

  conversation(id: string, freshness?: Freshness) {
    return this.#one("conversation", keys.conversationKey(this.#workspaceId, id), freshness, id);
  }

  conversations(query: ConversationQuery, page: PageRequest) {
    return this.#list("conversation", this.#inbox(query), page, {
      accepts: (row) => matches(row, query, this.#parts.clock.now()),
    });
  }

  message(id: string) {
    return this.#one("message", keys.messageKey(this.#workspaceId, id));
  }

  messages(conversationId: string, page: PageRequest) {
    const partition = keys.threadPartition(this.#workspaceId, conversationId);
    return this.#list("message", [partition], page, {});
  }

  rateCard() {
    return this.#one("rateCard", keys.rateCardKey(this.#workspaceId));
  }

  redrive(id: string) {
    return this.#one("redrive", keys.redriveKey(this.#workspaceId, id));
  }

  template(id: string, freshness?: Freshness) {
    return this.#one("template", keys.templateKey(this.#workspaceId, id), freshness);
  }

  templates({ wabaId, status }: TemplateQuery, page: PageRequest) {
    return this.#list("template", [keys.templatesPartition(this.#workspaceId)], page, {
      accepts: (row) =>
        (wabaId === undefined || row.wabaId === wabaId) &&
        (status === undefined ? row.status !== "deleted" : row.status === status),
    });
  }

  async templateNamed(wabaId: string, name: string, language: string) {
    const key = keys.templateNameKey(this.#workspaceId, { wabaId, name, language });
    const row = await this.#parts.truth.get(key);
    return typeof row?.templateId === "string" ? row.templateId : null;
  }

  async messageOf(channelId: string, providerId: string) {
    const key = keys.providerKey(this.#workspaceId, channelId, providerId);
    const row = await this.#parts.truth.get(key);
    return typeof row?.messageId === "string" ? row.messageId : null;
  }

  async messagesOf(channelId: string, providerIds: readonly string[]) {
    const keyOf = (id: string) => keys.providerKey(this.#workspaceId, channelId, id);
    const ids = [...new Set(providerIds)];
    const rows = await this.#parts.truth.getAll(ids.map(keyOf));
    const byKey = new Map(rows.map(({ pk, messageId }) => [pk, messageId]));
    return new Map(
      ids.flatMap((id) => {
        const messageId = byKey.get(keyOf(id).pk);
        return typeof messageId === "string" ? [[id, messageId] as const] : [];
      }),
    );
  }

  async awaited(channelId: string, providerId: string) {
    const key = keys.providerKey(this.#workspaceId, channelId, providerId);
    const row = await this.#parts.truth.get(key);
    return row?.row === "awaited" ? decode("awaited", row) : null;
  }

  async pointAt(
    channelId: string,
    providerId: string,
    messageId: string,
    meets: Awaited | null = null,
  ) {
    const row = pointerRow(this.#place, channelId, providerId, messageId, meets);
    const outcome = await writeRow(this.#parts.truth.client, row);
    if (outcome.ok) return true;
    return !outcome.conflicts.some((one) => one !== "answered" && one.reason === "awaited");
  }

  async replace(write: Write): Promise<Commit> {
    const [row, ...more] = rowsOf(this.#place, write);
    if (row === undefined || more.length > 0) throw new Error("This write has several rows.");
    const outcome = await writeRow(this.#parts.truth.client, row);
    if (outcome.ok) return outcome;
    return { ok: false, conflicts: outcome.conflicts.filter((each) => each !== "answered") };
  }

  takeSlot(channelId: string, perSecond: number) {
    const key = keys.slotKey(this.#workspaceId, channelId);
    return takeSlot(this.#parts.derived, key, 1_000 / perSecond, this.#parts.clock.now());
  }

  async answer(route: string, key: string) {
    const row = await this.#parts.derived.get(keys.onceKey(this.#workspaceId, route, key));
    if (row === null) return null;
    const { bodyHash, reply, expiresAt } = answerSchema.parse(row);
    // Expired rows are deleted days late (DynamoDB guide, "Time to live").
    return expiresAt * 1_000 <= this.#parts.clock.now() ? null : { bodyHash, reply };
  }

  async commit(writes: readonly Write[], result?: unknown): Promise<Commit> {
    return this.#written(writes, await this.#onceRow(result));
  }

  prepare(writes: readonly Write[]): Promise<Commit> {
    return this.#written(writes, null);
  }

  async #written(writes: readonly Write[], once: RowWrite | null): Promise<Commit> {
    const { truth } = this.#parts;
    const rows = rowsOfAll(this.#place, writes);
    const outcome = await writeRows(truth.client, once === null ? rows : [...rows, once]);
    if (outcome.ok) return outcome;
    const conflicts = outcome.conflicts.filter((conflict) => conflict !== "answered");
    if (conflicts.length < outcome.conflicts.length) throw new Answered();
    return { ok: false, conflicts };
  }

  get #place(): Place {
    const { truth, shards } = this.#parts;
    return { workspaceId: this.#workspaceId, table: truth.name, shards };
  }

  /** The reply to this request, kept with its effect so that a repeat is answered the same. */
  async #onceRow(result: unknown): Promise<RowWrite | null> {
    if (this.#once === null) return null;
    const { route, key, bodyHash, expiresAt, replyTo } = this.#once;
    const row = keys.onceKey(this.#workspaceId, route, key);
    return {
      table: this.#parts.derived.name,
      key: row,
      item: { ...row, bodyHash, expiresAt, reply: await replyTo(result) },
      expected: null,
      absentAfter: Math.floor(this.#parts.clock.now() / 1000),
      refusal: () => "answered",
    };
  }

  async #one<N extends Noun>(noun: N, key: keys.Key, freshness?: Freshness, id?: string) {
    const row = await this.#parts.truth.get(key, freshness);
    // A conversation's key holds part of its id only.
    return row === null || (id !== undefined && row.id !== id) ? null : decode(noun, row);
  }

  #list<N extends Noun>(
    noun: N,
    partitions: readonly keys.Partition[],
    page: PageRequest,
    options: Pick<Listed<Thing<N>>, "accepts" | "keyOf">,
  ): Promise<Page<Thing<N>>> {
    const decodeRow = (row: Item): Thing<N> => decode(noun, row);
    return pageOf(this.#parts.truth, { partitions, decode: decodeRow, ...options }, page);
  }

  #shards(partition: (shard: number) => keys.Partition): keys.Partition[] {
    return Array.from({ length: this.#parts.shards }, (_, shard) => partition(shard));
  }

  #inbox(query: ConversationQuery): keys.Partition[] {
    const statuses = query.status === undefined ? conversationStatuses : [query.status];
    const { assigneeId } = query;
    if (assigneeId !== undefined && assigneeId !== "none") {
      const w = this.#workspaceId;
      return statuses.map((status) => keys.assigneePartition(w, assigneeId, status));
    }
    return statuses.flatMap((status) =>
      this.#shards((shard) => keys.inboxPartition(this.#workspaceId, status, shard)),
    );
  }
}
