import middy from "@middy/core";
import { checkChannel } from "../shared/operations/channels.ts";
import type { Position } from "../shared/ports.ts";
import { checkOf, rows, seal } from "./edge/app.ts";
import { log } from "./edge/log.ts";

const { directory, scope } = rows();
const check = checkOf(seal());

const CHANNELS_AT_ONCE = 20;
/** Channels that one tick asks for; more than that many wait for a queue of their own. */
const PAGES_MAX = 25;

/** Every few minutes: asks the providers how each channel is. */
export const handler = middy().handler(async (): Promise<void> => {
  let position: Position | null = null;
  for (let count = 0; count < PAGES_MAX; count++) {
    const page = await directory.channelsToCheck({ limit: CHANNELS_AT_ONCE, position });
    await Promise.all(page.items.map(checked));
    if (page.position === null) return;
    position = page.position;
  }
});

/** One provider that does not answer must not keep the other channels from being asked. */
async function checked(found: { workspaceId: string; channelId: string }): Promise<void> {
  const { workspaceId, channelId } = found;
  try {
    await checkChannel(scope({ kind: "system", workspaceId }), channelId, check);
  } catch (error) {
    log("ERROR", "channel could not be checked", { workspaceId, channelId, error });
  }
}
