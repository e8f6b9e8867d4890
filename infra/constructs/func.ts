import { join } from "node:path";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { functions } from "../../shared/grants.ts";
import { ENV, type FunctionName, type FunctionSpec } from "../../shared/topology.ts";
import { capitalised, named } from "../names.ts";
import type { Stage } from "../stage.ts";
import { alarm, ONE_MINUTE } from "./alarm.ts";
import { type Resources, statementFor } from "./grants.ts";

export interface FuncProps {
  readonly stage: Stage;
  readonly name: FunctionName;
  /** Folder that holds one folder per function, as `build.ts` writes it. */
  readonly assets: string;
  readonly resources: Resources;
  readonly alarms: ITopic;
}

/**
 * The only way to a Lambda function: its settings, its own log group, its own role that may do what
 * the topology says and write its own log, and its alarm.
 */
export class Func extends Construct {
  readonly lambda: LambdaFunction;
  readonly #policy: PolicyDocument;

  constructor(scope: Construct, { stage, name, assets, resources, alarms }: FuncProps) {
    super(scope, `${capitalised(name)}Function`);
    const spec = functions[name];
    const logGroup = new LogGroup(this, "Log", {
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#policy = new PolicyDocument({
      statements: [
        ...spec.grants.map((grant) => statementFor(grant, resources)),
        new PolicyStatement({
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
    this.lambda = new LambdaFunction(this, "Lambda", {
      functionName: named(stage, name),
      code: Code.fromAsset(join(assets, name)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: spec.memoryMb,
      timeout: Duration.seconds(spec.timeoutS),
      environment: environmentOf(name, spec, stage, resources),
      role: new Role(this, "Role", {
        assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
        inlinePolicies: { topology: this.#policy },
      }),
      loggingFormat: LoggingFormat.JSON,
      logGroup,
    });
    alarm(this, "Errors", stage, alarms, {
      what: `${name}-errors`,
      metric: this.lambda.metricErrors({ period: ONE_MINUTE }),
      above: 0,
      todo:
        `The ${name} function threw or timed out. Read its log group for the error; jobs and ` +
        "stream records are tried again by themselves, requests are not.",
    });
  }

  /** What invokes the function may ask for more than the topology says, such as reading a queue. */
  allow(...statements: PolicyStatement[]): void {
    this.#policy.addStatements(...statements);
  }
}

/** Only what the function has a grant on is named to it. */
function environmentOf(
  name: FunctionName,
  spec: FunctionSpec,
  stage: Stage,
  resources: Resources,
): Record<string, string> {
  const used = new Set(spec.grants.map((grant) => grant.on));
  return {
    NODE_OPTIONS: "--enable-source-maps",
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
    [ENV.stage]: stage.name,
    ...Object.fromEntries([...used].map((on) => [ENV[on], resources[on].address])),
    ...(used.has("truth") && { [ENV.inboxShards]: String(stage.inboxShards) }),
    ...(spec.providers?.includes("graph") && {
      [ENV.graphUrl]: stage.graphUrl,
      [ENV.graphVersion]: stage.graphVersion,
    }),
  };
}

/** Of the metrics that functions write through their log (CloudWatch embedded metric format). */
export const METRICS_NAMESPACE = "Parley";
