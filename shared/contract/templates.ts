import * as z from "zod";
import { type Template, variablesOf } from "../domain/templates.ts";
import { id, time } from "./shapes.ts";

export const template = z.object({
  id: id("template"),
  channelId: id("channel"),
  name: z.string(),
  language: z.string(),
  category: z.enum(["marketing", "utility", "authentication"]),
  components: z.array(z.object({ type: z.literal("body"), text: z.string() })),
  variables: z.array(z.string()),
  status: z.enum(["approved", "paused", "disabled"]),
  createdAt: time,
});

export function viewTemplate(row: Template): z.infer<typeof template> {
  const { id, channelId, name, language, category, body, status, createdAt } = row;
  return {
    id,
    channelId,
    name,
    language,
    category,
    components: [{ type: "body", text: body }],
    variables: variablesOf(body),
    status,
    createdAt,
  };
}
