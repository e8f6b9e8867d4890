import * as z from "zod/mini";
import { type Body, cannotRead, misfit, type Value } from "./parts.ts";
import { contactOf, senderOf } from "./senders.ts";
import { optionalText, seconds } from "./wire.ts";

const callSchema = z.looseObject({
  from: optionalText,
  from_user_id: optionalText,
  from_parent_user_id: optionalText,
  direction: optionalText,
  event: optionalText,
  timestamp: seconds,
});

/** A call of the customer opens the window when it begins (section 6.1); the rest is not for us. */
export function callBody(raw: unknown, { contacts }: Value): Body {
  const parsed = callSchema.safeParse(raw);
  if (!parsed.success) return cannotRead(`The call cannot be read at ${misfit(parsed.error)}.`);
  const { direction, event, timestamp, ...named } = parsed.data;
  const isTheirs = direction === "USER_INITIATED" && (event ?? "connect") === "connect";
  if (!isTheirs) return { kind: "left", what: `call ${event ?? direction ?? ""}`.trim() };
  const who = { ...named, group_id: undefined };
  const sender = senderOf(who, contactOf(who, contacts));
  if (sender === null) return cannotRead("The call names nobody.");
  return { kind: "call", sender: { ...sender, profileName: null }, at: timestamp * 1_000 };
}
