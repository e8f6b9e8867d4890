import * as z from "zod";
import { route } from "../edge/route.ts";

/** Nothing is ever stored under it; that both tables answer is what counts. */
const NOWHERE = "msg_00000000000000000000000000";

export const healthRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/health",
      operationId: "getHealth",
      tag: "Health",
      summary: "Whether everything takes work",
      access: "public",
      reply: { status: 200, schema: z.object({ status: z.literal("ok") }) },
    },
    ({ scope }) => Promise.all([scope.store.message(NOWHERE), scope.store.answer("health", "-")]),
    () => ({ status: 200, body: { status: "ok" } }),
  ),
];
