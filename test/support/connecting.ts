import { strict as assert } from "node:assert";
import { randomInt } from "node:crypto";
import { type Api, ask } from "./api.ts";
import { APP_SECRET, VERIFY_TOKEN } from "./meta.ts";

interface Traveller {
  readonly admin: Api;
  eventually<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>>;
}

/**
 * Part of the journey: a number of a new app is connected, the app's secret rotated, its account
 * told of, and all of it disconnected.
 */
export async function connectAnother(url: string, { admin, eventually }: Traveller): Promise<void> {
  const digits = String(randomInt(1e11, 1e12));
  const number = {
    channelKey: `journey-${digits}`,
    appId: `600${digits}`,
    appSecret: APP_SECRET,
    accessToken: `EAAG${digits}`,
    verifyToken: VERIFY_TOKEN,
    wabaId: `200${digits}`,
    phoneNumberId: `300${digits}`,
  };
  const door = (name: string, body: object) => ask(`${url}/sim/graph/${name}`, "POST", body);
  const atMeta = { ...number, displayNumber: `1555${digits.slice(0, 7)}` };
  assert.equal((await door("number", atMeta)).status, 200);
  const whatsapp = { ...number, pin: "271828" };
  const made = await admin.post("/channels", { kind: "whatsapp", name: "Second", whatsapp });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(made.body.status, "connected");
  const path = `/channels/${made.body.id}`;
  const rotated = await admin.patch(path, { whatsapp: { appSecret: "the-next-app-secret" } });
  assert.equal(rotated.status, 200);
  const { channelKey, phoneNumberId } = number;
  const field = "account_review_update";
  await door("account", { channelKey, phoneNumberId, field, value: { decision: "APPROVED" } });
  await eventually("the review of the account noted", async () => {
    return (await admin.get(path)).body.notices.length === 1;
  });
  assert.equal((await admin.delete(path)).status, 204);
}
