import * as contract from "../../shared/contract/conversations.ts";
import { pageOf } from "../../shared/contract/shapes.ts";
import { DomainError } from "../../shared/domain/errors.ts";
import {
  type ConversationWithContact,
  listConversations,
  readConversation,
} from "../../shared/operations/conversations.ts";
import { markRead, showTyping } from "../../shared/operations/reading.ts";
import { reopenConversation, resolveConversation } from "../../shared/operations/resolving.ts";
import { startConversation } from "../../shared/operations/starting.ts";
import type { ConversationQuery, Scope } from "../../shared/ports.ts";
import { etag, route } from "../edge/route.ts";

const tag = "Conversations";

const replied = (
  { conversation, contact }: ConversationWithContact,
  { scope }: { scope: Scope },
) => ({
  status: 200,
  body: contract.viewConversation(conversation, contact, scope.clock.now()),
  headers: etag(conversation),
});

function assigneeOf({ actor }: Scope, assignee: string): string {
  if (assignee !== "me") return assignee;
  if (actor.kind === "apiKey" && actor.agentId !== null) return actor.agentId;
  throw new DomainError("agent_required", "This key acts for no agent; use one that does.");
}

export const conversationsRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/conversations",
      operationId: "listConversations",
      tag,
      summary: "Conversations, newest activity first",
      description: "Without a filter: every status. Filters combine.",
      access: "conversations:read",
      query: contract.conversationsQuery,
      reply: { status: 200, schema: pageOf(contract.conversation) },
    },
    async ({ scope, query, pages }) => {
      const { status, channel, unread, window, tag: tagId, assignee } = query;
      const filter: ConversationQuery = {
        status,
        channelId: channel,
        unread,
        window,
        tagId,
        assigneeId: assignee === undefined ? undefined : assigneeOf(scope, assignee),
      };
      return listConversations(scope, filter, await pages.request(query));
    },
    (page, { pages, scope }) =>
      pages.reply(page, ({ conversation, contact }) =>
        contract.viewConversation(conversation, contact, scope.clock.now()),
      ),
  ),
  route(
    {
      method: "GET",
      path: "/v1/conversations/{id}",
      operationId: "getConversation",
      tag,
      summary: "One conversation, with its contact and window",
      access: "conversations:read",
      params: { id: "conversation" },
      reply: { status: 200, schema: contract.conversation },
    },
    ({ scope, params }) => readConversation(scope, params.id),
    replied,
  ),
  route(
    {
      method: "POST",
      path: "/v1/conversations",
      operationId: "startConversation",
      tag,
      summary: "Find or make the conversation with a contact, a number or an address",
      description: "201 when it is new, 200 when the contact has one on this channel already.",
      access: "conversations:write",
      body: contract.conversationCreate,
      once: true,
      reply: { status: 201, elseStatus: 200, schema: contract.conversation },
    },
    ({ scope, body }) => startConversation(scope, body),
    (started, call) => ({ ...replied(started, call), status: started.isNew ? 201 : 200 }),
  ),
  route(
    {
      method: "POST",
      path: "/v1/conversations/{id}/read",
      operationId: "markRead",
      tag,
      summary: "Nothing is unread any more; the customer sees that it was read",
      access: "conversations:write",
      params: { id: "conversation" },
      reply: { status: 200, schema: contract.conversation },
    },
    ({ scope, params }) => markRead(scope, params.id),
    replied,
  ),
  route(
    {
      method: "POST",
      path: "/v1/conversations/{id}/typing",
      operationId: "showTyping",
      tag,
      summary: "The customer sees for some seconds that somebody types",
      access: "conversations:write",
      params: { id: "conversation" },
      reply: { status: 200, schema: contract.conversation },
    },
    ({ scope, params }) => showTyping(scope, params.id),
    replied,
  ),
  route(
    {
      method: "POST",
      path: "/v1/conversations/{id}/resolve",
      operationId: "resolveConversation",
      tag,
      summary: "Nothing is left to do, until the customer writes again",
      access: "conversations:write",
      params: { id: "conversation" },
      once: true,
      reply: { status: 200, schema: contract.conversation },
    },
    ({ scope, params }) => resolveConversation(scope, params.id),
    replied,
  ),
  route(
    {
      method: "POST",
      path: "/v1/conversations/{id}/reopen",
      operationId: "reopenConversation",
      tag,
      summary: "Back to who has it, or into the queue",
      access: "conversations:write",
      params: { id: "conversation" },
      once: true,
      reply: { status: 200, schema: contract.conversation },
    },
    ({ scope, params }) => reopenConversation(scope, params.id),
    replied,
  ),
];
