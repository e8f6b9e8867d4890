/** The media that a send names (sections 7.1 and 9): by an id of this number, or by a link. */
import { GraphRefusal } from "./answer.ts";
import type { Said } from "./frame.ts";
import type { Media } from "./media.ts";
import { bareType, kindOf } from "./mediaTypes.ts";
import type { Filled } from "./templateSend.ts";
import { PREVIEW_HOST } from "./templateShown.ts";
import type { MediaNamed } from "./templateValues.ts";

/** Everything that has to be there when the message goes out. */
export function mediaIn(said: Said, template: Filled | null): MediaNamed[] {
  switch (said.type) {
    case "image":
    case "video":
    case "audio":
    case "document":
    case "sticker":
      return [{ kind: said.type, ...said.body }];
    case "interactive":
      return headerOf(said.body);
    case "template":
      return template === null ? [] : [template, ...template.cards].flatMap(headersOf);
    default:
      return [];
  }
}

function headersOf({ header }: Filled): MediaNamed[] {
  return header?.media ? [header.media] : [];
}

function headerOf(interactive: Extract<Said, { type: "interactive" }>["body"]): MediaNamed[] {
  const header = "header" in interactive ? interactive.header : undefined;
  switch (header?.type) {
    case "image":
      return [{ kind: "image", ...header.image }];
    case "video":
      return [{ kind: "video", ...header.video }];
    case "document":
      return [{ kind: "document", ...header.document }];
    default:
      return [];
  }
}

/**
 * Whether what is named can be sent; when not, a status says so later (131053). Links are never
 * followed here: all that can be wrong with one is that it is not public.
 * @throws GraphRefusal when the number has no media of that id
 */
export function areSendable(
  media: Media,
  phoneNumberId: string,
  named: readonly MediaNamed[],
): boolean {
  return named.every(({ kind, id, link, voice }) => {
    if (id === undefined) return link !== undefined && isPublic(link);
    const item = media.byId(id);
    if (item === undefined || item.phoneNumberId !== phoneNumberId) {
      throw new GraphRefusal(100, `${kind}: the number has no media with the id ${id}`);
    }
    const isVoice = voice !== true || bareType(item.mimeType) === "audio/ogg";
    return kindOf(item.mimeType) === kind && isVoice;
  });
}

function isPublic(link: string): boolean {
  const { protocol, hostname } = new URL(link);
  return protocol === "https:" && hostname !== PREVIEW_HOST;
}
