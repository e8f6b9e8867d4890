import * as z from "zod/mini";
import { type Reaction, reactionSchema } from "./marks.ts";
import { type Content, editSchema, type Message } from "./messages.ts";

/**
 * What changes a message after it was said: a reaction, an edit, a revoke (WhatsApp reference,
 * section 3.2). They come at least once and in any order, also before the message itself; then they
 * wait for it. Every rule here keeps what was told and derives the rest from it, so the order of
 * arrival decides nothing.
 */
/** The provider's id of the message that it changes. */
const target = { targetId: z.string() };
/** Only its author changes a message. */
const authored = { of: z.enum(["inbound", "outbound"]) };

export const amendmentSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("reaction"), ...target, reaction: reactionSchema }),
  z.object({ kind: z.literal("edit"), ...target, ...authored, edit: editSchema }),
  z.object({ kind: z.literal("revoke"), ...target, ...authored, at: z.string() }),
]);
export type Amendment = z.infer<typeof amendmentSchema>;

/** What waits for a message that we do not have yet, in the place of its pointer. */
export const awaitedSchema = z.looseObject({
  channelId: z.string(),
  providerId: z.string(),
  amendments: z.array(amendmentSchema),
  /** Epoch seconds; a message that has not come by then is none of ours. */
  expiresAt: z.number(),
  rev: z.number(),
});
export type Awaited = z.infer<typeof awaitedSchema>;

/** The message after an amendment; the same object when it tells nothing new. */
export function amended(message: Message, amendment: Amendment): Message {
  switch (amendment.kind) {
    case "reaction": {
      const reactions = withReaction(message.reactions ?? [], amendment.reaction);
      return reactions === null ? message : { ...message, reactions };
    }
    case "edit": {
      const { edit, of } = amendment;
      const edits = message.edits ?? [];
      if (of !== message.direction) return message;
      if (edits.some(({ providerId }) => providerId === edit.providerId)) return message;
      return shown({ ...message, edits: [...edits, edit].sort(byTime) });
    }
    case "revoke": {
      const { at, of } = amendment;
      const { revokedAt } = message;
      if (of !== message.direction || (revokedAt !== null && revokedAt <= at)) return message;
      return shown({ ...message, revokedAt: at });
    }
    default:
      return amendment satisfies never;
  }
}

/** What we have of a message, told better: its place and what happened to it since stay. */
export function retold(message: Message, told: Message): Message {
  const { id, conversationId, createdAt, receivedAt, rev } = message;
  const { original, edits, revokedAt, reactions } = message;
  const place = { id, conversationId, createdAt, receivedAt, rev: rev + 1 };
  const next = { ...told, ...place, original, edits, revokedAt, reactions };
  return original === null ? next : shown(next, told.content);
}

interface Told {
  readonly marks: Pick<Message, "origin">;
  readonly content: Content;
}

/** Whether this tells more of a message than what we have: live before copy, whole before part. */
export function tellsMore(told: Told, message: Message): boolean {
  const known = { marks: message, content: message.original ?? message.content };
  return worthOf(told) > worthOf(known);
}

function worthOf({ marks: { origin }, content }: Told): number {
  const isPart =
    content.type === "media" ? content.provider === null : content.type === "unsupported";
  const worth = { live: 4, echo: 2, history: 0 }[origin ?? "live"];
  return isPart ? worth : worth + 1;
}

/** What is shown follows from the first words, the edits and the revoke. */
function shown(message: Message, first?: Content): Message {
  const original = first ?? message.original ?? message.content;
  const latest = message.edits?.at(-1)?.content ?? original;
  const content: Content = message.revokedAt === null ? latest : { type: "revoked" };
  return { ...message, original, content };
}

/** The newest of each person counts; null when this one is not newer. */
function withReaction(known: readonly Reaction[], reaction: Reaction): Reaction[] | null {
  const before = known.find(({ reactor }) => reactor === reaction.reactor);
  if (before !== undefined && byTime(before, reaction) >= 0) return null;
  return [...known.filter((one) => one !== before), reaction].sort(byTime);
}

type Timed = { readonly at: string; readonly providerId: string };

/** In the same second, which is as fine as the provider tells, the id decides. */
function byTime(one: Timed, other: Timed): number {
  const [left, right] = [one, other].map(({ at, providerId }) => `${at}#${providerId}`);
  if (left === right) return 0;
  return (left ?? "") < (right ?? "") ? -1 : 1;
}

/** What waits after one more; the same list when it waits already. */
export function awaiting(known: readonly Amendment[], amendment: Amendment): readonly Amendment[] {
  const id = idOf(amendment);
  return known.some((one) => idOf(one) === id) ? known : [...known, amendment];
}

function idOf(amendment: Amendment): string {
  switch (amendment.kind) {
    case "reaction":
      return amendment.reaction.providerId;
    case "edit":
      return amendment.edit.providerId;
    case "revoke":
      return `${amendment.of} ${amendment.at}`;
    default:
      return amendment satisfies never;
  }
}

/** Who edited what before: every version but the one that is shown, oldest first. */
export function earlierVersions(message: Message): { content: Content; at: string }[] {
  const { original, edits, revokedAt, createdAt } = message;
  // The words that were taken back are for the audit alone.
  if (original === null || edits === null || revokedAt !== null) return [];
  return [{ content: original, at: createdAt }, ...edits.slice(0, -1)].map(({ content, at }) => {
    return { content, at };
  });
}
