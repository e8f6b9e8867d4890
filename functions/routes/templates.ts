import * as z from "zod";
import { pageOf, pageQuery } from "../../shared/contract/shapes.ts";
import * as contract from "../../shared/contract/templates.ts";
import { listTemplates } from "../../shared/operations/templates.ts";
import { route } from "../edge/route.ts";

export const templatesRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/templates",
      operationId: "listTemplates",
      tag: "Templates",
      summary: "The approved templates, newest first",
      access: "templates:read",
      query: z.strictObject(pageQuery),
      reply: { status: 200, schema: pageOf(contract.template) },
    },
    async ({ scope, query, pages }) => listTemplates(scope, await pages.request(query)),
    (page, { pages }) => pages.reply(page, contract.viewTemplate),
  ),
];
