import * as z from "zod/mini";
import { roles } from "./permissions.ts";

export const agentSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  createdAt: z.string(),
  rev: z.number(),
});
export type Agent = z.infer<typeof agentSchema>;
