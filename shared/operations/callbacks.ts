import { createHash } from "node:crypto";
import type { Callback, CallbackPart, KeptReason, RawCallback } from "../domain/callbacks.ts";
import type { Channel } from "../domain/channels.ts";
import { DomainError } from "../domain/errors.ts";
import { idPrefixes } from "../domain/id.ts";
import type { Page, PageRequest, Scope } from "../ports.ts";
import type { ReadCallback } from "../providers.ts";
import { applyNews } from "./accounts.ts";
import { amendMessage } from "./amendments.ts";
import { attempt, conflictOf } from "./attempts.ts";
import { receiveCall } from "./calls.ts";
import { applyConsent } from "./consents.ts";
import { applyIdentityChange } from "./identities.ts";
import { type Arrival, receiveMessage } from "./messages.ts";
import { applyPhoneBook } from "./phoneBook.ts";
import { applyTemplateEvent } from "./refreshing.ts";
import { applyStatus } from "./statuses.ts";

/** What applying callbacks needs beside the workspace's scope. */
export interface Applying {
  readonly read: ReadCallback;
  /** The channel connected under this key by the provider's name for it, in this workspace. */
  channelOf(channelKey: string, route: string): Promise<Channel | null>;
  /** The first channel connected under this key whose account is called so, in this workspace. */
  accountOf(channelKey: string, account: string): Promise<Channel | null>;
  /** Told of every error that is ours, so that it is logged with its cause. */
  onFailure(error: unknown): void;
}

export interface Applied {
  readonly stored: number;
  readonly seen: number;
  readonly left: number;
  readonly kept: number;
}

/**
 * Applies every element of one callback. An element that cannot be applied is kept raw and told
 * (the caller raises the alarm); its neighbours go on. Only when what we depend on is down does it
 * throw, and the whole callback is applied again later: what was applied before changes nothing.
 */
export async function applyCallback(
  scope: Scope,
  applying: Applying,
  raw: RawCallback,
  origin: Origin,
): Promise<Applied> {
  const counts = { stored: 0, seen: 0, left: 0, kept: 0 };
  const parts = applying.read(raw).map((part, position) => ({ part, position }));
  await inLanes(
    parts,
    ({ part }) => laneOf(part),
    async (place) => {
      const outcome = await applyPart(scope, applying, raw, place);
      if (typeof outcome !== "string") {
        counts.kept++;
        return keep(scope, raw, origin.archiveKey, place.part, outcome);
      }
      counts[outcome]++;
      if (origin.again && outcome !== "left") await settleKept(scope, raw.channelKey, place.part);
    },
  );
  return counts;
}

/** Where a callback comes from: just archived, or the archive read again. */
export interface Origin {
  readonly archiveKey: string;
  readonly again: boolean;
}

/** How many customers' messages are stored side by side. */
const LANES = 8;

