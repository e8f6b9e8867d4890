import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { routesFrom } from "../../infra/routes.ts";
import { synthesise } from "./synthesised.ts";

const prod = synthesise("prod");
const OPENAPI_FILE = join(import.meta.dirname, "../../docs/openapi.json");

function routesOf(document: unknown) {
  const file = join(prod.folder, "given.json");
  writeFileSync(file, JSON.stringify(document));
  return routesFrom(file);
}

describe("routes", () => {
  test("every operation of the document is one explicit route, and nothing else is", () => {
    const keys = prod.of("AWS::ApiGatewayV2::Route").map((each) => each.Properties.RouteKey);
    expect(new Set(keys)).toEqual(
      new Set([
        "DELETE /v1/contacts/{id}",
        "GET /v1/contacts",
        "GET /v1/contacts/{id}",
        "GET /webhooks/whatsapp/{channelKey}",
        "PATCH /v1/contacts/{id}",
        "POST /v1/contacts",
        "POST /webhooks/whatsapp/{channelKey}",
      ]),
    );
    expect(keys).toHaveLength(7);
  });

  test("callbacks go to webhook, everything else to api", () => {
    const integrations = new Map(
      prod
        .of("AWS::ApiGatewayV2::Integration")
        .map((each) => [each.id, each.Properties.IntegrationUri["Fn::GetAtt"][0]]),
    );
    for (const { Properties } of prod.of("AWS::ApiGatewayV2::Route")) {
      const target = integrations.get(Properties.Target["Fn::Join"][1][1].Ref);
      const expected = Properties.RouteKey.includes(" /webhooks/")
        ? "WebhookFunction"
        : "ApiFunction";
      expect(target).toContain(expected);
    }
  });

  test.skipIf(!existsSync(OPENAPI_FILE))("the committed document can be deployed", () => {
    const routes = routesFrom(OPENAPI_FILE);
    const fronts = (prefix: string) =>
      new Set(routes.filter((each) => each.path.startsWith(prefix)).map((each) => each.function));
    expect(fronts("/v1/")).toEqual(new Set(["api"]));
    expect(fronts("/webhooks/")).toEqual(new Set(["webhook"]));
    const keys = routes.map((each) => `${each.method} ${each.path}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("a document that cannot be deployed is refused", () => {
    expect(() => routesOf({})).toThrow("has no paths");
    expect(() => routesOf({ paths: {} })).toThrow("has 0 routes");
    expect(() => routesOf({ paths: { "/v1/a": { get: { "x-function": "ingest" } } } })).toThrow(
      "/v1/a names ingest",
    );
    const path = (_: unknown, n: number) => [`/v1/a${n}`, { get: {} }] as const;
    const many = (n: number) => ({ paths: Object.fromEntries(Array.from({ length: n }, path)) });
    expect(routesOf(many(300))).toHaveLength(300);
    expect(() => routesOf(many(301))).toThrow("has 301 routes");
  });
});

describe("functions behind HTTP", () => {
  test("each has an integration of payload format 2.0 and a permission for the whole API", () => {
    const integrations = prod.of("AWS::ApiGatewayV2::Integration");
    expect(integrations.map((each) => each.Properties.PayloadFormatVersion)).toEqual([
      "2.0",
      "2.0",
    ]);
    const permissions = prod.of("AWS::Lambda::Permission").map((each) => each.Properties);
    expect(permissions.map((each) => each.FunctionName["Fn::GetAtt"][0])).toEqual([
      expect.stringMatching(/^ApiFunction/),
      expect.stringMatching(/^WebhookFunction/),
    ]);
    for (const each of permissions) {
      expect(each.Principal).toBe("apigateway.amazonaws.com");
      expect(each.SourceArn["Fn::Join"][1].at(-1)).toBe("/*/*/*");
    }
  });

  test("their ids do not hang on a route, which may go", () => {
    for (const type of ["AWS::ApiGatewayV2::Integration", "AWS::Lambda::Permission"]) {
      for (const { id } of prod.of(type)) expect(id).not.toMatch(/v1|webhooks/);
    }
  });
});

describe("the stage", () => {
  const [stage] = prod.of("AWS::ApiGatewayV2::Stage");

  test("is the default one, deploys itself, and is throttled", () => {
    expect(stage!.Properties).toMatchObject({
      StageName: "$default",
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
    });
  });

  test("logs each request as JSON, without the path, which may name people (pitfall 38)", () => {
    const format = JSON.parse(stage!.Properties.AccessLogSettings.Format);
    expect(format).toMatchObject({
      requestId: "$context.requestId",
      routeKey: "$context.routeKey",
    });
    expect(JSON.stringify(format)).not.toMatch(/context\.(path|identity)|authorizer|querystring/i);
    const log = prod.the("AWS::Logs::LogGroup", "HttpAccessLog");
    expect(log.Properties).toEqual({
      LogGroupName: "/aws/vendedlogs/parley-prod-api",
      RetentionInDays: 90,
    });
    expect(stage!.Properties.AccessLogSettings.DestinationArn).toEqual({
      "Fn::GetAtt": [log.id, "Arn"],
    });
  });

  test("rings when a request is answered with a 5xx", () => {
    const failures = prod.the("AWS::CloudWatch::Alarm", "HttpFailures").Properties;
    expect(failures).toMatchObject({ AlarmName: "prod-api-5xx", MetricName: "5xx", Threshold: 0 });
  });
});
