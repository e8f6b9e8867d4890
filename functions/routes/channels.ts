import * as z from "zod";
import * as contract from "../../shared/contract/channels.ts";
import { pageOf, pageQuery } from "../../shared/contract/shapes.ts";
import type { Channel } from "../../shared/domain/channels.ts";
import { changeChannel, disconnectChannel, mendChannel } from "../../shared/operations/changing.ts";
import { listChannels, readChannel } from "../../shared/operations/channels.ts";
import { connectChannel } from "../../shared/operations/connecting.ts";
import { connecting } from "../edge/channelsApp.ts";
import { etag, route } from "../edge/route.ts";

const tag = "Channels";
const params = { id: "channel" } as const;

const replied = (status: number) => (channel: Channel) => ({
  status,
  body: contract.viewChannel(channel),
  headers: etag(channel),
});

export const channelsRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/channels",
      operationId: "listChannels",
      tag,
      summary: "The channels of the workspace, newest first",
      access: "channels:read",
      query: z.strictObject(pageQuery),
      reply: { status: 200, schema: pageOf(contract.channel) },
    },
    async ({ scope, query, pages }) => listChannels(scope, await pages.request(query)),
    (page, { pages }) => pages.reply(page, contract.viewChannel),
  ),
  route(
    {
      method: "GET",
      path: "/v1/channels/{id}",
      operationId: "getChannel",
      tag,
      summary: "One channel, with its limits and health, and what is missing before it works",
      access: "channels:read",
      params,
      reply: { status: 200, schema: contract.channel },
    },
    ({ scope, params }) => readChannel(scope, params.id),
    replied(200),
  ),
  route(
    {
      method: "POST",
      path: "/v1/channels",
      operationId: "connectChannel",
      tag,
      summary: "Connect a number",
      description:
        "Asks Meta with the credentials, subscribes its account and, with a PIN, registers the " +
        "number. A channel that needs a person is pending; nextSteps says for what. The first " +
        "number of an app needs appSecret and verifyToken; nothing secret is ever answered.",
      access: "channels:write",
      body: contract.channelConnect,
      once: true,
      reply: { status: 201, schema: contract.channel },
    },
    ({ scope, body }) => connectChannel(scope, connecting(), body),
    replied(201),
  ),
  route(
    {
      method: "PATCH",
      path: "/v1/channels/{id}",
      operationId: "changeChannel",
      tag,
      summary: "Rename, pause or resume a channel; change its token, PIN or app secret",
      description:
        "A new access token is asked first; a wrong one is refused and the old one stays. What " +
        "waits to be sent goes out with the new one. Two app secrets are good at once until the " +
        "older one is retired.",
      access: "channels:write",
      params,
      body: contract.channelChange,
      revised: true,
      reply: { status: 200, schema: contract.channel },
    },
    ({ scope, params, body, expectedRev }) =>
      changeChannel(scope, connecting(), params.id, body, expectedRev),
    replied(200),
  ),
  route(
    {
      method: "DELETE",
      path: "/v1/channels/{id}",
      operationId: "disconnectChannel",
      tag,
      summary: "Disconnect a channel",
      description:
        "Its number is free and nothing more is sent; what waits fails. All of it stays readable.",
      access: "channels:write",
      params,
      revised: true,
      reply: { status: 204, schema: null },
    },
    ({ scope, params, expectedRev }) =>
      disconnectChannel(scope, connecting(), params.id, expectedRev),
    () => ({ status: 204 }),
  ),
  route(
    {
      method: "POST",
      path: "/v1/channels/{id}/check",
      operationId: "checkChannel",
      tag,
      summary: "Ask the provider now how the channel is, and subscribe it where that is missing",
      access: "channels:write",
      params,
      once: true,
      reply: { status: 200, schema: contract.channel },
    },
    ({ scope, params }) => mendChannel(scope, connecting(), params.id),
    replied(200),
  ),
];
