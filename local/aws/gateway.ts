/**
 * The one address of AWS on the laptop. It takes the SDK's calls as they come over HTTP, finds the
 * service in the scope of the signature, asks IAM whether the caller may, and hands the call to the
 * service's door. What no door knows is refused with 501, never accepted in silence.
 */

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  type Authorize,
  AwsError,
  type AwsReply,
  type AwsRequest,
  type Clock,
  type Door,
  type Need,
  type Principal,
} from "../parts.ts";

/** A request whose sender is not known yet. */
export type Unsigned = Omit<AwsRequest, "principal" | "operation">;

export interface Key {
  readonly principal: Principal;
  readonly secret: string;
}

/** The owner of an access key, or null when nobody has it. */
export type Keys = (accessKeyId: string) => Key | null;

/** Who sent a request; throws AwsError when it is nobody we know. */
export type Authenticate = (request: Unsigned) => { readonly principal: Principal };

/** One request that has come to its end, well or not. */
export interface Call {
  /** A role's logical id, `root`, or `anonymous`. */
  readonly principal: string;
  readonly service: string;
  /** For example `SendMessage`; the HTTP method when no door knew what it was. */
  readonly operation: string;
}

export interface GatewayParts {
  /**
   * Dates the answers. The SDK takes the `Date` of every answer for the true time and signs by it
   * (`getUpdatedSystemClockOffset`): real time there would undo a function's moved clock.
   */
  readonly clock: Clock;
  /**
   * By the service name in the signature's scope: `sqs`, `s3`, `sms-voice` and so on. Looked up at
   * each request, so doors may be added once the gateway's address is known.
   */
  readonly doors: Readonly<Record<string, Door>>;
  readonly authorize: Authorize;
  readonly authenticate: Authenticate;
  /** Told when the service has done its work and the caller has not heard of it yet. */
  readonly onCall?: (call: Call) => void;
}

/** Above any single object that the application stores; S3 itself takes 5 GB. */
const BODY_MAX_BYTES = 120 * 1024 * 1024;

/** Longer than SDK clients keep an idle connection, so that they never write to a closed one. */
const KEEP_ALIVE_MS = 65_000;

const ANONYMOUS: Principal = { name: "anonymous", arn: "anonymous" };

