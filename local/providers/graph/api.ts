/**
 * The Graph API as a business calls it (WhatsApp reference, sections 11.1, 12 and 16). What is not
 * imitated is refused in Meta's own error shape, so that nobody mistakes silence for success.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { type Answer, GraphRefusal, refusal } from "./answer.ts";
import { bodyOf, Refused } from "./door.ts";
import { type BusinessNumber, fieldsOf, type Numbers } from "./numbers.ts";
import type { Sends } from "./send.ts";
import { metaJson } from "./webhook.ts";

/** What Meta answers when `fields` is not given. */
const FIELDS_DEFAULT =
  "verified_name,code_verification_status,display_phone_number,quality_rating," +
  "platform_type,throughput";

/** How late a slow answer is, in real time. */
const SLOW_MS = 20_000;

export class GraphApi {
  readonly #numbers: Numbers;
  readonly #sends: Sends;
  readonly #closing = new AbortController();

  constructor(numbers: Numbers, sends: Sends) {
    this.#numbers = numbers;
    this.#sends = sends;
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
    const path = url.pathname.replace(/^\/graph(?=\/)/, "");
    const [version = "", id = "", ...edge] = path.split("/").slice(1);
    if (!/^v\d+\.\d+$/.test(version)) {
      return refusal(400, { message: `Unknown path components: ${path}`, code: 2500 });
    }
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const known = this.#numbers.all().filter(({ accessToken }) => accessToken === token);
    if (known.length === 0) {
      const message = "Invalid OAuth access token - Cannot parse access token";
      return refusal(401, { message, code: 190 });
    }
    const number = known.find(({ phoneNumberId }) => phoneNumberId === id);
    if (number === undefined && !known.some(({ wabaId, appId }) => wabaId === id || appId === id)) {
      return unknownObject(request.method ?? "GET", id);
    }
    const call = [request.method, ...edge].join(" ");
    if (number !== undefined && call === "GET") {
      return phoneNumber(number, url.searchParams.get("fields") ?? FIELDS_DEFAULT);
    }
    if (number !== undefined && call === "POST messages") return this.#send(number, request);
    const message = `(#100) ${request.method} ${path} is not simulated yet`;
    return refusal(501, { message, code: 100 });
  }

  async #send(number: BusinessNumber, request: IncomingMessage): Promise<Answer> {
    try {
      return await this.#sends.answer(number, objectOf(await bodyOf(request)));
    } catch (error) {
      if (error instanceof GraphRefusal) return error.answer();
      if (error instanceof Refused) return new GraphRefusal(100, error.message).answer();
      throw error;
    }
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new GraphRefusal(100, `The body must be a JSON object: ${String(cause)}`);
  }
}

/** False when the simulator stopped meanwhile. */
async function isLate(signal: AbortSignal): Promise<boolean> {
  return pause(SLOW_MS, true, { signal }).catch(() => false);
}

/** The requested fields in the order asked, and always the id. */
function phoneNumber(number: BusinessNumber, asked: string): Answer {
  const fields = fieldsOf(number);
  const names = [...new Set([...asked.split(",").map((name) => name.trim()), "id"])];
  const missing = names.find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) {
    const message = `(#100) Field ${missing} of a phone number is unknown or not simulated yet`;
    return refusal(400, { message, code: 100 });
  }
  return { status: 200, body: Object.fromEntries(names.map((name) => [name, fields[name]])) };
}

function unknownObject(method: string, id: string): Answer {
  const message =
    `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot ` +
    "be loaded due to missing permissions, or does not support this operation. Please read the " +
    "Graph API documentation at https://developers.facebook.com/docs/graph-api";
  return refusal(400, { message, type: "GraphMethodException", code: 100, error_subcode: 33 });
}
