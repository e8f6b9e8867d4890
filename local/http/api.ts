/**
 * An HTTP API of API Gateway in front of the functions: routes, limits and answers as the real one
 * (developer guide, "Quotas for HTTP APIs"), so that what passes here passes there.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, Functions, Outcome } from "../parts.ts";
import { ACCOUNT, REGION } from "../parts.ts";
import { REQUEST_TOO_LARGE } from "../run/lambda.ts";
import type { Metrics } from "../run/metrics.ts";
import { eventOf, sourceIpOf, splitUrl, type Visit } from "./event.ts";
import { newRequestId, type Reply, refusal, replyOf, send } from "./reply.ts";
import { type FindRoute, type Route, routeFinder } from "./route.ts";
import { Throttle, type ThrottleSettings } from "./throttle.ts";

const BODY_BYTES_MAX = 10 * 1024 * 1024;
/** Request line and headers together. */
const HEADER_BYTES_MAX = 10_240;
const INTEGRATION_MS_MAX = 30_000;

export interface AccessLogEntry {
  readonly requestId: string;
  readonly at: number;
  readonly sourceIp: string;
  readonly method: string;
  readonly path: string;
  readonly routeKey: string;
  readonly status: number;
  readonly responseBytes: number;
  readonly durationMs: number;
  /** Why the gateway answered instead of the function. */
  readonly error?: string;
}

export interface HttpApiParts {
  readonly routes: readonly Route[];
  readonly apiId: string;
  readonly stage: string;
  readonly functions: Functions;
  /** Throws when no Lambda permission lets this API invoke the function for this route. */
  readonly authorizeInvoke: (functionArn: string, routeArn: string) => void;
  readonly throttle?: ThrottleSettings;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly accessLog: (entry: AccessLogEntry) => void;
}

export class HttpApi {
  readonly #parts: HttpApiParts;
  readonly #findRoute: FindRoute;
  readonly #throttle: Throttle | undefined;

  constructor(parts: HttpApiParts) {
    // Any other stage would stand in front of every path.
    if (parts.stage !== "$default") throw new Error(`Stage ${parts.stage} is not imitated`);
    this.#parts = parts;
    this.#findRoute = routeFinder(parts.routes);
    this.#throttle = parts.throttle && new Throttle(parts.throttle, parts.clock);
  }

  /** False when no route matches: the caller answers, for instance by `answerNotFound`. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { path } = splitUrl(request.url ?? "/");
    const match = this.#findRoute(request.method ?? "", path);
    if (match === undefined) return false;
    const { apiId, stage, clock } = this.#parts;
    const visit: Visit = { requestId: newRequestId(), apiId, stage, at: clock.now(), match };
    const startedMs = performance.now();
    const reply = await this.#answer(request, visit);
    if (reply === undefined) return true;
    send(response, reply, visit.requestId);
    this.#record(request, visit, reply, performance.now() - startedMs);
    return true;
  }

  /** Undefined when the client went away while it was still sending. */
  async #answer(request: IncomingMessage, visit: Visit): Promise<Reply | undefined> {
    if (headerBytes(request) > HEADER_BYTES_MAX) return refusal(431);
    if (this.#throttle?.take() === false) return refusal(429);
    try {
      const body = await readBody(request);
      if (body === undefined) return refusal(413);
      return await this.#integrate(eventOf(request, body, visit), visit);
    } catch (error) {
      if (error instanceof URIError) return refusal(400);
      if (request.destroyed && !request.complete) return undefined;
      return refusal(500, String(error));
    }
  }

  async #integrate(event: unknown, { match }: Visit): Promise<Reply> {
    const { functions, authorizeInvoke, apiId, stage } = this.#parts;
    const { functionArn, functionName } = match.route;
    const arn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/${stage}/${match.resource}`;
    authorizeInvoke(functionArn, arn);
    const outcome = await within(INTEGRATION_MS_MAX, functions.invoke(functionName, event));
    return outcome === undefined ? refusal(503, "Integration timed out") : outcomeReply(outcome);
  }

  #record(request: IncomingMessage, visit: Visit, reply: Reply, durationMs: number): void {
    const { method = "", url = "/" } = request;
    const { status, error } = reply;
    this.#measure(status, durationMs);
    this.#parts.accessLog({
      requestId: visit.requestId,
      at: visit.at,
      sourceIp: sourceIpOf(request),
      method,
      path: splitUrl(url).path,
      routeKey: visit.match.route.routeKey,
      status,
      responseBytes: reply.body.length,
      durationMs,
      ...(error !== undefined && { error }),
    });
  }

  /** API Gateway reports for the API and for its stage (guide, "Metrics for HTTP APIs"). */
  #measure(status: number, durationMs: number): void {
    const { apiId: ApiId, stage: Stage, metrics, clock } = this.#parts;
    const now = clock.now();
    const values = {
      Count: 1,
      "4xx": status >= 400 && status < 500 ? 1 : 0,
      "5xx": status >= 500 ? 1 : 0,
      Latency: durationMs,
    };
    for (const [name, value] of Object.entries(values)) {
      metrics.add("AWS/ApiGateway", name, { ApiId }, value, now);
      metrics.add("AWS/ApiGateway", name, { ApiId, Stage }, value, now);
    }
  }
}

function outcomeReply(outcome: Outcome): Reply {
  if (outcome.ok) return replyOf(outcome.payload);
  if (outcome.errorType === REQUEST_TOO_LARGE) return refusal(413);
  return refusal(500, `${outcome.errorType}: ${outcome.errorMessage}`);
}

function headerBytes(request: IncomingMessage): number {
  const line = `${request.method} ${request.url} HTTP/${request.httpVersion}`;
  return [line, ...request.rawHeaders].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** Undefined above the limit; the rest is read too, or the client would miss the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return bytes <= BODY_BYTES_MAX ? Buffer.concat(chunks) : undefined;
}

/** Undefined when it took too long; the work itself goes on, as a timed-out invocation does. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, limitMs, undefined);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
