import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { describe, expect, test } from "vitest";
import { newApp, parley } from "../../infra/parley.ts";
import { routesFrom } from "../../infra/routes.ts";
import { stageNamed } from "../../infra/stage.ts";
import { synthesise } from "./synthesised.ts";

const prod = synthesise("prod");
const local = synthesise("local");

/** Every value of a template with the keys that lead to it. */
function* walk(value: unknown, path: readonly string[] = []): Generator<[string[], unknown]> {
  yield [[...path], value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* walk(inner, [...path, key]);
}

const everything = [...walk(prod.templates), ...walk(local.templates)];

describe("the laptop can run it", () => {
  test("only intrinsics that the local runtime resolves", () => {
    const used = new Set(
      everything.map(([path]) => path.at(-1) ?? "").filter((key) => /^(Ref|Fn::.*)$/.test(key)),
    );
    const known = "Ref GetAtt Join Sub Select Split ImportValue".split(" ");
    const allowed = new Set(known.map((name) => (name === "Ref" ? name : `Fn::${name}`)));
    expect([...used].filter((key) => !allowed.has(key))).toEqual([]);
  });

  test("no conditions, mappings, parameters, rules or custom resources", () => {
    for (const template of [...Object.values(prod.templates), ...Object.values(local.templates)]) {
      expect(new Set(Object.keys(template))).toEqual(
        new Set(["Description", "Outputs", "Resources"]),
      );
    }
    const types = everything.filter(([path]) => path.at(-1) === "Type").map(([, type]) => type);
    expect(
      types.filter((type) => /Custom::|CustomResource|CDK::Metadata/.test(String(type))),
    ).toEqual([]);
  });

  test("stages differ in settings, never in what there is", () => {
    const ids = ({ templates }: typeof prod) =>
      Object.values(templates).map((each) => new Set(Object.keys(each.Resources as object)));
    expect(ids(local)).toEqual(ids(prod));
  });

  test("outputs what commands and people ask for", () => {
    const outputs = Object.values(local.templates).flatMap((each) =>
      Object.keys(each.Outputs as object),
    );
    expect(outputs.filter((name) => !name.startsWith("ExportsOutput")).sort()).toEqual([
      "ApiUrl",
      "AppsPrefix",
      "ArchiveBucket",
      "DerivedTable",
      "EventBusName",
      "KeysSecret",
      "TruthTable",
    ]);
  });
});

describe("permissions", () => {
  // biome-ignore lint/suspicious/noExplicitAny: statements are open JSON.
  const statements: any[] = everything
    .filter(([path]) => path.at(-1) === "Statement")
    .flatMap(([, statement]) => statement as unknown[]);
  const allows = statements.filter((each) => each.Effect === "Allow");

  test("no action is a wildcard", () => {
    const actions = allows.flatMap((each) => [each.Action].flat());
    expect(actions.length).toBeGreaterThan(50);
    expect(actions.filter((action) => !/^[a-z0-9-]+:[A-Za-z]+$/.test(action))).toEqual([]);
  });

  test("no resource is a wildcard, but what is below a path or in a group of ours", () => {
    const strings = allows.flatMap((each) => [...walk(each.Resource)]).map(([, value]) => value);
    const apps = ["local", "prod"].map((stage) => `:secret:parley-${stage}/apps/*`);
    const timers = ["local", "prod"].map((stage) => `:schedule/parley-${stage}-timers/*`);
    const wild = strings.filter((value) => typeof value === "string" && value.includes("*"));
    const objects = ["/raw/*", "/inbox/*", "/aws/lambda/*"];
    expect(new Set(wild)).toEqual(new Set([...objects, ...apps, ...timers]));
  });

  test("nobody outside the account is let in, only services of AWS that are named", () => {
    const principals = allows.flatMap((each) => (each.Principal ? [each.Principal] : []));
    const services = new Set(principals.map((each) => each.Service));
    expect(services).toEqual(
      new Set(["lambda.amazonaws.com", "scheduler.amazonaws.com", "cloudwatch.amazonaws.com"]),
    );
  });

  test("what is denied is plain HTTP and nothing else", () => {
    const denies = statements.filter((each) => each.Effect === "Deny");
    for (const each of denies) {
      expect(each.Condition).toEqual({ Bool: { "aws:SecureTransport": "false" } });
    }
  });
});

describe("cdk-nag", () => {
  test.each([prod, local])("finds nothing that is not acknowledged with a reason", ({ folder }) => {
    const report = JSON.parse(readFileSync(join(folder, "cdk.out/validation-report.json"), "utf8"));
    const packs = report.pluginReports.filter((each: { pluginName?: string }) => each.pluginName);
    for (const { violations } of packs) expect(violations).toEqual([]);
  });

  test("a finding stops the synthesis", () => {
    const app = newApp(join(prod.folder, "bad.out"));
    const stage = stageNamed("prod");
    const routes = routesFrom(join(prod.folder, "openapi.json"));
    parley(app, { stage, routes, assets: join(prod.folder, "dist") });
    new Bucket(new Stack(app, "Careless"), "Open");
    expect(() => app.synth()).toThrow("Acknowledge with 'AwsSolutions::AwsSolutions-S10'");
  });
});

describe("stages", () => {
  test("a name that is none is refused", () => {
    expect(() => stageNamed("production")).toThrow("take one of local, dev, prod");
  });

  test("stacks of prod cannot be deleted by accident, those of others can", () => {
    const guarded = ({ folder }: typeof prod) =>
      Object.values<{ type: string; properties: { terminationProtection?: boolean } }>(
        JSON.parse(readFileSync(join(folder, "cdk.out/manifest.json"), "utf8")).artifacts,
      )
        .filter((each) => each.type === "aws:cloudformation:stack")
        .map((each) => each.properties.terminationProtection ?? false);
    expect(guarded(prod)).toEqual([true, true, true]);
    expect(guarded(local)).toEqual([false, false, false]);
  });

  test("without an address nobody is subscribed to the alarms", () => {
    const app = newApp(join(prod.folder, "silent.out"));
    const routes = routesFrom(join(prod.folder, "openapi.json"));
    parley(app, { stage: stageNamed("dev"), routes, assets: join(prod.folder, "dist") });
    const core = app.synth().getStackByName("parley-dev-core").template;
    const types = Object.values<{ Type: string }>(core.Resources).map((each) => each.Type);
    expect(types).not.toContain("AWS::SNS::Subscription");
  });
});
