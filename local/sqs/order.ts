/** Which messages a receive takes, and in which order. */

import type { Lane } from "./backlog.ts";
import type { Message } from "./message.ts";

/** How many at most, and how much room there is for them. */
export interface Wanted {
  readonly max: number;
  readonly room?: Room | undefined;
}

export interface Room {
  readonly bytes: number;
  readonly bytesOf: (message: Message) => number;
}

/**
 * A FIFO queue gives as many messages of one group as it can, in order, before it turns to the next
 * (repost.aws, sqs-fifo-messages-not-returned); a group with messages in flight gives none.
 */
export function inGroupOrder(lanes: readonly Lane[], wanted: Wanted): Message[] {
  const free = lanes.filter((lane) => lane.inFlight === 0).map((lane) => lane.messages);
  return taken(free.sort(byAge).flat(), wanted);
}

/**
 * A standard queue with groups is fair: whoever has the fewest messages in flight comes first
 * (developer guide, sqs-fair-queues), so a busy tenant never holds up a quiet one.
 */
export function fairly(lanes: readonly Lane[], wanted: Wanted): Message[] {
  const tenants = lanes.map((lane) => ({ load: lane.inFlight, waiting: [...lane.messages] }));
  const order: Message[] = [];
  while (order.length < wanted.max) {
    const waiting = tenants.filter((tenant) => tenant.waiting.length > 0);
    const next = waiting.reduce<(typeof tenants)[number] | null>(
      (best, tenant) => (best && !quieter(tenant, best) ? best : tenant),
      null,
    );
    const message = next?.waiting.shift();
    if (!next || !message) {
      break;
    }
    next.load += 1;
    order.push(message);
  }
  return taken(order, wanted);
}

interface Tenant {
  readonly load: number;
  readonly waiting: readonly Message[];
}

function quieter(one: Tenant, other: Tenant): boolean {
  return (
    one.load < other.load || (one.load === other.load && byAge(one.waiting, other.waiting) < 0)
  );
}

function byAge([left]: readonly Message[], [right]: readonly Message[]): number {
  return (left?.key ?? "") < (right?.key ?? "") ? -1 : 1;
}

/** The first that does not fit ends the taking, so that order holds. */
function taken(order: readonly Message[], { max, room }: Wanted): Message[] {
  const messages: Message[] = [];
  let bytesLeft = room?.bytes ?? 0;
  for (const message of order.slice(0, max)) {
    bytesLeft -= room?.bytesOf(message) ?? 0;
    if (bytesLeft < 0) {
      break;
    }
    messages.push(message);
  }
  return messages;
}
