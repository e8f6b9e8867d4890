import type { Iam } from "./iam/grants.ts";
import type { DeadLetter, Delivery } from "./outbox.ts";
import { ACCOUNT, AwsError, type Functions, REGION } from "./parts.ts";
import type { Sqs } from "./sqs/sqs.ts";

/**
 * What a role's trust may name as the source: the rule itself, but of a schedule its group
 * (Scheduler user guide, "Confused deputy prevention").
 */
function sourceOf(arn: string): string {
  return arn.replace(/:schedule\/([^/]+)\/.*$/, ":schedule-group/$1");
}

const QUEUES = `arn:aws:sqs:${REGION}:${ACCOUNT}:`;

export interface Deliveries {
  deliver(target: Delivery, sourceArn: string): Promise<void>;
  bury(letter: DeadLetter): Promise<void>;
}

/** How Scheduler and EventBridge reach a function or a queue, allowed by role or by policy. */
export function deliveriesFrom(
  service: "scheduler.amazonaws.com" | "events.amazonaws.com",
  { iam, functions, sqs }: { iam: Iam; functions: Functions; sqs: Sqs },
): Deliveries {
  const allow = (roleArn: string | null, action: string, arn: string, sourceArn: string): void => {
    const need = { action, resource: arn };
    if (roleArn === null) {
      iam.authorizeService(service, need, sourceArn);
      return;
    }
    const assume = { action: "sts:AssumeRole", resource: roleArn };
    iam.authorizeService(service, assume, sourceOf(sourceArn));
    iam.authorize(iam.principalOf(roleArn), [need]);
  };
  return {
    async deliver(target: Delivery, sourceArn: string): Promise<void> {
      const { arn, roleArn, input, sqsParameters } = target;
      if (arn.startsWith(QUEUES)) {
        allow(roleArn, "sqs:SendMessage", arn, sourceArn);
        sqs.queue(arn).send({ body: input, groupId: sqsParameters?.MessageGroupId });
        return;
      }
      allow(roleArn, "lambda:InvokeFunction", arn, sourceArn);
      const outcome = await functions.invoke(
        arn.slice(arn.lastIndexOf(":") + 1),
        JSON.parse(input),
      );
      if (!outcome.ok) throw new AwsError(outcome.errorType, outcome.errorMessage, 500);
    },
    bury({ queueArn, sourceArn, roleArn, body, attributes }: DeadLetter): Promise<void> {
      allow(roleArn, "sqs:SendMessage", queueArn, sourceArn);
      const typed = Object.entries(attributes).map(([name, text]) => [
        name,
        { dataType: "String", stringValue: text },
      ]);
      sqs.queue(queueArn).send({ body, attributes: Object.fromEntries(typed) });
      return Promise.resolve();
    },
  };
}
