/**
 * `POST /{PHONE_ID}/messages` (section 7): refused in the answer, or accepted with an id at once
 * and told by statuses afterwards.
 *
 *   frame -> addressee -> limits -> magic number -> template, reaction target
 *         -> durable: message, window, owed statuses -> answer
 */
import type { Clock, State } from "../../parts.ts";
import type { Accounts } from "./accounts.ts";
import { type Addressee, addresseeOf } from "./addressee.ts";
import { Allowance } from "./allowance.ts";
import { type Answer, GraphRefusal } from "./answer.ts";
import { type Call, type GraphNode, jsonOf, onNumber } from "./call.ts";
import type { Callbacks } from "./callbacks.ts";
import { type ChatMessage, type Chats, isWindowOpen } from "./chats.ts";
import { knownError } from "./errorTable.ts";
import { type Frame, isReceipt, type Receipt, readFrame, readReceipt } from "./frame.ts";
import { wamid } from "./inbound.ts";
import type { Media } from "./media.ts";
import type { MessageTemplate } from "./messageTemplate.ts";
import type { BusinessNumber } from "./numbers.ts";
import { Pace } from "./pace.ts";
import type { Script } from "./script.ts";
import { areSendable, mediaIn } from "./sentMedia.ts";
import { type Fate, type Pricing, statusUpdate, ticksOf } from "./statuses.ts";
import { type Filled, fill } from "./templateSend.ts";
import type { Templates } from "./templates.ts";

export interface SendsConfig {
  readonly clock: Clock;
  readonly state: State;
  readonly chats: Chats;
  readonly callbacks: Callbacks;
  readonly templates: Templates;
  readonly media: Media;
  readonly accounts: Accounts;
}

type User = Extract<Addressee, { kind: "user" }>;
type Rendered = { readonly category: Pricing["category"]; readonly filled: Filled } | null;

/** A template that is held for its quality goes out this much later (section 7, message_status). */
const HELD_MS = 60_000;
const CATEGORY_PRICED: Readonly<Record<MessageTemplate["category"], Pricing["category"]>> = {
  MARKETING: "marketing",
  UTILITY: "utility",
  AUTHENTICATION: "authentication",
};
const TYPING_MS = 25_000;
const REACTION_TARGET_MS = 30 * 86_400_000;

export class Sends {
  readonly #config: SendsConfig;
  readonly #allowance: Allowance;
  readonly #pace = new Pace();
  /** Refusals by magic number since this script plays. */
  #tries = new Map<string, number>();
  #script: Script | null = null;

  constructor(config: SendsConfig) {
    this.#config = config;
    this.#allowance = new Allowance(config.state);
  }

  nodes(): GraphNode[] {
    const messages = async (call: Call) => {
      const code = this.#config.accounts.refusalOf(call.number);
      if (code !== null) throw new GraphRefusal(code, "This number cannot send.");
      return this.#answer(call.number, await jsonOf(call));
    };
    return [onNumber({ "POST messages": messages })];
  }

  async #answer(number: BusinessNumber, body: Readonly<Record<string, unknown>>): Promise<Answer> {
    if (isReceipt(body)) return this.#read(number, readReceipt(body));
    const frame = readFrame(body);
    const addressee = addresseeOf(frame, number, this.#config.chats);
    if (addressee.kind === "lost") {
      return taken(wamid(), { input: addressee.input, wa_id: addressee.input });
    }
    this.#limit(number, addressee);
    this.#refuseMagic(number, addressee);
    const rendered = this.#check(number, addressee, frame);
    return this.#accept(number, addressee, frame, rendered);
  }

