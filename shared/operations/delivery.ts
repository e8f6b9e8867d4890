import type { Channel } from "../domain/channels.ts";
import { capabilitiesOf } from "../domain/channels.ts";
import type { Message, SendError } from "../domain/messages.ts";
import { ATTEMPTS_MAX, backOffMs } from "../domain/pacing.ts";
import { accepted, claimed, lostTrack, refused, requeued, triedAgain } from "../domain/statuses.ts";
import { windowAt } from "../domain/window.ts";
import type { Outgoing, Scope, Sender, SendOutcome } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { breakChannel } from "./channels.ts";
import { learnIdentity } from "./identities.ts";

/** A worker that is silent for so long is dead. */
const LEASE_MS = 30_000;
/** How long a message waits for a channel that is broken or paused before it is asked again. */
const BROKEN_AGAIN_MS = 300_000;

/** What became of a job: finished, or to be asked again after a while (the others of its
 * conversation wait behind it). */
export type Delivered = { readonly done: true } | { readonly done: false; readonly waitMs: number };

const DONE: Delivered = { done: true };

/**
 * Sends one message to its channel, at most once.
 *
 *   claim (queued -> sending, lease)   only one worker gets it, whatever the queue repeats
 *   provider call                      nobody can take this back
 *   settle (sending -> sent | failed)  a status that was faster is merged, not overwritten
 *
 * Whoever finds `sending` with a dead lease cannot know whether the call was made: the message
 * becomes `unknown` and is never sent again by itself; the status with our id settles it.
 */
export async function deliverMessage(scope: Scope, sender: Sender, id: string): Promise<Delivered> {
  const message = await scope.store.message(id);
  if (message === null || message.direction !== "outbound") return DONE;
  const now = scope.clock.now();
  if (message.status === "sending") return afterCrash(scope, message, now);
  if (message.status !== "queued") return DONE;
  const early = message.notBefore === null ? 0 : Date.parse(message.notBefore) - now;
  if (early > 0) return { done: false, waitMs: early };
  const channel = await scope.store.channel(message.channelId);
  if (channel === null) throw new Error("The channel of a message is gone.");
  if (channel.status !== "connected") return { done: false, waitMs: BROKEN_AGAIN_MS };
  if (await isTooLate(scope, channel, message)) return DONE;
  const waitMs = await scope.store.takeSlot(channel.id, channel.limits.perSecond);
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  const claim = await claimOf(scope, message);
  if (claim === null) return deliverMessage(scope, sender, id);
  const outgoing = await outgoingOf(scope, channel, claim);
  return settle(scope, channel, claim, await sender.send(outgoing));
}

async function afterCrash(scope: Scope, message: Message, now: number): Promise<Delivered> {
  const leaseMs = Date.parse(message.leaseUntil ?? "") - now;
  if (leaseMs > 0) return { done: false, waitMs: leaseMs + 1_000 };
  await move(scope, message.id, lostTrack);
  return DONE;
}

/** The window is checked when a message is accepted, and again now that it goes out. */
async function isTooLate(scope: Scope, channel: Channel, message: Message): Promise<boolean> {
  const { windowMs } = capabilitiesOf(channel.kind);
  if (windowMs === null || message.content.type === "template") return false;
  const conversation = await scope.store.conversation(message.conversationId);
  const closesAt = conversation?.windowClosesAt ?? null;
  if (windowAt(windowMs, closesAt, scope.clock.now())?.state === "open") return false;
  const error: SendError = {
    code: "window_closed",
    class: "window",
    detail: "The 24 hours were over before it could go out; send a template.",
    providerCode: null,
  };
  const at = new Date(scope.clock.now()).toISOString();
  await move(scope, message.id, (current) =>
    current.status === "queued" ? refused(current, error, at) : current,
  );
  return true;
}

/** @returns the claimed message, or null when it changed meanwhile */
async function claimOf(scope: Scope, before: Message): Promise<Message | null> {
  const leaseUntil = new Date(scope.clock.now() + LEASE_MS).toISOString();
  const after = { ...claimed(before, leaseUntil), rev: before.rev + 1 };
  const commit = await scope.store.replace({ noun: "message", before, after });
  return commit.ok ? after : null;
}

async function outgoingOf(scope: Scope, channel: Channel, message: Message): Promise<Outgoing> {
  const { content } = message;
  const template =
    content.type === "template" ? await scope.store.template(content.templateId) : null;
  const target = content.type === "reaction" ? await scope.store.message(content.messageId) : null;
  return { channel, message, template, targetProviderId: target?.providerId ?? null };
}

async function settle(
  scope: Scope,
  channel: Channel,
  claim: Message,
  outcome: SendOutcome,
): Promise<Delivered> {
  const at = new Date(scope.clock.now()).toISOString();
  switch (outcome.kind) {
    case "accepted": {
      const { providerId, recipient } = outcome;
      await scope.store.pointAt(channel.id, providerId, claim.id);
      // A status that was faster may have told a failure that passes by itself.
      const rule = (message: Message) =>
        triedAgain(accepted(message, providerId, at), scope.clock.now());
      await move(scope, claim.id, rule, claim);
      if (recipient !== null) await alsoKnownAs(scope, claim, recipient);
      return DONE;
    }
    case "lost":
      await move(scope, claim.id, lostTrack, claim);
      return DONE;
    case "refused":
      return afterRefusal(scope, channel, claim, outcome.error, at);
    default:
      return outcome satisfies never;
  }
}

async function afterRefusal(
  scope: Scope,
  channel: Channel,
  claim: Message,
  error: SendError,
  at: string,
): Promise<Delivered> {
  const tries = claim.attempt ?? 1;
  if (error.class === "retry" && tries < ATTEMPTS_MAX) {
    const waitMs = backOffMs(tries);
    const notBefore = new Date(scope.clock.now() + waitMs).toISOString();
    await move(scope, claim.id, (message) => requeued(message, notBefore), claim);
    // The same job comes back, so what follows in the conversation stays behind it.
    return { done: false, waitMs };
  }
  await move(scope, claim.id, (message) => refused(message, error, at), claim);
  if (error.class === "channel") await breakChannel(scope, channel.id, error.detail);
  return DONE;
}

/** The customer answers under the name that Meta gave back, so it is theirs from now on. */
async function alsoKnownAs(
  scope: Scope,
  { conversationId }: Message,
  identity: NonNullable<Message["to"]>,
): Promise<void> {
  const conversation = await scope.store.conversation(conversationId);
  if (conversation !== null) await learnIdentity(scope, conversation.contactId, identity);
}

/** Moves a message by a rule, on whatever it has become meanwhile. */
async function move(
  scope: Scope,
  id: string,
  rule: (message: Message) => Message,
  known?: Message,
): Promise<void> {
  await attempt(async (_freshness, count) => {
    const before = count === 0 && known !== undefined ? known : await scope.store.message(id);
    if (before === null) return true;
    const changed = rule(before);
    if (changed === before) return true;
    const after = { ...changed, rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "message", before, after });
    return commit.ok ? true : null;
  });
}

/** After the last delivery of a job: whatever it was, a person sees how it ended. */
export async function giveUpMessage(scope: Scope, id: string): Promise<void> {
  const at = new Date(scope.clock.now()).toISOString();
  await move(scope, id, (message) => {
    if (message.status === "sending") return lostTrack(message);
    if (message.status !== "queued") return message;
    const error: SendError = {
      code: "given_up",
      class: "retry",
      detail: "It could not be sent in time; send it again.",
      providerCode: null,
    };
    return refused(message, error, at);
  });
}
