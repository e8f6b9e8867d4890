/**
 * Which other origins a browser may call the bucket from.
 *
 * Source: Amazon S3 User Guide, "Using cross-origin resource sharing (CORS)": the first rule that
 * matches is used; each origin and header of a rule may hold one asterisk.
 */
import { AwsError, type AwsReply } from "../parts.ts";
import type { CorsRule } from "./bucket.ts";

/** Answers OPTIONS as the bucket's rules say; throws AccessForbidden when none allows it. */
export function preflight(
  rules: readonly CorsRule[],
  headers: ReadonlyMap<string, string>,
): AwsReply {
  const origin = headers.get("origin");
  const method = headers.get("access-control-request-method");
  if (origin === undefined || method === undefined) {
    const message = "Insufficient information. Origin and Access-Control-Request-Method needed.";
    throw new AwsError("BadRequest", message);
  }
  const asked = (headers.get("access-control-request-headers") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const rule = ruleFor(rules, origin, method, asked);
  if (rule === undefined) {
    const reason = rules.length === 0 ? "CORS is not enabled for this bucket." : NOT_ALLOWED;
    throw new AwsError("AccessForbidden", `CORSResponse: ${reason}`, 403);
  }
  const allowed: Record<string, string> = asked.length
    ? { "access-control-allow-headers": asked.join(", ") }
    : {};
  return { status: 200, headers: { ...allow(rule, origin), ...allowed } };
}

/** What a reply to this request must carry for the browser to hand it to the page. */
export function corsHeaders(
  rules: readonly CorsRule[],
  method: string,
  origin: string | undefined,
): Record<string, string> {
  const rule = origin === undefined ? undefined : ruleFor(rules, origin, method, []);
  return rule === undefined || origin === undefined ? {} : allow(rule, origin);
}

const NOT_ALLOWED =
  "This CORS request is not allowed. This is usually because the evaluation of Origin, request " +
  "method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted " +
  "by the resource's CORS spec.";

function ruleFor(
  rules: readonly CorsRule[],
  origin: string,
  method: string,
  asked: readonly string[],
): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.AllowedMethods.some((allowed) => allowed === method) &&
      rule.AllowedOrigins.some((pattern) => matches(pattern, origin)) &&
      asked.every((name) =>
        rule.AllowedHeaders.some((pattern) => matches(pattern.toLowerCase(), name)),
      ),
  );
}

function allow(rule: CorsRule, origin: string): Record<string, string> {
  const isAnyone = rule.AllowedOrigins.includes("*");
  const exposed = rule.ExposedHeaders.join(", ");
  return {
    "access-control-allow-origin": isAnyone ? "*" : origin,
    "access-control-allow-methods": rule.AllowedMethods.join(", "),
    ...(isAnyone ? {} : { "access-control-allow-credentials": "true" }),
    ...(exposed === "" ? {} : { "access-control-expose-headers": exposed }),
    ...(rule.MaxAge === undefined ? {} : { "access-control-max-age": String(rule.MaxAge) }),
    vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
}

function matches(pattern: string, value: string): boolean {
  const [start = "", end] = pattern.split("*");
  if (end === undefined) return pattern === value;
  return (
    value.length >= start.length + end.length && value.startsWith(start) && value.endsWith(end)
  );
}
