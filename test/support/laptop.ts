import { strict as assert } from "node:assert";
import { type Api, apiAt, ask, type Body } from "./api.ts";
import { type Meta, metaOf, type Said } from "./meta.ts";

/** The laptop's own workspace and doors, at whatever address the cloud runs this time. */

export const adminAt = (url: string): Api => apiAt(url, "pk_local_admin");

/** Meta, as it calls the app of the laptop's own workspace. */
export const metaAt = (url: string): Meta =>
  metaOf({ url, channelKey: "local", phoneNumberId: "300000000000001", now: Date.now });

/** Waits until nothing is under way anywhere in the cloud. */
export async function settleAt(url: string): Promise<void> {
  const { body } = await ask(`${url}/local/settle`, "POST");
  assert.deepEqual(body, { settled: true, pending: [] });
}

/** Moves the clock and answers the cloud's time, ms since the epoch. */
export async function advanceAt(url: string, by: string): Promise<number> {
  const { body } = await ask(`${url}/local/clock`, "POST", { advance: by });
  return Date.parse(body.now);
}

/** How Meta behaves until the cloud is started again. */
export async function playAt(url: string, script: object): Promise<void> {
  const { status } = await ask(`${url}/sim/graph/script`, "POST", script);
  assert.equal(status, 200);
}

/** Everything that Meta accepted, oldest first. */
export async function ledgerAt(url: string): Promise<Body[]> {
  return (await ask(`${url}/sim/graph/ledger`, "GET")).body.data;
}

const AT_ONCE = 20;

/**
 * Posts each as a callback of its own, many side by side, and answers the ids that were answered
 * 200. `onAnswer` hears how many that are so far.
 */
export async function tellAll(
  meta: Meta,
  said: readonly Said[],
  onAnswer: (count: number) => void = () => undefined,
): Promise<Set<string>> {
  const answered = new Set<string>();
  const waiting = [...said];
  const sender = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      // Nobody is there any more: Meta would try again later, and so does the test.
      const status = await meta.post(meta.callback([next])).catch(() => null);
      if (status !== 200) continue;
      answered.add(next.message.id);
      onAnswer(answered.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return answered;
}
