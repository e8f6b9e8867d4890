import { afterAll, afterEach, expect, test } from "vitest";
import { happens } from "../support/accounts.ts";
import {
  advance,
  type Body,
  expectNothingDenied,
  factsOf,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { messageOf, play, sendTo, talkWith } from "../support/sends.ts";

/** What Meta tells of an account reaches its channels, by Meta's clock and in any order. */

afterEach(() => play({}));
afterAll(expectNothingDenied);

const seconds = (offsetS = 0) => Math.floor(now() / 1_000) + offsetS;
const isoOf = (second: number) => new Date(second * 1_000).toISOString();
const update = (value: object, time = seconds()) => ({ field: "account_update", value, time });

const channelOf = async ({ admin, whatsapp }: Workspace) =>
  (await admin.get(`/channels/${whatsapp}`)).body;

async function told(one: Workspace, ...news: readonly object[]): Promise<Body> {
  for (const each of news) await happens(one, each);
  await settle();
  return channelOf(one);
}

test("limits and notices are kept as Meta tells them, the later word counts", async () => {
  const one = await workspace();
  const capability = (users: unknown, time: number) => ({
    field: "business_capability_update",
    value: { max_daily_conversations_per_business: users, max_phone_numbers_per_waba: 25 },
    time,
  });
  const faster = {
    field: "phone_number_quality_update",
    value: { event: "THROUGHPUT_UPGRADE", max_daily_conversations_per_business: "TIER_100K" },
    time: seconds(-50),
  };
  const { limits } = await told(
    one,
    capability("TIER_UNLIMITED", seconds(-10)),
    capability(2_000, seconds(-60)),
    faster,
  );
  expect(limits).toEqual({ perSecond: 80, uniqueUsersPerDay: null });
  const name = { decision: "APPROVED", requested_verified_name: "Example Ltd" };
  const alert = { alert_severity: "WARNING", alert_type: "PROFILE_PICTURE_LOST" };
  const value = { entity_type: "BUSINESS", entity_id: "1", alert_info: alert };
  const { notices, status } = await told(
    one,
    { field: "phone_number_name_update", value: name },
    { field: "account_alerts", value },
    { field: "account_review_update", value: { decision: "APPROVED" } },
    { field: "security", value: { event: "PIN_CHANGED", requester: "900000000000001" } },
  );
  expect(status).toBe("connected");
  expect(notices).toHaveLength(7);
  expect(notices.map(({ what }: Body) => what)).toEqual(
    expect.arrayContaining([
      "name_approved",
      "profile_picture_lost",
      "review_approved",
      "pin_changed",
      "throughput_upgrade",
    ]),
  );
  expect(await one.admin.all("/callbacks")).toEqual([]);
});

test("a ban breaks every number, says so once, and a later pardon mends it", async () => {
  const [one, other] = [await workspace(), await workspace()];
  await play({ duplicate: 2 });
  const at = seconds(-30);
  const ban = (state: string, time: number) =>
    update({ event: "DISABLED_UPDATE", ban_info: { waba_ban_state: state } }, time);
  const banned = await told(one, {
    ...ban("DISABLE", at),
    now: { status: "BANNED", canSend: "BLOCKED" },
  });
  expect(banned).toMatchObject({
    status: "broken",
    health: { state: "blocked", detail: "Meta disabled the account." },
    account: { state: "disabled", at: isoOf(at) },
  });
  expect((await channelOf(other)).status).toBe("connected");
  const facts = await factsOf(one.id, "channel.broken");
  expect(new Set(facts.map(({ id }) => id)).size).toBe(1);
  await advance("6m");
  expect((await channelOf(one)).status).toBe("broken");

  const pardon = {
    ...ban("REINSTATE", at + 20),
    now: { status: "CONNECTED", canSend: "AVAILABLE" },
  };
  await told(one, pardon, ban("DISABLE", at));
  await advance("6m");
  expect(await channelOf(one)).toMatchObject({
    status: "connected",
    health: { state: "ok" },
    account: { state: "ok" },
  });
  const recovered = await factsOf(one.id, "channel.recovered");
  expect(new Set(recovered.map(({ id }) => id)).size).toBe(1);
});

test("a restriction holds what it forbids until it ends, and nothing else", async () => {
  const one = await workspace();
  const { reply } = await talkWith(one);
  const restricted = (type: string, untilS: number) =>
    update({
      event: "ACCOUNT_RESTRICTION",
      restriction_info: [{ restriction_type: type, expiration: untilS }],
    });
  const until = seconds(1_800);
  const channel = await told(one, restricted("RESTRICTED_BIZ_INITIATED_MESSAGING", until));
  expect(channel).toMatchObject({
    status: "connected",
    restrictions: [{ initiatedBy: "business", until: isoOf(until) }],
    notices: [{ what: "account_restriction", level: "critical" }],
  });
  const answer = await reply({ type: "text", text: "You asked" });
  const campaign = await sendTo(one, "+447700900124");
  await settle();
  expect((await messageOf(one, answer)).status).toBe("delivered");
  expect((await messageOf(one, campaign)).status).toBe("queued");
  await advance("40m");
  await settle();
  expect((await messageOf(one, campaign)).status).toBe("delivered");
});

test("both restrictions break the channel, and it recovers when they end", async () => {
  const one = await workspace();
  const restriction_info = ["BIZ", "CUSTOMER"].map((who) => ({
    restriction_type: `RESTRICTED_${who}_INITIATED_MESSAGING`,
    expiration: String(seconds(900)),
  }));
  const news = update({ event: "ACCOUNT_RESTRICTION", restriction_info });
  expect((await told(one, news)).status).toBe("broken");
  await advance("6m");
  expect((await channelOf(one)).status).toBe("broken");
  await advance("12m");
  expect((await channelOf(one)).status).toBe("connected");
});

test("an account that goes away breaks the channel until it works again", async () => {
  const one = await workspace();
  const disconnection_info = { reason: "ACCOUNT_DISCONNECTED", initiated_by: "USER" };
  const gone = update({ event: "PARTNER_REMOVED", disconnection_info });
  const channel = await told(one, { ...gone, now: { status: "DISCONNECTED" } });
  expect(channel).toMatchObject({ status: "broken", account: { state: "removed" } });
  expect(channel.health.detail).toContain("ACCOUNT_DISCONNECTED");
  await told(one, { now: { status: "CONNECTED" } });
  const { body } = await one.admin.post(`/channels/${one.whatsapp}/check`);
  expect(body).toMatchObject({ status: "connected", account: { state: "ok" } });
});

test("a price tier told twice keeps the earlier time (pitfall 33)", async () => {
  const one = await workspace();
  const tier = (time: number) =>
    update({
      event: "VOLUME_BASED_PRICING_TIER_UPDATE",
      volume_tier_info: {
        tier_update_time: time,
        pricing_category: "MARKETING",
        tier: "25000001:50000000",
        effective_month: "2026-11",
        region: "India",
      },
    });
  const [early, late] = [seconds(-500), seconds(-100)];
  const { pricingTiers } = await told(one, tier(late), tier(early), tier(late));
  expect(pricingTiers).toMatchObject([{ region: "India", at: isoOf(early) }]);
});

test("news of an account that is not connected here is kept, and touches nobody", async () => {
  const [one, other] = [await workspace(), await workspace()];
  const theirs = (await channelOf(other)).whatsapp.wabaId;
  const before = [await channelOf(one), await channelOf(other)];
  const changes = [{ field: "account_update", value: { event: "ACCOUNT_DELETED" } }];
  const entry = [{ id: theirs, time: seconds(), changes }];
  expect(await one.meta.post({ object: "whatsapp_business_account", entry })).toBe(200);
  await settle();
  expect([await channelOf(one), await channelOf(other)]).toEqual(before);
  const kept = await one.admin.all("/callbacks?state=broken");
  expect(kept).toMatchObject([{ reason: "unknown_channel", pointer: "/entry/0/changes/0" }]);
  expect(await other.admin.all("/callbacks")).toEqual([]);
});
