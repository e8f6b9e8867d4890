/** Meta, as small as can be: what it was asked, and what it answers next. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Channel } from "../../shared/domain/channels.ts";
import type { Seal } from "../../shared/ports.ts";
import { channelWith } from "../domain/things.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A status and a body; a text is sent as it is; `null` breaks the connection. */
export type Told = readonly [status: number, body: unknown] | null;

export interface GraphServer {
  readonly url: string;
  readonly asked: Asked[];
  /** In this order; the last one again and again. */
  answers(...told: Told[]): void;
  stop(): void;
}

export async function graphServer(): Promise<GraphServer> {
  const asked: Asked[] = [];
  let told: Told[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    asked.push({
      method: request.method ?? "",
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    });
    const next = told.length > 1 ? told.shift() : told[0];
    if (next === undefined || next === null) {
      response.destroy();
      return;
    }
    const [status, body] = next;
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers(...next) {
      asked.length = 0;
      told = next;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Hides nothing: what it opens is what was put in. */
export const openSeal: Seal = {
  seal: async (_purpose, _owner, plain) => plain,
  open: async (_purpose, _owner, sealed) => sealed,
};

export const TOKEN = "local-meta-token";

export const knownChannel = (given: Partial<Channel> = {}): Channel =>
  channelWith({ credentials: Buffer.from(TOKEN).toString("base64"), ...given });

export const graphError = (code: number, subcode?: number, more: object = {}) => ({
  error: {
    message: "Invalid parameter",
    type: "OAuthException",
    code,
    ...(subcode !== undefined && { error_subcode: subcode }),
    fbtrace_id: "AbC",
    ...more,
  },
});
