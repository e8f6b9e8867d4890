/** Media at the simulator's own doors, for who stands beside the customer. */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import type { DoorAnswer, DoorsConfig } from "./door.ts";
import { Refused } from "./door.ts";
import { MEDIA_KINDS } from "./mediaFrame.ts";
import { isAnimated, MEDIA_BYTES_MAX } from "./mediaTypes.ts";
import type { BusinessNumber } from "./numbers.ts";

/** What a customer sends; any type is taken (section 9.2). */
export const mediaContent = z.strictObject({
  type: z.literal("media"),
  kind: z.enum(MEDIA_KINDS),
  contentBase64: z.base64().min(1),
  mimeType: z.string().regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/, "must be a type such as image/jpeg"),
  caption: z.string().optional(),
  filename: z.string().optional(),
  /** Recorded, not a file. */
  voice: z.boolean().optional(),
});

/** Keeps the bytes; answers the element that Meta makes of it (section 3.2). */
export function mediaElement(
  { media }: DoorsConfig,
  number: BusinessNumber,
  content: z.infer<typeof mediaContent>,
): Readonly<Record<string, unknown>> {
  const { kind, contentBase64, mimeType, caption, filename, voice } = content;
  const bytes = Buffer.from(contentBase64, "base64");
  const item =
    bytes.length > MEDIA_BYTES_MAX
      ? null
      : media.keep(number.phoneNumberId, mimeType, bytes, "received");
  if (item === null) throw new Refused(413, "body_too_large", "There is no room for these bytes.");
  const element = {
    ...(caption !== undefined && { caption }),
    ...(kind === "document" && filename !== undefined && { filename }),
    mime_type: mimeType,
    sha256: Buffer.from(item.sha256, "hex").toString("base64"),
    id: item.id,
    url: media.addressOf(item, number),
    ...(kind === "audio" && { voice: voice === true }),
    ...(kind === "sticker" && { animated: isAnimated(bytes) }),
  };
  return { type: kind, [kind]: element };
}

/** The bytes without a token, for the pretend phone. */
export function mediaDoor({ media }: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  const item = media.byId(searchParams.get("id") ?? "");
  if (item === undefined) throw new Refused(404, "not_found", "No media has this id, or no more.");
  return Promise.resolve({ status: 200, type: item.mimeType, body: media.bytesOf(item) });
}
