import { readFileSync } from "node:fs";
import { HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";

/** Functions that answer HTTP; the first one does when an operation does not say `x-function`. */
export const FRONT_FUNCTIONS = ["api", "webhook"] as const;
export type FrontFunction = (typeof FRONT_FUNCTIONS)[number];

export interface Route {
  readonly method: HttpMethod;
  readonly path: string;
  readonly function: FrontFunction;
}

/** API Gateway allows 300 routes in an HTTP API (quotas page of the developer guide). */
const ROUTES_MAX = 300;

/**
 * Every operation of an OpenAPI document is one explicit route, so that API Gateway itself answers
 * 404 to what is not documented and its metrics and access log speak of routes.
 */
export function routesFrom(file: string): Route[] {
  const document: unknown = JSON.parse(readFileSync(file, "utf8"));
  const paths = isRecord(document) ? document.paths : undefined;
  if (!isRecord(paths)) throw new Error(`${file} has no paths; generate it first.`);
  const routes = Object.entries(paths).flatMap(([path, item]) => routesOf(path, item));
  if (routes.length === 0 || routes.length > ROUTES_MAX) {
    throw new Error(`${file} has ${routes.length} routes; 1 to ${ROUTES_MAX} can be deployed.`);
  }
  return routes;
}

/** Members of a path item that are no method (`parameters`, `summary`) are not routes. */
function routesOf(path: string, item: unknown): Route[] {
  if (!isRecord(item)) throw new Error(`${path} is not a path item.`);
  return Object.entries(item).flatMap(([key, operation]) => {
    const method = Object.values(HttpMethod).find((each) => each.toLowerCase() === key);
    return method === undefined ? [] : [{ method, path, function: functionOf(path, operation) }];
  });
}

function functionOf(path: string, operation: unknown): FrontFunction {
  const name = isRecord(operation) ? (operation["x-function"] ?? "api") : "api";
  const front = FRONT_FUNCTIONS.find((each) => each === name);
  if (front === undefined) throw new Error(`${path} names ${String(name)}, which has no routes.`);
  return front;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
