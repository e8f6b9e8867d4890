import type { SQSRecord } from "aws-lambda";
import * as z from "zod/mini";
import type { RawCallback, Redrive } from "../../shared/domain/callbacks.ts";
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

/** The next step of a re-drive. */
export function redriveJob(workspaceId: string, redrive: Redrive): Job {
  return {
    body: redrive.id,
    attributes: { kind: "redrive", workspaceId, redriveId: redrive.id },
    group: workspaceId,
  };
}
