import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { notFound } from "../shared/domain/errors.ts";
import { answer } from "./edge/answer.ts";
import { rows, seal } from "./edge/app.ts";
import { type HttpResponse, responseOf } from "./edge/http.ts";
import { Replies } from "./edge/once.ts";
import { problems } from "./edge/problems.ts";
import { routes } from "./routes/index.ts";

const table = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
const sealed = seal();
const parts = { rows: rows(), seal: sealed, replies: new Replies(sealed) };

/** Every `/v1` route: API Gateway names the route, one table leads to its verb. */
export const handler = middy()
  .use(problems())
  .handler(async (event: APIGatewayProxyEventV2): Promise<HttpResponse> => {
    const route = table.get(event.routeKey);
    if (route === undefined) throw notFound("route");
    return responseOf(await answer(parts, route, event));
  });
