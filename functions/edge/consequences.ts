import { viewFact } from "../../shared/contract/facts.ts";
import type { Conversation } from "../../shared/domain/conversations.ts";
import { type Change, type Changed, factsOf } from "../../shared/domain/facts.ts";
import type { Message } from "../../shared/domain/messages.ts";
import type { Job } from "../../shared/ports.ts";
import { redriveJob, sendJob, signalJob } from "./jobs.ts";

/** A job that follows from a change, and the queue it belongs to. */
export interface Consequence {
  readonly to: "send" | "ingest" | "facts";
  readonly job: Job;
}

/** What follows from a stored change: decided from its two images alone. */
export function consequencesOf(workspaceId: string, change: Change): Consequence[] {
  const told = factsOf(change).map((fact): Consequence => {
    const body = JSON.stringify(viewFact(fact, workspaceId));
    return { to: "facts", job: { body, group: workspaceId } };
  });
  return [...workOf(workspaceId, change), ...told];
}

function workOf(workspaceId: string, change: Change): Consequence[] {
  switch (change.noun) {
    case "message":
      return isToSend(change) ? [{ to: "send", job: sendJob(workspaceId, change.after) }] : [];
    case "conversation":
      return signalsOf(workspaceId, change);
    case "redrive":
      return change.after?.status === "running"
        ? [{ to: "ingest", job: redriveJob(workspaceId, change.after) }]
        : [];
    case "contact":
    case "channel":
    case "callback":
      return [];
    default:
      return change satisfies never;
  }
}

/** New, or to be sent again after it had ended. A try that was refused at once keeps its job. */
function isToSend(
  change: Changed<"message", Message>,
): change is Changed<"message", Message> & { after: Message } {
  const { before, after } = change;
  if (after === null || after.status !== "queued") return false;
  return before === null || (before.status !== "sending" && before.status !== "queued");
}

function signalsOf(
  workspaceId: string,
  { before, after }: Changed<"conversation", Conversation>,
): Consequence[] {
  if (after === null) return [];
  const typing = after.typingAt !== null && after.typingAt !== before?.typingAt;
  const read = after.readUpTo !== null && after.readUpTo !== before?.readUpTo;
  if (!typing && !read) return [];
  return [{ to: "send", job: signalJob(workspaceId, after, typing) }];
}
