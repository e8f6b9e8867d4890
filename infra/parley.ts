import { App, DefaultStackSynthesizer, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import settings from "../cdk.json" with { type: "json" };
import { acknowledge } from "./acknowledgements.ts";
import type { Route } from "./routes.ts";
import { ApiStack } from "./stacks/api.ts";
import { CoreStack } from "./stacks/core.ts";
import { DataStack } from "./stacks/data.ts";
import type { Stage } from "./stage.ts";

export interface ParleyProps {
  readonly stage: Stage;
  readonly routes: readonly Route[];
  /** Folder with one built folder per function. */
  readonly assets: string;
}

/**
 * An app that synthesises the same template with and without the CDK command line, which alone
 * reads cdk.json. The bootstrap rule is left out because `cdk deploy` looks at the bootstrap
 * version itself.
 */
export function newApp(outdir: string, context: Readonly<Record<string, string>> = {}): App {
  return new App({
    outdir,
    analyticsReporting: false,
    context: { ...settings.context, ...context },
    defaultStackSynthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  });
}

/** The three stacks, checked against the rules of cdk-nag whenever they are synthesised. */
export function parley(app: App, { stage, routes, assets }: ParleyProps): void {
  const data = new DataStack(app, stage);
  const core = new CoreStack(app, stage, data, assets);
  new ApiStack(app, stage, core, assets, routes);
  acknowledge(app, stage, data, data.archive);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
}
