import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { errorOf, GraphRig, NUMBER } from "./graphRig.ts";

/** The account APIs of the pretend Meta, as strict as Meta's (WhatsApp reference, 1.4 and 12). */

let rig: GraphRig;
beforeEach(async () => {
  rig = new GraphRig();
  await rig.start();
});
afterEach(() => rig.stop());

const record = z.record(z.string(), z.unknown());
const { phoneNumberId, wabaId, appId, appSecret } = NUMBER;
const APP_TOKEN = `${appId}|${appSecret}`;

async function api(method: string, path: string, body?: object, token = NUMBER.accessToken) {
  const response = await fetch(`${rig.base}/graph/v25.0/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: record.parse(await response.json()) };
}

const DONE = { status: 200, body: { success: true } };
const codeOf = async (answer: ReturnType<typeof api>) => errorOf(await answer).code;
const register = (pin: string) =>
  api("POST", `${phoneNumberId}/register`, { messaging_product: "whatsapp", pin });

/** The number as Meta has it before anybody registered it. */
const fresh = (more: object = {}) => {
  const { displayNumber, verifyToken, ...given } = NUMBER;
  return rig.sim("number", { ...given, displayNumber, verifyToken, ...more });
};

describe("a number", () => {
  test("sends and is CONNECTED only while it is registered", async () => {
    await fresh({ isSubscribed: true });
    const asked = `${phoneNumberId}?fields=status,platform_type,is_pin_enabled`;
    expect((await api("GET", asked)).body).toMatchObject({
      status: "PENDING",
      platform_type: "NOT_APPLICABLE",
      is_pin_enabled: false,
    });
    expect(errorOf(await rig.text()).code).toBe(133010);
    expect(await register("271828")).toEqual(DONE);
    expect((await api("GET", asked)).body).toMatchObject({
      status: "CONNECTED",
      platform_type: "CLOUD_API",
      is_pin_enabled: true,
    });
    await rig.write();
    expect((await rig.text()).status).toBe(200);
    expect(await api("POST", `${phoneNumberId}/deregister`)).toEqual(DONE);
    expect(await codeOf(api("POST", `${phoneNumberId}/deregister`))).toBe(133010);
  });

  test("keeps its PIN: another is refused, and too many tries are", async () => {
    await fresh({ pin: "271828" });
    for (let count = 0; count < 10; count++) expect(await codeOf(register("000000"))).toBe(133005);
    expect(await codeOf(register("271828"))).toBe(133016);
    rig.offsetMs += 73 * 3_600_000;
    expect(await register("271828")).toEqual(DONE);
    expect(await api("POST", phoneNumberId, { pin: "314159" })).toEqual(DONE);
    expect(await codeOf(register("271828"))).toBe(133005);
  });

  test("is verified by the code that was sent, and only then registered", async () => {
    await fresh({ isVerified: false });
    expect(await codeOf(register("271828"))).toBe(133006);
    const verify = () => api("POST", `${phoneNumberId}/verify_code?code=123456`);
    expect(await codeOf(verify())).toBe(100);
    const ask = `${phoneNumberId}/request_code?language=en_US`;
    expect(await codeOf(api("POST", ask))).toBe(100);
    expect(await api("POST", `${ask}&code_method=SMS`)).toEqual(DONE);
    expect(await verify()).toEqual(DONE);
    expect(await register("271828")).toEqual(DONE);
  });

  test.each<[string, string, object]>([
    ["register", "a field Meta does not know", { messaging_product: "whatsapp", pin: "1", x: 1 }],
    ["register", "no messaging_product", { pin: "271828" }],
    ["register", "five digits", { messaging_product: "whatsapp", pin: "27182" }],
    ["whatsapp_business_profile", "a long about", about("x".repeat(140))],
    ["whatsapp_business_profile", "an unknown field", { ...about("x"), motto: "x" }],
  ])("refuses at %s: %s", async (edge, _, body) => {
    expect(await codeOf(api("POST", `${phoneNumberId}/${edge}`, body))).toBe(100);
  });

  test("has a profile", async () => {
    const path = `${phoneNumberId}/whatsapp_business_profile`;
    expect(await api("POST", path, { ...about("Open"), email: "a@example.com" })).toEqual(DONE);
    const { body } = await api("GET", `${path}?fields=about,email,websites`);
    expect(body).toEqual({
      data: [{ about: "Open", email: "a@example.com", messaging_product: "whatsapp" }],
    });
    expect(await codeOf(api("GET", `${path}?fields=shoe_size`))).toBe(100);
  });
});

function about(text: string) {
  return { messaging_product: "whatsapp", about: text };
}

describe("an account", () => {
  test("tells itself and its numbers", async () => {
    const { body } = await api("GET", `${wabaId}?fields=name,currency`);
    expect(body).toEqual({ name: "Parley Local", currency: "GBP", id: wabaId });
    const listed = await api("GET", `${wabaId}/phone_numbers?fields=id,status`);
    expect(listed.body.data).toEqual([{ id: phoneNumberId, status: "CONNECTED" }]);
    expect(await codeOf(api("GET", `${wabaId}?fields=mood`))).toBe(100);
  });

  test("calls nobody who is not subscribed", async () => {
    expect(await api("DELETE", `${wabaId}/subscribed_apps`)).toEqual(DONE);
    expect((await api("GET", `${wabaId}/subscribed_apps`)).body).toEqual({ data: [] });
    const content = { type: "text", text: "Hi" };
    await rig.sim("inbound", { from: "+447700900001", content });
    await rig.idle();
    expect(rig.told).toEqual([]);
    expect(await api("POST", `${wabaId}/subscribed_apps`)).toEqual(DONE);
    await rig.sim("inbound", { from: "+447700900001", content });
    await rig.idle();
    expect(rig.told).toHaveLength(1);
  });

  test("calls messages at a live override, and its news at the app (pitfall 25)", async () => {
    const heard: string[] = [];
    const other = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
      if (request.method === "POST") heard.push(request.url ?? "");
      response.end(searchParams.get("hub.challenge") ?? "");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const uri = `http://127.0.0.1:${(other.address() as AddressInfo).port}/elsewhere`;
    const path = `${wabaId}/subscribed_apps`;
    const override = { override_callback_uri: uri, verify_token: "x" };
    const silent = { override_callback_uri: `${rig.base}/sim/graph/nowhere`, verify_token: "x" };
    expect(await codeOf(api("POST", path, silent))).toBe(100);
    await api("DELETE", path);
    expect(await codeOf(api("POST", path, override))).toBe(100);
    await api("POST", path);
    expect(await api("POST", path, override)).toEqual(DONE);
    const { body } = await api("GET", `${phoneNumberId}?fields=webhook_configuration`);
    expect(body.webhook_configuration).toMatchObject({ whatsapp_business_account: uri });
    await rig.sim("inbound", { from: "+447700900001", content: { type: "text", text: "Hi" } });
    const value = { event: "VERIFIED_ACCOUNT" };
    await rig.sim("account", { field: "account_update", value, now: { tier: "TIER_2K" } });
    await rig.idle();
    expect(heard).toEqual(["/elsewhere"]);
    expect(rig.told).toMatchObject([{ field: "account_update", value }]);
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
  });

  test("that is banned sends no more, and says why", async () => {
    await rig.write();
    await rig.sim("account", { now: { status: "BANNED", canSend: "BLOCKED" } });
    expect(errorOf(await rig.text()).code).toBe(131031);
    const { body } = await api("GET", `${phoneNumberId}?fields=status,health_status`);
    expect(body).toMatchObject({
      status: "BANNED",
      health_status: {
        can_send_message: "BLOCKED",
        entities: [{ errors: [{ error_code: 141006 }] }, {}, { can_send_message: "AVAILABLE" }],
      },
    });
  });
});