export class Gateway {
  readonly #parts: GatewayParts;
  readonly #server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  readonly #counts = new Map<string, { call: Call; count: number }>();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#server.on("request", (incoming, outgoing) => {
      outgoing.setHeader("date", new Date(parts.clock.now()).toUTCString());
      this.#exchange(incoming, outgoing).catch((error: unknown) => {
        console.error("gateway: a request broke off:", error);
        outgoing.destroy();
      });
    });
  }

  /** Listens on the loopback; port 0 takes a free one. Answers the URL, without a slash. */
  async listen(port: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(port, "127.0.0.1", resolve);
    await promise;
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("gateway has no port");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Stops at once: whoever still waits for an answer is cut off. */
  async close(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.close((error) => (error === undefined ? resolve() : reject(error)));
    this.#server.closeAllConnections();
    await promise;
  }

  /** How often each principal has called each operation, refused calls included. */
  calls(): (Call & { readonly count: number })[] {
    return [...this.#counts.values()].map(({ call, count }) => ({ ...call, count }));
  }

  async #exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    if (body !== null) {
      send(outgoing, await this.#answer(requestOf(incoming, body)));
      return;
    }
    outgoing.setHeader("connection", "close");
    send(outgoing, jsonFailure(new AwsError("RequestEntityTooLarge", "Body is too large.", 413)));
  }

  async #answer(unsigned: Unsigned): Promise<AwsReply> {
    const service = serviceOf(unsigned);
    const door = this.#parts.doors[service] ?? noDoor(service);
    let request: AwsRequest = {
      ...unsigned,
      operation: targetOf(unsigned),
      principal: ANONYMOUS,
    };
    let operation = request.operation ?? request.method;
    try {
      request = { ...request, principal: this.#parts.authenticate(unsigned).principal };
      const needs = door.needs(request);
      operation = request.operation ?? needs[0]?.action.replace(/^.*:/, "") ?? operation;
      this.#authorize(service, request.principal, needs);
      return await door.serve(request);
    } catch (error) {
      return door.fail(awsErrorOf(error, `${service} ${operation}`), request);
    } finally {
      this.#finish({ principal: request.principal.name, service, operation });
    }
  }

  #authorize(service: string, principal: Principal, needs: readonly Need[]): void {
    try {
      this.#parts.authorize(principal, needs);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const [code, status] = REFUSALS[service] ?? [error.code, error.status];
      throw new AwsError(code, error.message, status);
    }
  }

  #finish(call: Call): void {
    const key = `${call.principal} ${call.service} ${call.operation}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, { call, count });
    this.#parts.onCall?.(call);
  }
}

/**
 * How services refuse what IAM denies, where that is not JSON RPC's 400 AccessDeniedException
 * ("Common errors" in each service's API reference).
 */
const REFUSALS: Readonly<Record<string, readonly [code: string, status: number]>> = {
  "execute-api": ["AccessDeniedException", 403],
  lambda: ["AccessDeniedException", 403],
  s3: ["AccessDenied", 403],
  scheduler: ["AccessDeniedException", 403],
  ses: ["AccessDeniedException", 403],
  sns: ["AuthorizationError", 403],
  sqs: ["AccessDenied", 403],
};

/** Believes the access key that a request names, without a look at its signature. */
export function trustAccessKey(keys: Keys): Authenticate {
  return (request) => {
    const credential = credentialOf(request);
    if (credential === null) {
      const message = "Request is missing Authentication Token";
      throw new AwsError("MissingAuthenticationTokenException", message, 403);
    }
    const key = keys(credential.accessKeyId);
    if (key !== null) return key;
    if (credential.service === "s3") {
      const message = "The AWS Access Key Id you provided does not exist in our records.";
      throw new AwsError("InvalidAccessKeyId", message, 403);
    }
    const message = "The security token included in the request is invalid.";
    throw new AwsError("UnrecognizedClientException", message, 403);
  };
}

/** `Credential=<access key>/<date>/<region>/<service>/aws4_request`, in the header or in a URL. */
function credentialOf(request: Unsigned): { accessKeyId: string; service: string } | null {
  const { authorization = "" } = request.headers;
  const inHeader = /^AWS4-HMAC-SHA256 Credential=([^,\s]+)/.exec(authorization)?.[1];
  const scope = inHeader ?? request.query.get("X-Amz-Credential") ?? "";
  const [accessKeyId = "", , , service] = scope.split("/");
  return service === undefined ? null : { accessKeyId, service };
}

/** Only S3 is spoken to without a scope: by a browser, in a preflight or with a form. */
function serviceOf(request: Unsigned): string {
  return credentialOf(request)?.service ?? "s3";
}

/** `AmazonSQS.SendMessage` gives `SendMessage`. */
function targetOf(request: Unsigned): string | null {
  const { "x-amz-target": target = "" } = request.headers;
  return target === "" ? null : target.replace(/^.*\./, "");
}

/** Stands where no service is. */
function noDoor(service: string): Door {
  const refuse = (): never => {
    throw new AwsError("NotImplemented", `${service} is not imitated on the laptop`, 501);
  };
  return { needs: refuse, serve: refuse, fail: jsonFailure };
}

function jsonFailure(error: AwsError): AwsReply {
  return {
    status: error.status,
    headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  };
}

/** What is not an answer of AWS is a fault of ours: 500, and a line for whoever repairs it. */
function awsErrorOf(error: unknown, call: string): AwsError {
  if (error instanceof AwsError) return error;
  console.error(`gateway: ${call} failed:`, error);
  return new AwsError("InternalFailure", "The request processing has failed.", 500);
}

/** The whole body, or null when it is over the bound. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Left undestroyed, because the refusal goes out over the same connection.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > BODY_MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function requestOf(incoming: IncomingMessage, body: Buffer): Unsigned {
  const [path = "/", query] = (incoming.url ?? "/").split("?", 2);
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, [value].flat().join(",")]],
  );
  return {
    method: incoming.method ?? "GET",
    path,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(headers),
    body,
  };
}

function send(outgoing: ServerResponse, reply: AwsReply): void {
  outgoing.statusCode = reply.status;
  outgoing.setHeader("x-amzn-requestid", randomUUID());
  for (const [name, value] of Object.entries(reply.headers ?? {})) outgoing.setHeader(name, value);
  outgoing.end(reply.body);
}
