import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { answerNotFound } from "./http/reply.ts";
import type { Clock } from "./parts.ts";
import { StartProblem } from "./problem.ts";

/** Answers a request, or says that it is somebody else's. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const UNAVAILABLE = JSON.stringify({ message: "Service Unavailable" });

/**
 * The front door. It listens first, because others must know its address, and opens last. Its
 * answers are dated by the cloud's clock.
 */
export class WebServer {
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;
  #handlers: readonly Handler[] | null = null;

  static async listen(port: number, clock: Clock): Promise<WebServer> {
    const server = createServer();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", (error) => reject(isTaken(error) ? portTaken(port) : error));
    server.listen(port, "127.0.0.1", resolve);
    await promise;
    return new WebServer(server, clock);
  }

  private constructor(server: ReturnType<typeof createServer>, clock: Clock) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The server has no port.");
    this.url = `http://127.0.0.1:${address.port}`;
    this.#server = server;
    server.on("request", (request, response) => {
      response.setHeader("date", new Date(clock.now()).toUTCString());
      this.#answer(request, response).catch((error: unknown) => {
        console.error("A request broke off:", error);
        response.destroy();
      });
    });
  }

  /** From now on requests are answered by the first handler that knows them. */
  open(handlers: readonly Handler[]): void {
    this.#handlers = handlers;
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#handlers === null) {
      response.writeHead(503, { "content-type": "application/json" }).end(UNAVAILABLE);
      return;
    }
    for (const handle of this.#handlers) {
      if (await handle(request, response)) return;
    }
    answerNotFound(response);
  }
}

function isTaken(error: Error): boolean {
  return "code" in error && error.code === "EADDRINUSE";
}

function portTaken(port: number): StartProblem {
  return new StartProblem(`Port ${port} is taken; stop what uses it, or take another with --port.`);
}
