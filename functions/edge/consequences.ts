import { viewFact } from "../../shared/contract/facts.ts";
import type { Conversation } from "../../shared/domain/conversations.ts";
import { type Change, type Changed, factsOf, windowOpened } from "../../shared/domain/facts.ts";
import type { Message } from "../../shared/domain/messages.ts";
import type { Template } from "../../shared/domain/templates.ts";
import { closingFrom } from "../../shared/domain/window.ts";
import type { Job } from "../../shared/ports.ts";
import {
  redriveJob,
  refusedTemplateJob,
  releaseJob,
  sendJob,
  signalJob,
  templateJob,
  timerJob,
} from "./jobs.ts";

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
      if (isToSend(change)) return [{ to: "send", job: sendJob(workspaceId, change.after) }];
      return [...expiryOf(workspaceId, change), ...refusedTemplate(workspaceId, change)];
    case "conversation":
      return [
        ...releaseOf(workspaceId, change),
        ...signalsOf(workspaceId, change),
        ...closingOf(workspaceId, change),
      ];
    case "redrive":
      return change.after?.status === "running"
        ? [{ to: "ingest", job: redriveJob(workspaceId, change.after) }]
        : [];
    case "template":
      return isStale(change) ? [{ to: "send", job: templateJob(workspaceId, change.after) }] : [];
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

/** A send that failed for its template says that it is not as we know it. */
function refusedTemplate(
  workspaceId: string,
  { before, after }: Changed<"message", Message>,
): Consequence[] {
  if (after?.status !== "failed" || before?.status === "failed") return [];
  if (after.error?.class !== "template" || after.content.type !== "template") return [];
  const { templateId } = after.content;
  const at = after.failedAt ?? after.createdAt;
  return [{ to: "send", job: refusedTemplateJob(workspaceId, templateId, at) }];
}

function isStale(
  change: Changed<"template", Template>,
): change is Changed<"template", Template> & { after: Template } {
  const { before, after } = change;
  if (after === null || after.staleAt === null) return false;
  return after.staleAt !== before?.staleAt;
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

/** Somebody will look when the last hour begins; a window that is only extended has its timer. */
function closingOf(
  workspaceId: string,
  { before, after }: Changed<"conversation", Conversation>,
): Consequence[] {
  const closesAt = after?.windowClosesAt ?? null;
  if (after === null || closesAt === null || windowOpened(before, after) === null) return [];
  const at = new Date(closingFrom(closesAt)).toISOString();
  return [{ to: "facts", job: timerJob({ workspaceId, kind: "window", id: after.id, at }) }];
}

/** A reply does not wait for ever. */
function expiryOf(workspaceId: string, change: Changed<"message", Message>): Consequence[] {
  const { before, after } = change;
  if (before !== null || after?.status !== "waiting" || after.wait === null) return [];
  const { expiresAt: at } = after.wait;
  return [{ to: "facts", job: timerJob({ workspaceId, kind: "waiting", id: after.id, at }) }];
}

/** The customer wrote, and something waits for that. */
function releaseOf(
  workspaceId: string,
  { before, after }: Changed<"conversation", Conversation>,
): Consequence[] {
  if (after === null || after.waitingReplies === null) return [];
  if (after.windowClosesAt === (before?.windowClosesAt ?? null)) return [];
  return [{ to: "send", job: releaseJob(workspaceId, after) }];
}
