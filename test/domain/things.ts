/** One of each noun, as it is stored; a test says what differs. */
import type { Agent } from "../../shared/domain/agents.ts";
import type { ApiKey } from "../../shared/domain/apiKeys.ts";
import type { Callback, Redrive } from "../../shared/domain/callbacks.ts";
import type { Channel } from "../../shared/domain/channels.ts";
import type { Contact } from "../../shared/domain/contacts.ts";
import type { Conversation } from "../../shared/domain/conversations.ts";
import { messageIdIn } from "../../shared/domain/id.ts";
import { type Message, unsent } from "../../shared/domain/messages.ts";
import { type Template, type TemplateDraft, unsubmitted } from "../../shared/domain/templates.ts";
import type { MetaApp, Workspace } from "../../shared/domain/workspaces.ts";

export const AT = "2026-11-22T10:00:00.000Z";
export const AT_MS = Date.parse(AT);
export const WORKSPACE = "wsp_01KANVQ1G0WWWWWWWWWWWWWWWW";
export const CONVERSATION = "cnv_01KANVQ1G0AAAAAAABBBBBBBBB";

/** `after` ms behind the moment at which everything here was made. */
export const moment = (after: number): string => new Date(AT_MS + after).toISOString();

export const workspaceWith = (given: Partial<Workspace> = {}): Workspace => ({
  id: WORKSPACE,
  name: "Example Ltd",
  createdAt: AT,
  rev: 1,
  ...given,
});

export const agentWith = (given: Partial<Agent> = {}): Agent => ({
  id: "agt_01KANVQ1G00000000000000001",
  name: "Grace",
  role: "agent",
  createdAt: AT,
  rev: 1,
  ...given,
});

export const apiKeyWith = (given: Partial<ApiKey> = {}): ApiKey => ({
  id: "key_01KANVQ1G00000000000000001",
  workspaceId: WORKSPACE,
  hash: "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE",
  name: "Nightly export",
  role: "agent",
  scopes: ["*"],
  agentId: "agt_01KANVQ1G00000000000000001",
  expiresAt: null,
  lastUsedAt: null,
  createdAt: AT,
  rev: 1,
  ...given,
});

export const channelWith = (given: Partial<Channel> = {}): Channel => ({
  id: "chn_01KANVQ1G00000000000000001",
  kind: "whatsapp",
  name: "Support",
  address: "+15550100001",
  status: "connected",
  limits: { perSecond: 80, uniqueUsersPerDay: 2_000 },
  health: { state: "ok", quality: "green", detail: null, checkedAt: AT },
  whatsapp: {
    channelKey: "local",
    phoneNumberId: "300000000000001",
    wabaId: "200000000000001",
  },
  credentials: "c2VhbGVkLWFjY2Vzcy10b2tlbg==",
  account: null,
  serviceChargedAt: null,
  templatesSyncedAt: null,
  createdAt: AT,
  updatedAt: AT,
  rev: 1,
  ...given,
});

export const contactWith = (given: Partial<Contact> = {}): Contact => ({
  id: "ctc_01KANVQ1G00000000000000001",
  name: null,
  profileName: "Ada Example",
  phoneBookName: null,
  phoneBookAt: null,
  identities: [
    { kind: "wa_bsuid", value: "GB.71000000000000000001" },
    { kind: "wa_id", value: "447700900123" },
    { kind: "phone", value: "+447700900123" },
  ],
  attributes: { plan: "pro", seats: 3, trial: false },
  tagIds: [],
  blocked: false,
  consents: null,
  conversations: { chn_01KANVQ1G00000000000000001: CONVERSATION },
  mergedInto: null,
  past: null,
  createdAt: AT,
  updatedAt: AT,
  rev: 1,
  ...given,
});

export const conversationWith = (given: Partial<Conversation> = {}): Conversation => ({
  id: CONVERSATION,
  channelId: "chn_01KANVQ1G00000000000000001",
  channelKind: "whatsapp",
  contactId: "ctc_01KANVQ1G00000000000000001",
  address: { kind: "wa_id", value: "447700900123" },
  status: "open",
  assigneeId: null,
  teamId: null,
  tagIds: [],
  unreadCount: 0,
  lastActivityAt: AT,
  waitingSince: null,
  evenAt: null,
  readUpTo: null,
  typingAt: null,
  windowClosesAt: null,
  heardAt: null,
  namedAt: null,
  referredAt: null,
  windowTold: null,
  freeUntil: null,
  waitingReplies: null,
  statusAt: null,
  lastMessage: null,
  createdAt: AT,
  rev: 1,
  ...given,
});

export const messageWith = (given: Partial<Message> = {}): Message => ({
  ...unsent,
  id: messageIdIn(given.conversationId ?? CONVERSATION, AT_MS, AT_MS, 0),
  conversationId: CONVERSATION,
  channelId: "chn_01KANVQ1G00000000000000001",
  direction: "inbound",
  content: { type: "text", text: "Hi, is my order ready?" },
  status: "received",
  providerId: "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgUM0E5RjM2QjA1QzZEMkY4RTQxQkEA",
  replyToProviderId: null,
  replyToMessageId: null,
  author: { kind: "contact", id: "ctc_01KANVQ1G00000000000000001", name: null },
  createdAt: AT,
  receivedAt: AT,
  rev: 1,
  ...given,
});

export const callbackWith = (given: Partial<Callback> = {}): Callback => ({
  id: "cbk_01KANVQ1G00000000000000001",
  channelKey: "local",
  state: "broken",
  reason: "unreadable",
  detail: "The message cannot be read at timestamp.",
  pointer: "/entry/0/changes/0/value/messages/0",
  raw: '{"id":"wamid.1"}',
  archiveKey: "raw/2026-11-22T10:00:00.000Z-0.jsonl.gz",
  receivedAt: AT,
  appliedAt: null,
  rev: 1,
  ...given,
});

export const redriveWith = (given: Partial<Redrive> = {}): Redrive => ({
  id: "rdr_01KANVQ1G00000000000000001",
  from: AT,
  to: moment(3_600_000),
  state: "all",
  status: "running",
  position: null,
  callbacks: 0,
  kept: 0,
  createdAt: AT,
  completedAt: null,
  rev: 1,
  ...given,
});

export const metaAppWith = (given: Partial<MetaApp> = {}): MetaApp => ({
  channelKey: "local",
  workspaceId: WORKSPACE,
  appId: "600000000000001",
  rev: 1,
  ...given,
});

/** Something that Meta would take as it is. */
export const draftWith = (given: Partial<TemplateDraft> = {}): TemplateDraft => ({
  name: "order_ready",
  language: "en_US",
  category: "utility",
  parameterFormat: "named",
  components: [
    {
      type: "body",
      text: "Hi {{first_name}}, your order is ready to collect.",
      examples: { first_name: "Ada" },
    },
  ],
  messageTtlSeconds: null,
  ...given,
});

export const templateWith = (given: Partial<Template> = {}): Template => ({
  ...unsubmitted,
  ...draftWith(),
  id: "tpl_01KANVQ1G00000000000000001",
  channelId: "chn_01KANVQ1G00000000000000001",
  wabaId: "200000000000001",
  status: "approved",
  statusHistory: [
    { status: "draft", at: AT, reason: null },
    { status: "approved", at: AT, reason: null },
  ],
  holdsName: true,
  providerId: "500000000000001",
  submittedAt: AT,
  createdAt: AT,
  updatedAt: AT,
  rev: 1,
  ...given,
});
