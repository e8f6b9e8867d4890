import { type Channel, capabilitiesOf } from "../domain/channels.ts";
import type { Conversation } from "../domain/conversations.ts";
import { DomainError, invalid, notFound } from "../domain/errors.ts";
import type { Cost, Message, Price } from "../domain/messages.ts";
import {
  costOf,
  expectedPrice,
  isFirstCharged,
  type RateCard,
  type RateCategory,
} from "../domain/rates.ts";
import { windowAt } from "../domain/window.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";

export function readRateCard(scope: Scope): Promise<RateCard | null> {
  return scope.store.rateCard();
}

/** The whole card at once; what was priced before keeps its price. */
export function writeRateCard(
  scope: Scope,
  input: {
    readonly currency: string;
    readonly periods: readonly {
      readonly effectiveFrom: string;
      readonly source?: string | null | undefined;
      readonly rates: RateCard["periods"][number]["rates"];
    }[];
  },
  expectedRev: number | null,
): Promise<RateCard> {
  const days = input.periods.map(({ effectiveFrom }) => effectiveFrom);
  const twice = days.findIndex((day, place) => days.indexOf(day) !== place);
  if (twice >= 0) {
    throw invalid(`/periods/${twice}/effectiveFrom`, "repeated", "Each day begins one period.");
  }
  return attempt(async () => {
    const before = await scope.store.rateCard();
    if (expectedRev !== null && before?.rev !== expectedRev) {
      throw new DomainError("stale", "The rate card changed since you read it; read it again.");
    }
    const after: RateCard = {
      currency: input.currency,
      periods: input.periods.map((period) => ({ ...period, source: period.source ?? null })),
      updatedAt: new Date(scope.clock.now()).toISOString(),
      rev: (before?.rev ?? 0) + 1,
    };
    const commit = await scope.store.replace({ noun: "rateCard", before, after });
    return commit.ok ? after : null;
  });
}

/** What a message cost, now that its provider told the category; the first telling counts. */
export async function priced(
  scope: Scope,
  channel: Channel,
  before: Message,
  after: Message,
): Promise<Message> {
  const { price } = after;
  if (price === null || price === before.price) return after;
  await noteCharged(scope, channel, price, after.createdAt);
  const card = await scope.store.rateCard();
  return { ...after, cost: costOf(card, price, numberOf(after.to), after.createdAt) };
}

/** The free ones of this month are used up: one write for each number and month. */
async function noteCharged(scope: Scope, channel: Channel, price: Price, at: string) {
  if (!isFirstCharged(price, at, channel.serviceChargedAt)) return;
  await attempt(async () => {
    const before = await scope.store.channel(channel.id);
    if (before === null || !isFirstCharged(price, at, before.serviceChargedAt)) return true;
    const after = { ...before, serviceChargedAt: at, rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "channel", before, after });
    return commit.ok ? true : null;
  });
}

/** Digits with plus; null for somebody whose provider hides the number. */
function numberOf(to: Message["to"]): string | null {
  if (to?.kind === "phone") return to.value;
  return to?.kind === "wa_id" ? `+${to.value}` : null;
}

export interface Estimate {
  readonly price: Price;
  readonly cost: Cost;
  readonly allowed: boolean;
  readonly freeUntil: string | null;
}

const UNPRICED: Price = { model: null, type: null, category: null };

/** What a message would cost if it were sent now, and whether the window lets it go. */
export async function estimatePrice(
  scope: Scope,
  conversationId: string,
  asked: { readonly contentType?: string | undefined; readonly templateId?: string | undefined },
): Promise<Estimate> {
  const conversation = await scope.store.conversation(conversationId);
  if (conversation === null) throw notFound("conversation");
  const channel = await scope.store.channel(conversation.channelId);
  if (channel === null) throw notFound("channel");
  const contentType = asked.contentType ?? "text";
  const isTemplate = contentType === "template";
  const { sends, windowMs, templates } = capabilitiesOf(channel.kind);
  if (!sends.some((one) => one === contentType)) {
    const can = sends.length === 0 ? "cannot send yet" : `sends ${sends.join(", ")}`;
    throw new DomainError("content_not_supported", `This channel ${can}.`);
  }
  const now = scope.clock.now();
  const window = windowAt(windowMs, conversation.windowClosesAt, now);
  const isWindowOpen = window === null || window.state === "open";
  const category = isTemplate ? await categoryOf(scope, channel, asked.templateId) : "service";
  const situation = { ...situationOf(conversation, channel), category, isWindowOpen };
  const price = templates ? expectedPrice(situation, now) : UNPRICED;
  const at = new Date(now).toISOString();
  const cost = costOf(await scope.store.rateCard(), price, numberOf(conversation.address), at);
  const { freeUntil } = conversation;
  const isFree = freeUntil !== null && now < Date.parse(freeUntil);
  return { price, cost, allowed: isTemplate || isWindowOpen, freeUntil: isFree ? freeUntil : null };
}

function situationOf({ freeUntil }: Conversation, { serviceChargedAt }: Channel) {
  return { freeUntil, serviceChargedAt };
}

async function categoryOf(
  scope: Scope,
  channel: Channel,
  templateId: string | undefined,
): Promise<RateCategory> {
  const template = templateId === undefined ? null : await scope.store.template(templateId);
  if (template !== null && template.channelId === channel.id) return template.category;
  const detail = "Name a template of this channel: its category decides the price.";
  throw invalid("/query/templateId", templateId === undefined ? "required" : "unknown", detail);
}
