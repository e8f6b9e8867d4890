import { capabilitiesOf } from "../domain/channels.ts";
import { windowNews } from "../domain/window.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";

/**
 * Notes that a window is closing or closed; who waits for that is told by publish. The mark is
 * written once for each closing time, on the revision that was read, so a look that is repeated
 * changes nothing and one that meets a new message decides again.
 *
 * @returns when to look again, ms since the epoch; null when this window is over
 */
export async function tellWindow(scope: Scope, conversationId: string): Promise<number | null> {
  const { lookAt } = await attempt(async () => {
    const over = { lookAt: null };
    const before = await scope.store.conversation(conversationId, "strict");
    if (before === null || before.windowClosesAt === null) return over;
    if (capabilitiesOf(before.channelKind).windowMs === null) return over;
    const { windowClosesAt: closesAt, windowTold: told } = before;
    const { tell, lookAt } = windowNews(closesAt, told, scope.clock.now());
    if (tell === null) return { lookAt };
    const after = { ...before, windowTold: { state: tell, closesAt }, rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "conversation", before, after });
    return commit.ok ? { lookAt } : null;
  });
  return lookAt;
}
