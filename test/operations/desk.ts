import { randomInt } from "node:crypto";
/** A provider's desk for templates, in memory: what was asked of it, and what goes wrong there. */

import type { Channel } from "../../shared/domain/channels.ts";
import { DomainError } from "../../shared/domain/errors.ts";
import type { TemplateDesk, TemplateMade } from "../../shared/domain/templateDesk.ts";
import type { TemplateEvent, TemplateReport } from "../../shared/domain/templateEvents.ts";
import type { Template } from "../../shared/domain/templates.ts";
import { applyTemplateEvent, refreshTemplate } from "../../shared/operations/refreshing.ts";
import { submitTemplate } from "../../shared/operations/submitting.ts";
import { createTemplate, readTemplate } from "../../shared/operations/templates.ts";
import type { Scope } from "../../shared/ports.ts";
import { channelWith, draftWith } from "../domain/things.ts";
import { newWorkspaceId, type Rig } from "../store/rig.ts";
import { scopeOn } from "./scopes.ts";

export interface Desk extends TemplateDesk {
  /** By name and language. */
  readonly there: Map<string, TemplateReport>;
  readonly calls: string[];
  /** What happens on the next creations: made as usual when there is nothing. */
  readonly next: ("lost" | "taken and lost" | Error)[];
}

const keyOf = ({ name, language }: { name: string; language: string }) => `${name} ${language}`;

export function deskOf(): Desk {
  const there: Desk["there"] = new Map();
  const calls: string[] = [];
  const next: Desk["next"] = [];
  let last = 0;
  const put = (template: Template, providerId: string, status: TemplateReport["status"]) => {
    const { name, language, category, parameterFormat, components } = template;
    const known = { name, language, category, parameterFormat, components };
    const rest = { messageTtlSeconds: null, reason: null, quality: null, correctCategory: null };
    there.set(keyOf(template), { ...known, ...rest, providerId, status });
  };
  return {
    there,
    calls,
    next,
    async create(_channel, template): Promise<TemplateMade> {
      calls.push("create");
      const wrong = next.shift();
      if (wrong instanceof Error) throw wrong;
      if (wrong === "lost") return { kind: "lost" };
      if (there.has(keyOf(template))) return { kind: "exists" };
      const providerId = `50000000000000${++last}`;
      put(template, providerId, "pending");
      if (wrong === "taken and lost") return { kind: "lost" };
      return { kind: "made", providerId, status: "pending", category: template.category };
    },
    async edit(_channel, template, { providerId }) {
      calls.push("edit");
      const wrong = next.shift();
      if (wrong instanceof Error) throw wrong;
      put(template, providerId, "pending");
    },
    async remove(_channel, template, providerId) {
      calls.push("remove");
      for (const [key, report] of there) {
        const isIt = providerId === null || report.providerId === providerId;
        if (report.name === template.name && isIt) there.delete(key);
      }
    },
    async read(_channel, providerId) {
      calls.push("read");
      return [...there.values()].find((report) => report.providerId === providerId) ?? null;
    },
    async find(_channel, name, language) {
      calls.push("find");
      return there.get(keyOf({ name, language })) ?? null;
    },
    async page(_channel, position) {
      calls.push("page");
      // One on a page, so that paging is always met.
      const all = [...there.values()];
      const at = Number(position ?? "0");
      const items = all.slice(at, at + 1);
      return { items, position: at + 1 < all.length ? String(at + 1) : null };
    },
    async uploadSample() {
      throw new Error("Nobody uploads a sample yet.");
    },
  };
}

/** A workspace with one number, and somebody who makes templates there. */
export interface Maker {
  readonly scope: Scope;
  readonly desk: Desk;
  readonly channel: Channel;
  draft(given?: object): Promise<Template>;
  submit(id: string): Promise<Template>;
  /** How often Meta was asked to make one. */
  made(): number;
  event(news: TemplateEvent["news"]): TemplateEvent;
  approved(): Promise<Template>;
}

export async function makerOn(rig: Rig): Promise<Maker> {
  const channelKey = newWorkspaceId();
  const phoneNumberId = String(randomInt(1e14));
  const whatsapp = { channelKey, phoneNumberId, wabaId: "200000000000001" };
  const channel = channelWith({ whatsapp });
  const scope = scopeOn(rig);
  const desk = deskOf();
  await scope.store.commit([{ noun: "channel", before: null, after: channel }]);
  const maker: Maker = {
    scope,
    desk,
    channel,
    draft: (given = {}) =>
      createTemplate(scope, { ...draftWith(), channelId: channel.id, ...given }),
    submit: (id) => submitTemplate(scope, desk, id),
    made: () => desk.calls.filter((call) => call === "create").length,
    event: (news) => ({
      providerId: "500000000000001",
      name: "order_ready",
      language: "en_US",
      category: "utility",
      at: new Date(rig.clock.at).toISOString(),
      news,
    }),
    async approved() {
      const { id } = await maker.draft();
      const { name, language } = await maker.submit(id);
      rig.clock.at += 2_000;
      await applyTemplateEvent(scope, channel, maker.event(statusOf("approved")));
      const report = desk.there.get(`${name} ${language}`);
      if (report === undefined) throw new Error("Meta has it not.");
      desk.there.set(`${name} ${language}`, { ...report, status: "approved" });
      await refreshTemplate(scope, desk, id);
      return readTemplate(scope, id);
    },
  };
  return maker;
}

export const statusOf = (status: Template["status"]): TemplateEvent["news"] => ({
  kind: "status",
  status,
  reason: null,
  rejection: null,
  disableAt: null,
});

/** How it was refused; null when it was not. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => null,
    (cause: unknown) => cause,
  );
  return error instanceof DomainError ? error.code : error;
}
