import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { DomainError } from "../../shared/domain/errors.ts";
import { type HttpResponse, problemOf } from "./http.ts";
import { log } from "./log.ts";

/** Turns what was thrown into a problem document, and logs what is not the caller's business. */
export function problems(): MiddlewareObj<APIGatewayProxyEventV2, HttpResponse> {
  return {
    onError: (request) => {
      const { error, event } = request;
      const expected = error instanceof DomainError && error.code !== "unavailable";
      const { requestId } = event.requestContext;
      if (!expected && error !== null) {
        log("ERROR", "request failed", { requestId, routeKey: event.routeKey, error });
      }
      request.response = problemOf(error, requestId);
    },
  };
}
