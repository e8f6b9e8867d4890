/** Another place to be called at, for a number or an account (section 1.4). */
import { GraphRefusal } from "./answer.ts";

const ANSWER_WITHIN_MS = 5_000;
const CHALLENGE = "1158201444";

/** Template and account news always goes to the app's own callback. */
const OVERRIDABLE = new Set([
  ..."messages message_echoes calls consumer_profile messaging_handovers".split(" "),
  ..."group_lifecycle_update group_participants_update group_settings_update".split(" "),
  ..."group_status_update smb_message_echoes smb_app_state_sync history".split(" "),
  "account_settings_update",
]);

export function isOverridable(field: string): boolean {
  return OVERRIDABLE.has(field);
}

/**
 * The place to call, once it answered the handshake; "" takes the override away.
 *
 * @throws GraphRefusal when it does not answer with the challenge
 */
export async function overrideOf(uri: string, verifyToken: string | undefined) {
  if (uri === "") return null;
  if (verifyToken === undefined) throw new GraphRefusal(100, "verify_token is required");
  if (!URL.canParse(uri)) throw new GraphRefusal(100, "override_callback_uri is no URL");
  const url = new URL(uri);
  url.searchParams.set("hub.mode", "subscribe");
  url.searchParams.set("hub.challenge", CHALLENGE);
  url.searchParams.set("hub.verify_token", verifyToken);
  if ((await answerOf(url)) === CHALLENGE) return uri;
  throw new GraphRefusal(100, "Callback verification failed: no 200 with the challenge");
}

async function answerOf(url: URL): Promise<string | null> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const text = await reply.text();
    return reply.status === 200 ? text : null;
  } catch {
    // Whoever does not answer is not verified.
    return null;
  }
}
