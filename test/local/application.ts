/**
 * One small application and its IAM: a function that writes to a queue and a bucket, reads a
 * secret, and passes a role to the scheduler.
 */

import { Iam } from "../../local/iam/grants.ts";
import type { Need } from "../../local/parts.ts";
import { type Json, one } from "./assembly.ts";

export const QUEUE = "arn:aws:sqs:us-east-1:000000000000:app-Work";
export const SEND: Need = { action: "sqs:SendMessage", resource: QUEUE };
export const allow = (more: Json = {}) => ({
  Effect: "Allow",
  Action: "sqs:*",
  Resource: "*",
  ...more,
});
export const trust = (service: string) => ({
  Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } },
});
export const att = (id: string, name = "Arn") => ({ "Fn::GetAtt": [id, name] });
function resources(more: Json = {}): Json {
  const managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
  return {
    Work: { Type: "AWS::SQS::Queue" },
    Files: { Type: "AWS::S3::Bucket" },
    Keys: { Type: "AWS::SecretsManager::Secret" },
    Mail: { Type: "AWS::SNS::Topic" },
    Bus: { Type: "AWS::Events::EventBus" },
    FnRole: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
        ManagedPolicyArns: [managed],
        Policies: [
          {
            PolicyName: "Inline",
            PolicyDocument: {
              Statement: allow({ Action: "sqs:SendMessage", Resource: att("Work") }),
            },
          },
        ],
      },
    },
    FnPolicy: {
      Type: "AWS::IAM::Policy",
      Properties: {
        Roles: [{ Ref: "FnRole" }],
        PolicyDocument: {
          Statement: [
            allow({
              Action: ["s3:GetObject", "s3:PutObject"],
              Resource: { "Fn::Sub": `\${Files.Arn}/raw/*` },
            }),
            allow({
              Action: "iam:PassRole",
              Resource: att("TimerRole"),
              Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
            }),
            allow({ Action: "secretsmanager:GetSecretValue", Resource: { Ref: "Keys" } }),
          ],
        },
      },
    },
    TimerRole: {
      Type: "AWS::IAM::Role",
      Properties: { AssumeRolePolicyDocument: trust("scheduler.amazonaws.com") },
    },
    Fn: { Type: "AWS::Lambda::Function", Properties: { Role: att("FnRole") } },
    ...more,
  };
}

/** Its IAM, on New Year 2026 plus a day. */
export function iamOf(more: Json = {}): Iam {
  return new Iam(one({ Resources: resources(more) }), { now: () => Date.UTC(2026, 0, 2) });
}

export const FN_ARN = "arn:aws:lambda:us-east-1:000000000000:function:app-Fn";
export const TIMER_ROLE_ARN = "arn:aws:iam::000000000000:role/app-TimerRole";
