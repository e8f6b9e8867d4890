import { writeFileSync } from "node:fs";
import * as z from "zod";
import { problem } from "../../shared/contract/shapes.ts";
import { routes } from "../routes/index.ts";
import type { RouteFacts } from "./route.ts";

/**
 * The OpenAPI 3.1 document, made of the routes and their schemas. It is committed (docs), served by
 * the API, and the list of routes that the template declares; a test says when it is stale. Run
 * this file to write it.
 */
type Json = Record<string, unknown>;

export function openapi(): Json {
  const paths: Record<string, Json> = {};
  for (const facts of routes) {
    const { path, method } = facts;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(facts) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version: "1",
      description: "Customer conversations on WhatsApp, email and SMS, in your own AWS account.",
    },
    servers: [{ url: "/" }],
    security: [{ apiKey: [] }],
    paths: { ...paths, ...webhookPaths },
    components: {
      securitySchemes: { apiKey: { type: "http", scheme: "bearer", bearerFormat: "pk_..." } },
      schemas: { Problem: schemaOf(problem, "output") },
    },
  };
}

function operationOf(facts: RouteFacts): Json {
  const { operationId, tag, summary, description, access, body, reply } = facts;
  const open = access === "public";
  const content = reply.schema === null ? {} : { content: json(schemaOf(reply.schema, "output")) };
  const done = (status: number) => [status, { description: "Done", ...content }] as const;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    "x-permission": access,
    ...(open ? { security: [] } : {}),
    parameters: parametersOf(facts),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: json(schemaOf(body, "input")) } }),
    responses: {
      ...Object.fromEntries([reply.status, reply.elseStatus ?? []].flat().map(done)),
      default: {
        description: "A problem document (RFC 9457)",
        content: {
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        },
      },
    },
  };
}

function parametersOf({ params, named, query, once, revised }: RouteFacts): Json[] {
  const path = Object.entries(params ?? {}).map(([name, kind]) => ({
    name,
    in: "path",
    required: true,
    description: `Id of the ${kind}`,
    schema: { type: "string" },
  }));
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string", maxLength: 255 },
  });
  return [
    ...path,
    ...fieldsOf(named, "path"),
    ...fieldsOf(query, "query"),
    ...(once === true || once === "required"
      ? [
          {
            ...header("Idempotency-Key", "Repeats with it are answered the same for 24 hours"),
            required: once === "required",
          },
        ]
      : []),
    ...(revised === true ? [header("If-Match", "The ETag you read; a newer one answers 412")] : []),
  ];
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

function fieldsOf(schema: z.ZodType | undefined, place: "path" | "query"): Json[] {
  if (schema === undefined) return [];
  const { properties } = objectSchema.parse(schemaOf(schema, "input"));
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path",
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

const json = (schema: Json) => ({ "application/json": { schema } });

const channelKey = {
  name: "channelKey",
  in: "path",
  required: true,
  description: "Names the Meta app that calls",
  schema: { type: "string" },
};

/** Meta's door, another function's; it answers plain text, not problem documents. */
const webhookPaths = {
  "/webhooks/whatsapp/{channelKey}": {
    get: {
      operationId: "verifyWhatsappWebhook",
      tags: ["Webhooks"],
      summary: "Meta's handshake: answers the bare challenge",
      "x-function": "webhook",
      security: [],
      parameters: [
        channelKey,
        ...["hub.mode", "hub.verify_token", "hub.challenge"].map((name) => ({
          name,
          in: "query",
          required: true,
          schema: { type: "string" },
        })),
      ],
      responses: {
        200: { description: "The challenge", content: { "text/plain": {} } },
        403: { description: "The verify token is wrong" },
        404: { description: "No app is known under this key" },
      },
    },
    post: {
      operationId: "receiveWhatsappWebhook",
      tags: ["Webhooks"],
      summary: "Meta's callbacks, signed over the raw bytes",
      "x-function": "webhook",
      security: [],
      parameters: [
        channelKey,
        {
          name: "X-Hub-Signature-256",
          in: "header",
          required: true,
          schema: { type: "string" },
        },
      ],
      requestBody: { required: true, content: { "application/json": {} } },
      responses: {
        200: { description: "Queued" },
        401: { description: "No signature, or a wrong one; nothing is kept" },
        404: { description: "No app is known under this key" },
      },
    },
  },
};

/** The document as it is committed. */
export const openapiText = (): string => `${JSON.stringify(openapi(), null, 1)}\n`;

if (import.meta.main) writeFileSync("docs/openapi.json", openapiText());
