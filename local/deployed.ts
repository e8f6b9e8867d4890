import * as z from "zod";
import type { AccessKeys } from "./access.ts";
import { HttpApi } from "./http/api.ts";
import type { Iam } from "./iam/grants.ts";
import { QueueMapping } from "./mappings/queue.ts";
import { StreamMapping } from "./mappings/stream.ts";
import type { Busy, Clock, Functions, Principal, Resource, State } from "./parts.ts";
import { REGION } from "./parts.ts";
import type { Lambdas } from "./run/lambda.ts";
import type { Metrics } from "./run/metrics.ts";
import type { S3 } from "./s3/s3.ts";
import type { Sqs } from "./sqs/sqs.ts";
import type { Tables } from "./tables.ts";
import type { Template } from "./template/load.ts";

/** The compute of the template: functions, what invokes them, and the HTTP API in front. */

const functionSchema = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  Role: z.string(),
  Code: z.object({ S3Key: z.string() }),
  Timeout: z.number(),
  MemorySize: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
  LoggingConfig: z.object({ LogGroup: z.string() }),
  ReservedConcurrentExecutions: z.number().optional(),
});

/** A function of the template, and as whom it acts. */
export interface Deployed {
  readonly name: string;
  readonly arn: string;
  readonly principal: Principal;
}

/**
 * The only variables that the laptop changes: where AWS is (for the SDK) and where providers are.
 */
export interface Places {
  readonly aws: string;
  readonly graph: string;
}

export function deployFunctions(
  template: Template,
  {
    lambdas,
    iam,
    keys,
    places,
  }: {
    lambdas: Lambdas;
    iam: Iam;
    keys: AccessKeys;
    places: Places;
  },
): Map<string, Deployed> {
  const deployed = new Map<string, Deployed>();
  for (const resource of template.resources("AWS::Lambda::Function")) {
    const spec = functionSchema.parse(resource.properties);
    const principal = iam.principalOf(spec.Role);
    const key = keys.issue(resource.logicalId, principal);
    const arn = template.attribute(resource, "Arn");
    const assume = { action: "sts:AssumeRole", resource: spec.Role };
    const variables = spec.Environment.Variables;
    lambdas.define({
      name: spec.FunctionName,
      arn,
      codeDirectory: template.asset(spec.Code.S3Key),
      handler: spec.Handler,
      timeoutMs: spec.Timeout * 1_000,
      memoryMb: spec.MemorySize,
      assumeRole: () => iam.authorizeService("lambda.amazonaws.com", assume, arn),
      ...(spec.ReservedConcurrentExecutions === undefined
        ? {}
        : { reserved: spec.ReservedConcurrentExecutions }),
      environment: {
        ...variables,
        ...("GRAPH_URL" in variables ? { GRAPH_URL: places.graph } : {}),
        AWS_ENDPOINT_URL: places.aws,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: key.accessKeyId,
        AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
        AWS_LAMBDA_FUNCTION_NAME: spec.FunctionName,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.MemorySize),
        AWS_LAMBDA_LOG_GROUP_NAME: spec.LoggingConfig.LogGroup,
      },
    });
    deployed.set(spec.FunctionName, { name: spec.FunctionName, arn, principal });
  }
  return deployed;
}

export interface Mapping extends Busy {
  start(): void;
  stop(): Promise<void>;
}

export interface MappingParts {
  readonly deployed: ReadonlyMap<string, Deployed>;
  readonly functions: Functions;
  readonly iam: Iam;
  readonly sqs: Sqs;
  readonly s3: S3;
  readonly tables: Tables;
  readonly clock: Clock;
  readonly state: State;
  /** Of the random repeats. */
  readonly seed: number;
}

const mappingSchema = z.looseObject({ EventSourceArn: z.string(), FunctionName: z.string() });

/** What polls queues and streams for the functions. */
export function mappingsOf(template: Template, parts: MappingParts): Mapping[] {
  return template.resources("AWS::Lambda::EventSourceMapping").map((resource) => {
    const { EventSourceArn: source, FunctionName: name } = mappingSchema.parse(resource.properties);
    const target = parts.deployed.get(name);
    if (target === undefined) throw new Error(`${resource.logicalId}: no function ${name}`);
    return mappingOf(resource, source, target, parts);
  });
}

function mappingOf(
  { properties }: Resource,
  source: string,
  { name, principal }: Deployed,
  { functions, iam, sqs, s3, tables, clock, state, seed }: MappingParts,
): Mapping {
  const { authorize } = iam;
  const common = { functions, functionName: name, principal, authorize, clock, properties };
  const stream = tables.streams.get(source);
  if (stream === undefined) return new QueueMapping({ ...common, queue: sqs.queue(source) });
  const parkTo = (bucketArn: string, key: string, body: Buffer) =>
    s3.put(bucketArn.slice(bucketArn.lastIndexOf(":") + 1), key, body);
  return new StreamMapping({ ...common, stream, state, seed, parkTo });
}

const routeSchema = z.object({ RouteKey: z.string(), Target: z.string() });
const integrationSchema = z.object({ IntegrationUri: z.string() });
const stageSchema = z.object({
  StageName: z.string(),
  DefaultRouteSettings: z.object({
    ThrottlingBurstLimit: z.number(),
    ThrottlingRateLimit: z.number(),
  }),
});

/** The HTTP API with its explicit routes; Lambda permissions decide whether it may invoke. */
export function httpApiOf(
  template: Template,
  parts: { functions: Functions; iam: Iam; clock: Clock; metrics: Metrics },
): HttpApi {
  const [api] = template.resources("AWS::ApiGatewayV2::Api");
  const [stage] = template.resources("AWS::ApiGatewayV2::Stage");
  if (api === undefined || stage === undefined) throw new Error("The template has no HTTP API.");
  const uris = new Map(
    template.resources("AWS::ApiGatewayV2::Integration").map((integration) => {
      const { IntegrationUri: uri } = integrationSchema.parse(integration.properties);
      return [`integrations/${template.ref(integration)}`, uri];
    }),
  );
  const routes = template.resources("AWS::ApiGatewayV2::Route").map((route) => {
    const { RouteKey: routeKey, Target: target } = routeSchema.parse(route.properties);
    const functionArn = uris.get(target) ?? "";
    const functionName = functionArn.slice(functionArn.lastIndexOf(":") + 1);
    return { routeKey, functionArn, functionName };
  });
  const { StageName, DefaultRouteSettings: settings } = stageSchema.parse(stage.properties);
  return new HttpApi({
    ...parts,
    routes,
    apiId: template.ref(api),
    stage: StageName,
    authorizeInvoke: (functionArn, routeArn) => {
      const need = { action: "lambda:InvokeFunction", resource: functionArn };
      parts.iam.authorizeService("apigateway.amazonaws.com", need, routeArn);
    },
    throttle: { rate: settings.ThrottlingRateLimit, burst: settings.ThrottlingBurstLimit },
    accessLog: () => undefined,
  });
}
