import type { Agent } from "./domain/agents.ts";
import type { Awaited } from "./domain/amendments.ts";
import type { ApiKey } from "./domain/apiKeys.ts";
import type { Callback, RawCallback, Redrive } from "./domain/callbacks.ts";
import type { Channel } from "./domain/channels.ts";
import type { Contact } from "./domain/contacts.ts";
import type { Conversation, ConversationStatus } from "./domain/conversations.ts";
import type { Changed } from "./domain/facts.ts";
import type { IdKind } from "./domain/id.ts";
import type { Message } from "./domain/messages.ts";
import type { Actor } from "./domain/permissions.ts";
import type { RateCard } from "./domain/rates.ts";
import type { Template, TemplateStatus } from "./domain/templates.ts";
import type { Timer } from "./domain/timers.ts";
import type { MetaApp, MetaAppSecrets, Workspace } from "./domain/workspaces.ts";

/**
 * The outside world as the verbs see it. Adapters implement it (store, channels, aws) and
 * functions/edge/app.ts introduces them; operations know nothing else.
 */

/** What an entry point opens once per request or job; every verb takes it first. */
export interface Scope {
  readonly actor: Actor;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface Clock {
  /** ms since the epoch. */
  now(): number;
}

export interface Ids {
  of(kind: IdKind): string;
}

/** A page of a list; `position` is null at the end, else where the next page starts. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly position: Position | null;
}

/** Opaque to everyone but the store; goes to clients only as a sealed cursor. */
export type Position = Readonly<Record<string, string>>;

export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  readonly position: Position | null;
}

/** How fresh a read must be: `loose` costs half and may lag by a moment. */
export type Freshness = "loose" | "strict";

export interface ConversationQuery {
  readonly status?: ConversationStatus | undefined;
  readonly channelId?: string | undefined;
  /** `none`: nobody has it. */
  readonly assigneeId?: string | undefined;
  readonly unread?: boolean | undefined;
  readonly tagId?: string | undefined;
  /** `closing` is the last hour of `open`. */
  readonly window?: "open" | "closing" | "closed" | undefined;
}

export interface TemplateQuery {
  /** Of this account only. */
  readonly wabaId?: string | undefined;
  /** Without one: everything but what is deleted. */
  readonly status?: TemplateStatus | undefined;
}

/** One change that a verb wants: insert (no before), replace (both), remove (no after). */
export type Write =
  | Changed<"apiKey", ApiKey>
  | Changed<"agent", Agent>
  | Changed<"awaited", Awaited>
  | Changed<"callback", Callback>
  | Changed<"channel", Channel>
  | Changed<"contact", Contact>
  | Changed<"conversation", Conversation>
  | (Changed<"message", Message> & {
      /** What waited for a message that is made, and ends with it. */
      readonly meets?: Awaited | null;
    })
  | Changed<"metaApp", MetaApp>
  | Changed<"rateCard", RateCard>
  | Changed<"redrive", Redrive>
  | Changed<"template", Template>
  | Changed<"workspace", Workspace>;

/** Why nothing was written. */
export type Conflict =
  /** The row changed, or was made or removed, since it was read. */
  | { readonly reason: "moved"; readonly noun: Write["noun"] }
  /** Another contact holds an identity. */
  | { readonly reason: "taken"; readonly claim: string; readonly contactId: string }
  /** The number is connected already, perhaps in another workspace (then channelId is null). */
  | { readonly reason: "connected"; readonly channelId: string | null }
  /** Another template of the account holds the name in this language. */
  | { readonly reason: "named"; readonly templateId: string }
  /** The provider's message is stored already. */
  | { readonly reason: "seen"; readonly messageId: string }
  /** Something waits for this message of the provider, and must be met (`meets`). */
  | { readonly reason: "awaited" }
  /** Two transactions met on one row; trying again helps. */
  | { readonly reason: "busy" };

export type Commit =
  | { readonly ok: true }
  | { readonly ok: false; readonly conflicts: readonly Conflict[] };

/** A request that must have its effect once, whatever is repeated (`Idempotency-Key`). */
export interface Once {
  readonly route: string;
  readonly key: string;
  readonly bodyHash: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** What the request will be answered, sealed; `result` is what the verb returns. */
  replyTo(result: unknown): Promise<Uint8Array>;
}

/** What a request with an Idempotency-Key was answered. */
export interface Answer {
  readonly bodyHash: string;
  /** Sealed. */
  readonly reply: Uint8Array;
}

/** Thrown by a commit whose request has been answered already, by another copy of it. */
export class Answered extends Error {
  constructor() {
    super("This request was answered already.");
    this.name = "Answered";
  }
}

