import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { RawCallback } from "../../shared/domain/callbacks.ts";
import type { Channel } from "../../shared/domain/channels.ts";
import { type Applied, applyCallback, type Origin } from "../../shared/operations/callbacks.ts";
import { channelOfAccount } from "../../shared/operations/channels.ts";
import { stepRedrive } from "../../shared/operations/redrives.ts";
import type { Archive, Scope } from "../../shared/ports.ts";
import { type Rows, readCallback } from "./app.ts";
import { log, metrics } from "./log.ts";
import { Remembered } from "./remember.ts";

/** How long a warm ingest trusts which number belongs to which channel. */
const KEPT_MS = 60_000;

/** Applies callbacks to the workspace that their channel key belongs to. */
export function callbacksOf({ directory, scope: open }: Rows) {
  const workspaces = new Remembered(KEPT_MS, async (channelKey) => {
    return (await directory.metaApp(channelKey))?.workspaceId ?? null;
  });
  const scopeOf = (workspaceId: string): Scope => open({ kind: "system", workspaceId });

  // An id that is connected under this key, but in another workspace, is not ours to apply.
  const channels = new Remembered(KEPT_MS, async (place): Promise<Channel | null> => {
    const [workspaceId = "", channelKey = "", route = ""] = JSON.parse(place);
    const found = await directory.route(channelKey, route);
    if (found === null || found.workspaceId !== workspaceId) return null;
    return scopeOf(workspaceId).store.channel(found.channelId);
  });

  // An account is found by its channels: template events name no number.
  const accounts = new Remembered(KEPT_MS, async (place): Promise<Channel | null> => {
    const [workspaceId = "", channelKey = "", account = ""] = JSON.parse(place);
    return channelOfAccount(scopeOf(workspaceId), channelKey, account);
  });

  async function applyIn(workspaceId: string, raw: RawCallback, origin: Origin) {
    const applied = await applyCallback(scopeOf(workspaceId), applying(workspaceId), raw, origin);
    report(applied, origin.archiveKey);
    return applied;
  }

  const applying = (workspaceId: string) => ({
    read: readCallback,
    channelOf: (channelKey: string, route: string) =>
      channels.get(JSON.stringify([workspaceId, channelKey, route])),
    accountOf: (channelKey: string, account: string) =>
      accounts.get(JSON.stringify([workspaceId, channelKey, account])),
    onFailure: (error: unknown) => log("ERROR", "element failed", { error }),
  });

  return {
    async apply(raw: RawCallback, origin: Origin): Promise<void> {
      const workspaceId = await workspaces.get(raw.channelKey);
      if (workspaceId !== null) await applyIn(workspaceId, raw, origin);
      else {
        // The app was removed after its webhook was accepted: the archive is all that is left.
        const { channelKey } = raw;
        log("ERROR", "callback of an app that is gone", { channelKey, ...origin });
        metrics.addMetric("CallbacksKept", MetricUnit.Count, 1);
      }
    },
    redrive(archive: Archive, job: { workspaceId: string; redriveId: string }): Promise<void> {
      const apply = async (raw: RawCallback, archiveKey: string) => {
        const workspaceId = await workspaces.get(raw.channelKey);
        if (workspaceId !== job.workspaceId) return null;
        return applyIn(workspaceId, raw, { archiveKey, again: true });
      };
      return stepRedrive(scopeOf(job.workspaceId), { archive, apply }, job.redriveId);
    },
  };
}

function report(applied: Applied, archiveKey: string): void {
  const { stored, kept, left } = applied;
  if (stored > 0) metrics.addMetric("MessagesReceived", MetricUnit.Count, stored);
  if (left > 0) metrics.addMetric("ElementsLeft", MetricUnit.Count, left);
  if (kept === 0) return;
  metrics.addMetric("CallbacksKept", MetricUnit.Count, kept);
  log("ERROR", "parts of a callback were kept", { ...applied, archiveKey });
}
