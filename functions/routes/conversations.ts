import * as contract from "../../shared/contract/conversations.ts";
import { pageOf } from "../../shared/contract/shapes.ts";
import { DomainError } from "../../shared/domain/errors.ts";
import { listConversations, readConversation } from "../../shared/operations/conversations.ts";
import type { ConversationQuery, Scope } from "../../shared/ports.ts";
import { etag, route } from "../edge/route.ts";

const tag = "Conversations";

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
    ({ conversation, contact }, { scope }) => ({
      status: 200,
      body: contract.viewConversation(conversation, contact, scope.clock.now()),
      headers: etag(conversation),
    }),
  ),
];
