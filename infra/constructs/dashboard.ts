import { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { Dashboard, GraphWidget, type IMetric, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { functions } from "../../shared/grants.ts";
import { jobs } from "../../shared/topology.ts";
import { named } from "../names.ts";
import type { Stage } from "../stage.ts";

/**
 * One page that says whether people are served: requests, functions, waiting work. Functions and
 * queues are spoken of by name, so that no stack must export them for a picture.
 */
export function dashboard(scope: Construct, stage: Stage, api: HttpApi): void {
  const lambda = (metric: string, statistic: string) =>
    Object.keys(functions).map((name) =>
      measured("AWS/Lambda", metric, statistic, { FunctionName: named(stage, name) }, name),
    );
  const queue = (metric: string, suffix = "") =>
    Object.keys(jobs).map((name) =>
      measured("AWS/SQS", metric, "Maximum", { QueueName: named(stage, name) + suffix }, name),
    );
  new Dashboard(scope, "Dashboard", {
    dashboardName: named(stage, "overview"),
    defaultInterval: Duration.hours(3),
    widgets: [
      [
        graph("Requests", [api.metricCount(), api.metricClientError(), api.metricServerError()]),
        graph("Latency, p95 (ms)", [api.metricLatency({ statistic: "p95" })]),
      ],
      [
        graph("Function errors", lambda("Errors", "Sum")),
        graph("Function duration, p95 (ms)", lambda("Duration", "p95")),
      ],
      [
        graph("Oldest job (s)", queue("ApproximateAgeOfOldestMessage")),
        graph("Dead letters", queue("ApproximateNumberOfMessagesVisible", "-dead-letters")),
      ],
    ],
  });
}

function measured(
  namespace: string,
  metricName: string,
  statistic: string,
  dimensionsMap: Record<string, string>,
  label: string,
): Metric {
  return new Metric({ namespace, metricName, statistic, dimensionsMap, label });
}

/** Two graphs fill the 24 columns of a row. */
function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 12 });
}
