import { capabilitiesOf } from "../domain/channels.ts";
import type { Conversation } from "../domain/conversations.ts";
import { isClosing, windowAt } from "../domain/window.ts";
import type { ConversationQuery } from "../ports.ts";

/** What the index does not decide; also true to the row when the index lags behind it. */
export function matches(row: Conversation, query: ConversationQuery, now: number): boolean {
  const { assigneeId, channelId, status, tagId, unread, window } = query;
  if (status !== undefined && row.status !== status) return false;
  if (channelId !== undefined && row.channelId !== channelId) return false;
  if (assigneeId !== undefined && (row.assigneeId ?? "none") !== assigneeId) return false;
  if (unread !== undefined && row.unreadCount > 0 !== unread) return false;
  if (tagId !== undefined && !row.tagIds.includes(tagId)) return false;
  if (window === undefined) return true;
  const { windowMs } = capabilitiesOf(row.channelKind);
  const found = windowAt(windowMs, row.windowClosesAt, now);
  if (found === null) return false;
  return window === "closing" ? isClosing(found, now) : found.state === window;
}
