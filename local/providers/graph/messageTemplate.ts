/** A message template as the pretend Meta keeps it (section 8). */
import type { Json } from "./templateFault.ts";
import type { Category } from "./templateRules.ts";
import type { ParameterFormat } from "./templateText.ts";

export const TEMPLATE_STATUSES = [
  "PENDING",
  "APPROVED",
  "REJECTED",
  "PAUSED",
  "DISABLED",
  "IN_APPEAL",
  "LOCKED",
  "LIMIT_EXCEEDED",
  "FLAGGED",
  "REINSTATED",
  "PENDING_DELETION",
  "ARCHIVED",
] as const;
export type TemplateStatus = (typeof TEMPLATE_STATUSES)[number];

export interface MessageTemplate {
  /** Digits; a number in webhooks (section 2.4). */
  readonly id: string;
  /** Newer ones are greater. */
  readonly place: string;
  readonly wabaId: string;
  readonly name: string;
  readonly language: string;
  readonly category: Category;
  readonly parameterFormat: ParameterFormat;
  /** As submitted, with types and formats in upper case. */
  readonly components: readonly Json[];
  readonly status: TemplateStatus;
  readonly rejectedReason: string;
  readonly quality: { readonly score: string; readonly date: number };
  readonly correctCategory: Category | null;
  readonly previousCategory: Category | null;
  readonly lifeSeconds: number | null;
  /** Whether its name is kept from others for a while once it is deleted. */
  readonly wasApproved: boolean;
  /** Pauses for its quality so far; the third one disables it. */
  readonly pauses: number;
  /** When it was edited while approved, ms. */
  readonly editedAt: readonly number[];
  readonly due: readonly Due[];
}

export interface Due {
  readonly what: "review" | "resume" | "recategorise";
  readonly at: number;
}
