import * as z from "zod/mini";

/** A message template as its channel approved it. */
export const templateSchema = z.looseObject({
  id: z.string(),
  channelId: z.string(),
  name: z.string(),
  language: z.string(),
  category: z.enum(["marketing", "utility", "authentication"]),
  /** The body with its placeholders: "Hi {{first_name}}". */
  body: z.string(),
  status: z.enum(["approved", "paused", "disabled"]),
  createdAt: z.string(),
  rev: z.number(),
});
export type Template = z.infer<typeof templateSchema>;

/** The names between the braces, each once, in order. */
export function variablesOf(body: string): string[] {
  return [...new Set([...body.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, name]) => name ?? ""))];
}
