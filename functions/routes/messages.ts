import * as z from "zod";
import * as contract from "../../shared/contract/messages.ts";
import { pageOf, pageQuery } from "../../shared/contract/shapes.ts";
import { listMessages, readMessage } from "../../shared/operations/messages.ts";
import { route } from "../edge/route.ts";

const tag = "Messages";

export const messagesRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/conversations/{id}/messages",
      operationId: "listMessages",
      tag,
      summary: "The messages of a conversation, newest first",
      access: "messages:read",
      params: { id: "conversation" },
      query: z.strictObject(pageQuery),
      reply: { status: 200, schema: pageOf(contract.message) },
    },
    async ({ scope, params, query, pages }) =>
      listMessages(scope, params.id, await pages.request(query)),
    (page, { pages }) => pages.reply(page, contract.viewMessage),
  ),
  route(
    {
      method: "GET",
      path: "/v1/messages/{id}",
      operationId: "getMessage",
      tag,
      summary: "One message",
      access: "messages:read",
      params: { id: "message" },
      reply: { status: 200, schema: contract.message },
    },
    ({ scope, params }) => readMessage(scope, params.id),
    (message) => ({ status: 200, body: contract.viewMessage(message) }),
  ),
];
