import { type Conversation, reopened, resolved } from "../domain/conversations.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { type ConversationWithContact, readConversation } from "./conversations.ts";

/** Nothing is left to do here, until the customer writes again. */
export function resolveConversation(scope: Scope, id: string): Promise<ConversationWithContact> {
  return change(scope, id, resolved);
}

export function reopenConversation(scope: Scope, id: string): Promise<ConversationWithContact> {
  return change(scope, id, reopened);
}

function change(
  scope: Scope,
  id: string,
  rule: (conversation: Conversation, at: string) => Conversation,
): Promise<ConversationWithContact> {
  return attempt(async () => {
    const { conversation: before, contact } = await readConversation(scope, id);
    const changed = rule(before, new Date(scope.clock.now()).toISOString());
    if (changed === before) return { conversation: before, contact };
    const after = { ...changed, rev: before.rev + 1 };
    const result = { conversation: after, contact };
    const commit = await scope.store.commit([{ noun: "conversation", before, after }], result);
    return commit.ok ? result : null;
  });
}
