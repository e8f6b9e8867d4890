/** One call of the Graph API, and how the parts of this simulator say which calls they answer. */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { type Answer, GraphRefusal } from "./answer.ts";
import { bodyOf } from "./door.ts";
import type { BusinessNumber } from "./numbers.ts";

export interface Call {
  readonly request: IncomingMessage;
  /** Without the version and without `/graph`. */
  readonly path: string;
  /** The first part of the path. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** A number that the token may use and that the id leads to. */
  readonly number: BusinessNumber;
}

/** @throws GraphRefusal to answer with an error of the table */
export type Answering = (call: Call) => Answer | Promise<Answer>;

/**
 * A kind of thing that an id in a path names. Several parts may speak for the same kind: sends and
 * account calls are both made on a phone number.
 */
export interface GraphNode {
  /** Whose token it takes: a user's, unless it says `app` (`APP_ID|APP_SECRET`). */
  readonly token?: "app";
  /**
   * The number through which the token reaches this id; undefined: the id is none of this kind.
   * @param known the numbers that the token may use
   */
  owner(id: string, known: readonly BusinessNumber[]): BusinessNumber | undefined;
  /** By method and edge: `GET`, `POST messages`. */
  readonly calls: Readonly<Record<string, Answering>>;
}

/** What is asked of a phone number. */
export function onNumber(calls: GraphNode["calls"]): GraphNode {
  return { calls, owner: (id, known) => known.find((one) => one.phoneNumberId === id) };
}

/** What is asked of a WhatsApp Business Account. */
export function onAccount(calls: GraphNode["calls"]): GraphNode {
  return { calls, owner: (id, known) => known.find((one) => one.wabaId === id) };
}

/** What is asked of a Meta app. */
export function onApp(calls: GraphNode["calls"]): GraphNode {
  return { calls, owner: (id, known) => known.find((one) => one.appId === id) };
}

/** The body of a call, which must be a JSON object. */
export async function jsonOf({ request }: Call): Promise<Readonly<Record<string, unknown>>> {
  const text = await bodyOf(request);
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new GraphRefusal(100, `The body must be a JSON object: ${String(cause)}`);
  }
}
