import * as contract from "../../shared/contract/callbacks.ts";
import { pageOf } from "../../shared/contract/shapes.ts";
import { listCallbacks } from "../../shared/operations/callbacks.ts";
import { readRedrive, startRedrive } from "../../shared/operations/redrives.ts";
import { route } from "../edge/route.ts";

const tag = "Callbacks";

export const callbacksRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/callbacks",
      operationId: "listCallbacks",
      tag,
      summary: "Parts of provider callbacks that could not be applied, newest first",
      access: "callbacks:read",
      query: contract.callbacksQuery,
      reply: { status: 200, schema: pageOf(contract.callback) },
    },
    async ({ scope, query, pages }) =>
      listCallbacks(scope, query.state ?? "broken", await pages.request(query)),
    (page, { pages }) => pages.reply(page, contract.viewCallback),
  ),
  route(
    {
      method: "POST",
      path: "/v1/callbacks/redrive",
      operationId: "redriveCallbacks",
      tag,
      summary: "Apply again what was archived in a time range",
      description:
        "All of it, or only what has a broken part. Changes nothing that was applied; follow it " +
        "with GET /v1/callbacks/redrives/{id}.",
      access: "callbacks:write",
      body: contract.redriveCreate,
      once: true,
      reply: { status: 200, schema: contract.redrive },
    },
    ({ scope, body }) => startRedrive(scope, body),
    (redrive) => ({ status: 200, body: contract.viewRedrive(redrive) }),
  ),
  route(
    {
      method: "GET",
      path: "/v1/callbacks/redrives/{id}",
      operationId: "getRedrive",
      tag,
      summary: "How far a re-drive is",
      access: "callbacks:read",
      params: { id: "redrive" },
      reply: { status: 200, schema: contract.redrive },
    },
    ({ scope, params }) => readRedrive(scope, params.id),
    (redrive) => ({ status: 200, body: contract.viewRedrive(redrive) }),
  ),
];
