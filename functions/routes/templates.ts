import { pageOf } from "../../shared/contract/shapes.ts";
import * as contract from "../../shared/contract/templates.ts";
import type { Template } from "../../shared/domain/templates.ts";
import { changeTemplate, deleteTemplate } from "../../shared/operations/editing.ts";
import { submitTemplate } from "../../shared/operations/submitting.ts";
import { syncTemplates } from "../../shared/operations/syncing.ts";
import {
  createTemplate,
  listTemplates,
  previewTemplate,
  readTemplate,
} from "../../shared/operations/templates.ts";
import { templateDesk } from "../edge/app.ts";
import { etag, route } from "../edge/route.ts";

const tag = "Templates";
const params = { id: "template" } as const;

const replied = (status: number) => (template: Template) => ({
  status,
  body: contract.viewTemplate(template),
  headers: etag(template),
});

export const templatesRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/templates",
      operationId: "listTemplates",
      tag,
      summary: "Templates, newest first",
      description: "A channel has all templates of its business account.",
      access: "templates:read",
      query: contract.templatesQuery,
      reply: { status: 200, schema: pageOf(contract.template) },
    },
    async ({ scope, query, pages }) => listTemplates(scope, query, await pages.request(query)),
    (page, { pages }) => pages.reply(page, contract.viewTemplate),
  ),
  route(
    {
      method: "POST",
      path: "/v1/templates",
      operationId: "createTemplate",
      tag,
      summary: "Draft a template",
      description: "Everything that Meta would refuse is refused here, each with its place.",
      access: "templates:write",
      body: contract.templateCreate,
      once: true,
      reply: { status: 201, schema: contract.template },
    },
    ({ scope, body }) => createTemplate(scope, body),
    replied(201),
  ),
  route(
    {
      method: "GET",
      path: "/v1/templates/{id}",
      operationId: "getTemplate",
      tag,
      summary: "One template, with its status and what became of it",
      access: "templates:read",
      params,
      reply: { status: 200, schema: contract.template },
    },
    ({ scope, params }) => readTemplate(scope, params.id),
    replied(200),
  ),
  route(
    {
      method: "PATCH",
      path: "/v1/templates/{id}",
      operationId: "changeTemplate",
      tag,
      summary: "Change a draft, or edit what was submitted",
      description:
        "What was submitted is edited at Meta at once, by Meta's rules, and reviewed again.",
      access: "templates:write",
      params,
      body: contract.templateChange,
      revised: true,
      reply: { status: 200, schema: contract.template },
    },
    ({ scope, params, body, expectedRev }) =>
      changeTemplate(scope, templateDesk(), params.id, body, expectedRev),
    replied(200),
  ),
  route(
    {
      method: "DELETE",
      path: "/v1/templates/{id}",
      operationId: "deleteTemplate",
      tag,
      summary: "Delete a template, here and at Meta",
      description: "The name of an approved one cannot be used again for 30 days.",
      access: "templates:write",
      params,
      query: contract.templateRemoval,
      reply: { status: 204, schema: null },
    },
    ({ scope, params, query }) =>
      deleteTemplate(scope, templateDesk(), params.id, query.languages === "all"),
    () => ({ status: 204 }),
  ),
  route(
    {
      method: "POST",
      path: "/v1/templates/{id}/submit",
      operationId: "submitTemplate",
      tag,
      summary: "Submit a template for Meta's review",
      description: "Submitted again, it is answered as it is; it is never made twice.",
      access: "templates:write",
      params,
      once: true,
      reply: { status: 200, schema: contract.template },
    },
    ({ scope, params }) => submitTemplate(scope, templateDesk(), params.id),
    replied(200),
  ),
  route(
    {
      method: "POST",
      path: "/v1/templates/{id}/preview",
      operationId: "previewTemplate",
      tag,
      summary: "How a template looks, filled with examples, values or a contact's own",
      access: "templates:read",
      params,
      body: contract.previewAsk,
      reply: { status: 200, schema: contract.preview },
    },
    ({ scope, params, body }) => previewTemplate(scope, params.id, body),
    (preview) => ({ status: 200, body: preview }),
  ),
  route(
    {
      method: "POST",
      path: "/v1/templates/sync",
      operationId: "syncTemplates",
      tag,
      summary: "Read all templates from Meta now",
      description: "It also happens every hour. What was made elsewhere appears, too.",
      access: "templates:write",
      body: contract.templatesSync,
      reply: { status: 200, schema: contract.synced },
    },
    ({ scope, body }) => syncTemplates(scope, templateDesk(), body.channelId ?? null),
    (accounts) => ({ status: 200, body: { accounts } }),
  ),
];
