import middy from "@middy/core";
import { checkChannel } from "../shared/operations/channels.ts";
import { syncWhenDue } from "../shared/operations/syncing.ts";
import { repairTimers } from "../shared/operations/timers.ts";
import type { Position } from "../shared/ports.ts";
import { checkOf, clock, rows, seal, templateDesk, timers } from "./edge/app.ts";
import { log } from "./edge/log.ts";

const { directory, scope } = rows();
const check = checkOf(seal());
const armed = timers();

const CHANNELS_AT_ONCE = 20;
/** Channels that one tick asks for; more than that many wait for a queue of their own. */
const PAGES_MAX = 25;

/** No sync begins so late in a tick that it could not end in it. */
const SYNCS_BEGIN_MS = 25_000;

/**
 * Every few minutes: asks the providers how each channel is and what its templates are, and fires
 * what never fired.
 */
export const handler = middy().handler(async (): Promise<void> => {
  await Promise.all([checkChannels(Date.now() + SYNCS_BEGIN_MS), repair()]);
});

async function repair(): Promise<void> {
  const fired = await repairTimers(
    armed,
    {
      scopeOf: (workspaceId) => scope({ kind: "system", workspaceId }),
      onFailure: (timer, error) => log("ERROR", "timer could not be fired", { ...timer, error }),
    },
    clock.now(),
  );
  if (fired > 0) log("WARN", "timers had never fired", { fired });
}

async function checkChannels(until: number): Promise<void> {
  let position: Position | null = null;
  for (let count = 0; count < PAGES_MAX; count++) {
    const page = await directory.channelsToCheck({ limit: CHANNELS_AT_ONCE, position });
    await Promise.all(page.items.map(checked));
    if (Date.now() < until) await Promise.all(page.items.map(synced));
    if (page.position === null) return;
    position = page.position;
  }
}

/** One provider that does not answer must not keep the other channels from being asked. */
async function checked(found: { workspaceId: string; channelId: string }): Promise<void> {
  const { workspaceId, channelId } = found;
  try {
    await checkChannel(scope({ kind: "system", workspaceId }), channelId, check);
  } catch (error) {
    log("ERROR", "channel could not be checked", { workspaceId, channelId, error });
  }
}

async function synced(found: { workspaceId: string; channelId: string }): Promise<void> {
  const { workspaceId, channelId } = found;
  try {
    await syncWhenDue(scope({ kind: "system", workspaceId }), templateDesk(), channelId);
  } catch (error) {
    log("ERROR", "templates could not be synced", { workspaceId, channelId, error });
  }
}
