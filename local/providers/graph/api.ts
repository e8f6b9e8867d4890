/**
 * The Graph API as a business calls it (WhatsApp reference, sections 11.1, 12 and 16). What is not
 * imitated is refused in Meta's own error shape, so that nobody mistakes silence for success.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../../parts.ts";
import type { Accounts } from "./accounts.ts";
import { type Answer, GraphRefusal, refusal } from "./answer.ts";
import type { Answering, Call, GraphNode } from "./call.ts";
import { Refused } from "./door.ts";
import type { BusinessNumber, Numbers } from "./numbers.ts";
import { metaJson } from "./webhook.ts";

/** How late a slow answer is, in real time. */
const SLOW_MS = 20_000;

interface ApiParts {
  readonly clock: Clock;
  readonly numbers: Numbers;
  readonly accounts: Accounts;
}

export class GraphApi {
  readonly #clock: Clock;
  readonly #numbers: Numbers;
  readonly #accounts: Accounts;
  readonly #nodes: readonly GraphNode[];
  readonly #closing = new AbortController();

  constructor(parts: ApiParts, nodes: readonly GraphNode[]) {
    this.#clock = parts.clock;
    this.#numbers = parts.numbers;
    this.#accounts = parts.accounts;
    this.#nodes = nodes;
  }

  /** Nobody waits for a slow answer any more. */
  stop(): void {
    this.#closing.abort();
  }

  /** Answers one request whose path starts with `/graph` or with the version. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, manner } = await this.#answer(request);
    request.resume();
    if (manner === "lost") {
      response.destroy();
      return;
    }
    if (manner === "slow" && !(await isLate(this.#closing.signal))) {
      response.destroy();
      return;
    }
    response.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
    response.end(metaJson(body));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const whole = url.pathname.replace(/^\/graph(?=\/)/, "");
    const [version = "", id = "", ...edge] = whole.split("/").slice(1);
    if (!/^v\d+\.\d+$/.test(version)) {
      return refusal(400, { message: `Unknown path components: ${whole}`, code: 2500 });
    }
    const given = /^(?:Bearer|OAuth) (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const token = given ?? url.searchParams.get("access_token") ?? "";
    const { known, kind } = this.#knownBy(token);
    if (known.length === 0) {
      const message = "Invalid OAuth access token - Cannot parse access token";
      return refusal(401, { message, code: 190 });
    }
    const found = this.#nodes.flatMap(({ token: taken, owner, calls }) => {
      const number = taken === kind ? owner(id, known) : undefined;
      return number === undefined ? [] : [{ number, calls }];
    });
    if (found.length === 0) return unknownObject(request.method ?? "GET", id);
    const name = [request.method, ...edge].join(" ");
    const node = found.find(({ calls }) => Object.hasOwn(calls, name));
    const answering = node?.calls[name];
    if (node === undefined || answering === undefined) {
      const message = `(#100) ${request.method} ${whole} is not simulated yet`;
      return refusal(501, { message, code: 100 });
    }
    const path = [id, ...edge].join("/");
    return answered(answering, { request, path, id, query: url.searchParams, number: node.number });
  }

  /** The numbers that a token may use, and whose token it is. */
  #knownBy(token: string): { known: readonly BusinessNumber[]; kind: GraphNode["token"] } {
    const all = this.#numbers.all();
    const apps = all.filter(({ appId, appSecret }) => `${appId}|${appSecret}` === token);
    if (apps.length > 0) return { known: apps, kind: "app" };
    const now = this.#clock.now();
    const known = all.filter((number) => this.#accounts.isGood(number, token, now));
    return { known, kind: undefined };
  }
}

async function answered(answering: Answering, call: Call): Promise<Answer> {
  try {
    return await answering(call);
  } catch (error) {
    if (error instanceof GraphRefusal) return error.answer();
    if (error instanceof Refused) return new GraphRefusal(100, error.message).answer();
    throw error;
  }
}

/** False when the simulator stopped meanwhile. */
async function isLate(signal: AbortSignal): Promise<boolean> {
  return pause(SLOW_MS, true, { signal }).catch(() => false);
}

function unknownObject(method: string, id: string): Answer {
  const message =
    `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot ` +
    "be loaded due to missing permissions, or does not support this operation. Please read the " +
    "Graph API documentation at https://developers.facebook.com/docs/graph-api";
  return refusal(400, { message, type: "GraphMethodException", code: 100, error_subcode: 33 });
}
