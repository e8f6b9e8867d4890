import * as z from "zod";
import * as contract from "../../shared/contract/channels.ts";
import { pageOf, pageQuery } from "../../shared/contract/shapes.ts";
import { listChannels, readChannel } from "../../shared/operations/channels.ts";
import { etag, route } from "../edge/route.ts";

const tag = "Channels";

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
      summary: "One channel, with its limits and health",
      access: "channels:read",
      params: { id: "channel" },
      reply: { status: 200, schema: contract.channel },
    },
    ({ scope, params }) => readChannel(scope, params.id),
    (channel) => ({ status: 200, body: contract.viewChannel(channel), headers: etag(channel) }),
  ),
];
