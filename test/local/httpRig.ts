import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request as openRequest,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type AccessLogEntry, HttpApi, type HttpApiParts } from "../../local/http/api.ts";
import { answerNotFound } from "../../local/http/reply.ts";
import { Lambdas } from "../../local/run/lambda.ts";
import { Logs } from "../../local/run/logs.ts";
import { Metrics } from "../../local/run/metrics.ts";

/** Answers the event, unless a header tells it what to return or to do. */
const HANDLER = `
  export const handler = async (event) => {
    const { "x-returns": returns, "x-do": action } = event.headers;
    if (action === "throw") throw new Error("no");
    if (action === "hang") { console.log("hanging"); await new Promise(() => {}); }
    if (action === "measure") return String(Buffer.byteLength(event.body));
    return returns === undefined ? event : JSON.parse(returns);
  };`;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Call {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** An HTTP API on a port of its own, with one real function behind every route. */
export class HttpRig {
  readonly parts: HttpApiParts;
  readonly server: Server;
  readonly lambdas: Lambdas;
  readonly metrics = new Metrics();
  readonly log: AccessLogEntry[] = [];
  /** Function and route for which the permission was asked. */
  readonly asked: [functionArn: string, routeArn: string][] = [];
  now = Date.UTC(2026, 2, 5, 7, 8, 9, 10);
  onLine: (line: string) => void = () => undefined;
  readonly #directory = mkdtempSync(join(tmpdir(), "http-api-"));

  constructor(routeKeys: readonly string[], more: Partial<HttpApiParts> = {}) {
    this.lambdas = this.#functions();
    this.parts = {
      routes: routeKeys.map(routeTo),
      apiId: "api1",
      stage: "$default",
      functions: this.lambdas,
      authorizeInvoke: (...arns) => this.asked.push(arns),
      clock: { now: () => this.now },
      metrics: this.metrics,
      accessLog: (entry) => this.log.push(entry),
      ...more,
    };
    const api = new HttpApi(this.parts);
    this.server = createServer(async (request, response) => {
      if (!(await api.handle(request, response))) answerNotFound(response);
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  /** A plain client: it sends the path as it is given. */
  async call(method: string, path: string, { headers, body }: Call = {}): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      const request = openRequest({ host: "127.0.0.1", port: this.port, method, path, headers });
      request.on("error", reject);
      request.on("response", async (response) => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text: await text(response) });
      });
      request.end(body);
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await this.lambdas.stop();
    rmSync(this.#directory, { recursive: true });
  }

  #functions(): Lambdas {
    writeFileSync(join(this.#directory, "index.mjs"), HANDLER);
    const clock = { now: () => this.now };
    const metrics = new Metrics();
    const print = ({ line }: { line: string }) => this.onLine(line);
    const logs = new Logs({ clock, metrics, authorize: () => undefined, print });
    const lambdas = new Lambdas({ clockOffset: new SharedArrayBuffer(8), logs, metrics });
    lambdas.define({
      name: "echo",
      arn: "arn:echo",
      codeDirectory: this.#directory,
      handler: "index.handler",
      environment: {},
      timeoutMs: 60_000,
      memoryMb: 256,
    });
    return lambdas;
  }
}

export function routeTo(routeKey: string) {
  return { routeKey, functionName: "echo", functionArn: "arn:echo" };
}
