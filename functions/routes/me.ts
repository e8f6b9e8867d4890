import * as z from "zod";
import { id } from "../../shared/contract/shapes.ts";
import { roles } from "../../shared/domain/permissions.ts";
import { readMe } from "../../shared/operations/agents.ts";
import { route } from "../edge/route.ts";

const me = z.object({
  workspaceId: id("workspace"),
  role: z.enum(roles),
  scopes: z.array(z.string()),
  apiKeyId: id("apiKey").nullable(),
  agent: z.object({ id: id("agent"), name: z.string(), role: z.enum(roles) }).nullable(),
});

export const meRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/me",
      operationId: "getMe",
      tag: "Me",
      summary: "Who this key is, and what it may do",
      access: "anyone",
      reply: { status: 200, schema: me },
    },
    ({ scope }) => readMe(scope),
    (body) => ({ status: 200, body }),
  ),
];
