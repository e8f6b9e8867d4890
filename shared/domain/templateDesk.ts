import type { Channel } from "./channels.ts";
import type { TemplateReport } from "./templateEvents.ts";
import type { Template, TemplateCategory, TemplateStatus } from "./templates.ts";

/** What became of a template that was submitted. `lost`: nobody knows, so look before repeating. */
export type TemplateMade =
  | {
      readonly kind: "made";
      readonly providerId: string;
      readonly status: TemplateStatus;
      /** What the provider takes it for; null when it does not say. */
      readonly category: TemplateCategory | null;
    }
  /** Its name and language are there already. */
  | { readonly kind: "exists" }
  | { readonly kind: "lost" };

/**
 * Where a channel's account has its templates. Refusals are thrown as DomainError, with pointers
 * into the template; `unavailable` when the provider did not answer.
 */
export interface TemplateDesk {
  /** @param handle of the header's sample file; null when the header is none */
  create(channel: Channel, template: Template, handle: string | null): Promise<TemplateMade>;
  edit(
    channel: Channel,
    template: Template,
    how: {
      readonly providerId: string;
      readonly handle: string | null;
      readonly withCategory: boolean;
    },
  ): Promise<void>;
  /** Removes it, if it is there; without the provider's id, in all of its languages. */
  remove(channel: Channel, template: Template, providerId: string | null): Promise<void>;
  /** null: there is none, or it may not be seen. */
  read(channel: Channel, providerId: string): Promise<TemplateReport | null>;
  find(channel: Channel, name: string, language: string): Promise<TemplateReport | null>;
  /** Everything that the account has, page by page. */
  page(
    channel: Channel,
    position: string | null,
  ): Promise<{ readonly items: readonly TemplateReport[]; readonly position: string | null }>;
  /** Uploads what shows the reviewers a header; answers the handle for `create` and `edit`. */
  uploadSample(
    channel: Channel,
    sample: {
      readonly filename: string;
      readonly contentType: string;
      readonly bytes: Uint8Array<ArrayBuffer>;
    },
  ): Promise<string>;
}
