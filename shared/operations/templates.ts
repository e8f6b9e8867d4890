import type { Template } from "../domain/templates.ts";
import type { Page, PageRequest, Scope } from "../ports.ts";

export function listTemplates(scope: Scope, page: PageRequest): Promise<Page<Template>> {
  return scope.store.templates(page);
}
