import type { InboundMessage } from "../../domain/callbacks.ts";
import type { Origin } from "../../domain/marks.ts";
import { AMENDING, amendmentBody } from "./amendments.ts";
import { contentOf } from "./contents.ts";
import { marksOf } from "./marks.ts";
import { type Body, cannotRead, misfit, type Value } from "./parts.ts";
import { contactOf, type Named, senderOf } from "./senders.ts";
import * as wire from "./wire.ts";

/** How a copy came to us, and what it is a copy of. */
interface CopyKind {
  readonly origin: Origin;
  readonly direction: "inbound" | "outbound";
  /** Where the business wrote. */
  readonly author: string;
}

/** What the business wrote in the phone app on the number, or in another tool (section 2.8). */
export function echoBody(raw: unknown, { contacts }: Value, author: string): Body {
  const parsed = wire.echoSchema.safeParse(raw);
  if (!parsed.success) return cannotRead(`The echo cannot be read at ${misfit(parsed.error)}.`);
  const kind: CopyKind = { origin: "echo", direction: "outbound", author };
  return copyBody(parsed.data, raw, customerOf(parsed.data), contacts, kind);
}

/** The copy of a message with a customer, from or to them. */
export function copyBody(
  message: wire.WireEcho,
  raw: unknown,
  customer: Named,
  contacts: readonly wire.WireContact[],
  { origin, direction, author }: CopyKind,
): Body {
  const sender = senderOf(customer, contactOf(customer, contacts));
  const isOurs = direction === "outbound";
  const amending = AMENDING.find((known) => known === message.type);
  if (amending !== undefined) {
    return amendmentBody(amending, message, raw, {
      of: direction,
      reactor: isOurs ? "business" : "contact",
      by: isOurs ? "system" : "contact",
      name: isOurs ? author : null,
      party: sender?.address.value ?? "",
    });
  }
  if (sender === null) return cannotRead("The message names no customer.");
  return {
    kind: "message",
    message: {
      providerId: message.id,
      sentAt: message.timestamp * 1_000,
      // A copy is no sign of life: the name comes with what the customer writes.
      sender: {
        ...sender,
        profileName: message.group_id === undefined ? null : sender.profileName,
      },
      participantName: null,
      content: contentOf(message.type, raw),
      replyToProviderId: message.context?.id ?? null,
      marks: { ...marksOf(message), origin },
      opensWindow: false,
      copy: { direction, author, status: isOurs ? statusOf(message) : "received" },
    },
  };
}

/** Whom the business wrote to. */
export function customerOf(message: wire.WireEcho): Named {
  const { to, group_id: groupId } = message;
  const group = groupId ?? (message.recipient_type === "group" ? to : undefined);
  return {
    from: to,
    from_user_id: message.to_user_id,
    from_parent_user_id: message.to_parent_user_id,
    group_id: group,
  };
}

type Status = NonNullable<InboundMessage["copy"]>["status"];

/** How far history says that it came; what the phone was still sending, nobody knows. */
const FAR: Readonly<Record<string, Status>> = {
  DELIVERED: "delivered",
  READ: "read",
  PLAYED: "played",
  ERROR: "failed",
  PENDING: "unknown",
};

function statusOf({ history_context: context }: wire.WireEcho): Status {
  return FAR[context?.status?.toUpperCase() ?? ""] ?? "sent";
}
