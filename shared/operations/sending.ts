import { type Channel, capabilitiesOf } from "../domain/channels.ts";
import { violationsOf } from "../domain/contents.ts";
import { answered, type Conversation } from "../domain/conversations.ts";
import { DomainError, invalid, notFound } from "../domain/errors.ts";
import { messageIdIn, timeOf } from "../domain/id.ts";
import { type Content, type Message, unsent } from "../domain/messages.ts";
import { paced } from "../domain/pacing.ts";
import { requeued } from "../domain/statuses.ts";
import { variablesOf } from "../domain/templates.ts";
import { windowAt } from "../domain/window.ts";
import type { Scope, Write } from "../ports.ts";
import { attempt } from "./attempts.ts";

export interface SendInput {
  readonly content: Content;
  readonly replyTo?: string | null | undefined;
  readonly ifLastSeen?: string | undefined;
  readonly clientRef?: string | null | undefined;
}

/**
 * Accepts a message for sending: checked, stored as `queued`, and answered. What sends it follows
 * from its being stored; nothing is called here, so an accepted message is never lost.
 */
export async function sendMessage(
  scope: Scope,
  conversationId: string,
  input: SendInput,
): Promise<Message> {
  return attempt(async (_freshness, count) => {
    const before = await scope.store.conversation(conversationId);
    if (before === null) throw notFound("conversation");
    const channel = await scope.store.channel(before.channelId);
    if (channel === null) throw notFound("channel");
    const { message, conversation } = await accept(scope, channel, before, input, count);
    const commit = await scope.store.commit(
      [
        { noun: "message", before: null, after: message },
        { noun: "conversation", before, after: conversation },
      ],
      message,
    );
    return commit.ok ? message : null;
  });
}

/**
 * What one accepted message writes, given its conversation as it is (or will be).
 *
 * @param count which try of the transaction this is, so that another try gets another id
 */
export async function accept(
  scope: Scope,
  channel: Channel,
  before: Conversation,
  input: SendInput,
  count: number,
): Promise<{ message: Message; conversation: Conversation }> {
  const now = scope.clock.now();
  const { content } = input;
  checkSeen(before, input.ifLastSeen);
  await checkContent(scope, channel, before, content, now);
  const quoted = input.replyTo ?? null;
  const quotedId = quoted === null ? null : await quotedBy(scope, before, quoted, "/replyTo");
  const { pairLimit } = capabilitiesOf(channel.kind);
  const slot = paced(pairLimit, before.evenAt, now);
  const at = new Date(now).toISOString();
  const message: Message = {
    ...unsent,
    id: messageIdIn(before.id, ...placeAfter(before.lastMessage, now, count)),
    conversationId: before.id,
    channelId: channel.id,
    direction: "outbound",
    content,
    status: "queued",
    providerId: null,
    replyToProviderId: quotedId,
    replyToMessageId: quoted,
    author: authorOf(scope),
    to: before.address,
    clientRef: input.clientRef ?? null,
    attempt: 1,
    notBefore: slot.at > now ? new Date(slot.at).toISOString() : null,
    createdAt: at,
    receivedAt: at,
    rev: 1,
  };
  const conversation = { ...answered(before, message, slot.evenAt), rev: before.rev + 1 };
  return { message, conversation };
}

/** After everything that the conversation shows, also when another worker's clock is ahead. */
function placeAfter(
  last: Conversation["lastMessage"],
  now: number,
  count: number,
): [at: number, arrivedAt: number, position: number] {
  const at = last === null ? now : Math.max(now, timeOf(last.id) + 1);
  return [at, at, count];
}

function checkSeen(conversation: Conversation, ifLastSeen: string | undefined): void {
  const { lastMessage } = conversation;
  if (ifLastSeen === undefined || lastMessage === null || lastMessage.id <= ifLastSeen) return;
  const detail = "Somebody wrote meanwhile; read it and decide again.";
  throw new DomainError("conversation_moved", detail, { more: { lastMessage } });
}

async function checkContent(
  scope: Scope,
  channel: Channel,
  conversation: Conversation,
  content: Content,
  now: number,
): Promise<void> {
  const { sends, windowMs } = capabilitiesOf(channel.kind);
  if (!sends.includes(content.type)) {
    const can = sends.length === 0 ? "cannot send yet" : `sends ${sends.join(", ")}`;
    throw new DomainError("content_not_supported", `This channel ${can}.`);
  }
  const violations = violationsOf(content).map((violation) => ({
    ...violation,
    pointer: `/content${violation.pointer}`,
  }));
  const [first] = violations;
  if (first !== undefined) {
    const detail = `${first.pointer}: ${first.detail}`;
    throw new DomainError("invalid_request", detail, { violations });
  }
  if (content.type === "reaction") {
    await quotedBy(scope, conversation, content.messageId, "/content/messageId");
  }
  if (content.type === "template") return checkTemplate(scope, channel, content);
  const window = windowAt(windowMs, conversation.windowClosesAt, now);
  if (window === null || window.state === "open") return;
  const detail =
    "The customer last wrote more than 24 hours ago: send a template, or wait for them to write.";
  throw new DomainError("window_closed", detail, { more: { window } });
}

