import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { dashboard } from "../constructs/dashboard.ts";
import { Func } from "../constructs/func.ts";
import { HttpFront } from "../constructs/httpApi.ts";
import { named } from "../names.ts";
import type { FrontFunction, Route } from "../routes.ts";
import type { Stage } from "../stage.ts";
import type { CoreStack } from "./core.ts";

/** The way in: the HTTP API and the functions that answer it. */
export class ApiStack extends Stack {
  constructor(
    scope: Construct,
    stage: Stage,
    core: CoreStack,
    assets: string,
    routes: readonly Route[],
  ) {
    super(scope, named(stage, "api"), {
      description: "Parley: the HTTP API and the functions that answer it",
      terminationProtection: stage.guarded,
    });
    const { resources, alarms } = core;
    const func = (name: FrontFunction) =>
      new Func(this, { stage, name, assets, resources, alarms });
    const { api } = new HttpFront(this, {
      stage,
      routes,
      functions: { api: func("api"), webhook: func("webhook") },
      alarms,
    });
    dashboard(this, stage, api);
    new CfnOutput(this, "ApiUrl", { value: api.apiEndpoint });
  }
}
