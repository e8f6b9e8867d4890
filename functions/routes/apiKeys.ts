import * as z from "zod";
import * as contract from "../../shared/contract/apiKeys.ts";
import { pageOf, pageQuery } from "../../shared/contract/shapes.ts";
import {
  createApiKey,
  listApiKeys,
  readApiKey,
  revokeApiKey,
} from "../../shared/operations/apiKeys.ts";
import { route } from "../edge/route.ts";

const tag = "API keys";
const query = z.strictObject(pageQuery);
const params = { id: "apiKey" } as const;

export const apiKeysRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/apiKeys",
      operationId: "listApiKeys",
      tag,
      summary: "All keys of the workspace, newest first; never their secrets",
      access: "apiKeys:read",
      query,
      reply: { status: 200, schema: pageOf(contract.apiKey) },
    },
    async ({ scope, query, pages }) => listApiKeys(scope, await pages.request(query)),
    (page, { pages }) => pages.reply(page, contract.viewApiKey),
  ),
  route(
    {
      method: "POST",
      path: "/v1/apiKeys",
      operationId: "createApiKey",
      tag,
      summary: "Make a key; its secret is answered this once",
      access: "apiKeys:write",
      body: contract.apiKeyCreate,
      once: true,
      reply: { status: 201, schema: contract.newApiKey },
    },
    ({ scope, body }) => createApiKey(scope, body),
    ({ key, secret }) => ({ status: 201, body: { ...contract.viewApiKey(key), secret } }),
  ),
  route(
    {
      method: "GET",
      path: "/v1/apiKeys/{id}",
      operationId: "getApiKey",
      tag,
      summary: "One key",
      access: "apiKeys:read",
      params,
      reply: { status: 200, schema: contract.apiKey },
    },
    ({ scope, params }) => readApiKey(scope, params.id),
    (key) => ({ status: 200, body: contract.viewApiKey(key) }),
  ),
  route(
    {
      method: "DELETE",
      path: "/v1/apiKeys/{id}",
      operationId: "revokeApiKey",
      tag,
      summary: "Revoke a key, from the next request on",
      access: "apiKeys:write",
      params,
      reply: { status: 204, schema: null },
    },
    ({ scope, params }) => revokeApiKey(scope, params.id),
    () => ({ status: 204 }),
  ),
];
