import * as z from "zod/mini";
import type { Channel } from "../../domain/channels.ts";
import type { Identity } from "../../domain/contacts.ts";
import type { Message } from "../../domain/messages.ts";
import type { Seal } from "../../ports.ts";
import type { Outgoing, Sender, SendOutcome } from "../../providers.ts";
import { tokenOf } from "./check.ts";
import { errorOf } from "./errors.ts";
import type { GraphPlace } from "./graph.ts";
import { GROUP } from "./senders.ts";
import { templateFrame } from "./templateFrame.ts";

/** A worker holds its lease for 30 s; Meta must have answered well before. */
const TIMEOUT_MS = 12_000;

const replySchema = z.looseObject({
  contacts: z.optional(z.array(z.looseObject({ wa_id: z.optional(z.string()) }))),
  messages: z.array(z.looseObject({ id: z.string().check(z.minLength(1)) })).check(z.minLength(1)),
});
const refusalSchema = z.looseObject({ error: z.unknown() });

/** The way out to Meta's Cloud API (WhatsApp reference, section 7). */
export function whatsappSender(place: GraphPlace, seal: Seal): Sender {
  return {
    async send(outgoing) {
      const token = await tokenOf(outgoing.channel, seal);
      if (token === null) return refusedToken();
      return outcomeOf(await post(place, outgoing.channel, token, frameOf(outgoing)), outgoing);
    },
    async signal(channel, inboundProviderId, typing) {
      const token = await tokenOf(channel, seal);
      if (token === null) return;
      // Best effort: it is no message, and nobody waits for it (section 7.4).
      await post(place, channel, token, {
        messaging_product: "whatsapp",
        status: "read",
        message_id: inboundProviderId,
        ...(typing ? { typing_indicator: { type: "text" } } : {}),
      });
    },
  };
}

type Reply = { status: number; body: unknown } | { lost: string };

/**
 * Meta knows no idempotency key, so nothing is ever tried again here: a connection that breaks
 * after the request left may have been a success.
 */
async function post(
  place: GraphPlace,
  channel: Channel,
  token: string,
  frame: object,
): Promise<Reply> {
  const path = `${place.version}/${channel.whatsapp?.phoneNumberId}/messages`;
  try {
    const response = await fetch(`${place.url}/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(frame),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    return { lost: error instanceof Error ? error.name : "unknown" };
  }
}

function outcomeOf(reply: Reply, { message }: Outgoing): SendOutcome {
  if ("lost" in reply) return { kind: "lost", detail: `No answer (${reply.lost}).` };
  const { status, body } = reply;
  if (status === 200) {
    const taken = replySchema.safeParse(body);
    if (!taken.success) return { kind: "lost", detail: "An answer that cannot be read." };
    const [first] = taken.data.messages;
    const waId = taken.data.contacts?.[0]?.wa_id;
    return { kind: "accepted", providerId: first?.id ?? "", recipient: otherThan(message, waId) };
  }
  const refusal = refusalSchema.safeParse(body);
  const error = refusal.success ? errorOf(refusal.data.error, status) : null;
  // An error page of something in between says nothing about what Meta did.
  if (error === null) return { kind: "lost", detail: `Status ${status} without an error code.` };
  return { kind: "refused", error };
}

/** Meta may know the user by another number than the one we dialled (section 15, 3 to 5). */
function otherThan({ to }: Message, waId: string | undefined): Identity | null {
  if (to === null || waId === undefined || !/^\d{5,20}$/.test(waId)) return null;
  if (to.kind === "wa_bsuid" || to.kind === "wa_parent_bsuid") return null;
  return to.value.replace(/^\+/, "") === waId ? null : { kind: "wa_id", value: waId };
}

function frameOf(outgoing: Outgoing): object {
  const { message } = outgoing;
  const quoted = message.content.type === "reaction" ? null : message.replyToProviderId;
  return {
    messaging_product: "whatsapp",
    ...recipientOf(message.to),
    ...bodyOf(outgoing),
    ...(quoted === null ? {} : { context: { message_id: quoted } }),
    biz_opaque_callback_data: message.id,
  };
}

/**
 * A number always with its plus, or Meta puts the sender's own country code in front; a
 * business-scoped user id only as `recipient`, because in `to` it is accepted and lost (sections
 * 4.2 and 7).
 */
function recipientOf(to: Identity | null): object {
  switch (to?.kind) {
    case "phone":
      return { recipient_type: "individual", to: to.value };
    case "wa_id":
      return { recipient_type: "individual", to: `+${to.value}` };
    case "wa_bsuid":
    case "wa_parent_bsuid":
      return { recipient_type: "individual", recipient: to.value };
    case "external":
      if (to.value.startsWith(GROUP)) {
        return { recipient_type: "group", to: to.value.slice(GROUP.length) };
      }
      throw new Error("WhatsApp cannot send to an external identity.");
    default:
      throw new Error(`WhatsApp cannot send to ${to?.kind ?? "nobody"}.`);
  }
}

function bodyOf({ message, template, targetProviderId }: Outgoing): object {
  const { content } = message;
  switch (content.type) {
    case "text":
      return { type: "text", text: { body: content.text, preview_url: true } };
    case "interactive":
      return { type: "interactive", interactive: content.interactive };
    case "location": {
      const { type, ...location } = content;
      return { type, location };
    }
    case "contacts":
      return { type: "contacts", contacts: content.contacts };
    case "reaction":
      return {
        type: "reaction",
        reaction: { message_id: targetProviderId, emoji: content.emoji },
      };
    case "template":
      if (template === null) throw new Error("The template of a message is gone.");
      return { type: "template", template: templateFrame(template, content) };
    case "media":
    case "order":
    case "revoked":
    case "unsupported":
      throw new Error(`A message of the type ${content.type} cannot be sent.`);
    default:
      return content satisfies never;
  }
}

function refusedToken(): SendOutcome {
  const error = errorOf({ code: 190 }, 401);
  if (error === null) throw new Error("190 is an error.");
  return { kind: "refused", error };
}
