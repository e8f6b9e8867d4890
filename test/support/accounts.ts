import { randomInt } from "node:crypto";
import { expect, inject } from "vitest";
import { type Answer, ask, type Body } from "./api.ts";
import type { Workspace } from "./client.ts";
import { APP_SECRET, VERIFY_TOKEN } from "./meta.ts";

/** Being Meta: numbers that nobody connected yet, tokens, and what happens to accounts. */

const { url } = inject("cloud");

const digits = () => String(randomInt(1e11, 1e12));

/** What somebody types to connect a number, and what the pretend Meta knows of it. */
export interface Given {
  readonly channelKey: string;
  readonly appId: string;
  readonly appSecret: string;
  readonly verifyToken: string;
  readonly accessToken: string;
  readonly wabaId: string;
  readonly phoneNumberId: string;
}

export const PIN = "271828";

/** A number that exists at Meta and is neither registered nor subscribed, unless `more` says so. */
export async function numberAtMeta(
  more: Readonly<Record<string, unknown>> = {},
): Promise<Given & { readonly displayNumber: string }> {
  const own = {
    channelKey: `new-${digits()}`,
    appId: `600${digits()}`,
    appSecret: APP_SECRET,
    verifyToken: VERIFY_TOKEN,
    accessToken: `EAAG${digits()}`,
    wabaId: `200${digits()}`,
    phoneNumberId: `300${digits()}`,
    displayNumber: `1555${digits().slice(0, 7)}`,
  };
  const made = { ...own, ...more };
  await meta("number", made);
  const { channelKey, appId, appSecret, verifyToken, accessToken } = made;
  const { wabaId, phoneNumberId, displayNumber } = made;
  const given = { channelKey, appId, appSecret, verifyToken, accessToken, wabaId, phoneNumberId };
  return { ...given, displayNumber };
}

/** Asks for it to be connected as it was made; `more` replaces what differs. */
export function connect(
  { admin }: Pick<Workspace, "admin">,
  { displayNumber: _, ...given }: Given & { readonly displayNumber?: string },
  more: object = {},
): Promise<Answer> {
  const whatsapp = { ...given, pin: PIN, ...more };
  return admin.post("/channels", { kind: "whatsapp", name: "Sales", whatsapp });
}

/** Something happens to the account of this number: `field` is told, `now` is answered. */
export const happens = (
  { meta: { channelKey, phoneNumberId } }: Pick<Workspace, "meta">,
  news: object,
) => meta("account", { channelKey, phoneNumberId, ...news });

export const tokenAtMeta = (token: object) => meta("token", token);

async function meta(door: string, body: object): Promise<Body> {
  const answer = await ask(`${url}/sim/graph/${door}`, "POST", body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

/** Calls the Graph API as a business does. */
export function graph(token: string, method: string, path: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` };
  return ask(`${url}/graph/v25.0/${path}`, method, body, headers);
}
