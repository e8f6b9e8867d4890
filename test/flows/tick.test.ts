import { afterAll, expect, test } from "vitest";
import {
  advance,
  expectNothingDenied,
  factsOf,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { GOOD_TOKEN, operatorOf } from "../support/operator.ts";

/** Every few minutes the providers are asked how each channel is. */

afterAll(expectNothingDenied);

const channelOf = async ({ admin, whatsapp }: Workspace) =>
  (await admin.get(`/channels/${whatsapp}`)).body;

test("a channel's health, quality and limits are known after the next tick", async () => {
  const one = await workspace();
  expect(await channelOf(one)).toMatchObject({
    status: "connected",
    health: { state: "unknown", quality: null, checkedAt: null },
    limits: { uniqueUsersPerDay: null },
  });
  await advance("6m");
  const { status, health, limits } = await channelOf(one);
  expect(status).toBe("connected");
  expect(health).toMatchObject({ state: "ok", quality: "green", detail: null });
  expect(Math.abs(Date.parse(health.checkedAt) - now())).toBeLessThan(60_000);
  expect(limits).toEqual({ perSecond: 80, uniqueUsersPerDay: 10_000 });
  const others = (await one.admin.all("/channels")).filter(({ kind }) => kind !== "whatsapp");
  expect(others.map(({ health: { state } }) => state)).toEqual(["unknown", "unknown"]);
});

test("a refused token breaks the channel, says so once, and a good one mends it", async () => {
  const [one, other] = [await workspace(), await workspace()];
  const operator = operatorOf(one.id);
  await operator.changeToken(one.whatsapp, "a-token-that-meta-revoked");
  await advance("6m");
  const broken = await channelOf(one);
  expect(broken).toMatchObject({ status: "broken", health: { state: "blocked" } });
  expect(broken.health.detail).toMatch(/token/);
  expect(await channelOf(other)).toMatchObject({ status: "connected", health: { state: "ok" } });
  await advance("6m");
  const told = await factsOf(one.id, "channel.broken");
  expect(new Set(told.map(({ id }) => id)).size).toBe(1);
  expect(told[0]).toMatchObject({ data: { channel: { id: one.whatsapp, status: "broken" } } });
  expect(JSON.stringify(told)).not.toMatch(/credentials|token-that-meta-revoked/);
  expect(await factsOf(other.id, "channel.broken")).toEqual([]);

  await one.meta.customer({ phone: "+447700900123" }).writes("You still hear me");
  await settle();
  expect(await one.admin.all("/conversations")).toHaveLength(1);

  await operator.changeToken(one.whatsapp, GOOD_TOKEN);
  await advance("6m");
  expect(await channelOf(one)).toMatchObject({
    status: "connected",
    health: { state: "ok", quality: "green", detail: null },
  });
  const recovered = await factsOf(one.id, "channel.recovered");
  expect(new Set(recovered.map(({ id }) => id)).size).toBe(1);
  expect(recovered[0].data.channel).toEqual(await channelOf(one));
});
