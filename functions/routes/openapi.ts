import * as z from "zod";
import { route } from "../edge/route.ts";

export const openapiRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/openapi.json",
      operationId: "getOpenapi",
      tag: "Health",
      summary: "This API as an OpenAPI 3.1 document",
      access: "public",
      reply: { status: 200, schema: z.record(z.string(), z.unknown()) },
    },
    // Generated into docs and loaded only when somebody asks.
    async () => (await import("../../docs/openapi.json", { with: { type: "json" } })).default,
    (body) => ({ status: 200, body, headers: { "cache-control": "public, max-age=300" } }),
  ),
];
