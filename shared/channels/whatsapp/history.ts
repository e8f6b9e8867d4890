import * as z from "zod/mini";
import type { CallbackPart } from "../../domain/callbacks.ts";
import { copyBody, customerOf } from "./echoes.ts";
import { type Body, cannotRead, elementsOf, misfit, unreadable, type Value } from "./parts.ts";
import type { Named } from "./senders.ts";
import * as wire from "./wire.ts";

const chunkSchema = z.looseObject({ threads: wire.listOrNone, errors: wire.listOrNone });
const threadSchema = z.looseObject({ id: wire.name });
const errorSchema = z.looseObject({ code: z.union([z.number(), z.string()]) });

/**
 * What was said before the number was connected (section 2.8): chunks come unordered, and files
 * come later by themselves, under the id of the message that they belong to.
 */
export function historyParts(value: Value): CallbackPart[] {
  const chunks = wire.elementsSchema.safeParse(value.given.history);
  const at = `${value.pointer}/history`;
  if (!chunks.success) {
    return [unreadable(at, value.route, value.given.history, "history is not an array.")];
  }
  return [
    ...(chunks.data ?? []).flatMap((chunk, place) => chunkParts(value, chunk, `${at}/${place}`)),
    ...elementsOf(value, "messages", (message) => oldBody(message, value, null)),
  ];
}

function chunkParts(value: Value, raw: unknown, pointer: string): CallbackPart[] {
  const chunk = chunkSchema.safeParse(raw);
  if (!chunk.success) return [unreadable(pointer, value.route, raw, "The chunk is no object.")];
  const given = chunk.data;
  return [
    ...given.threads.flatMap((thread, place) =>
      threadParts(value, thread, `${pointer}/threads/${place}`),
    ),
    ...elementsOf({ ...value, pointer, given }, "errors", refusalBody),
  ];
}

function threadParts(value: Value, raw: unknown, pointer: string): CallbackPart[] {
  const thread = threadSchema.safeParse(raw);
  if (!thread.success) return [unreadable(pointer, value.route, raw, "The thread has no id.")];
  const { id } = thread.data;
  return elementsOf({ ...value, pointer, given: thread.data }, "messages", (message) =>
    oldBody(message, value, id),
  );
}

/** 2593109: the owner does not share the history. */
function refusalBody(raw: unknown): Body {
  const { data } = errorSchema.safeParse(raw);
  return {
    kind: "left",
    what: data === undefined ? "history error" : `history error ${data.code}`,
  };
}

/** @param thread the customer's number or user id; any text may be one (section 17, 10) */
function oldBody(raw: unknown, { contacts, number }: Value, thread: string | null): Body {
  const parsed = wire.echoSchema.safeParse(raw);
  if (!parsed.success) return cannotRead(`The message cannot be read at ${misfit(parsed.error)}.`);
  const message = parsed.data;
  const isOurs = message.from !== undefined && digitsOf(message.from) === number;
  const customer = isOurs ? customerOf(message) : message;
  const direction = isOurs ? "outbound" : "inbound";
  const kind = { origin: "history", direction, author: "WhatsApp Business app" } as const;
  return copyBody(message, raw, namedIn(thread, customer), contacts, kind);
}

/** Who it is with: as the message says, else as the thread does; a user id may stand for either. */
function namedIn(thread: string | null, customer: Named): Named {
  const { from_user_id: userId, from_parent_user_id: parentId, group_id: groupId } = customer;
  const place = customer.from ?? (userId === undefined ? (thread ?? undefined) : undefined);
  const isNumber = place === undefined || /^\+?\d+$/.test(place);
  return {
    from: isNumber ? place : undefined,
    from_user_id: isNumber ? userId : (userId ?? place),
    from_parent_user_id: parentId,
    group_id: groupId,
  };
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, "");
}
