/** What IAM must allow for each operation of SQS (service authorization reference, Amazon SQS). */

import * as z from "zod";
import type { Need } from "../parts.ts";
import { type Queues, sourcesOf } from "./operations.ts";
import { arnOfName, arnOfUrl, type OperationName, parse, requests } from "./wire.ts";

const addressed = z.object({ QueueUrl: z.string() });

export function needsOf(operation: OperationName, body: Buffer, queues: Queues): Need[] {
  switch (operation) {
    case "ListQueues":
      return [{ action: "sqs:ListQueues", resource: "*" }];
    case "GetQueueUrl":
      return [need(operation, arnOfName(parse(requests.GetQueueUrl, body).QueueName))];
    case "StartMessageMoveTask":
      return moveNeeds(body, queues);
    default:
      // One permission stands for the single and the batch form.
      return [need(operation.replace(/Batch$/, ""), arnOfUrl(parse(addressed, body).QueueUrl))];
  }
}

/** Developer guide, "Configuring queue permissions for a dead-letter queue redrive". */
function moveNeeds(body: Buffer, queues: Queues): Need[] {
  const { SourceArn, DestinationArn } = parse(requests.StartMessageMoveTask, body);
  const actions = ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
  const targets = DestinationArn
    ? [DestinationArn]
    : sourcesOf(SourceArn, queues).map((queue) => queue.arn);
  return [
    ...actions.map((action) => need(action, SourceArn)),
    ...targets.map((target) => need("SendMessage", target)),
  ];
}

function need(action: string, resource: string): Need {
  return { action: `sqs:${action}`, resource };
}
