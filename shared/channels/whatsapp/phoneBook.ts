import * as z from "zod/mini";
import { type Body, cannotRead, misfit } from "./parts.ts";
import { senderOf } from "./senders.ts";
import { name, optionalText, seconds } from "./wire.ts";

const entrySchema = z.looseObject({
  type: name,
  action: name,
  contact: z.looseObject({
    full_name: optionalText,
    first_name: optionalText,
    phone_number: optionalText,
    user_id: optionalText,
  }),
  metadata: z.looseObject({ timestamp: seconds }),
});

/** What the phone on the business's number calls somebody (section 2.8). */
export function entryBody(raw: unknown): Body {
  const parsed = entrySchema.safeParse(raw);
  if (!parsed.success) return cannotRead(`The entry cannot be read at ${misfit(parsed.error)}.`);
  const { type, action, contact, metadata } = parsed.data;
  if (type !== "contact" || (action !== "add" && action !== "remove")) {
    return { kind: "left", what: `state_sync ${type} ${action}` };
  }
  const who = {
    from: contact.phone_number,
    from_user_id: contact.user_id,
    from_parent_user_id: undefined,
    group_id: undefined,
  };
  const identities = senderOf(who, undefined)?.identities;
  if (identities === undefined) return cannotRead("The entry names nobody.");
  const called = contact.full_name ?? contact.first_name ?? null;
  const at = new Date(metadata.timestamp * 1_000).toISOString();
  const entry = { identities, name: action === "add" ? called : null, at };
  return { kind: "phoneBook", entry };
}
