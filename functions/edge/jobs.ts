import type { SQSRecord } from "aws-lambda";
import * as z from "zod/mini";
import type { RawCallback, Redrive } from "../../shared/domain/callbacks.ts";
import type { Conversation } from "../../shared/domain/conversations.ts";
import type { Message } from "../../shared/domain/messages.ts";
import type { Template } from "../../shared/domain/templates.ts";
import { type Timer, timerKinds } from "../../shared/domain/timers.ts";
import type { Inbox, Job } from "../../shared/ports.ts";

/** What the ingest queue carries. */
export type IngestJob =
  | { readonly kind: "webhook"; readonly raw: RawCallback }
  | { readonly kind: "redrive"; readonly workspaceId: string; readonly redriveId: string };

const webhookAttributes = z.object({
  kind: z.literal("webhook"),
  channelKey: z.string(),
  receivedAt: z.string(),
  encoding: z.enum(["utf8", "base64", "inbox"]),
});
const redriveAttributes = z.object({
  kind: z.literal("redrive"),
  workspaceId: z.string(),
  redriveId: z.string(),
});
const attributesSchema = z.discriminatedUnion("kind", [webhookAttributes, redriveAttributes]);

/** @throws when the message is not a job of ours: it becomes a dead letter, and an alarm */
export async function ingestJobOf(record: SQSRecord, inbox: Inbox): Promise<IngestJob> {
  const named = Object.entries(record.messageAttributes).map(
    ([name, { stringValue }]) => [name, stringValue] as const,
  );
  const attributes = attributesSchema.parse(Object.fromEntries(named));
  if (attributes.kind === "redrive") return attributes;
  const { channelKey, receivedAt, encoding } = attributes;
  if (encoding !== "inbox") {
    return { kind: "webhook", raw: { channelKey, receivedAt, encoding, body: record.body } };
  }
  const bytes = Buffer.from(await inbox.get(record.body));
  const body = bytes.toString("base64");
  return { kind: "webhook", raw: { channelKey, receivedAt, encoding: "base64", body } };
}

/** What the send queue carries. */
export type SendJob =
  | { readonly kind: "send"; readonly workspaceId: string; readonly messageId: string }
  | { readonly kind: "release"; readonly workspaceId: string; readonly conversationId: string }
  | {
      readonly kind: "signal";
      readonly workspaceId: string;
      readonly conversationId: string;
      readonly typing: boolean;
    }
  /** Read a template back from its provider. */
  | { readonly kind: "template"; readonly workspaceId: string; readonly templateId: string };

const sendSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("send"), workspaceId: z.string(), messageId: z.string() }),
  z.object({ kind: z.literal("release"), workspaceId: z.string(), conversationId: z.string() }),
  z.object({
    kind: z.literal("signal"),
    workspaceId: z.string(),
    conversationId: z.string(),
    typing: z.boolean(),
  }),
  z.object({ kind: z.literal("template"), workspaceId: z.string(), templateId: z.string() }),
]);

/** @throws when the message is not a job of ours */
export function sendJobOf({ body }: SQSRecord): SendJob {
  return sendSchema.parse(JSON.parse(body));
}

export function isDeadLetter({ eventSourceARN }: SQSRecord): boolean {
  return /-dead-letters(\.fifo)?$/.test(eventSourceARN);
}

/** In order within the conversation; once per try. */
export function sendJob(workspaceId: string, message: Message): Job {
  const job: SendJob = { kind: "send", workspaceId, messageId: message.id };
  return {
    body: JSON.stringify(job),
    group: message.conversationId,
    once: `${message.id}-${message.attempt ?? 1}`,
  };
}

export function signalJob(workspaceId: string, row: Conversation, typing: boolean): Job {
  const job: SendJob = { kind: "signal", workspaceId, conversationId: row.id, typing };
  // Not in the conversation's own order: a message must never wait for a tick mark.
  return { body: JSON.stringify(job), group: `${row.id}-signals`, once: `${row.id}-${row.rev}` };
}

/** Replies that waited leave in the conversation's own order, before what is said afterwards. */
export function releaseJob(workspaceId: string, { id, rev }: Conversation): Job {
  const job: SendJob = { kind: "release", workspaceId, conversationId: id };
  return { body: JSON.stringify(job), group: id, once: `${id}-release-${rev}` };
}

/** Something happened to the template: each time it is read back once. */
export function templateJob(workspaceId: string, { id, staleAt }: Template): Job {
  return templateJobFor(workspaceId, id, `${id}-${staleAt}`);
}

/**
 * The provider refused a send for its template. A campaign is refused many times, so one look a
 * minute will do; the queue drops what comes again under the same word.
 */
export function refusedTemplateJob(workspaceId: string, templateId: string, at: string): Job {
  const minute = at.slice(0, "2026-11-22T10:00".length);
  return templateJobFor(workspaceId, templateId, `${templateId}-refused-${minute}`);
}

function templateJobFor(workspaceId: string, templateId: string, once: string): Job {
  const job: SendJob = { kind: "template", workspaceId, templateId };
  // A deduplication id takes letters, digits and punctuation, 128 at most.
  return { body: JSON.stringify(job), group: templateId, once };
}

/** The next step of a re-drive. */
export function redriveJob(workspaceId: string, redrive: Redrive): Job {
  return {
    body: redrive.id,
    attributes: { kind: "redrive", workspaceId, redriveId: redrive.id },
    group: workspaceId,
  };
}

const timerSchema = z.object({
  workspaceId: z.string(),
  kind: z.enum(timerKinds),
  id: z.string(),
  at: z.string(),
});

/** A timer as schedules and jobs carry it. */
export function timerOf(told: unknown): Timer {
  return timerSchema.parse(told);
}

const TIMER = "timer";

/** A timer to be armed, among the facts. */
export function timerJob(timer: Timer): Job {
  return { body: JSON.stringify(timer), attributes: { kind: TIMER }, group: timer.workspaceId };
}

export function isTimerJob({ messageAttributes }: SQSRecord): boolean {
  const named = Object.entries(messageAttributes);
  return named.some(([name, { stringValue }]) => name === "kind" && stringValue === TIMER);
}
