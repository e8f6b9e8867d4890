import { randomUUID } from "node:crypto";
import type { Answer, Api, Body } from "./api.ts";

/** What a workspace has that requests can name. */
export interface Lived {
  /** An id of each kind, by its prefix. */
  readonly ids: ReadonlyMap<string, string>;
  readonly whatsapp: string;
  /** Messages that ended, or wait, as requests to them need it. */
  readonly failed: string;
  readonly queued: string;
  readonly welcome: Body;
}

/** Numbers that Meta answers with an error: for good, and until later. */
const REFUSED = "+447700131026";
const LATER = "+447700130429";
const SOMEBODY = "+447700900045";

/** Sends that end in each of the states that requests need. */
export async function sendsIn(
  api: Api,
  whatsapp: string,
): Promise<Pick<Lived, "whatsapp" | "failed" | "queued" | "welcome">> {
  const [template] = await api.all("/templates");
  const welcome = { type: "template", templateId: template.id, variables: { first_name: "Ada" } };
  const send = async (to: string) => {
    const given = { channelId: whatsapp, to, content: welcome };
    const { body }: Answer = await api.post("/messages", given, once());
    return body.id as string;
  };
  const [failed, queued] = [await send(REFUSED), await send(LATER)];
  return { whatsapp, failed, queued, welcome };
}

/** A key that nobody used before. */
export const once = () => ({ "idempotency-key": randomUUID() });

interface Good {
  readonly path: string;
  readonly body: string | null;
}

/**
 * A request that succeeds, for the routes that chance does not find: they name things that must be
 * there, in a state that allows it.
 */
export function goodRequest(method: string, path: string, lived: Lived): Good | null {
  const { ids, whatsapp, welcome } = lived;
  const known: Readonly<Record<string, { id?: string | undefined; body?: object }>> = {
    "POST /v1/conversations": { body: { channelId: whatsapp, to: SOMEBODY } },
    "POST /v1/conversations/{id}/messages": { id: ids.get("cnv"), body: { content: welcome } },
    "POST /v1/messages": { body: { channelId: whatsapp, to: SOMEBODY, content: welcome } },
    "POST /v1/messages/{id}/retry": { id: lived.failed },
    "POST /v1/messages/{id}/cancel": { id: lived.queued },
  };
  const found = known[`${method} ${path}`];
  if (found === undefined) return null;
  const { id, body } = found;
  return {
    path: path.replace("{id}", id ?? ""),
    body: body === undefined ? null : JSON.stringify(body),
  };
}
