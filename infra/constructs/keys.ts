import { RemovalPolicy } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

const LENGTH = 64;

/**
 * The one secret that cursors, tokens and stored channel credentials are sealed with. Without it
 * the sealed columns of a restored table are noise, so it is retained on every stage.
 */
export function keysSecret(scope: Construct): Secret {
  return new Secret(scope, "Keys", {
    description: "Seals cursors, tokens and channel credentials. Losing it loses what it sealed.",
    generateSecretString: { passwordLength: LENGTH, excludePunctuation: true },
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