/** The rows of one workspace; nothing here can reach another. */
export interface Store {
  agent(id: string): Promise<Agent | null>;
  apiKey(id: string): Promise<ApiKey | null>;
  apiKeys(page: PageRequest): Promise<Page<ApiKey>>;
  callbacks(state: Callback["state"], page: PageRequest): Promise<Page<Callback>>;
  callback(id: string): Promise<Callback | null>;
  channel(id: string): Promise<Channel | null>;
  channels(page: PageRequest): Promise<Page<Channel>>;
  contact(id: string, freshness?: Freshness): Promise<Contact | null>;
  contactsOf(ids: readonly string[]): Promise<Map<string, Contact>>;
  contacts(page: PageRequest): Promise<Page<Contact>>;
  /** Who holds these claims: contact ids by claim. */
  holders(claims: readonly string[], freshness?: Freshness): Promise<Map<string, string>>;
  conversation(id: string, freshness?: Freshness): Promise<Conversation | null>;
  conversations(query: ConversationQuery, page: PageRequest): Promise<Page<Conversation>>;
  message(id: string): Promise<Message | null>;
  messages(conversationId: string, page: PageRequest): Promise<Page<Message>>;
  rateCard(): Promise<RateCard | null>;
  redrive(id: string): Promise<Redrive | null>;
  template(id: string, freshness?: Freshness): Promise<Template | null>;
  templates(query: TemplateQuery, page: PageRequest): Promise<Page<Template>>;
  /** Which template holds this name in this language, or null. */
  templateNamed(wabaId: string, name: string, language: string): Promise<string | null>;
  /** Which message of ours the provider calls so on this channel, or null. */
  messageOf(channelId: string, providerId: string): Promise<string | null>;
  /** The same for many, by the provider's id. */
  messagesOf(channelId: string, providerIds: readonly string[]): Promise<Map<string, string>>;
  /** What waits for a message that the provider calls so, or null. */
  awaited(channelId: string, providerId: string): Promise<Awaited | null>;
  /**
   * Lets `messageOf` find it. A repeat changes nothing.
   * @param meets what waited for it, and ends now
   * @returns false when something else waits for it
   */
  pointAt(
    channelId: string,
    providerId: string,
    messageId: string,
    meets?: Awaited | null,
  ): Promise<boolean>;
  /** One row alone, for half the price of a commit; no reply rides along. */
  replace(write: Write): Promise<Commit>;
  /**
   * Takes the channel's next free slot (GCRA).
   * @returns how long to wait for it, ms
   */
  takeSlot(channelId: string, perSecond: number): Promise<number>;
  /** What this key was answered on this route in the last 24 hours, or null. */
  answer(route: string, key: string): Promise<Answer | null>;
  /**
   * All of the writes, or none. A write with `before` succeeds only on that revision, one without
   * only when there is no such row. What the caller is answered rides along (`result`), so that a
   * repeated request finds it.
   */
  commit(writes: readonly Write[], result?: unknown): Promise<Commit>;
  /** Like commit, before the effect that a reply tells of: none rides along. */
  prepare(writes: readonly Write[]): Promise<Commit>;
}

/** What is looked up before a workspace is known. */
export interface Directory {
  apiKey(hash: string): Promise<ApiKey | null>;
  /** Notes the use unless somebody noted it since; costs one write. */
  noteUse(key: ApiKey, at: string): Promise<void>;
  metaApp(channelKey: string): Promise<MetaApp | null>;
  /** The channel connected under this key by the provider's name for it. */
  route(
    channelKey: string,
    route: string,
  ): Promise<{ workspaceId: string; channelId: string } | null>;
  /** Who has connected this number, in whatever workspace. */
  holderOf(
    kind: Channel["kind"],
    number: string,
  ): Promise<{ workspaceId: string; channelId: string } | null>;
  /** Channels that have something to check at their provider, of all workspaces. */
  channelsToCheck(page: PageRequest): Promise<Page<{ workspaceId: string; channelId: string }>>;
}

/** What is armed, of all workspaces, so that what never fired is found. */
export interface Timetable {
  /** A repeat changes nothing. */
  keep(timer: Timer): Promise<void>;
  drop(timer: Timer): Promise<void>;
  /** What was due before `at` (RFC 3339) and is still there, `limit` of each part at most. */
  overdue(at: string, limit: number): Promise<Timer[]>;
}

/** Schedules that fire once, at their time or soon after, at least once. */
export interface Schedules {
  /** A timer of the same name that is armed already is left as it is. */
  create(timer: Timer): Promise<void>;
}

/** What arms timers. */
export interface Timers {
  readonly timetable: Timetable;
  readonly schedules: Schedules;
}

/** One job: its text, and what must be known before the text is read. */
export interface Job {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Whose job it is: a noisy neighbour does not delay the others (SQS fair queues). */
  readonly group?: string;
  /** Queues that keep an order take a job with the same word once in five minutes. */
  readonly once?: string;
}

/** Where jobs are put; every job is done at least once. */
export interface Jobs {
  send(job: Job): Promise<void>;
  /** Lets a job that we hold come back after so many seconds, 0 to 43,200. */
  hide(receipt: string, seconds: number): Promise<void>;
  /** All of the jobs, or an error; the caller sends all of them again, so a job may come twice. */
  sendAll(jobs: readonly Job[]): Promise<void>;
}

/** Bodies that do not fit into a job, until they are archived. */
export interface Inbox {
  put(key: string, body: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array>;
}

/** The raw callbacks, by hour, compressed. */
export interface Archive {
  /** @returns the key of the object that now holds them */
  keep(callbacks: readonly RawCallback[], at: number): Promise<string>;
  /** Keys of objects kept in [from, to), in order, after `position`. */
  list(from: string, to: string, position: string | null, limit: number): Promise<string[]>;
  read(key: string): Promise<RawCallback[]>;
}

/** Seals what must not be readable at rest, for one purpose and one owner. */
export interface Seal {
  seal(purpose: string, owner: string, plain: Uint8Array): Promise<Uint8Array>;
  /** @returns null for what was not sealed by us, for this purpose and owner */
  open(purpose: string, owner: string, sealed: Uint8Array): Promise<Uint8Array | null>;
}

/** What a Meta app signs and answers with, by channel key; null when there is no such app. */
export type ReadAppSecrets = (channelKey: string) => Promise<MetaAppSecrets | null>;

/** What Meta apps sign with, where it may be changed as well. */
export interface AppSecrets {
  read: ReadAppSecrets;
  write(channelKey: string, secrets: MetaAppSecrets): Promise<void>;
}
