import type { Step } from "./domain/accounts.ts";
import type { CallbackPart, RawCallback } from "./domain/callbacks.ts";
import type {
  Channel,
  ChannelReport,
  Credentials,
  Inspection,
  WhatsApp,
} from "./domain/channels.ts";
import type { Identity } from "./domain/contacts.ts";
import type { Message, SendError } from "./domain/messages.ts";
import type { Template } from "./domain/templates.ts";

/**
 * The providers as the verbs see them: every channel's adapter implements these, and
 * functions/edge/app.ts introduces them. What is ours (rows, queues, clocks) is in ports.ts.
 */

/** A channel's way in: reads every element of a callback, and never throws for what is in it. */
export type ReadCallback = (raw: RawCallback) => CallbackPart[];

/** A channel's way to ask its provider how it is. */
export type CheckChannel = (channel: Channel) => Promise<ChannelReport>;

/** The accounts of a provider, as whoever connects a channel needs them. */
export interface Accounts {
  /** @throws DomainError `unavailable` when the provider does not answer */
  inspect(number: WhatsApp, credentials: Credentials): Promise<Inspection>;
  /** Asks to be called about the account; doing it again changes nothing. */
  subscribe(number: WhatsApp, accessToken: string): Promise<void>;
  /** @returns what a person has to do first, or null when it is done */
  register(number: WhatsApp, accessToken: string, pin: string): Promise<Step | null>;
  /** Best effort: whoever disconnects may have lost the token already. */
  unsubscribe(number: WhatsApp, accessToken: string): Promise<void>;
  /** The channel's own token; null when there is none that opens. */
  tokenOf(channel: Channel): Promise<string | null>;
  check: CheckChannel;
}

/** How a send ended. `lost`: nobody knows, so it must not be sent again. */
export type SendOutcome =
  | {
      readonly kind: "accepted";
      readonly providerId: string;
      /** The provider's own name of the recipient, where it differs from the one we used. */
      readonly recipient: Identity | null;
    }
  | { readonly kind: "refused"; readonly error: SendError }
  | { readonly kind: "lost"; readonly detail: string };

/** What a channel needs to send one message. */
export interface Outgoing {
  readonly channel: Channel;
  readonly message: Message;
  /** The template, when the content is one. */
  readonly template: Template | null;
  /** The provider's id of the message that a reaction is for. */
  readonly targetProviderId: string | null;
}

/** A channel's way out. */
export interface Sender {
  send(outgoing: Outgoing): Promise<SendOutcome>;
  /** Tells the customer that we read, or that somebody types; best effort. */
  signal(channel: Channel, inboundProviderId: string, typing: boolean): Promise<void>;
}
