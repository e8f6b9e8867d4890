import * as z from "zod/mini";
import type { Sender } from "./contacts.ts";
import type { Content } from "./messages.ts";
import type { StatusReport } from "./statuses.ts";
import type { TemplateEvent } from "./templateEvents.ts";

/** Why a part of a callback was kept instead of applied. */
export const keptReasons = ["unreadable", "unknown_channel", "failed"] as const;
export type KeptReason = (typeof keptReasons)[number];

/**
 * A part of a provider's callback that could not be applied: kept raw, alarmed, and applied by a
 * re-drive once its cause is mended. The same part kept again is the same row.
 */
export const callbackSchema = z.looseObject({
  id: z.string(),
  channelKey: z.string(),
  state: z.enum(["broken", "applied"]),
  reason: z.enum(keptReasons),
  detail: z.string(),
  /** Where the part stands in the callback's body, a JSON pointer; empty: all of it. */
  pointer: z.string(),
  /** The part as it came; null when it is too large, then the archive has it. */
  raw: z.nullable(z.string()),
  /** The archive object that holds the whole callback. */
  archiveKey: z.string(),
  receivedAt: z.string(),
  appliedAt: z.nullable(z.string()),
  rev: z.number(),
});
export type Callback = z.infer<typeof callbackSchema>;

/** A re-drive of the archive: every callback archived in [from, to) is applied again. */
export const redriveSchema = z.looseObject({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  status: z.enum(["running", "completed"]),
  /** The last archive object that is done; null before the first. */
  position: z.nullable(z.string()),
  callbacks: z.number(),
  kept: z.number(),
  createdAt: z.string(),
  completedAt: z.nullable(z.string()),
  rev: z.number(),
});
export type Redrive = z.infer<typeof redriveSchema>;

/** One callback as it reached the door, byte for byte. */
export const rawCallbackSchema = z.object({
  channelKey: z.string(),
  receivedAt: z.string(),
  encoding: z.enum(["utf8", "base64"]),
  body: z.string(),
});
export type RawCallback = z.infer<typeof rawCallbackSchema>;

/** One element of a callback, as a channel reads it. */
export interface CallbackPart {
  /** JSON pointer into the body. */
  readonly pointer: string;
  /** The provider's name of the number or account it is for; null when it could not be read. */
  readonly route: string | null;
  readonly raw: unknown;
  readonly body:
    | { readonly kind: "message"; readonly message: InboundMessage }
    | {
        readonly kind: "status";
        readonly report: StatusReport;
        /** Our own id of the message, which the provider echoes; null when it does not. */
        readonly messageId: string | null;
      }
    /** Its route is the account, which several numbers may share. */
    | { readonly kind: "template"; readonly event: TemplateEvent }
    /** Known, and not applied by this release: the archive has it for a re-drive. */
    | { readonly kind: "left"; readonly what: string }
    | { readonly kind: "unreadable"; readonly detail: string };
}

/** A customer's message, in our words. */
export interface InboundMessage {
  readonly providerId: string;
  /** ms since the epoch, by the provider's clock. */
  readonly sentAt: number;
  readonly sender: Sender;
  /** Who wrote, when the sender is a group. */
  readonly participantName: string | null;
  readonly content: Content;
  readonly replyToProviderId: string | null;
}