  #limit({ phoneNumberId }: BusinessNumber, { waId, userId }: User): void {
    const { callbacks, clock } = this.#config;
    if (!callbacks.script.limits) return;
    const code = this.#pace.take(phoneNumberId, waId ?? userId, clock.now());
    if (code === null) return;
    throw new GraphRefusal(code, "Message failed to send because there were too many messages.");
  }

  #refuseMagic({ phoneNumberId }: BusinessNumber, { magic, input }: User): void {
    if (magic?.kind !== "error" || magic.error.comes === "byStatus") return;
    const { script } = this.#config.callbacks;
    if (this.#script !== script) [this.#script, this.#tries] = [script, new Map()];
    const key = `${phoneNumberId} ${input}`;
    const tries = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, tries);
    const { code, isRetryable } = magic.error;
    const { recoverAfter } = script;
    if (isRetryable && recoverAfter !== null && tries > recoverAfter) return;
    throw new GraphRefusal(code, `The magic number ${input} asks for this error.`);
  }

  /** What only this kind of message is asked. */
  #check(number: BusinessNumber, { waId, userId }: User, { said, to }: Frame): Rendered {
    const { chats, clock, templates } = this.#config;
    const { phoneNumberId, wabaId } = number;
    if (said.type === "template") {
      const { name, language } = said.body;
      const template = templates.find(wabaId, name, language.code);
      const filled = fill(template, said.body);
      const category = CATEGORY_PRICED[template?.category ?? "UTILITY"];
      if (to === null && category === "authentication") {
        throw new GraphRefusal(131062, "A code needs the number of its user");
      }
      return { category, filled };
    }
    if (said.type !== "reaction") return null;
    const target = chats.message(said.body.message_id);
    const isOfChat =
      target?.phoneNumberId === phoneNumberId &&
      (target.waId === waId || target.userId === userId) &&
      target.type !== "reaction" &&
      clock.now() - target.at <= REACTION_TARGET_MS;
    if (isOfChat) return null;
    throw new GraphRefusal(131009, "reaction.message_id: cannot be reacted to");
  }

  async #accept(
    number: BusinessNumber,
    user: User,
    frame: Frame,
    rendered: Rendered,
  ): Promise<Answer> {
    const { state, chats, callbacks, clock } = this.#config;
    const { script } = callbacks;
    const now = clock.now();
    const { input, waId, userId, person, magic } = user;
    const isHeld = magic?.kind === "held" && rendered !== null;
    const named = mediaIn(frame.said, rendered === null ? null : rendered.filled);
    const hasMedia = areSendable(this.#config.media, number.phoneNumberId, named);
    const failsWith = failureOf(user, rendered, now) ?? (hasMedia ? null : 131053);
    const fate = { failsWith, heldMs: isHeld ? HELD_MS : 0 };
    const message = messageOf(number, user, frame, rendered, { fate, script, now });
    const { first } = state.atOnce(() => {
      const pricing = this.#priceOf(number, rendered, fate, now);
      chats.keep(message);
      // The sign goes out when the business sends (section 7.4).
      if (person !== undefined && person.typingUntil !== null)
        chats.keepPerson({ ...person, typingUntil: null });
      const updates = message.ticks.map((tick) => {
        const more = { pricing, failsWith: fate.failsWith };
        return { at: tick.at, update: statusUpdate(number, message, person, tick, more) };
      });
      return { first: callbacks.schedule(number.channelKey, updates) };
    });
    if (script.statusBeforeAnswer && !isHeld) await first;
    const knownAs = frame.to === null ? { user_id: userId } : { wa_id: waId };
    const status = isHeld ? "held_for_quality_assessment" : "accepted";
    const answer = taken(message.id, { input, ...knownAs }, rendered === null ? null : status);
    const isOdd = magic?.kind === "lost" || magic?.kind === "slow";
    return isOdd ? { ...answer, manner: magic.kind } : answer;
  }

  /** What fails costs nothing, so only what goes out is counted. */
  #priceOf(
    { phoneNumberId }: BusinessNumber,
    rendered: Rendered,
    { failsWith }: Fate,
    now: number,
  ): Pricing {
    if (rendered !== null) return { category: rendered.category, type: "regular" };
    const isFree = failsWith === null && this.#allowance.take(phoneNumberId, now);
    return { category: "service", type: isFree ? "free_customer_service" : "regular" };
  }

  /** A receipt marks everything before as read too (section 7.4). */
  #read({ phoneNumberId }: BusinessNumber, receipt: Receipt): Answer {
    const { chats, clock } = this.#config;
    const message = chats.message(receipt.message_id);
    if (message?.direction !== "inbound" || message.phoneNumberId !== phoneNumberId) {
      throw new GraphRefusal(131009, "message_id: no such message was received by this number");
    }
    const person = chats.person(phoneNumberId, message.waId ?? message.userId ?? "");
    const isTyping = receipt.typing_indicator !== undefined;
    if (person !== undefined) {
      const typingUntil = isTyping ? clock.now() + TYPING_MS : person.typingUntil;
      chats.keepPerson({ ...person, readUpTo: message.id, typingUntil });
    }
    return { status: 200, body: { success: true } };
  }
}

/** Accepted all the same; only a status says that it came to nothing. */
function failureOf({ magic, isReachable, person }: User, rendered: Rendered, now: number) {
  if (magic?.kind === "error" && magic.error.comes === "byStatus") return magic.error.code;
  if (!isReachable) return knownError(131026).code;
  return rendered === null && !isWindowOpen(person, now) ? knownError(131047).code : null;
}

function messageOf(
  { phoneNumberId }: BusinessNumber,
  { input, waId, userId }: User,
  { said, context, reference }: Frame,
  rendered: Rendered,
  { fate, script, now }: { fate: Fate; script: Script; now: number },
): ChatMessage {
  return {
    id: wamid(),
    direction: "outbound",
    phoneNumberId,
    waId,
    userId,
    type: said.type,
    body: said.body,
    rendered: rendered === null ? null : rendered.filled,
    context,
    at: now,
    to: input,
    reference,
    ticks: ticksOf(fate, said.type, script, now),
  };
}

function taken(
  id: string,
  contact: Readonly<Record<string, unknown>>,
  status: string | null = null,
): Answer {
  const message = { id, ...(status !== null && { message_status: status }) };
  return {
    status: 200,
    body: { messaging_product: "whatsapp", contacts: [contact], messages: [message] },
  };
}
