import * as z from "zod/mini";
import type { Consent } from "../../domain/consents.ts";
import { type Body, cannotRead, misfit, type Value } from "./parts.ts";
import { contactOf, senderOf } from "./senders.ts";
import { name, optionalText, seconds } from "./wire.ts";

const preferenceSchema = z.looseObject({
  wa_id: optionalText,
  user_id: optionalText,
  parent_user_id: optionalText,
  category: name,
  value: name,
  detail: optionalText,
  signup_id: optionalText,
  timestamp: seconds,
});

/** `signup`: by a link of the business (section 2.7). */
const STATES: Readonly<Record<string, Consent["state"]>> = {
  stop: "opted_out",
  resume: "opted_in",
  signup: "opted_in",
};
const PURPOSES: Readonly<Record<string, string>> = { marketing_messages: "marketing" };

export function preferenceBody(raw: unknown, { contacts }: Value): Body {
  const parsed = preferenceSchema.safeParse(raw);
  if (!parsed.success) {
    return cannotRead(`The preference cannot be read at ${misfit(parsed.error)}.`);
  }
  const { category, value, detail, signup_id: signupId, timestamp, ...told } = parsed.data;
  const state = STATES[value];
  const purpose = PURPOSES[category];
  if (state === undefined || purpose === undefined) {
    return { kind: "left", what: `preference ${category} ${value}` };
  }
  const who = {
    from: told.wa_id,
    from_user_id: told.user_id,
    from_parent_user_id: told.parent_user_id,
    group_id: undefined,
  };
  const sender = senderOf(who, contactOf(who, contacts));
  if (sender === null) return cannotRead("The preference names nobody.");
  const at = new Date(timestamp * 1_000).toISOString();
  const evidence = {
    value,
    ...(detail === undefined ? {} : { detail }),
    ...(signupId === undefined ? {} : { signupId }),
  };
  const consent = { purpose, state, at, source: "user_preferences", evidence };
  return { kind: "consent", sender: { ...sender, profileName: null }, consent };
}
