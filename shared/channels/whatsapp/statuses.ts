import type { CallbackPart } from "../../domain/callbacks.ts";
import type { SendError } from "../../domain/messages.ts";
import { errorOf } from "./errors.ts";
import * as wire from "./wire.ts";

const TELLING = ["sent", "delivered", "read", "played", "failed"] as const;

/** A failure without a reason is not known to pass. */
const UNEXPLAINED: SendError = {
  code: "unexplained",
  class: "caller",
  detail: "WhatsApp tells that it failed, and not why.",
  providerCode: null,
};

/** What Meta says of a message; older kinds of status tell nothing that we keep (section 5). */
export function reportOf(value: unknown): CallbackPart["body"] {
  const parsed = wire.statusSchema.safeParse(value);
  if (!parsed.success) return { kind: "unreadable", detail: "The status cannot be read." };
  const status = TELLING.find((known) => known === parsed.data.status);
  if (status === undefined) return { kind: "left", what: `status ${parsed.data.status}` };
  const { id, timestamp, pricing, errors, biz_opaque_callback_data: echoed } = parsed.data;
  const error = status === "failed" ? (errorOf(errors?.[0], null) ?? UNEXPLAINED) : null;
  const price =
    pricing === undefined
      ? null
      : {
          model: pricing.pricing_model ?? null,
          type: pricing.type ?? null,
          category: pricing.category ?? null,
        };
  const at = new Date(timestamp * 1000).toISOString();
  return {
    kind: "status",
    report: { providerId: id, status, at, error, price, participant: participantOf(parsed.data) },
    messageId: echoed ?? null,
  };
}

/** Of a message to a group: who of it (section 3.8). */
function participantOf(status: wire.WireStatus): string | null {
  return status.recipient_participant_user_id ?? status.recipient_participant_id ?? null;
}
