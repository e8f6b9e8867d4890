/**
 * Which route of an HTTP API a request belongs to (API Gateway developer guide, "Routes for HTTP
 * APIs"): the most specific path wins, then a named method over ANY, and `$default` takes the rest.
 */

export interface Route {
  /** `METHOD /path/{variable}/{greedy+}`, or `$default`. */
  readonly routeKey: string;
  readonly functionName: string;
  readonly functionArn: string;
}

export interface Match {
  readonly route: Route;
  /** As Lambda permissions spell it: `METHOD/path/{variable}`, or `$default`. */
  readonly resource: string;
  /** Still percent-encoded. */
  readonly variables: Readonly<Record<string, string>>;
}

export type FindRoute = (method: string, path: string) => Match | undefined;

interface Pattern {
  readonly route: Route;
  readonly method: string;
  readonly template: string;
  readonly segments: readonly Segment[];
}

interface Segment {
  readonly kind: "literal" | "variable" | "greedy";
  /** The text of a literal, else the name of the variable. */
  readonly text: string;
}

const SPECIFICITY = { literal: 0, variable: 1, greedy: 2 } as const;

const DEFAULT_ROUTE = "$default";

export function routeFinder(routes: readonly Route[]): FindRoute {
  const patterns = routes
    .filter(({ routeKey }) => routeKey !== DEFAULT_ROUTE)
    .map(patternOf)
    .sort(bySpecificity);
  const rest = routes.find(({ routeKey }) => routeKey === DEFAULT_ROUTE);

  return (method, path) => {
    const given = path.split("/").slice(1);
    for (const pattern of patterns) {
      if (pattern.method !== method && pattern.method !== "ANY") continue;
      const variables = variablesOf(pattern.segments, given);
      if (variables === undefined) continue;
      return { route: pattern.route, resource: `${method}${pattern.template}`, variables };
    }
    return rest && { route: rest, resource: DEFAULT_ROUTE, variables: {} };
  };
}

function patternOf(route: Route): Pattern {
  const [, method, template] = /^([A-Z]+) (\/.*)$/.exec(route.routeKey) ?? [];
  if (method === undefined || template === undefined) {
    throw new Error(`"${route.routeKey}" is not a route key of an HTTP API`);
  }
  return { route, method, template, segments: template.split("/").slice(1).map(segmentOf) };
}

function segmentOf(text: string): Segment {
  const [, name, plus] = /^\{([^}+]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) return { kind: "literal", text };
  return { kind: plus === "+" ? "greedy" : "variable", text: name };
}

function bySpecificity(a: Pattern, b: Pattern): number {
  for (const [index, segment] of a.segments.entries()) {
    const other = b.segments[index];
    if (other === undefined) break;
    const difference = SPECIFICITY[segment.kind] - SPECIFICITY[other.kind];
    if (difference !== 0) return difference;
  }
  return Number(a.method === "ANY") - Number(b.method === "ANY");
}

/** Undefined when the path is not of this shape; a variable is never empty. */
function variablesOf(
  segments: readonly Segment[],
  given: readonly string[],
): Record<string, string> | undefined {
  const variables: Record<string, string> = {};
  for (const [index, { kind, text }] of segments.entries()) {
    const value = kind === "greedy" ? given.slice(index).join("/") : given[index];
    if (value === undefined) return undefined;
    if (kind === "literal" ? value !== text : value === "") return undefined;
    if (kind !== "literal") variables[text] = value;
    if (kind === "greedy") return variables;
  }
  return segments.length === given.length ? variables : undefined;
}
