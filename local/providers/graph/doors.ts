/** The `/sim/graph/*` doors: be the customer, make callbacks misbehave, read the ledger. */
import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { account, number, token } from "./accountDoors.ts";
import { edit, revoke } from "./amendDoors.ts";
import { type DoorAnswer, type DoorsConfig, numberFor, parsed, Refused } from "./door.ts";
import { call, echo, history, phoneBook, preference } from "./fieldDoors.ts";
import { hearCallback } from "./hearing.ts";
import { ledgerOf } from "./ledger.ts";
import { mediaDoor } from "./mediaDoor.ts";
import { inbound, press, read, talk } from "./phoneDoors.ts";
import { changeNumber, changeUserId } from "./renamingDoors.ts";
import { scriptSchema } from "./script.ts";
import { templateDoor } from "./templateDoor.ts";
import { callbackUrlOf, metaJson, postCallback, signatureOf } from "./webhook.ts";

const deliverSchema = z.strictObject({
  channelKey: z.string(),
  body: z.union([z.string(), z.record(z.string(), z.unknown())]),
  signature: z.enum(["good", "wrong", "none", "sha1"]).default("good"),
});

type Door = (config: DoorsConfig, request: IncomingMessage) => Promise<DoorAnswer>;

const doors: Readonly<Record<string, { readonly method: string; readonly open: Door }>> = {
  "/sim/graph/inbound": { method: "POST", open: inbound },
  "/sim/graph/script": { method: "POST", open: script },
  "/sim/graph/deliver": { method: "POST", open: deliver },
  "/sim/graph/press": { method: "POST", open: press },
  "/sim/graph/read": { method: "POST", open: read },
  "/sim/graph/changeNumber": { method: "POST", open: changeNumber },
  "/sim/graph/changeUserId": { method: "POST", open: changeUserId },
  "/sim/graph/edit": { method: "POST", open: edit },
  "/sim/graph/revoke": { method: "POST", open: revoke },
  "/sim/graph/echo": { method: "POST", open: echo },
  "/sim/graph/history": { method: "POST", open: history },
  "/sim/graph/phoneBook": { method: "POST", open: phoneBook },
  "/sim/graph/call": { method: "POST", open: call },
  "/sim/graph/preference": { method: "POST", open: preference },
  "/sim/graph/chats": { method: "GET", open: talk },
  "/sim/graph/ledger": { method: "GET", open: ledger },
  "/sim/graph/number": { method: "POST", open: number },
  "/sim/graph/token": { method: "POST", open: token },
  "/sim/graph/account": { method: "POST", open: account },
  "/sim/graph/templates": { method: "POST", open: templateDoor },
  "/sim/graph/media": { method: "GET", open: mediaDoor },
};

/** Bytes of strangers are shown by our pages and never become a page themselves. */
const HARMLESS = {
  "content-disposition": "attachment",
  "content-security-policy": "default-src 'none'; sandbox",
  "x-content-type-options": "nosniff",
};

/** Serves a request to one of the doors; false when the path is none of this provider's. */
export async function serveDoor(
  config: DoorsConfig,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  if (!pathname.startsWith("/sim/graph/")) return false;
  const { status, body, type } = await answerOf(config, request, pathname);
  if (type !== undefined && Buffer.isBuffer(body)) {
    response.writeHead(status, { ...HARMLESS, "content-type": type }).end(body);
    return true;
  }
  const json = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": json });
  response.end(JSON.stringify(body));
  return true;
}

async function answerOf(
  config: DoorsConfig,
  request: IncomingMessage,
  pathname: string,
): Promise<DoorAnswer> {
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

async function script(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const wanted = await parsed(request, scriptSchema);
  config.callbacks.play(wanted);
  return { status: 200, body: wanted };
}

/** Posts any bytes once, under any signature, and answers what the webhook answered. */
async function deliver(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const { channelKey, body, signature } = await parsed(request, deliverSchema);
  const { appSecret } = numberFor(config.numbers, channelKey, undefined);
  const bytes = typeof body === "string" ? body : metaJson(body);
  if (signature === "good") hearCallback(config.chats, body, config.numbers.all());
  const headers = signed(bytes, appSecret, signature);
  try {
    const reply = await postCallback(
      callbackUrlOf(config.callbackUrl(), channelKey),
      bytes,
      headers,
    );
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

function ledger({ chats, numbers }: DoorsConfig): Promise<DoorAnswer> {
  return Promise.resolve({ status: 200, body: { data: ledgerOf(chats, numbers) } });
}
