import * as z from "zod";
import { route } from "../edge/route.ts";

/** Taken only by the store's checks below; nothing is ever stored under it. */
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
    ({ scope }) => scope.store.message(NOWHERE),
    () => ({ status: 200, body: { status: "ok" } }),
  ),
];
