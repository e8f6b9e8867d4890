/** Every accepted send, for whoever counts what really went out. */
import * as z from "zod";
import type { ChatMessage, Chats } from "./chats.ts";
import type { Numbers } from "./numbers.ts";

export interface LedgerEntry {
  readonly providerId: string;
  readonly from: string;
  /** As dialled. */
  readonly to: string | null;
  /** The business's own, from `biz_opaque_callback_data`. */
  readonly reference: string | null;
  /** As rendered. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly acceptedAt: string;
}

export function ledgerOf(chats: Chats, numbers: Numbers): LedgerEntry[] {
  return chats.sends().map((message) => ({
    providerId: message.id,
    from: `+${numbers.byId(message.phoneNumberId)?.displayNumber ?? message.phoneNumberId}`,
    to: message.to,
    reference: message.reference,
    content: contentOf(message),
    acceptedAt: new Date(message.at).toISOString(),
  }));
}

const textSchema = z.looseObject({ body: z.string() });
const templateSchema = z.looseObject({
  name: z.string(),
  language: z.looseObject({ code: z.string() }),
});

/** Text and templates by their words, everything else as Meta took it. */
function contentOf({ type, body, rendered }: ChatMessage): LedgerEntry["content"] {
  switch (type) {
    case "text":
      return { type, text: textSchema.parse(body).body };
    case "template": {
      const { name, language } = templateSchema.parse(body);
      return { type, name, language: language.code, text: rendered?.body ?? null };
    }
    default:
      return { type, [type]: body };
  }
}
