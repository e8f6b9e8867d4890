import * as z from "zod";
import { ACCOUNT, REGION } from "../parts.ts";
import { compilePattern, type Matcher } from "../pattern.ts";

/**
 * AWS::Events::Rule with a pattern, to functions and queues. Everything else (schedules, reshaped
 * input, other targets) is refused when the template is read.
 */
const ruleProperties = z.strictObject({
  Name: z.string().optional(),
  Description: z.string().optional(),
  Tags: z.unknown().optional(),
  EventBusName: z.string().default("default"),
  EventPattern: z.record(z.string(), z.unknown()),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Targets: z
    .array(
      z.strictObject({
        Id: z.string().min(1),
        Arn: z.string().regex(/^arn:aws:(lambda|sqs):/),
        RoleArn: z.string().optional(),
        SqsParameters: z.strictObject({ MessageGroupId: z.string() }).optional(),
        DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
        RetryPolicy: z
          .strictObject({
            MaximumEventAgeInSeconds: z.int().min(60).max(86_400).default(86_400),
            MaximumRetryAttempts: z.int().min(0).max(185).default(185),
          })
          .prefault({}),
      }),
    )
    .max(5)
    .default([]),
});

export type RuleTarget = z.output<typeof ruleProperties>["Targets"][number];

export interface Rule {
  readonly arn: string;
  readonly bus: string;
  readonly enabled: boolean;
  readonly matches: Matcher;
  readonly targets: readonly RuleTarget[];
}

/** Throws with the rule's name for what is not imitated. */
export function readRule(properties: unknown, name: string): Rule {
  const parsed = ruleProperties.safeParse(properties);
  if (!parsed.success) {
    throw new Error(`Rule ${name}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  }
  const bus = busName(parsed.data.EventBusName);
  const path = bus === DEFAULT_BUS ? name : `${bus}/${name}`;
  return {
    arn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/${path}`,
    bus,
    enabled: parsed.data.State === "ENABLED",
    matches: compilePattern(parsed.data.EventPattern),
    targets: parsed.data.Targets,
  };
}

export const DEFAULT_BUS = "default";

export function busArn(bus: string): string {
  return `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${bus}`;
}

/** A bus is named by its name or its ARN. */
export function busName(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:aws:events:[^:]*:\d*:event-bus\//, "");
}
