import * as z from "zod";
import * as contract from "../../shared/contract/messages.ts";
import { pageOf, pageQuery } from "../../shared/contract/shapes.ts";
import type { Message } from "../../shared/domain/messages.ts";
import { listMessages, readMessage } from "../../shared/operations/messages.ts";
import { retryMessage, sendMessage } from "../../shared/operations/sending.ts";
import { sendTo } from "../../shared/operations/starting.ts";
import { cancelMessage, editMessage, sendOrWait } from "../../shared/operations/waiting.ts";
import { etag, route } from "../edge/route.ts";

const tag = "Messages";
const params = { id: "message" } as const;

const replied = (status: number) => (message: Message) => ({
  status,
  body: contract.viewMessage(message),
  headers: etag(message),
});

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
      params,
      reply: { status: 200, schema: contract.message },
    },
    ({ scope, params }) => readMessage(scope, params.id),
    replied(200),
  ),
  route(
    {
      method: "POST",
      path: "/v1/conversations/{id}/messages",
      operationId: "sendMessage",
      tag,
      summary: "Send a message in a conversation",
      description:
        "Answered as soon as it is stored. Free messages need an open window " +
        "(409 window_closed). " +
        "With `wait` it waits for the customer to write, and a template asks them to.",
      access: "messages:write",
      params: { id: "conversation" },
      body: contract.messageCreate,
      once: "required",
      reply: { status: 202, schema: contract.message },
    },
    ({ scope, params, body: { wait, ...message } }) =>
      wait === undefined
        ? sendMessage(scope, params.id, message)
        : sendOrWait(scope, params.id, { ...message, wait }),
    replied(202),
  ),
  route(
    {
      method: "POST",
      path: "/v1/messages",
      operationId: "sendTo",
      tag,
      summary: "Send a message to a contact, a number or an address",
      description: "Finds or makes the contact and the conversation with it.",
      access: "messages:write",
      body: contract.messageSend,
      once: "required",
      reply: { status: 202, schema: contract.message },
    },
    ({ scope, body }) => sendTo(scope, body),
    replied(202),
  ),
  route(
    {
      method: "PATCH",
      path: "/v1/messages/{id}",
      operationId: "editMessage",
      tag,
      summary: "Change what a reply says while it waits",
      access: "messages:write",
      params,
      body: contract.messageUpdate,
      revised: true,
      reply: { status: 200, schema: contract.message },
    },
    ({ scope, params, body, expectedRev }) => editMessage(scope, params.id, body, expectedRev),
    replied(200),
  ),
  route(
    {
      method: "POST",
      path: "/v1/messages/{id}/retry",
      operationId: "retryMessage",
      tag,
      summary: "Send again what failed, or what nobody heard of for 72 hours",
      access: "messages:write",
      params,
      once: true,
      reply: { status: 200, schema: contract.message },
    },
    ({ scope, params }) => retryMessage(scope, params.id),
    replied(200),
  ),
  route(
    {
      method: "POST",
      path: "/v1/messages/{id}/cancel",
      operationId: "cancelMessage",
      tag,
      summary: "Cancel what nobody has begun to send",
      access: "messages:write",
      params,
      once: true,
      reply: { status: 200, schema: contract.message },
    },
    ({ scope, params }) => cancelMessage(scope, params.id),
    replied(200),
  ),
];
