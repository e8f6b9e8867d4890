/** The errors of SQS in its own words, and the code each has in the older query protocol. */

import { AwsError } from "../parts.ts";

/**
 * SQS once spoke XML; the SDK still reports the code of that protocol, which it takes from the
 * header `x-amzn-query-error`. Errors that are not listed have the same code in both.
 */
const QUERY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
  BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
  EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
  InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
  MessageNotInflight: "AWS.SimpleQueueService.MessageNotInflight",
  PurgeQueueInProgress: "AWS.SimpleQueueService.PurgeQueueInProgress",
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
};

export function queryCode(error: AwsError): string {
  return QUERY_CODES[error.code] ?? error.code;
}

export function invalidValue(value: unknown, parameter: string, reason: string): AwsError {
  return invalid(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterValue", message);
}

export function missing(parameter: string): AwsError {
  return new AwsError("MissingParameter", `The request must contain the parameter ${parameter}.`);
}

export function noSuchQueue(): AwsError {
  return new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
}

export function noSuchResource(parameter: string): AwsError {
  const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
  return new AwsError("ResourceNotFoundException", message, 404);
}

export function invalidHandle(handle: string): AwsError {
  const message = `The input receipt handle "${handle}" is not a valid receipt handle.`;
  return new AwsError("ReceiptHandleIsInvalid", message, 404);
}

export function notImplemented(what: string): AwsError {
  return new AwsError("NotImplemented", `The laptop cloud's SQS does not serve ${what}.`, 501);
}
