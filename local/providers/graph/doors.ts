/** The `/sim/graph/*` doors: be the customer, make callbacks misbehave, read the ledger. */
import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import type { Clock } from "../../parts.ts";
import { type Callbacks, SCRIPT_NORMAL } from "./callbacks.ts";
import { inboundSchema, tellInbound } from "./inbound.ts";
import type { BusinessNumber, Numbers } from "./numbers.ts";
import { metaJson, postCallback, signatureOf } from "./webhook.ts";

export interface DoorsConfig {
  readonly clock: Clock;
  readonly callbackUrl: () => string;
  readonly numbers: Numbers;
  readonly callbacks: Callbacks;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A refusal with its HTTP status, and what to do about it. */
class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly { pointer: string; code: string; detail: string }[];

  constructor(status: number, code: string, detail: string, errors: Refused["errors"] = []) {
    super(detail);
    this.name = "Refused";
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** Meta's own limit for a payload, for want of a better one. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

const scriptSchema = z.strictObject({
  delayMs: z.int().min(0).max(86_400_000).default(SCRIPT_NORMAL.delayMs),
  duplicate: z.int().min(0).max(10).default(SCRIPT_NORMAL.duplicate),
  reorder: z.boolean().default(SCRIPT_NORMAL.reorder),
  batch: z.int().min(1).max(1_000).default(SCRIPT_NORMAL.batch),
  statuses: z
    .array(z.enum(["sent", "delivered", "read", "played", "failed"]))
    .default([...SCRIPT_NORMAL.statuses]),
});

const deliverSchema = z.strictObject({
  channelKey: z.string(),
  body: z.union([z.string(), z.record(z.string(), z.unknown())]),
  signature: z.enum(["good", "wrong", "none", "sha1"]).default("good"),
});

type Door = (config: DoorsConfig, request: IncomingMessage) => Promise<Answer>;

const doors: Readonly<Record<string, { readonly method: string; readonly open: Door }>> = {
  "/sim/graph/inbound": { method: "POST", open: inbound },
  "/sim/graph/script": { method: "POST", open: script },
  "/sim/graph/deliver": { method: "POST", open: deliver },
  "/sim/graph/ledger": { method: "GET", open: ledger },
};

/** Serves a request to one of the doors; false when the path is none of this provider's. */
export async function serveDoor(
  config: DoorsConfig,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  if (!pathname.startsWith("/sim/graph/")) return false;
  const { status, body } = await answerOf(config, request, pathname);
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type });
  response.end(JSON.stringify(body));
  return true;
}

async function answerOf(
  config: DoorsConfig,
  request: IncomingMessage,
  pathname: string,
): Promise<Answer> {
  try {
    const door = doors[pathname];
    if (door === undefined) {
      const known = Object.keys(doors).join(", ");
      throw new Refused(404, "not_found", `No door at ${pathname}; there are ${known}.`);
    }
    if (request.method !== door.method) {
      throw new Refused(405, "method_not_allowed", `${pathname} takes ${door.method}.`);
    }
    return await door.open(config, request);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { status, code, message, errors } = error;
    request.resume();
    return { status, body: { status, code, title: code, detail: message, errors } };
  }
}

async function inbound(config: DoorsConfig, request: IncomingMessage): Promise<Answer> {
  const asked = await parsed(request, inboundSchema);
  const number = numberFor(config.numbers, asked.channelKey, asked.phoneNumberId);
  const { update, ...told } = tellInbound(asked, number, config.clock.now());
  const delivered = await config.callbacks.owe(number.channelKey, update);
  return { status: 200, body: { ...told, delivered } };
}

async function script(config: DoorsConfig, request: IncomingMessage): Promise<Answer> {
  const wanted = await parsed(request, scriptSchema);
  config.callbacks.play(wanted);
  return { status: 200, body: wanted };
}

/** Posts any bytes once, under any signature, and answers what the webhook answered. */
async function deliver(config: DoorsConfig, request: IncomingMessage): Promise<Answer> {
  const { channelKey, body, signature } = await parsed(request, deliverSchema);
  const { appSecret } = numberFor(config.numbers, channelKey, undefined);
  const bytes = typeof body === "string" ? body : metaJson(body);
  const headers = signed(bytes, appSecret, signature);
  try {
    const reply = await postCallback(config.callbackUrl(), channelKey, bytes, headers);
    return { status: 200, body: reply };
  } catch (cause) {
    throw new Refused(502, "no_answer", `The webhook did not answer: ${String(cause)}.`);
  }
}

function signed(
  bytes: string,
  appSecret: string,
  signature: z.infer<typeof deliverSchema>["signature"],
): Readonly<Record<string, string>> {
  switch (signature) {
    case "good":
      return { "x-hub-signature-256": signatureOf(bytes, appSecret) };
    case "wrong":
      return { "x-hub-signature-256": signatureOf(bytes, `not ${appSecret}`) };
    case "sha1": {
      const sha1 = createHmac("sha1", appSecret).update(bytes).digest("hex");
      return { "x-hub-signature": `sha1=${sha1}` };
    }
    case "none":
      return {};
    default:
      return signature satisfies never;
  }
}

/** Every send this provider accepted: none, as long as the Graph API here refuses them all. */
function ledger(): Promise<Answer> {
  return Promise.resolve({ status: 200, body: { data: [] } });
}

function numberFor(
  numbers: Numbers,
  channelKey: string | undefined,
  phoneNumberId: string | undefined,
): BusinessNumber {
  const number = numbers.all().find((one) => {
    return (
      one.channelKey === (channelKey ?? one.channelKey) &&
      one.phoneNumberId === (phoneNumberId ?? one.phoneNumberId)
    );
  });
  if (number !== undefined) return number;
  const known = numbers.all().map((one) => `${one.channelKey}/${one.phoneNumberId}`);
  const detail = `No such channelKey and phoneNumberId; known are ${known.join(", ") || "none"}.`;
  throw new Refused(422, "invalid_request", detail);
}

async function parsed<S extends z.ZodType>(
  request: IncomingMessage,
  schema: S,
): Promise<z.infer<S>> {
  const result = schema.safeParse(jsonOf(await bodyOf(request)));
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, code, message }) => {
    return { pointer: path.map((part) => `/${String(part)}`).join(""), code, detail: message };
  });
  const detail = errors.map((one) => `${one.pointer || "the body"}: ${one.detail}`).join("; ");
  throw new Refused(422, "invalid_request", detail, errors);
}

/** An absent body is an empty object. */
function jsonOf(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refused(400, "malformed_json", `The body is not JSON: ${String(cause)}.`);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Refused(413, "body_too_large", "At most 3 MB.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
