import type { CallbackPart, InboundMessage, RawCallback } from "../../domain/callbacks.ts";
import type { Identity, Sender } from "../../domain/contacts.ts";
import type { Content, SendError } from "../../domain/messages.ts";
import { errorOf } from "./errors.ts";
import { namesOf, systemBody, userIdUpdates, withSharedNumber } from "./identities.ts";
import * as wire from "./wire.ts";

/**
 * Reads every element of a Meta webhook: all of entry[], changes[], messages[] and statuses[] are
 * arrays and may hold more than one (WhatsApp reference, section 1.3). A part that cannot be read
 * is told as such and never hides its neighbours; nothing in a body makes this throw.
 */
export function readCallback(raw: RawCallback): CallbackPart[] {
  const bytes = Buffer.from(raw.body, raw.encoding);
  const parsed = json(bytes.toString("utf8"));
  if (!parsed.ok) return [unreadable("", null, raw.body, "The body is not JSON.")];
  const envelope = wire.envelopeSchema.safeParse(parsed.value);
  if (!envelope.success) {
    return [unreadable("", null, parsed.value, "The body has no entry array.")];
  }
  return envelope.data.entry.flatMap((entry, place) => entryParts(entry, `/entry/${place}`));
}

function entryParts(value: unknown, pointer: string): CallbackPart[] {
  const entry = wire.entrySchema.safeParse(value);
  if (!entry.success) {
    return [unreadable(pointer, null, value, "The entry has no changes array.")];
  }
  return entry.data.changes.flatMap((change, place) =>
    changeParts(change, `${pointer}/changes/${place}`),
  );
}

function changeParts(value: unknown, pointer: string): CallbackPart[] {
  const change = wire.changeSchema.safeParse(value);
  if (!change.success) return [unreadable(pointer, null, value, "The change has no field.")];
  const { field } = change.data;
  if (field === "user_id_update") return userIdUpdates(change.data.value, `${pointer}/value`);
  if (field !== "messages") {
    return [{ pointer, route: null, raw: value, body: { kind: "left", what: field } }];
  }
  const messages = wire.messagesValueSchema.safeParse(change.data.value);
  if (!messages.success) {
    return [unreadable(pointer, null, value, "The value has no metadata.phone_number_id.")];
  }
  return messagesParts(messages.data, `${pointer}/value`);
}

type MessagesValue = ReturnType<typeof wire.messagesValueSchema.parse>;

function messagesParts(value: MessagesValue, pointer: string): CallbackPart[] {
  const route = value.metadata.phone_number_id;
  const contacts = value.contacts.flatMap((contact) => {
    const known = wire.contactSchema.safeParse(contact);
    return known.success ? [known.data] : [];
  });
  const parts = (
    what: "messages" | "statuses" | "errors",
    bodyFor: (element: unknown) => CallbackPart["body"],
  ): CallbackPart[] => {
    const at = `${pointer}/${what}`;
    const elements = wire.elementsSchema.safeParse(value[what]);
    if (!elements.success) return [unreadable(at, route, value[what], `${what} is not an array.`)];
    return (elements.data ?? []).map((raw, place) => {
      return { pointer: `${at}/${place}`, route, raw, body: bodyFor(raw) };
    });
  };
  return [
    ...parts("messages", (message) => bodyOf(message, contacts)),
    ...parts("statuses", reportOf),
    ...parts("errors", () => ({ kind: "left", what: "errors" })),
  ];
}

const TELLING = ["sent", "delivered", "read", "played", "failed"] as const;

/** A failure without a reason is not known to pass. */
const UNEXPLAINED: SendError = {
  code: "unexplained",
  class: "caller",
  detail: "WhatsApp tells that it failed, and not why.",
  providerCode: null,
};

/** What Meta says of a message; older kinds of status tell nothing that we keep (section 5). */
function reportOf(value: unknown): CallbackPart["body"] {
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
    report: { providerId: id, status, at, error, price },
    messageId: echoed ?? null,
  };
}

/** Not messages of a customer; each changes something else (section 3.2). */
const NOT_MESSAGES = new Set(["reaction", "edit", "revoke"]);

function bodyOf(value: unknown, contacts: readonly wire.WireContact[]): CallbackPart["body"] {
  const parsed = wire.messageSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined ? "" : issue.path.join("/");
    return { kind: "unreadable", detail: `The message cannot be read at ${where}.` };
  }
  const message = parsed.data;
  if (message.type === "system") return systemBody(message, value);
  if (NOT_MESSAGES.has(message.type)) return { kind: "left", what: message.type };
  const contact = contactOf(message, contacts);
  const sender = senderOf(message, contact);
  if (sender === null) return { kind: "unreadable", detail: "The message names no sender." };
  const inbound: InboundMessage = {
    providerId: message.id,
    sentAt: message.timestamp * 1000,
    sender: withSharedNumber(sender, message),
    participantName: message.group_id === undefined ? null : nameOf(contact),
    content: contentOf(message, value),
    replyToProviderId: message.context?.id ?? null,
  };
  return { kind: "message", message: inbound };
}

