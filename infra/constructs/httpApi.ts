import { RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  CfnIntegration,
  CfnRoute,
  HttpApi,
  HttpStage,
  LogGroupLogDestination,
  PayloadFormatVersion,
} from "aws-cdk-lib/aws-apigatewayv2";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { capitalised, named } from "../names.ts";
import type { FrontFunction, Route } from "../routes.ts";
import type { Stage } from "../stage.ts";
import { alarm, ONE_MINUTE } from "./alarm.ts";
import type { Func } from "./func.ts";

export interface HttpFrontProps {
  readonly stage: Stage;
  readonly routes: readonly Route[];
  readonly functions: Readonly<Record<FrontFunction, Func>>;
  readonly alarms: ITopic;
}

/**
 * Neither path nor query is logged: a path may carry a person's address
 * (`/contacts/by/phone/...`), a query may carry what somebody searched for.
 */
const ACCESS_LOG = {
  requestId: "$context.requestId",
  requestTime: "$context.requestTime",
  routeKey: "$context.routeKey",
  status: "$context.status",
  responseBytes: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integrationLatency",
  integrationError: "$context.integrationErrorMessage",
};

/** The HTTP API with every route spelled out, its throttle, its access log and its alarm. */
export class HttpFront extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, { stage, routes, functions, alarms }: HttpFrontProps) {
    super(scope, "Http");
    this.api = new HttpApi(this, "Api", {
      apiName: named(stage, "api"),
      createDefaultStage: false,
    });
    const targets = {
      api: this.#target("api", functions.api),
      webhook: this.#target("webhook", functions.webhook),
    };
    for (const { method, path, function: front } of routes) {
      const routeKey = `${method} ${path}`;
      new CfnRoute(this, routeKey, { apiId: this.api.apiId, routeKey, target: targets[front] });
    }
    this.#stage(stage);
    alarm(this, "Failures", stage, alarms, {
      what: "api-5xx",
      metric: this.api.metricServerError({ period: ONE_MINUTE, statistic: "Sum" }),
      above: 0,
      todo:
        "A request was answered with a 5xx. Find it by status in the access log, then its " +
        "requestId in the log of the api or webhook function.",
    });
  }

  /**
   * All routes of a function share one integration and one permission: one permission per route
   * would break the 20,480 bytes that a function's policy may have near fifty routes. Both are
   * declared here, because CDK's own would belong to the first route and be replaced with it.
   */
  #target(name: FrontFunction, func: Func): string {
    func.lambda.addPermission("Http", {
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: this.api.arnForExecuteApi(),
    });
    const integration = new CfnIntegration(this, `${capitalised(name)}Integration`, {
      apiId: this.api.apiId,
      integrationType: "AWS_PROXY",
      integrationUri: func.lambda.functionArn,
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0.version,
    });
    return `integrations/${integration.ref}`;
  }

  /** API Gateway may write to log groups under /aws/vendedlogs/ without a policy for each. */
  #stage(stage: Stage): void {
    const log = new LogGroup(this, "AccessLog", {
      logGroupName: `/aws/vendedlogs/${named(stage, "api")}`,
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, "Stage", {
      httpApi: this.api,
      autoDeploy: true,
      throttle: stage.throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
  }
}
