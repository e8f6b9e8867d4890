import { accountIdOf, type Channel } from "../domain/channels.ts";
import { DomainError } from "../domain/errors.ts";
import type { TemplateDesk } from "../domain/templateDesk.ts";
import { type TemplateEvent, told } from "../domain/templateEvents.ts";
import type { Scope } from "../ports.ts";
import { attempt } from "./attempts.ts";
import { markGone, newFound, readBack, speakerOf } from "./syncing.ts";

/** What happens at the provider, told by its webhooks and read back right after. */

const AGAIN_MS = 60_000;

/**
 * Reads one template back from its provider, after something happened to it. Not found by its id,
 * it is looked for by its name: it may have been made anew.
 */
export async function refreshTemplate(
  scope: Scope,
  desk: TemplateDesk,
  id: string,
): Promise<{ readonly done: true } | { readonly done: false; readonly waitMs: number }> {
  const template = await scope.store.template(id, "strict");
  if (template === null || template.status === "draft") return { done: true };
  const at = new Date(scope.clock.now()).toISOString();
  const { wabaId, channelId, providerId, name, language } = template;
  try {
    const channel = await speakerOf(scope, wabaId, channelId);
    const byId = providerId === null ? null : await desk.read(channel, providerId);
    const report = byId ?? (await desk.find(channel, name, language));
    if (report === null) await markGone(scope, id, at);
    else await readBack(scope, template, report, at);
    return { done: true };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    // Not reached: again in a while. Refused: a person must act, and the hourly sync goes on.
    return error.code === "unavailable" ? { done: false, waitMs: AGAIN_MS } : { done: true };
  }
}

/**
 * Applies what the provider tells of a template. One that nobody here made is kept with what the
 * event says of it; that it is stale makes it be read.
 */
export function applyTemplateEvent(
  scope: Scope,
  channel: Channel,
  event: TemplateEvent,
): Promise<"stored" | "seen"> {
  return attempt(async () => {
    const now = new Date(scope.clock.now()).toISOString();
    const { name, language } = event;
    const holder = await scope.store.templateNamed(accountIdOf(channel) ?? "", name, language);
    const before = holder === null ? null : await scope.store.template(holder, "strict");
    if (before === null) {
      const fresh = {
        ...newFound(scope, channel, event, now),
        category: event.category ?? "marketing",
      };
      const after = told(fresh, event, now);
      const commit = await scope.store.commit([{ noun: "template", before: null, after }]);
      return commit.ok ? "stored" : null;
    }
    const changed = told(before, event, now);
    if (changed === before) return "seen";
    const after = { ...changed, rev: before.rev + 1 };
    const commit = await scope.store.replace({ noun: "template", before, after });
    return commit.ok ? "stored" : null;
  });
}
