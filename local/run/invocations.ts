/**
 * Lambda's own API, as far as somebody calls a function by hand: `Invoke`, and the caller waits for
 * the answer (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
 */

import { parseJson } from "../json.ts";
import {
  ACCOUNT,
  AwsError,
  type AwsReply,
  type AwsRequest,
  type Door,
  type Functions,
  type Need,
  type Outcome,
  REGION,
} from "../parts.ts";

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Failures of the service: the function was never started (API_Invoke, "Errors"). */
const REFUSALS: Readonly<Record<string, number>> = {
  AccessDeniedException: 502,
  RequestEntityTooLargeException: 413,
  ResourceNotFoundException: 404,
  ServiceException: 500,
  TooManyRequestsException: 429,
};

export class Invocations implements Door {
  readonly #functions: Functions;

  constructor(functions: Functions) {
    this.#functions = functions;
  }

  needs(request: AwsRequest): Need[] {
    const resource = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionOf(request)}`;
    return [{ action: "lambda:InvokeFunction", resource }];
  }

  async serve(request: AwsRequest): Promise<AwsReply> {
    const text = request.body.toString();
    const event = text === "" ? {} : parseJson(text);
    if (event === undefined) {
      const message = "Could not parse request body into json";
      throw new AwsError("InvalidRequestContentException", message, 400);
    }
    return replyOf(await this.#functions.invoke(functionOf(request), event));
  }

  fail({ code, message, status }: AwsError): AwsReply {
    const headers = { "content-type": "application/json", "x-amzn-errortype": code };
    return { status, headers, body: JSON.stringify({ Type: "User", Message: message }) };
  }
}

function functionOf({ method, path, headers }: AwsRequest): string {
  const [, name] = PATH.exec(path) ?? [];
  const { "x-amz-invocation-type": type = "RequestResponse" } = headers;
  if (method !== "POST" || name === undefined || type !== "RequestResponse") {
    throw new AwsError("NotImplemented", `Lambda has no ${method} ${path} (${type}) here.`, 501);
  }
  return decodeURIComponent(name).replace(/^arn:aws:lambda:.*:function:/, "");
}

/** What the function threw is an answer of 200 with a header that says so. */
function replyOf(outcome: Outcome): AwsReply {
  const headers = { "content-type": "application/json", "x-amz-executed-version": "$LATEST" };
  if (outcome.ok) return { status: 200, headers, body: JSON.stringify(outcome.payload) };
  const { errorType, errorMessage } = outcome;
  const refusal = REFUSALS[errorType];
  if (refusal !== undefined) throw new AwsError(errorType, errorMessage, refusal);
  return {
    status: 200,
    headers: { ...headers, "x-amz-function-error": "Unhandled" },
    body: JSON.stringify({ errorType, errorMessage }),
  };
}
