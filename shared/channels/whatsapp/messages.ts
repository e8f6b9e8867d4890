import { AMENDING, amendmentBody } from "./amendments.ts";
import { contentOf } from "./contents.ts";
import { systemBody, withSharedNumber } from "./identities.ts";
import { marksOf } from "./marks.ts";
import { type Body, cannotRead, misfit } from "./parts.ts";
import { contactOf, nameOf, senderOf } from "./senders.ts";
import * as wire from "./wire.ts";

/** Told in a message of its own, but nobody said anything (sections 3.2 and 6.1). */
const SILENT = "request_welcome";

export function messageBody(value: unknown, contacts: readonly wire.WireContact[]): Body {
  const parsed = wire.messageSchema.safeParse(value);
  if (!parsed.success) return cannotRead(`The message cannot be read at ${misfit(parsed.error)}.`);
  const message = parsed.data;
  const { type } = message;
  if (type === "system") return systemBody(message, value);
  const contact = contactOf(message, contacts);
  const sender = senderOf(message, contact);
  const participantName = message.group_id === undefined ? null : nameOf(contact);
  const amending = AMENDING.find((known) => known === type);
  if (amending !== undefined) {
    return amendmentBody(amending, message, value, {
      of: "inbound",
      reactor: reactorOf(message),
      by: "contact",
      name: participantName,
      party: sender?.address.value ?? "",
    });
  }
  if (sender === null) return cannotRead("The message names no sender.");
  return {
    kind: "message",
    message: {
      providerId: message.id,
      sentAt: message.timestamp * 1_000,
      sender: withSharedNumber(sender, message),
      participantName,
      content: contentOf(type, value),
      replyToProviderId: message.context?.id ?? null,
      marks: marksOf(message),
      opensWindow: type !== SILENT,
      copy: null,
    },
  };
}

/** In a group everybody reacts for themselves (section 3.8); else there is one customer. */
function reactorOf({ group_id: groupId, from_user_id: userId, from }: wire.WireMessage): string {
  return groupId === undefined ? "contact" : (userId ?? from ?? "contact");
}