/** One after the other where the lane is the same, so that nobody's messages race each other. */
async function inLanes<T>(
  items: readonly T[],
  laneFor: (item: T) => string,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const lanes = new Map<number, T[]>();
  for (const item of items) {
    const lane = createHash("sha256").update(laneFor(item)).digest().readUInt8() % LANES;
    lanes.set(lane, [...(lanes.get(lane) ?? []), item]);
  }
  const runs = [...lanes.values()].map(async (lane) => {
    for (const item of lane) await work(item);
  });
  // All lanes end before the job does, also when one fails: Lambda freezes what is left running.
  const ended = await Promise.allSettled(runs);
  const failed = ended.find((run) => run.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** Whose conversation it changes; what changes none has a lane of its own. */
function laneOf({ body, pointer, route }: CallbackPart): string {
  switch (body.kind) {
    case "message":
      return body.message.sender.address.value;
    case "amendment":
      return body.party;
    case "call":
    case "consent":
      return body.sender.address.value;
    case "phoneBook":
      return body.entry.identities[0]?.value ?? pointer;
    case "identity":
      return body.change.identities[0]?.value ?? pointer;
    case "template":
      return body.event.name;
    case "account":
      return route ?? pointer;
    case "status":
    case "left":
    case "unreadable":
      return pointer;
    default:
      return body satisfies never;
  }
}

interface Refusal {
  readonly reason: KeptReason;
  readonly detail: string;
}

async function applyPart(
  scope: Scope,
  applying: Applying,
  { channelKey, receivedAt }: RawCallback,
  { part, position }: { part: CallbackPart; position: number },
): Promise<"stored" | "seen" | "left" | Refusal> {
  const { body, route } = part;
  if (body.kind === "unreadable") return { reason: "unreadable", detail: body.detail };
  try {
    if (body.kind === "account") {
      return (await applyNews(scope, channelKey, body.news)) ?? unknown(route);
    }
    const find = body.kind === "template" ? applying.accountOf : applying.channelOf;
    const channel = route === null ? null : await find(channelKey, route);
    if (route !== null && channel === null) return unknown(route);
    return channel === null
      ? "left"
      : await applied(scope, channel, body, { receivedAt, position });
  } catch (error) {
    if (error instanceof DomainError && error.code === "unavailable") throw error;
    applying.onFailure(error);
    return { reason: "failed", detail: "The element could not be applied; see the logs." };
  }
}

function unknown(route: string | null): Refusal {
  const detail = `No channel with the number or account id ${route} is connected under this key.`;
  return { reason: "unknown_channel", detail };
}

async function applied(
  scope: Scope,
  channel: Channel,
  body: Exclude<CallbackPart["body"], { kind: "unreadable" } | { kind: "account" }>,
  arrival: Arrival,
): Promise<"stored" | "seen" | "left"> {
  switch (body.kind) {
    case "message":
      return receiveMessage(scope, channel, body.message, arrival);
    case "amendment":
      return amendMessage(scope, channel, body.amendment);
    case "call":
      return receiveCall(scope, channel, body, arrival.receivedAt);
    case "identity":
      return applyIdentityChange(scope, body.change);
    case "consent":
      return applyConsent(scope, channel, body, arrival.receivedAt);
    case "phoneBook":
      return applyPhoneBook(scope, channel, body.entry, arrival.receivedAt);
    case "status":
      return applyStatus(scope, channel, body);
    case "template":
      return applyTemplateEvent(scope, channel, body.event);
    case "left":
      return "left";
    default:
      return body satisfies never;
  }
}

/** Rows hold 400 KB; what is larger is in the archive only. */
const RAW_KEPT_MAX = 100_000;

/**
 * The id is made of what was kept, so the same element delivered again is the same row: the refused
 * insert makes the repeat harmless.
 */
async function keep(
  scope: Scope,
  { channelKey, receivedAt }: RawCallback,
  archiveKey: string,
  { pointer, route, raw }: CallbackPart,
  refusal: Refusal,
): Promise<void> {
  const text = textOf(raw);
  const callback: Callback = {
    id: idFor(channelKey, route, raw),
    channelKey,
    state: "broken",
    ...refusal,
    pointer,
    raw: text.length <= RAW_KEPT_MAX ? text : null,
    archiveKey,
    receivedAt,
    appliedAt: null,
    rev: 1,
  };
  await attempt(async () => {
    const commit = await scope.store.commit([{ noun: "callback", before: null, after: callback }]);
    return commit.ok || conflictOf(commit, "moved") !== null ? true : null;
  });
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function textOf(raw: unknown): string {
  return typeof raw === "string" ? raw : JSON.stringify(raw);
}

function idFor(channelKey: string, route: string | null, raw: unknown): string {
  const text = [channelKey, route, textOf(raw)].join("\n");
  const digest = createHash("sha256").update(text).digest();
  const letters = [...digest.subarray(0, 25)].map((byte) => ALPHABET.charAt(byte % 32));
  return `${idPrefixes.callback}_0${letters.join("")}`;
}

/** What a re-drive applied is no longer broken. */
async function settleKept(scope: Scope, channelKey: string, part: CallbackPart): Promise<void> {
  await attempt(async () => {
    const before = await scope.store.callback(idFor(channelKey, part.route, part.raw));
    if (before === null || before.state === "applied") return true;
    const appliedAt = new Date(scope.clock.now()).toISOString();
    const after = { ...before, state: "applied" as const, appliedAt, rev: before.rev + 1 };
    const commit = await scope.store.commit([{ noun: "callback", before, after }]);
    return commit.ok ? true : null;
  });
}

/** Newest first. */
export function listCallbacks(
  scope: Scope,
  state: Callback["state"],
  page: PageRequest,
): Promise<Page<Callback>> {
  return scope.store.callbacks(state, page);
}
