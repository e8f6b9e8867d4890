/** The customer edits or takes back what they wrote: on numbers of the phone app (section 3.2). */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { type DoorAnswer, type DoorsConfig, parsed, Refused } from "./door.ts";
import { contentSchema, elementOf, type Inbound } from "./inbound.ts";
import { say } from "./phoneDoors.ts";

const editSchema = z.strictObject({ messageId: z.string(), content: contentSchema });
const revokeSchema = z.strictObject({ messageId: z.string() });

export async function edit(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const { messageId, content } = await parsed(request, editSchema);
  const message = elementOf(content);
  const body = { original_message_id: messageId, message };
  return amend(config, messageId, { type: "edit", edit: body });
}

export async function revoke(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const { messageId } = await parsed(request, revokeSchema);
  return amend(config, messageId, {
    type: "revoke",
    revoke: { original_message_id: messageId },
  });
}

/** By the one who wrote it. */
function amend(
  config: DoorsConfig,
  messageId: string,
  content: Inbound["content"],
): Promise<DoorAnswer> {
  const { chats, numbers } = config;
  const message = chats.message(messageId);
  const number = message === undefined ? undefined : numbers.byId(message.phoneNumberId);
  if (message?.direction !== "inbound" || number === undefined) {
    throw new Refused(404, "not_found", "No customer wrote a message with this messageId.");
  }
  const { waId: from, userId } = message;
  const { name } = chats.person(number.phoneNumberId, from ?? userId ?? "") ?? {};
  return say(config, number, {
    from,
    userId,
    content,
    ...(typeof name === "string" && { name }),
  });
}
