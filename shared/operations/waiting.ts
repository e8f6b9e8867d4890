import { type Channel, capabilitiesOf } from "../domain/channels.ts";
import { type Conversation, keptWaiting, waitedEnough } from "../domain/conversations.ts";
import { DomainError, invalid, notFound } from "../domain/errors.ts";
import type { Message, SendError } from "../domain/messages.ts";
import { refused, released } from "../domain/statuses.ts";
import { windowAt } from "../domain/window.ts";
import type { Scope, Write } from "../ports.ts";
import type { Sender } from "../providers.ts";
import { attempt } from "./attempts.ts";
import { type Delivered, deliverMessage, giveUpMessage } from "./delivery.ts";
import { accept, checkContent, checkSeen, draftOf, outbound, type SendInput } from "./sending.ts";

/** The template that asks the customer to write, and how long the reply waits for that. */
export interface WaitInput {
  readonly templateId?: string | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly expiresAt?: string | undefined;
}

const DAY_MS = 86_400_000;
const WAIT_MS = 7 * DAY_MS;
const WAIT_MAX_MS = 30 * DAY_MS;
/** Of one conversation; whoever has said so much without an answer may wait too. */
const WAITING_MAX = 10;

/**
 * A reply that needs the window. While it is open it is sent like any other; while it is closed the
 * reply is stored, a template goes out in its place, and the reply leaves when the customer writes.
 * The conversation's revision decides between this and a customer who writes in the same moment.
 */
export function sendOrWait(
  scope: Scope,
  conversationId: string,
  input: SendInput & { readonly wait: WaitInput },
): Promise<Message> {
  return attempt(async (_freshness, count) => {
    const before = await scope.store.conversation(conversationId);
    if (before === null) throw notFound("conversation");
    const channel = await scope.store.channel(before.channelId);
    if (channel === null) throw notFound("channel");
    const plan = isOpen(channel, before, scope.clock.now())
      ? await accept(scope, channel, before, input, count).then(asPlan)
      : await waitingPlan(scope, channel, before, input, count);
    const messages = plan.messages.map((after): Write => {
      return { noun: "message", before: null, after };
    });
    const conversation: Write = { noun: "conversation", before, after: plan.conversation };
    const commit = await scope.store.commit([...messages, conversation], plan.messages[0]);
    return commit.ok ? plan.messages[0] : null;
  });
}

/** What one request stores; the first message is the answer to it. */
interface Plan {
  readonly messages: readonly [Message, ...Message[]];
  readonly conversation: Conversation;
}

function asPlan({ message, conversation }: { message: Message; conversation: Conversation }): Plan {
  return { messages: [message], conversation };
}

function isOpen(channel: Channel, { windowClosesAt }: Conversation, now: number): boolean {
  const window = windowAt(capabilitiesOf(channel.kind).windowMs, windowClosesAt, now);
  return window === null || window.state === "open";
}

async function waitingPlan(
  scope: Scope,
  channel: Channel,
  before: Conversation,
  input: SendInput & { readonly wait: WaitInput },
  count: number,
): Promise<Plan> {
  const { wait, ifLastSeen, ...plain } = input;
  checkSeen(before, ifLastSeen);
  if (input.content.type === "template") {
    throw invalid("/wait", "not_needed", "A template needs no window: send it without wait.");
  }
  if ((before.waitingReplies ?? []).length >= WAITING_MAX) {
    throw invalid("/wait", "too_many", `At most ${WAITING_MAX} replies wait in a conversation.`);
  }
  const now = scope.clock.now();
  const expiresAt = expiryOf(wait, now);
  const opener = await openerFor(scope, channel, before, wait, count);
  // Behind its template in every list, whatever the millisecond.
  const onto = opener?.conversation ?? before;
  const draft = await draftOf(scope, channel, onto, plain, { now, count });
  const message: Message = {
    ...draft,
    status: "waiting",
    wait: { expiresAt, templateMessageId: opener?.message.id ?? null, releasedAt: null },
  };
  const conversation = keptWaiting(opener?.conversation ?? before, message);
  return {
    messages: opener === null ? [message] : [message, opener.message],
    conversation: { ...conversation, rev: before.rev + 1 },
  };
}

function expiryOf({ expiresAt }: WaitInput, now: number): string {
  const at = expiresAt === undefined ? now + WAIT_MS : Date.parse(expiresAt);
  if (at > now && at <= now + WAIT_MAX_MS) return new Date(at).toISOString();
  throw invalid("/wait/expiresAt", "out_of_range", "Give a time within the next 30 days.");
}

/** The template in the reply's place; none is sent when one is on its way already. */
async function openerFor(
  scope: Scope,
  channel: Channel,
  before: Conversation,
  { templateId, variables = {} }: WaitInput,
  count: number,
): Promise<{ message: Message; conversation: Conversation } | null> {
  if (templateId === undefined) return null;
  const content = { type: "template", templateId, variables } as const;
  try {
    return await accept(scope, channel, before, { content }, count);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    // The caller named the template under `wait`, so that is where it must be mended.
    const violations = error.violations.map((violation) => {
      return { ...violation, pointer: violation.pointer.replace(/^\/content/, "/wait") };
    });
    const { code, message, more } = error;
    throw new DomainError(code, message, { violations, more, cause: error });
  }
}

const DONE: Delivered = { done: true };

