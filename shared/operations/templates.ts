import { accountIdOf } from "../domain/channels.ts";
import { type Contact, displayName } from "../domain/contacts.ts";
import { DomainError, invalid, notFound, type Violation } from "../domain/errors.ts";
import {
  collapsed,
  examplesOf,
  fieldsOf,
  type Rendered,
  rendered,
  requiredKeysOf,
} from "../domain/templateFields.ts";
import { languageFrom } from "../domain/templateLanguages.ts";
import { templateViolations, templateWarnings } from "../domain/templateRules.ts";
import { valueWarnings } from "../domain/templateSends.ts";
import {
  componentOf,
  formatOf,
  nameFrom,
  type ParameterFormat,
  type Template,
  type TemplateCategory,
  type TemplateComponent,
  type TemplateDraft,
  type TemplateStatus,
  unsubmitted,
  withOwnText,
  withoutOwnText,
} from "../domain/templates.ts";
import type { Page, PageRequest, Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";

export interface TemplateInput {
  readonly channelId: string;
  readonly name: string;
  readonly language: string;
  readonly category: TemplateCategory;
  readonly components: readonly TemplateComponent[];
  readonly parameterFormat?: ParameterFormat | undefined;
  readonly messageTtlSeconds?: number | null | undefined;
}
export type TemplateChange = {
  readonly [K in keyof Omit<TemplateInput, "channelId">]?: TemplateInput[K] | undefined;
};

/**
 * Newest first. A channel has the templates of its account, whichever channel they were made for;
 * what is deleted is listed only when asked for.
 */
export async function listTemplates(
  scope: Scope,
  filter: { readonly channelId?: string | undefined; readonly status?: TemplateStatus | undefined },
  page: PageRequest,
): Promise<Page<Template>> {
  const { channelId, status } = filter;
  if (channelId === undefined) return scope.store.templates({ status }, page);
  const channel = await scope.store.channel(channelId);
  if (channel === null) throw invalid("/query/channelId", "unknown", "There is no such channel.");
  const account = accountIdOf(channel);
  if (account === null) return { items: [], position: null };
  return scope.store.templates({ status, wabaId: account }, page);
}

export async function readTemplate(scope: Scope, id: string): Promise<Template> {
  const template = await scope.store.template(id);
  if (template === null) throw notFound("template");
  return template;
}

/** A draft is whole from the start: what could not be submitted is not stored. */
export async function createTemplate(scope: Scope, input: TemplateInput): Promise<Template> {
  const channel = await scope.store.channel(input.channelId);
  if (channel === null) throw invalid("/channelId", "unknown", "There is no such channel.");
  const wabaId = accountIdOf(channel);
  if (wabaId === null) {
    throw invalid("/channelId", "no_templates", "This channel has no templates; take another one.");
  }
  const draft = checked(draftOf(input));
  const holder = await scope.store.templateNamed(wabaId, draft.name, draft.language);
  if (holder !== null && (await isTaken(scope, holder))) throw nameTaken(holder);
  return attempt(async () => {
    const at = new Date(scope.clock.now()).toISOString();
    const template: Template = {
      ...unsubmitted,
      ...draft,
      id: scope.ids.of("template"),
      channelId: channel.id,
      wabaId,
      status: "draft",
      statusHistory: [{ status: "draft", at, reason: null }],
      createdAt: at,
      updatedAt: at,
      rev: 1,
    };
    const write = { noun: "template" as const, before: null, after: template };
    return (await scope.store.commit([write], template)).ok ? template : null;
  });
}

/** The name of a template that is gone may be used again; whether already, its submission says. */
async function isTaken(scope: Scope, holder: string): Promise<boolean> {
  return (await scope.store.template(holder))?.status !== "deleted";
}

export function nameTaken(conflictingId: string): DomainError {
  const detail = "The account has a template of this name in this language; take another name.";
  return new DomainError("name_taken", detail, {
    violations: [{ pointer: "/name", code: "taken", detail }],
    more: { conflictingId },
  });
}

function draftOf(input: Omit<TemplateInput, "channelId">): TemplateDraft {
  const components = [...input.components];
  return {
    name: nameFrom(input.name),
    language: languageFrom(input.language) ?? input.language,
    category: input.category,
    parameterFormat: input.parameterFormat ?? formatOf(components),
    components,
    messageTtlSeconds: input.messageTtlSeconds ?? null,
  };
}

/** @throws invalid_request with everything that keeps the draft from being submitted */
export function checked(draft: TemplateDraft): TemplateDraft {
  const violations = [...templateViolations(draft), ...sampleViolations(draft)];
  const [first] = violations;
  if (first === undefined) return withOwnText(draft);
  const detail = `${first.pointer}: ${first.detail}`;
  throw new DomainError("invalid_request", detail, { violations });
}

/** Files of our own cannot be handed to the reviewers before there is a library of them. */
function sampleViolations({ components }: TemplateDraft): Violation[] {
  const header = componentOf(components, "header");
  if (header?.mediaId === undefined || header.format === "text") return [];
  const pointer = `/components/${components.indexOf(header)}/mediaId`;
  const detail = "A header that is a file cannot be submitted yet; take a text or a location.";
  return [{ pointer, code: "not_supported", detail }];
}

/** The draft as it will be: what is not named stays. */
export function changedDraft(template: Template, change: TemplateChange): TemplateDraft {
  const { components = withoutOwnText(template).components } = change;
  return checked(
    draftOf({
      name: change.name ?? template.name,
      language: change.language ?? template.language,
      category: change.category ?? template.category,
      components,
      parameterFormat: change.parameterFormat ?? formatOf(components, template.parameterFormat),
      messageTtlSeconds:
        change.messageTtlSeconds === undefined
          ? template.messageTtlSeconds
          : change.messageTtlSeconds,
    }),
  );
}

export interface Preview extends Rendered {
  readonly values: Readonly<Record<string, string>>;
  /** Keys that must be filled and for which neither a value nor a contact's own was given. */
  readonly missing: readonly string[];
  /** What would be refused on sending, and what Meta or readers may dislike. */
  readonly warnings: readonly Violation[];
}

/** How it will look: given values before the contact's own, and these before the examples. */
export async function previewTemplate(
  scope: Scope,
  id: string,
  input: {
    readonly variables?: Readonly<Record<string, string>> | undefined;
    readonly contactId?: string | undefined;
  },
): Promise<Preview> {
  const template = await readTemplate(scope, id);
  const contact = await contactOf(scope, input.contactId);
  const own = contact === null ? {} : valuesOf(contact, template);
  const given = { ...own, ...input.variables };
  const values = { ...examplesOf(template), ...given };
  const shown = Object.entries(values).map(([key, value]) => [key, collapsed(value)] as const);
  return {
    ...rendered(template, Object.fromEntries(shown)),
    values,
    missing: requiredKeysOf(template).filter((key) => (given[key] ?? "").trim() === ""),
    warnings: [...templateWarnings(template), ...valueWarnings(template, given)],
  };
}

async function contactOf(scope: Scope, id: string | undefined): Promise<Contact | null> {
  if (id === undefined) return null;
  const contact = await scope.store.contact(id);
  if (contact === null) throw invalid("/contactId", "unknown", "There is no such contact.");
  return contact;
}

/** A contact fills the variables that are named as what is known of them. */
function valuesOf(contact: Contact, template: Template): Record<string, string> {
  const identity = (kind: string) => contact.identities.find((each) => each.kind === kind)?.value;
  const known: Readonly<Record<string, unknown>> = {
    name: displayName(contact),
    phone: identity("phone"),
    email: identity("email"),
    ...contact.attributes,
  };
  const filled = fieldsOf(template).flatMap(({ key }) => {
    const value = Object.hasOwn(known, key) ? known[key] : null;
    return value === null || value === undefined ? [] : [[key, String(value)] as const];
  });
  return Object.fromEntries(filled);
}