/**
 * By user id, then by wa_id, then the only one: the arrays are parallel by convention only (2.3).
 * The only one may still be somebody else's, whose ids must not become the sender's.
 */
function contactOf(
  message: wire.WireMessage,
  contacts: readonly wire.WireContact[],
): wire.WireContact | undefined {
  const { from, from_user_id: userId } = message;
  const known =
    contacts.find((contact) => userId !== undefined && contact.user_id === userId) ??
    contacts.find((contact) => from !== undefined && contact.wa_id === from);
  const [only, ...others] = contacts;
  if (known !== undefined || only === undefined || others.length > 0) return known;
  const another = differ(userId, only.user_id) || differ(from, only.wa_id);
  return another ? undefined : only;
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/**
 * Who wrote. A group is a sender of its own, never its participant (section 3.8). A phone number is
 * optional: business-scoped user ids come first (section 4.5), and replies go to the number while
 * it is known.
 */
function senderOf(message: wire.WireMessage, contact: wire.WireContact | undefined): Sender | null {
  if (message.group_id !== undefined) {
    const address: Identity = { kind: "external", value: `whatsapp-group:${message.group_id}` };
    return { identities: [address], address, profileName: "WhatsApp group" };
  }
  const identities = namesOf({
    userId: message.from_user_id ?? contact?.user_id,
    parentId: message.from_parent_user_id ?? contact?.parent_user_id,
    waId: message.from ?? contact?.wa_id,
  });
  const address = identities.find(({ kind }) => kind === "wa_id") ?? identities[0];
  if (address === undefined) return null;
  return { identities, address, profileName: nameOf(contact) };
}

function nameOf(contact: wire.WireContact | undefined): string | null {
  return contact?.profile?.name ?? contact?.profile?.username ?? null;
}

/** What we read is shown as what it is; every other type is kept as it came. */
function contentOf(message: wire.WireMessage, raw: unknown): Content {
  return readableOf(message) ?? { type: "unsupported", raw: wire.elementSchema.parse(raw) };
}

function readableOf(message: wire.WireMessage): Content | null {
  switch (message.type) {
    case "text": {
      const { data } = wire.textSchema.safeParse(message);
      return data === undefined ? null : { type: "text", text: data.text.body };
    }
    case "location": {
      const { data } = wire.locationSchema.safeParse(message);
      if (data === undefined) return null;
      const { latitude, longitude, name, address } = data.location;
      return { type: "location", latitude, longitude, ...given({ name, address }) };
    }
    case "contacts": {
      const { data } = wire.cardsSchema.safeParse(message);
      return data === undefined ? null : { type: "contacts", contacts: data.contacts };
    }
    case "interactive": {
      const { data } = wire.interactiveSchema.safeParse(message);
      return data === undefined ? null : { type: "interactive", interactive: data.interactive };
    }
    case "button": {
      const { data } = wire.buttonSchema.safeParse(message);
      if (data === undefined) return null;
      return { type: "interactive", interactive: { type: "button", button: data.button } };
    }
    default:
      return null;
  }
}

/** Only what is there: stored shapes know no undefined. */
function given(values: { name: string | undefined; address: string | undefined }) {
  const { name, address } = values;
  return {
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { address }),
  };
}

function unreadable(
  pointer: string,
  route: string | null,
  raw: unknown,
  detail: string,
): CallbackPart {
  return { pointer, route, raw, body: { kind: "unreadable", detail } };
}

function json(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text, exact) };
  } catch {
    // Signed and still not JSON: kept for people to look at, not our caller's mistake.
    return { ok: false };
  }
}

/** DynamoDB keeps no smaller number (developer guide, "Data types"). */
const TINY = 1e-130;

/**
 * Ids are strings in one place and integers in another (section 2.1). A number too large or too
 * small to be kept as one is kept as it is written.
 */
function exact(_key: string, value: unknown, written?: { readonly source?: string }): unknown {
  if (typeof value !== "number") return value;
  const size = Math.abs(value);
  const fits = size <= Number.MAX_SAFE_INTEGER && (size === 0 || size >= TINY);
  return fits ? value : (written?.source ?? String(value));
}
