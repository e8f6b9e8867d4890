import * as z from "zod/mini";
import type { Content } from "./messages.ts";

const PREVIEW_MAX = 100;

/** One line for lists; null for what has no words. */
export function previewOf(content: Content): string | null {
  switch (content.type) {
    case "text":
      return cut(content.text);
    case "reaction":
      return content.emoji;
    case "location":
      return cut(content.name ?? content.address ?? "");
    case "interactive":
      return cut(answerOf(content.interactive) ?? "");
    case "media":
      return cut(content.caption ?? content.filename ?? "");
    case "order":
      return cut(content.text ?? "");
    case "template":
    case "contacts":
    case "revoked":
    case "unsupported":
      return null;
    default:
      return content satisfies never;
  }
}

const titled = z.object({ title: z.string() });
const bodied = z.object({ text: z.string() });
const told = z.object({ body: z.string() });
const answered = z.object({ response: z.string() });

/** What a customer tapped (a template's button has a text for title), or what was asked. */
function answerOf(interactive: Record<string, unknown>): string | null {
  const { type, body } = interactive;
  const answer = typeof type === "string" ? interactive[type] : null;
  return (
    titled.safeParse(answer).data?.title ??
    bodied.safeParse(answer).data?.text ??
    told.safeParse(answer).data?.body ??
    answered.safeParse(answer).data?.response ??
    bodied.safeParse(body).data?.text ??
    null
  );
}

/** Whatever breaks a line (Unicode annex 14) is one space here. */
const LINE_BREAKS = /\s*[\n\v\f\r\u0085\u2028\u2029]\s*/g;

function cut(text: string): string | null {
  const line = text.replace(LINE_BREAKS, " ").trim();
  return line === "" ? null : [...line].slice(0, PREVIEW_MAX).join("");
}