/** Line breaks, tabs and five spaces in a row are refused by Meta (132018, section 7.3). */
const FORBIDDEN_IN_VARIABLE = /[\n\r\t]| {5,}/;

async function checkTemplate(
  scope: Scope,
  channel: Channel,
  { templateId, variables }: Extract<Content, { type: "template" }>,
): Promise<void> {
  const template = await scope.store.template(templateId);
  if (template === null || template.channelId !== channel.id) {
    const detail = "This channel has no template with this id.";
    throw invalid("/content/templateId", "unknown", detail);
  }
  if (template.status !== "approved") {
    const detail = `The template is ${template.status}; take an approved one.`;
    throw invalid("/content/templateId", template.status, detail);
  }
  const names = variablesOf(template.body);
  for (const name of names) {
    const value = variables[name] ?? "";
    const at = `/content/variables/${name}`;
    if (value.trim() === "") throw invalid(at, "required", "Fill every variable.");
    if (FORBIDDEN_IN_VARIABLE.test(value)) {
      throw invalid(at, "invalid", "No line breaks, tabs or more than four spaces in a row.");
    }
  }
  const unknown = Object.keys(variables).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const detail = "The template has no such variable.";
  throw invalid(`/content/variables/${unknown}`, "unknown", detail);
}

/** The provider's id of a message of this conversation that is quoted or reacted to. */
async function quotedBy(
  scope: Scope,
  conversation: Conversation,
  messageId: string,
  pointer: string,
): Promise<string> {
  const message = await scope.store.message(messageId);
  if (message === null || message.conversationId !== conversation.id) {
    throw invalid(pointer, "unknown", "There is no such message in this conversation.");
  }
  if (message.providerId !== null) return message.providerId;
  throw invalid(pointer, "not_sent", "That message has not reached the provider yet.");
}

function authorOf({ actor }: Scope): Message["author"] {
  if (actor.kind === "system") return { kind: "system", id: null, name: null };
  const { agentId } = actor;
  return agentId === null
    ? { kind: "apiKey", id: actor.id, name: null }
    : { kind: "agent", id: agentId, name: null };
}

/** How long nobody may send a message again whose outcome is not known (design, section 5). */
const UNKNOWN_FOR_MS = 72 * 3_600_000;

/** Sends a message again that failed, or whose outcome nobody learnt in three days. */
export function retryMessage(scope: Scope, id: string): Promise<Message> {
  return attempt(async () => {
    const before = await outbound(scope, id);
    const unknownFor = scope.clock.now() - Date.parse(before.createdAt);
    const givenUp = before.status === "unknown" && unknownFor >= UNKNOWN_FOR_MS;
    if (before.status !== "failed" && !givenUp) {
      const detail =
        before.status === "unknown"
          ? "Nobody knows yet whether it went out; it can be sent again after 72 hours."
          : `A message that is ${before.status} is not sent again.`;
      throw new DomainError("not_retryable", detail);
    }
    const conversation = await scope.store.conversation(before.conversationId);
    const channel = await scope.store.channel(before.channelId);
    if (conversation === null || channel === null) throw notFound("message");
    await checkContent(scope, channel, conversation, before.content, scope.clock.now());
    return changed(scope, before, requeued(before, null));
  });
}

/** Only what nobody has begun to send can be cancelled. */
export function cancelMessage(scope: Scope, id: string): Promise<Message> {
  return attempt(async () => {
    const before = await outbound(scope, id);
    if (before.status === "cancelled") return before;
    if (before.status !== "queued" && before.status !== "waiting") {
      throw new DomainError("not_cancellable", `The message is ${before.status} already.`);
    }
    return changed(scope, before, { ...before, status: "cancelled" });
  });
}

async function outbound(scope: Scope, id: string): Promise<Message> {
  const message = await scope.store.message(id);
  if (message === null || message.direction !== "outbound") throw notFound("message");
  return message;
}

async function changed(scope: Scope, before: Message, next: Message): Promise<Message | null> {
  const after = { ...next, rev: before.rev + 1 };
  const writes: Write[] = [{ noun: "message", before, after }];
  return (await scope.store.commit(writes, after)).ok ? after : null;
}
