import * as z from "zod/mini";
import type { Reaction } from "../../domain/marks.ts";
import { contentOf } from "./contents.ts";
import { type Body, cannotRead, misfit } from "./parts.ts";
import { name, optionalText, type WireMessage } from "./wire.ts";

/** Who changes a message, and whose messages may be theirs. */
export interface Amender {
  readonly of: "inbound" | "outbound";
  readonly reactor: string;
  readonly by: Reaction["by"];
  readonly name: string | null;
  /** Whose conversation it is in. */
  readonly party: string;
}

/** Types that are no messages: each changes one that was said before (section 3.2). */
export const AMENDING = ["reaction", "edit", "revoke"] as const;

const reactionSchema = z.looseObject({
  reaction: z.looseObject({ message_id: name, emoji: optionalText }),
});
const editSchema = z.looseObject({
  edit: z.looseObject({
    original_message_id: name,
    message: z.looseObject({ type: name }),
  }),
});
const revokeSchema = z.looseObject({ revoke: z.looseObject({ original_message_id: name }) });

export function amendmentBody(
  type: (typeof AMENDING)[number],
  message: WireMessage,
  raw: unknown,
  amender: Amender,
): Body {
  const { id: providerId } = message;
  const { of, reactor, by, name: called, party } = amender;
  const at = new Date(message.timestamp * 1_000).toISOString();
  switch (type) {
    case "reaction": {
      const parsed = reactionSchema.safeParse(raw);
      if (!parsed.success)
        return cannotRead(`The reaction cannot be read at ${misfit(parsed.error)}.`);
      const { message_id: targetId, emoji = "" } = parsed.data.reaction;
      const reaction = { reactor, by, name: called, emoji, at, providerId };
      return { kind: "amendment", party, amendment: { kind: type, targetId, reaction } };
    }
    case "edit": {
      const parsed = editSchema.safeParse(raw);
      if (!parsed.success) return cannotRead(`The edit cannot be read at ${misfit(parsed.error)}.`);
      const { original_message_id: targetId, message: said } = parsed.data.edit;
      const edit = { providerId, at, content: contentOf(said.type, said) };
      return { kind: "amendment", party, amendment: { kind: type, targetId, of, edit } };
    }
    case "revoke": {
      const parsed = revokeSchema.safeParse(raw);
      if (!parsed.success)
        return cannotRead(`The revoke cannot be read at ${misfit(parsed.error)}.`);
      const { original_message_id: targetId } = parsed.data.revoke;
      return { kind: "amendment", party, amendment: { kind: type, targetId, of, at } };
    }
    default:
      return type satisfies never;
  }
}
