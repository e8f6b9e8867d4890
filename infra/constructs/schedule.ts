import { Aws } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSchedule, type ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import type { ScheduleSpec, schedules } from "../../shared/topology.ts";
import { capitalised } from "../names.ts";
import type { Func } from "./func.ts";

/**
 * Invokes a function every few minutes. A fire that could not be delivered before the next one is
 * dropped: the next does the same work. CDK's own target would also allow every version and alias
 * of the function, which is a wildcard.
 */
export class Schedule extends Construct {
  constructor(
    scope: Construct,
    name: keyof typeof schedules,
    spec: ScheduleSpec,
    group: ScheduleGroup,
    func: Func,
  ) {
    super(scope, `${capitalised(name)}Schedule`);
    const invoke = new PolicyStatement({
      actions: ["lambda:InvokeFunction"],
      resources: [func.lambda.functionArn],
    });
    const role = new Role(this, "Role", {
      assumedBy: onlyFor(group),
      inlinePolicies: { invoke: new PolicyDocument({ statements: [invoke] }) },
    });
    const schedule = new CfnSchedule(this, "Schedule", {
      groupName: group.scheduleGroupName,
      scheduleExpression: `rate(${spec.everyMinutes} minutes)`,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: func.lambda.functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumEventAgeInSeconds: spec.everyMinutes * 60 },
      },
    });
    // The group is spoken of by its literal name, from which CloudFormation cannot tell the order.
    schedule.node.addDependency(group);
  }
}

/** Schedules of other groups, or of other accounts, may not borrow the role. */
export function onlyFor(group: ScheduleGroup): ServicePrincipal {
  return new ServicePrincipal("scheduler.amazonaws.com", {
    conditions: {
      StringEquals: {
        "aws:SourceAccount": Aws.ACCOUNT_ID,
        "aws:SourceArn": group.scheduleGroupArn,
      },
    },
  });
}
