import * as z from "zod/mini";
import type { News } from "./accounts.ts";
import type { Amendment } from "./amendments.ts";
import type { ToldConsent } from "./consents.ts";
import type { Identity, Sender } from "./contacts.ts";
import type { IdentityChange } from "./identities.ts";
import type { Marks } from "./marks.ts";
import type { Content, Message, MessageStatus } from "./messages.ts";
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

export const redriveStates = ["all", "broken"] as const;

/**
 * A re-drive of the archive: the callbacks of [from, to) are applied again, all of them or only
 * those of which a part is broken.
 */
export const redriveSchema = z.looseObject({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  /** Rows of the first release have none: they drive everything. */
  state: z.optional(z.nullable(z.enum(redriveStates))),
  status: z.enum(["running", "completed"]),
  /** The last archive object that is done, or how far the list of what is broken was read. */
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
        readonly kind: "amendment";
        readonly amendment: Amendment;
        /** Whose conversation it is in: what is told of one is applied in order. */
        readonly party: string;
      }
    /** A customer called; `at` in ms since the epoch. */
    | { readonly kind: "call"; readonly sender: Sender; readonly at: number }
    | { readonly kind: "consent"; readonly sender: Sender; readonly consent: ToldConsent }
    | { readonly kind: "phoneBook"; readonly entry: PhoneBookEntry }
    | {
        readonly kind: "status";
        readonly report: StatusReport;
        /** Our own id of the message, which the provider echoes; null when it does not. */
        readonly messageId: string | null;
      }
    | { readonly kind: "identity"; readonly change: IdentityChange }
    | { readonly kind: "account"; readonly news: News }
    /** Its route is the account, which several numbers may share. */
    | { readonly kind: "template"; readonly event: TemplateEvent }
    /** Known, and not applied by this release: the archive has it for a re-drive. */
    | { readonly kind: "left"; readonly what: string }
    | { readonly kind: "unreadable"; readonly detail: string };
}

/** How the business's own phone calls somebody; null: not any more. */
export interface PhoneBookEntry {
  readonly identities: readonly Identity[];
  readonly name: string | null;
  /** RFC 3339. */
  readonly at: string;
}

/** A customer's message, in our words; or the copy of one that was said outside of us. */
export interface InboundMessage {
  readonly providerId: string;
  /** ms since the epoch, by the provider's clock. */
  readonly sentAt: number;
  /** The customer, also where a copy is of what the business said. */
  readonly sender: Sender;
  /** Who wrote, when the sender is a group. */
  readonly participantName: string | null;
  readonly content: Content;
  readonly replyToProviderId: string | null;
  readonly marks: Marks;
  /** Meta tells of some things as messages that allow no answer (section 6.1). */
  readonly opensWindow: boolean;
  /** null: a customer wrote just now. */
  readonly copy: {
    readonly direction: Message["direction"];
    readonly status: MessageStatus;
    /** Where the business wrote it. */
    readonly author: string;
  } | null;
}
