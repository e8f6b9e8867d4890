import * as z from "zod/mini";
import { type Content, type MediaKind, mediaKinds } from "../../domain/messages.ts";
import { json } from "./json.ts";
import { name, optionalText, readOrNone } from "./wire.ts";

/** Shapes that we show as what they are (WhatsApp reference, section 3.2). */
const textSchema = z.looseObject({ text: z.looseObject({ body: z.string() }) });
const locationSchema = z.looseObject({
  location: z.looseObject({
    latitude: z.number(),
    longitude: z.number(),
    name: optionalText,
    address: optionalText,
    url: optionalText,
  }),
});
const cardsSchema = z.looseObject({ contacts: z.array(z.record(z.string(), z.unknown())) });
const interactiveSchema = z.looseObject({ interactive: z.looseObject({ type: name }) });
const buttonSchema = z.looseObject({
  button: z.looseObject({ payload: z.optional(z.string()), text: z.string() }),
});
const orderSchema = z.looseObject({
  order: z.looseObject({
    catalog_id: optionalText,
    text: optionalText,
    product_items: z.array(
      z.looseObject({
        product_retailer_id: z.string(),
        quantity: z.number(),
        item_price: z.number(),
        currency: z.string(),
      }),
    ),
  }),
});
const mediaSchema = z.looseObject({
  id: optionalText,
  url: optionalText,
  mime_type: optionalText,
  sha256: optionalText,
  caption: optionalText,
  filename: optionalText,
  voice: z.optional(z.unknown()),
  animated: z.optional(z.unknown()),
});
const elementSchema = z.looseObject({});

/** What a message says: as what it is, where we read it; every other type is kept as it came. */
export function contentOf(type: string, raw: unknown): Content {
  return readableOf(type, raw) ?? { type: "unsupported", raw: elementSchema.parse(raw) };
}

function readableOf(type: string, raw: unknown): Content | null {
  const kind = mediaKinds.find((known) => known === type);
  if (kind !== undefined) return mediaOf(kind, raw);
  switch (type) {
    case "text": {
      const { data } = textSchema.safeParse(raw);
      return data === undefined ? null : { type: "text", text: data.text.body };
    }
    case "location": {
      const { data } = locationSchema.safeParse(raw);
      if (data === undefined) return null;
      const { latitude, longitude, name, address, url } = data.location;
      return { type: "location", latitude, longitude, ...given({ name, address, url }) };
    }
    case "contacts": {
      const { data } = cardsSchema.safeParse(raw);
      return data === undefined ? null : { type: "contacts", contacts: data.contacts };
    }
    case "interactive": {
      const { data } = interactiveSchema.safeParse(raw);
      if (data === undefined) return null;
      return { type: "interactive", interactive: answered(data.interactive) };
    }
    case "button": {
      const { data } = buttonSchema.safeParse(raw);
      if (data === undefined) return null;
      return { type: "interactive", interactive: { type: "button", button: data.button } };
    }
    case "order":
      return orderOf(raw);
    default:
      return null;
  }
}

/** A file that could not be passed on has errors and no body; the type says what it was. */
function mediaOf(kind: MediaKind, raw: unknown): Content {
  const { data = {} } = z.looseObject({ [kind]: readOrNone(mediaSchema) }).safeParse(raw);
  const media = mediaSchema.parse(data[kind] ?? {});
  const { id, url, caption } = media;
  return {
    type: "media",
    mediaId: null,
    ...given({ caption }),
    kind,
    // Parameters follow behind a semicolon (section 3.2).
    mimeType: media.mime_type?.split(";")[0]?.trim() ?? null,
    filename: media.filename ?? null,
    sha256: media.sha256 ?? null,
    voice: media.voice === true,
    animated: media.animated === true,
    provider: id === undefined ? null : { mediaId: id, url: url ?? null },
  };
}

function orderOf(raw: unknown): Content | null {
  const { data } = orderSchema.safeParse(raw);
  if (data === undefined) return null;
  const { catalog_id: catalogId = null, text = null, product_items: items } = data.order;
  return {
    type: "order",
    catalogId,
    text,
    items: items.map((item) => ({
      productId: item.product_retailer_id,
      quantity: item.quantity,
      price: item.item_price,
      currency: item.currency,
    })),
  };
}

const flowAnswer = z.looseObject({ nfm_reply: z.looseObject({ response_json: z.string() }) });
const object = z.record(z.string(), z.unknown());

/** A flow's answer is a text that holds JSON, and mostly an object (section 3.2). */
function answered(interactive: Record<string, unknown>): Record<string, unknown> {
  const flow = flowAnswer.safeParse(interactive);
  if (!flow.success) return interactive;
  const { response_json: text, ...reply } = flow.data.nfm_reply;
  const parsed = json(text);
  const response = object.safeParse(parsed.ok ? parsed.value : null);
  if (!response.success) return interactive;
  return { ...interactive, nfm_reply: { ...reply, response: response.data } };
}

/** Only what is there: stored shapes know no undefined. */
function given<K extends string>(
  values: Record<K, string | undefined>,
): Partial<Record<K, string>> {
  const there = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as Partial<Record<K, string>>;
}
