/** What the doors share: what they work with, how they read a request and how they refuse it. */
import type { IncomingMessage } from "node:http";
import type * as z from "zod";
import type { Clock, State } from "../../parts.ts";
import type { Accounts } from "./accounts.ts";
import { bytesOf } from "./bytes.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Chats } from "./chats.ts";
import type { Media } from "./media.ts";
import type { BusinessNumber, Numbers } from "./numbers.ts";
import type { Templates } from "./templates.ts";

export interface DoorsConfig {
  readonly clock: Clock;
  readonly state: State;
  readonly callbackUrl: () => string;
  readonly numbers: Numbers;
  readonly accounts: Accounts;
  readonly callbacks: Callbacks;
  readonly chats: Chats;
  readonly templates: Templates;
  readonly media: Media;
}

export interface DoorAnswer {
  readonly status: number;
  /** JSON, unless it is bytes. */
  readonly body: unknown;
  /** What bytes are. */
  readonly type?: string;
}

/** A refusal with its HTTP status, and what to do about it. */
export class Refused extends Error {
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

export async function parsed<S extends z.ZodType>(
  request: IncomingMessage,
  schema: S,
  bytesMax?: number,
): Promise<z.infer<S>> {
  const result = schema.safeParse(jsonOf(await bodyOf(request, bytesMax)));
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

/** @throws Refused when it is larger than what Meta takes */
export async function bodyOf(request: IncomingMessage, bytesMax = BODY_BYTES_MAX): Promise<string> {
  const bytes = await bytesOf(request, bytesMax);
  if (bytes !== null) return bytes.toString("utf8");
  throw new Refused(413, "body_too_large", `At most ${bytesMax} bytes.`);
}

/** The first number that fits; without a wish, the first one added. */
export function numberFor(
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
