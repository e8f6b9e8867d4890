import type { CallbackPart, RawCallback } from "../../domain/callbacks.ts";
import { type Around, accountPart, isAccountField } from "./accounts.ts";
import { callBody } from "./calls.ts";
import { echoBody } from "./echoes.ts";
import { historyParts } from "./history.ts";
import { userIdUpdateBody } from "./identities.ts";
import { json } from "./json.ts";
import { messageBody } from "./messages.ts";
import { elementsOf, unreadable, type Value } from "./parts.ts";
import { entryBody } from "./phoneBook.ts";
import { preferenceBody } from "./preferences.ts";
import { reportOf } from "./statuses.ts";
import { isTemplateField, templateEventOf } from "./templateEvents.ts";
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
  return envelope.data.entry.flatMap((entry, place) =>
    entryParts(entry, `/entry/${place}`, raw.receivedAt),
  );
}

function entryParts(value: unknown, pointer: string, receivedAt: string): CallbackPart[] {
  const entry = wire.entrySchema.safeParse(value);
  if (!entry.success) {
    return [unreadable(pointer, null, value, "The entry has no changes array.")];
  }
  const { id, time, changes } = entry.data;
  return changes.flatMap((change, place) =>
    changeParts(change, `${pointer}/changes/${place}`, { id, time, receivedAt }),
  );
}

/** The fields that are about one number (section 2.2). */
const NUMBER_FIELDS: Readonly<Record<string, (value: Value) => CallbackPart[]>> = {
  messages: (value) => [
    ...elementsOf(value, "messages", (message) => messageBody(message, value.contacts)),
    ...elementsOf(value, "statuses", reportOf),
    ...elementsOf(value, "errors", () => ({ kind: "left", what: "errors" })),
  ],
  smb_message_echoes: (value) =>
    elementsOf(value, "message_echoes", (echo) => echoBody(echo, value, "WhatsApp Business app")),
  message_echoes: (value) =>
    elementsOf(value, "message_echoes", (echo) => echoBody(echo, value, "Another app")),
  smb_app_state_sync: (value) => elementsOf(value, "state_sync", entryBody),
  history: historyParts,
  calls: (value) => elementsOf(value, "calls", (call) => callBody(call, value)),
  user_id_update: (value) => elementsOf(value, "user_id_update", userIdUpdateBody),
  user_preferences: (value) =>
    elementsOf(value, "user_preferences", (preference) => preferenceBody(preference, value)),
};

function changeParts(value: unknown, pointer: string, around: Around): CallbackPart[] {
  const change = wire.changeSchema.safeParse(value);
  if (!change.success) return [unreadable(pointer, null, value, "The change has no field.")];
  const { field } = change.data;
  if (isAccountField(field)) return [accountPart(pointer, change.data, around)];
  if (isTemplateField(field)) {
    const body = templateEventOf(change.data.value, around.time);
    return [{ pointer, route: around.id ?? null, raw: value, body }];
  }
  const read = Object.hasOwn(NUMBER_FIELDS, field) ? NUMBER_FIELDS[field] : undefined;
  if (read === undefined) {
    return [{ pointer, route: null, raw: value, body: { kind: "left", what: field } }];
  }
  const given = wire.valueSchema.safeParse(change.data.value);
  if (!given.success) {
    return [unreadable(pointer, null, value, "The value has no metadata.phone_number_id.")];
  }
  return read(valueIn(given.data, `${pointer}/value`));
}

function valueIn(given: ReturnType<typeof wire.valueSchema.parse>, pointer: string): Value {
  const { phone_number_id: route, display_phone_number: number } = given.metadata;
  const contacts = given.contacts.flatMap((contact) => {
    const known = wire.contactSchema.safeParse(contact);
    return known.success ? [known.data] : [];
  });
  return { pointer, route, number: number?.replaceAll(/\D/g, "") ?? "", contacts, given };
}
