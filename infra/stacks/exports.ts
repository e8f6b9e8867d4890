import type { Stack } from "aws-cdk-lib";

/**
 * CDK exports what another stack happens to use, and CloudFormation refuses to drop an export that
 * is still imported: taking one grant away would then fail, because the exporting stack goes first.
 * What is offered always never has to be dropped.
 */
export function offer(stack: Stack, ...values: string[]): void {
  for (const value of values) stack.exportValue(value);
}
