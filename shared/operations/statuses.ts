import type { Channel } from "../domain/channels.ts";
import { isId } from "../domain/id.ts";
import { reported, type StatusReport, triedAgain } from "../domain/statuses.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { breakChannel } from "./channels.ts";

/**
 * Applies what the provider says of a message that we sent. Our own id comes back with it, so a
 * status that overtakes the answer to the send finds its message all the same. A message that we do
 * not know was sent by another tool on the same number: it is none of ours (WhatsApp reference,
 * section 5, rules 4 and 5).
 *
 * @returns `stored` when it told something new, `seen` when not, `left` when it is not ours
 */
export function applyStatus(
  scope: Scope,
  channel: Channel,
  status: { readonly report: StatusReport; readonly messageId: string | null },
): Promise<"stored" | "seen" | "left"> {
  const { report, messageId: echoed } = status;
  return attempt(async () => {
    const id =
      echoed !== null && isId("message", echoed)
        ? echoed
        : await scope.store.messageOf(channel.id, report.providerId);
    const before = id === null ? null : await scope.store.message(id);
    if (before === null || before.channelId !== channel.id) return "left";
    if (before.direction !== "outbound") return "left";
    const changed = reported(before, report);
    if (changed === before) return "seen";
    // Before the message, so that a crash between the two repeats both.
    if (changed.status === "failed" && changed.error?.class === "channel") {
      await breakChannel(scope, channel.id, changed.error.detail);
    }
    const after = { ...triedAgain(changed, scope.clock.now()), rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "message", before, after });
    return commit.ok ? "stored" : null;
  });
}
