import { randomInt, randomUUID } from "node:crypto";
import { type Api, ask, type Body } from "./api.ts";
import { APP_SECRET, VERIFY_TOKEN } from "./meta.ts";

/** What a workspace has that requests can name. */
export interface Lived {
  /** An id of each kind, by its prefix. */
  readonly ids: ReadonlyMap<string, string>;
  readonly whatsapp: string;
  /** Messages that ended, or wait, as requests to them need it. */
  readonly failed: string;
  readonly queued: string;
  readonly waiting: string;
  readonly welcome: Body;
  readonly otherContact: string;
  /** Templates that nobody submitted. */
  readonly drafts: readonly string[];
  /** A number at Meta that nobody connected. */
  readonly number: Readonly<Record<string, string>>;
}

/** Numbers that Meta answers with an error: for good, and until later. */
const REFUSED = "+447700131026";
const LATER = "+447700130429";
const SOMEBODY = "+447700900045";

interface Place {
  readonly api: Api;
  readonly url: string;
  readonly whatsapp: string;
}

/** Things in each of the states that requests need. */
export async function sendsIn(place: Place): Promise<Omit<Lived, "ids" | "otherContact">> {
  const { api, whatsapp } = place;
  const [template] = await api.all("/templates");
  const welcome = { type: "template", templateId: template.id, variables: { first_name: "Ada" } };
  const send = async (to: string) => {
    const { body } = await api.post(
      "/messages",
      { channelId: whatsapp, to, content: welcome },
      once(),
    );
    return body.id as string;
  };
  const [failed, queued] = [await send(REFUSED), await send(LATER)];
  const drafts: string[] = [];
  for (let place = 0; place < 4; place++) {
    const { body } = await api.post("/templates", draft(whatsapp, `draft_${place}`), once());
    drafts.push(body.id);
  }
  const [waiting, number] = [await waitingIn(place), await numberAt(place)];
  return { whatsapp, failed, queued, waiting, welcome, drafts, number };
}

/** A template of words that no other one has, as Meta demands. */
function draft(channelId: string, name: string): object {
  const components = [{ type: "body", text: `This is the text of ${name}, and of no other one.` }];
  return { channelId, name, language: "en_US", category: "utility", components };
}

async function waitingIn({ api, whatsapp }: Place): Promise<string> {
  const given = { channelId: whatsapp, to: "+447700900046" };
  const { body: conversation } = await api.post("/conversations", given, once());
  const content = { type: "text", text: "Later" };
  const path = `/conversations/${conversation.id}/messages`;
  return (await api.post(path, { content, wait: {} }, once())).body.id;
}

async function numberAt({ url }: Place): Promise<Lived["number"]> {
  const digits = String(randomInt(1e11, 1e12));
  const number = {
    ...{ channelKey: `fuzz-${digits}`, appId: `600${digits}`, appSecret: APP_SECRET },
    ...{ accessToken: `EAAG${digits}`, verifyToken: VERIFY_TOKEN },
    ...{ wabaId: `200${digits}`, phoneNumberId: `300${digits}` },
  };
  const atMeta = { ...number, displayNumber: `1555${digits.slice(0, 7)}` };
  await ask(`${url}/sim/graph/number`, "POST", atMeta);
  return { ...number, pin: "271828" };
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
  const { ids, whatsapp, welcome, drafts, number } = lived;
  const text = { type: "text", text: "Hi" };
  const known: Readonly<Record<string, { id?: string | undefined; body?: object; at?: string }>> = {
    "POST /v1/channels": { body: { kind: "whatsapp", name: "Second", whatsapp: number } },
    "POST /v1/channels/{id}/check": { id: whatsapp },
    "PATCH /v1/channels/{id}": { id: whatsapp, body: { name: "First" } },
    "PUT /v1/contacts/by/{kind}/{value}": { at: "/v1/contacts/by/email/ada@example.com", body: {} },
    "POST /v1/contacts/{id}/merge": { id: ids.get("ctc"), body: { contactId: lived.otherContact } },
    "POST /v1/contacts/{id}/unmerge": { id: ids.get("ctc"), body: {} },
    "POST /v1/conversations": { body: { channelId: whatsapp, to: SOMEBODY } },
    "POST /v1/conversations/{id}/messages": { id: ids.get("cnv"), body: { content: welcome } },
    "GET /v1/conversations/{id}/price": { id: ids.get("cnv") },
    "POST /v1/messages": { body: { channelId: whatsapp, to: SOMEBODY, content: welcome } },
    "PATCH /v1/messages/{id}": { id: lived.waiting, body: { content: text } },
    "POST /v1/messages/{id}/retry": { id: lived.failed },
    "POST /v1/messages/{id}/cancel": { id: lived.queued },
    "PUT /v1/rateCard": { body: { currency: "EUR", periods: [] } },
    "POST /v1/templates": { body: draft(whatsapp, "one_more") },
    "PATCH /v1/templates/{id}": { id: drafts[1], body: { category: "marketing" } },
    "POST /v1/templates/{id}/submit": { id: drafts[2] },
    "POST /v1/templates/{id}/preview": { id: drafts[3], body: {} },
    "POST /v1/templates/sync": { body: {} },
  };
  const found = known[`${method} ${path}`];
  if (found === undefined) return null;
  const { id, body, at } = found;
  return {
    path: at ?? path.replace("{id}", id ?? ""),
    body: body === undefined ? null : JSON.stringify(body),
  };
}
