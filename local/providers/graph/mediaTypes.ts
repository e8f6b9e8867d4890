/** What Meta takes as media, by what is declared and by what is really there (section 9.2). */
import { isUtf8 } from "node:buffer";
import type { MediaKind } from "./mediaFrame.ts";

const KB = 1024;
const MB = 1024 * KB;
export const MEDIA_BYTES_MAX = 100 * MB;
const STICKER_BYTES_MAX = { still: 100 * KB, animated: 500 * KB };
const STICKER_SIDE = 512;

interface Kind {
  readonly kind: MediaKind;
  readonly bytesMax: number;
  readonly looks: (bytes: Buffer) => boolean;
}

const image = { kind: "image", bytesMax: 5 * MB } as const;
const video = { kind: "video", bytesMax: 16 * MB } as const;
const audio = { kind: "audio", bytesMax: 16 * MB } as const;
const document = { kind: "document", bytesMax: MEDIA_BYTES_MAX } as const;
const sticker = { kind: "sticker", bytesMax: STICKER_BYTES_MAX.animated } as const;
const OFFICE = "application/vnd.openxmlformats-officedocument";

const TYPES: Readonly<Record<string, Kind>> = {
  "image/jpeg": { ...image, looks: startsWith("ffd8ff") },
  "image/png": { ...image, looks: isPng },
  "video/mp4": { ...video, looks: (bytes) => isMp4(bytes) && !is3gp(bytes) },
  "video/3gpp": { ...video, looks: is3gp },
  "audio/aac": { ...audio, looks: isAac },
  "audio/amr": { ...audio, looks: startsWith("2321414d52") },
  "audio/mpeg": { ...audio, looks: isMp3 },
  "audio/mp4": { ...audio, looks: isMp4 },
  "audio/ogg": { ...audio, looks: isOpusMono },
  "text/plain": { ...document, looks: (bytes) => isUtf8(bytes) && !bytes.includes(0) },
  "application/pdf": { ...document, looks: startsWith("255044462d") },
  "application/msword": { ...document, looks: startsWith("d0cf11e0a1b11ae1") },
  "application/vnd.ms-excel": { ...document, looks: startsWith("d0cf11e0a1b11ae1") },
  "application/vnd.ms-powerpoint": { ...document, looks: startsWith("d0cf11e0a1b11ae1") },
  [`${OFFICE}.wordprocessingml.document`]: { ...document, looks: startsWith("504b0304") },
  [`${OFFICE}.spreadsheetml.sheet`]: { ...document, looks: startsWith("504b0304") },
  [`${OFFICE}.presentationml.presentation`]: { ...document, looks: startsWith("504b0304") },
  "image/webp": { ...sticker, looks: isSticker },
};

/** Without parameters: `audio/ogg; codecs=opus` is `audio/ogg`. */
export function bareType(mimeType: string): string {
  return (mimeType.split(";")[0] ?? "").trim().toLowerCase();
}

/** As what Meta would send it, or undefined for what it does not take. */
export function kindOf(mimeType: string): MediaKind | undefined {
  const bare = bareType(mimeType);
  return Object.hasOwn(TYPES, bare) ? TYPES[bare]?.kind : undefined;
}

/** The code that an upload is refused with and why; null: it is taken. */
export function uploadProblem(
  mimeType: string,
  bytes: Buffer,
): { readonly code: 100 | 131053; readonly details: string } | null {
  const bare = bareType(mimeType);
  const type = Object.hasOwn(TYPES, bare) ? TYPES[bare] : undefined;
  if (type === undefined) {
    const known = `Param file must be one of the types ${Object.keys(TYPES).join(", ")}.`;
    return { code: 100, details: `${known} Received file of type '${bare}'.` };
  }
  const bytesMax =
    type.kind === "sticker" && !isAnimated(bytes) ? STICKER_BYTES_MAX.still : type.bytesMax;
  if (bytes.length === 0 || bytes.length > bytesMax) {
    const details = `${bare}: 1 to ${bytesMax} bytes are taken, these are ${bytes.length}`;
    return { code: 131053, details };
  }
  if (type.looks(bytes)) return null;
  return { code: 131053, details: `The bytes are no ${bare} as WhatsApp takes it` };
}

function startsWith(hex: string): (bytes: Buffer) => boolean {
  const magic = Buffer.from(hex, "hex");
  return (bytes) => bytes.subarray(0, magic.length).equals(magic);
}

function text(bytes: Buffer, from: number, to: number): string {
  return bytes.toString("latin1", from, to);
}

/** 8 bits a channel, RGB or RGBA. */
function isPng(bytes: Buffer): boolean {
  const [depth, colour] = [bytes[24], bytes[25]];
  const isTrueColour = depth === 8 && (colour === 2 || colour === 6);
  return startsWith("89504e470d0a1a0a")(bytes) && isTrueColour;
}

function isMp4(bytes: Buffer): boolean {
  return text(bytes, 4, 8) === "ftyp";
}

function is3gp(bytes: Buffer): boolean {
  return isMp4(bytes) && text(bytes, 8, 10) === "3g";
}

/** The frame header of ADTS: twelve bits set, layer zero. */
function isAac(bytes: Buffer): boolean {
  return bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === 0xf0;
}

function isMp3(bytes: Buffer): boolean {
  const isFrame = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0 && !isAac(bytes);
  return text(bytes, 0, 3) === "ID3" || isFrame;
}

/** One channel; the head stands in the first page. */
function isOpusMono(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 256).indexOf("OpusHead");
  return text(bytes, 0, 4) === "OggS" && head > 0 && bytes[head + 9] === 1;
}

function isWebp(bytes: Buffer): boolean {
  return text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 12) === "WEBP" && bytes.length >= 30;
}

/** https://developers.google.com/speed/webp/docs/riff_container: the second flag of VP8X. */
export function isAnimated(bytes: Buffer): boolean {
  return isWebp(bytes) && text(bytes, 12, 16) === "VP8X" && ((bytes[20] ?? 0) & 2) !== 0;
}

function isSticker(bytes: Buffer): boolean {
  return isWebp(bytes) && sidesOf(bytes).every((side) => side === STICKER_SIDE);
}

function sidesOf(bytes: Buffer): [number, number] {
  switch (text(bytes, 12, 16)) {
    case "VP8X":
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
    case "VP8L": {
      const packed = bytes.readUInt32LE(21);
      return [(packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1];
    }
    default:
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  }
}
