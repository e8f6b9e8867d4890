import * as z from "zod";
import { CATEGORIES } from "./templateRules.ts";

/** How the pretend Meta behaves from now on; what is not given is normal again. */
export const scriptSchema = z.strictObject({
  /** Between what happened and its first callback. */
  delayMs: z.int().min(0).max(86_400_000).default(0),
  /** Extra deliveries of every callback. */
  duplicate: z.int().min(0).max(10).default(0),
  /** What comes close together is delivered last first. */
  reorder: z.boolean().default(false),
  /** Updates in one POST, at most. */
  batch: z.int().min(1).max(1_000).default(1),
  /** How far an accepted message gets by itself. */
  statuses: z.enum(["none", "sent", "delivered", "read"]).default("delivered"),
  /** The first status is delivered before the send is answered (section 5, rule 4). */
  statusBeforeAnswer: z.boolean().default(false),
  /** Whether throughput and pair limits are kept. */
  limits: z.boolean().default(true),
  /** A magic number that asks to come back later gives in after so many refusals. */
  recoverAfter: z.int().min(1).max(1_000).nullable().default(null),
  /** What Meta makes of the category of every template that is created. */
  templateCategory: z.enum(CATEGORIES).nullable().default(null),
  /** How many templates an account may have: 250 when the business is not verified. */
  templatesMax: z.int().min(0).max(6_000).default(6_000),
});

export type Script = Readonly<z.infer<typeof scriptSchema>>;

export const SCRIPT_NORMAL: Script = scriptSchema.parse({});