/**
 * Sends what waited, the oldest first, each at most once. Runs as a job in the conversation's own
 * order, so what is said afterwards stays behind it; a job that is repeated goes on where the last
 * one ended, because the conversation names what still waits.
 *
 *   waiting -> queued      on its revision: a cancel, an edit or the expiry may win instead
 *   queued  -> ... sent    like every other message
 *   forgotten              by the conversation, when all of them are done
 */
export async function releaseReplies(
  scope: Scope,
  sender: Sender,
  conversationId: string,
): Promise<Delivered> {
  const conversation = await scope.store.conversation(conversationId);
  if (conversation === null) return DONE;
  const channel = await scope.store.channel(conversation.channelId);
  if (channel === null) throw new Error("The channel of a conversation is gone.");
  const ended: string[] = [];
  for (const id of conversation.waitingReplies ?? []) {
    if (!isOpen(channel, conversation, scope.clock.now())) break;
    await release(scope, id);
    const outcome = await deliverMessage(scope, sender, id);
    if (!outcome.done) return outcome;
    ended.push(id);
  }
  await forget(scope, conversationId, ended);
  return DONE;
}

async function release(scope: Scope, id: string): Promise<void> {
  await attempt(async () => {
    const before = await scope.store.message(id);
    if (before?.status !== "waiting" || before.wait === null) return true;
    const now = scope.clock.now();
    const at = new Date(now).toISOString();
    const isLate = now >= Date.parse(before.wait.expiresAt);
    const next = isLate ? refused(before, EXPIRED, at) : released(before, at);
    const after = { ...next, rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "message", before, after });
    return commit.ok ? true : null;
  });
}

async function forget(scope: Scope, id: string, ended: readonly string[]): Promise<void> {
  if (ended.length === 0) return;
  await attempt(async () => {
    const before = await scope.store.conversation(id);
    if (before === null) return true;
    const after = { ...waitedEnough(before, ended), rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "conversation", before, after });
    return commit.ok ? true : null;
  });
}

/** After the last delivery of the job: a person sees what did not go out. */
export async function giveUpReplies(scope: Scope, conversationId: string): Promise<void> {
  const conversation = await scope.store.conversation(conversationId);
  const waiting = conversation?.waitingReplies ?? [];
  for (const id of waiting) await giveUpMessage(scope, id);
  await forget(scope, conversationId, waiting);
}

const EXPIRED: SendError = {
  code: "expired",
  class: "window",
  detail: "The customer did not write in time; send it again when they do.",
  providerCode: null,
};

/**
 * Ends a reply that has waited long enough.
 *
 * @returns when to look again, ms since the epoch; null when it waits no more
 */
export async function expireReply(scope: Scope, id: string): Promise<number | null> {
  const { lookAt } = await attempt(async () => {
    const over = { lookAt: null };
    const before = await scope.store.message(id);
    if (before?.status !== "waiting" || before.wait === null) return over;
    const expiresAt = Date.parse(before.wait.expiresAt);
    const now = scope.clock.now();
    if (now < expiresAt) return { lookAt: expiresAt };
    const ended = refused(before, EXPIRED, new Date(now).toISOString());
    const writes = await waitsNoMore(scope, before, ended);
    return (await scope.store.commit(writes)).ok ? over : null;
  });
  return lookAt;
}

/** The reply as it ends, and its conversation without it. */
async function waitsNoMore(scope: Scope, before: Message, next: Message): Promise<Write[]> {
  const message: Write = { noun: "message", before, after: { ...next, rev: before.rev + 1 } };
  const conversation = await scope.store.conversation(before.conversationId);
  if (conversation === null) return [message];
  const left = { ...waitedEnough(conversation, [before.id]), rev: conversation.rev + 1 };
  return [message, { noun: "conversation", before: conversation, after: left }];
}

/** Only what nobody has begun to send can be cancelled. */
export function cancelMessage(scope: Scope, id: string): Promise<Message> {
  return attempt(async () => {
    const before = await outbound(scope, id);
    if (before.status === "cancelled") return before;
    if (before.status !== "queued" && before.status !== "waiting") {
      throw new DomainError("not_cancellable", `The message is ${before.status} already.`);
    }
    const after = { ...before, status: "cancelled" as const, rev: before.rev + 1 };
    const alone: Write[] = [{ noun: "message", before, after }];
    const isWaiting = before.status === "waiting";
    const writes = isWaiting ? await waitsNoMore(scope, before, after) : alone;
    return (await scope.store.commit(writes, after)).ok ? after : null;
  });
}

/** Says something else, as long as it waits. */
export function editMessage(
  scope: Scope,
  id: string,
  { content }: Pick<SendInput, "content">,
  expectedRev: number | null,
): Promise<Message> {
  return attempt(async () => {
    const before = await outbound(scope, id);
    if (expectedRev !== null && before.rev !== expectedRev) {
      throw new DomainError("stale", "The message changed since you read it; read it again.");
    }
    if (before.status !== "waiting") {
      const detail = `The message is ${before.status}; only one that waits can be changed.`;
      throw new DomainError("not_editable", detail);
    }
    const conversation = await scope.store.conversation(before.conversationId);
    const channel = await scope.store.channel(before.channelId);
    if (conversation === null || channel === null) throw notFound("message");
    if (content.type === "template") {
      throw invalid("/content/type", "not_needed", "A template needs no window: send it instead.");
    }
    await checkContent(scope, channel, conversation, content);
    const after = { ...before, content, rev: before.rev + 1 };
    const commit = await scope.store.commit([{ noun: "message", before, after }], after);
    return commit.ok ? after : null;
  });
}