describe("a token", () => {
  const debug = (token: string, by = APP_TOKEN) => {
    const query = new URLSearchParams({ input_token: token, access_token: by });
    return fetch(`${rig.base}/graph/v25.0/debug_token?${query}`).then(async (response) => {
      return { status: response.status, body: record.parse(await response.json()) };
    });
  };

  test("is explained to its app only", async () => {
    const scopes = ["whatsapp_business_management", "whatsapp_business_messaging"];
    expect((await debug(NUMBER.accessToken)).body.data).toMatchObject({
      app_id: appId,
      is_valid: true,
      expires_at: 0,
      scopes,
      granular_scopes: scopes.map((scope) => ({ scope, target_ids: [wabaId] })),
    });
    expect((await debug("nobody")).body.data).toMatchObject({ is_valid: false, scopes: [] });
    expect(errorOf(await debug(NUMBER.accessToken, `${appId}|wrong`)).code).toBe(190);
    expect(errorOf(await debug(NUMBER.accessToken, NUMBER.accessToken)).code).toBe(100);
    expect(await codeOf(api("GET", phoneNumberId, undefined, APP_TOKEN))).toBe(100);
  });

  test("ends when it was made to, or revoked", async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    await rig.sim("token", { appId, accessToken: "short", expiresAt });
    expect((await api("GET", phoneNumberId, undefined, "short")).status).toBe(200);
    rig.offsetMs += 61_000;
    expect(await codeOf(api("GET", phoneNumberId, undefined, "short"))).toBe(190);
    await rig.sim("token", { appId, accessToken: NUMBER.accessToken, isRevoked: true });
    expect(await codeOf(api("GET", phoneNumberId))).toBe(190);
    expect((await debug(NUMBER.accessToken)).body.data).toMatchObject({ is_valid: false });
  });
});
