import * as z from "zod/mini";
import { capabilitiesOf } from "../domain/channels.ts";
import type { Fact } from "../domain/facts.ts";
import { windowAt } from "../domain/window.ts";
import { viewChannel } from "./channels.ts";
import { viewContact } from "./contacts.ts";
import { viewMessage } from "./messages.ts";
import { viewTemplate } from "./templates.ts";

/** A fact as everybody hears it: the bus, later sockets and endpoints. */
export const factShape = z.object({
  /** The same however often the fact is told. */
  id: z.string(),
  type: z.string(),
  timestamp: z.string(),
  workspaceId: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type FactShape = z.infer<typeof factShape>;

/** EventBridge takes 256 KB; a fact stays far below, and what it leaves out the API answers. */
const RAW_MAX = 64_000;

export function viewFact(fact: Fact, workspaceId: string): FactShape {
  const { id, type, timestamp } = fact;
  return { id, type, timestamp, workspaceId, data: dataOf(fact) };
}

function dataOf({ about, timestamp }: Fact): FactShape["data"] {
  switch (about.noun) {
    case "message": {
      const view = viewMessage(about.value);
      const whole = JSON.stringify(view.content).length <= RAW_MAX;
      return { message: whole ? view : { ...view, content: { type: view.content.type } } };
    }
    case "contact":
      return { contact: viewContact(about.value) };
    case "channel":
      return { channel: viewChannel(about.value) };
    case "template":
      return { template: viewTemplate(about.value) };
    case "conversation": {
      const { id, channelId, contactId, status, assigneeId, lastActivityAt } = about.value;
      const { channelKind, windowClosesAt } = about.value;
      // As it stood when it happened, however late it is told.
      const { windowMs } = capabilitiesOf(channelKind);
      const window = windowAt(windowMs, windowClosesAt, Date.parse(timestamp));
      const known = { id, channelId, contactId, status, assigneeId, lastActivityAt };
      return { conversation: { ...known, window } };
    }
    default:
      return about satisfies never;
  }
}
