import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type * as z from "zod";
import { DomainError } from "../../shared/domain/errors.ts";
import { type Actor, may } from "../../shared/domain/permissions.ts";
import { authenticate } from "../../shared/operations/apiKeys.ts";
import type { Seal } from "../../shared/ports.ts";
import type { Rows } from "./app.ts";
import { clock } from "./app.ts";
import { pagesOf } from "./cursors.ts";
import { bodyOf, parsed, type Reply } from "./http.ts";
import type { Replies } from "./once.ts";
import { type Call, idsOf, type Route, revOf } from "./route.ts";

export interface ApiParts {
  readonly rows: Rows;
  readonly seal: Seal;
  readonly replies: Replies;
}

/** A public route acts for nobody and reaches no workspace. */
const NOBODY: Actor = { kind: "system", workspaceId: "-" };

/**
 * One request from front to back: who asks, may they, what do they say, the verb, the reply.
 * A stranger learns nothing before the key is good, and a key learns nothing it may not know.
 */
export async function answer(
  parts: ApiParts,
  route: Route,
  event: APIGatewayProxyEventV2,
): Promise<Reply> {
  const actor = await actorOf(parts, route, event);
  const ids = idsOf(route.params, event.pathParameters);
  const named = route.named === undefined ? {} : namesOf(route.named, event.pathParameters);
  const params = { ...ids, ...named };
  const given = event.queryStringParameters ?? {};
  const query = route.query === undefined ? {} : parsed(route.query, given, "/query");
  const sent = route.method === "GET" ? {} : bodyOf(event.body, event.isBase64Encoded);
  const body = route.body === undefined ? {} : parsed(route.body, sent, "");
  const expectedRev = route.revised === true ? revOf(event.headers["if-match"]) : null;
  const { limit: _, cursor: __, ...filter } = given;
  const list = { path: params, filter };
  const pages = pagesOf(parts.seal, actor.workspaceId, route.operationId, list);
  const scope = parts.rows.scope(actor);
  const call: Call<unknown, unknown, unknown> = { scope, params, query, body, expectedRev, pages };
  if (route.once === undefined || route.once === false)
    return route.render(await route.run(call), call);
  const asked = {
    store: scope.store,
    workspaceId: actor.workspaceId,
    route: route.operationId,
    key: event.headers["idempotency-key"],
    content: { params, sent },
  };
  if (route.once === "required" && asked.key === undefined) {
    const detail = "Sends need an Idempotency-Key, so that a repeat never sends twice.";
    throw new DomainError("idempotency_key_required", detail);
  }
  return parts.replies.answer(
    asked,
    async (once) => {
      const inScope = { ...call, scope: parts.rows.scope(actor, once) };
      return route.render(await route.run(inScope), inScope);
    },
    (result) => route.render(result, call),
  );
}

function namesOf(schema: z.ZodType, given: APIGatewayProxyEventV2["pathParameters"]): object {
  return Object(parsed(schema, given ?? {}, "/path"));
}

async function actorOf(
  { rows }: ApiParts,
  { access }: Route,
  event: APIGatewayProxyEventV2,
): Promise<Actor> {
  if (access === "public") return NOBODY;
  const actor = await authenticate(rows.directory, clock, event.headers.authorization);
  if (access === "anyone" || may(actor, access)) return actor;
  throw new DomainError("forbidden", `This needs the permission ${access}; ask an admin.`);
}
