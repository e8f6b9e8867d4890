import { describe, expect, test } from "vitest";
import { readCallback } from "../../shared/channels/whatsapp/receive.ts";
import type { News } from "../../shared/domain/accounts.ts";

const AT_S = 1_767_225_600;
const AT = "2026-01-01T00:00:00.000Z";
const RECEIVED = "2026-01-01T00:00:07.000Z";

function partsOf(field: string, value: unknown, entry: object = { id: "200", time: AT_S }) {
  const body = JSON.stringify({ entry: [{ ...entry, changes: [{ field, value }] }] });
  return readCallback({ channelKey: "local", receivedAt: RECEIVED, encoding: "utf8", body });
}

function newsOf(field: string, value: unknown, entry?: object): News {
  const [part, ...others] = partsOf(field, value, entry);
  expect(others).toEqual([]);
  if (part?.body.kind !== "account") throw new Error(`It was read as ${part?.body.kind}.`);
  expect(part.route).toBe(part.body.news.accountId);
  return part.body.news;
}

const update = (value: object) => newsOf("account_update", value);

describe("limits", () => {
  test.each([
    ["TIER_10K", 10_000],
    ["TIER_UNLIMITED", null],
    ["TIER_1K", 1_000],
    [2_000, 2_000],
    ["2000", 2_000],
    [-1, null],
  ])("of the business: %s", (tier, users) => {
    const value = { max_daily_conversations_per_business: tier, max_phone_numbers_per_waba: 25 };
    const { effect, number } = newsOf("business_capability_update", value);
    expect({ effect, number }).toEqual({ effect: { kind: "limits", users }, number: null });
  });

  test("that nobody set change nothing", () => {
    const value = { max_daily_conversations_per_business: "TIER_NOT_SET" };
    expect(newsOf("business_capability_update", value).effect).toBeNull();
  });

  test("of one number, with its new speed", () => {
    const news = newsOf("phone_number_quality_update", {
      display_phone_number: "+1 (555) 010-0001",
      event: "THROUGHPUT_UPGRADE",
      old_limit: "TIER_2K",
      max_daily_conversations_per_business: "TIER_10K",
    });
    expect(news).toEqual({
      accountId: "200",
      number: "15550100001",
      at: AT,
      notice: {
        what: "throughput_upgrade",
        level: "info",
        detail: "Limit of the number: THROUGHPUT_UPGRADE, TIER_10K.",
      },
      effect: { kind: "limits", users: 10_000, perSecond: 1_000 },
    });
  });

  test("of old captures are under another name", () => {
    const value = { display_phone_number: "1", event: "DOWNGRADE", current_limit: "TIER_250" };
    const { effect, notice } = newsOf("phone_number_quality_update", value);
    expect([effect, notice.level]).toEqual([{ kind: "limits", users: 250 }, "warning"]);
  });
});

describe("account_update", () => {
  test.each([
    ["DISABLE", "disabled"],
    ["REINSTATE", "ok"],
  ])("a ban that is %s makes the account %s", (state, standing) => {
    const ban_info = { waba_ban_state: state, waba_ban_date: "January 1, 2026" };
    expect(update({ event: "DISABLED_UPDATE", ban_info }).effect).toEqual({
      kind: "standing",
      state: standing,
    });
  });

  test("a ban to come warns, and stops nothing yet", () => {
    const ban_info = { waba_ban_state: "SCHEDULE_FOR_DISABLE", waba_ban_date: "May 3, 2026" };
    const { effect, notice } = update({ event: "DISABLED_UPDATE", ban_info });
    expect(effect).toBeNull();
    expect(notice).toMatchObject({ level: "critical", detail: expect.stringContaining("May 3") });
  });

  test.each([
    ["ACCOUNT_DELETED", "removed"],
    ["ACCOUNT_OFFBOARDED", "removed"],
    ["PARTNER_REMOVED", "removed"],
    ["PARTNER_APP_UNINSTALLED", "removed"],
    ["ACCOUNT_RECONNECTED", "ok"],
  ])("%s: %s", (event, state) => {
    expect(update({ event }).effect).toEqual({ kind: "standing", state });
  });

  test("a restriction says whose conversations, and until when", () => {
    const { effect, notice } = update({
      event: "ACCOUNT_RESTRICTION",
      restriction_info: [
        { restriction_type: "RESTRICTED_BIZ_INITIATED_MESSAGING", expiration: AT_S + 3_600 },
        { restriction_type: "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", expiration: `${AT_S}` },
        { restriction_type: "RESTRICTED_ADD_PHONE_NUMBER_ACTION", expiration: AT_S },
        { restriction_type: "RESTRICTED_BIZ_INITIATED_MESSAGING" },
      ],
    });
    const until = "2026-01-01T01:00:00.000Z";
    const found = [
      { initiatedBy: "business", until },
      { initiatedBy: "customer", until: AT },
    ];
    expect(effect).toEqual({ kind: "restrictions", found });
    expect(notice.detail).toContain(`restricted_biz_initiated_messaging until ${until}`);
  });

  test("a price tier keeps when it was told by Meta's clock", () => {
    const volume_tier_info = {
      tier_update_time: AT_S - 60,
      pricing_category: "MARKETING",
      tier: "25000001:50000000",
      effective_month: "2026-11",
      region: "India",
    };
    const { effect } = update({ event: "VOLUME_BASED_PRICING_TIER_UPDATE", volume_tier_info });
    const tier = { category: "marketing", region: "India", month: "2026-11" };
    const at = "2025-12-31T23:59:00.000Z";
    expect(effect).toEqual({
      kind: "pricingTier",
      tier: { ...tier, tier: "25000001:50000000", at },
    });
  });

  test.each(["VERIFIED_ACCOUNT", "AD_ACCOUNT_LINKED", "SOMETHING_NEW"])("%s is told", (event) => {
    expect(update({ event })).toMatchObject({
      effect: null,
      notice: { what: event.toLowerCase(), level: "info" },
    });
  });

  test("one of a partner names the account itself", () => {
    const value = { event: "PARTNER_REMOVED", waba_info: { waba_id: "201" } };
    expect(update(value).accountId).toBe("201");
  });

  test("one of a single number names it", () => {
    expect(update({ event: "PARTNER_REMOVED", phone_number: "15550100001" }).number).toBe(
      "15550100001",
    );
  });
});

describe("what is only told", () => {
  test("the review of a name", () => {
    const news = newsOf("phone_number_name_update", {
      display_phone_number: "15550100001",
      decision: "REJECTED",
      requested_verified_name: "Example Ltd",
      rejection_reason: "NAME_FORMAT_UNACCEPTABLE",
    });
    const detail = "Display name: Example Ltd, NAME_FORMAT_UNACCEPTABLE.";
    expect(news).toMatchObject({
      number: "15550100001",
      effect: null,
      notice: { what: "name_rejected", level: "warning", detail },
    });
  });

  test("an alert about one number, by its id", () => {
    const news = newsOf("account_alerts", {
      entity_type: "PHONE_NUMBER",
      entity_id: "300000000000001",
      alert_info: {
        alert_severity: "CRITICAL",
        alert_type: "OBA_REJECTED",
        alert_description: "No.",
      },
    });
    expect(news).toMatchObject({
      number: "300000000000001",
      notice: { what: "oba_rejected", level: "critical", detail: "Alert: No." },
    });
  });

  test("a review, and a change of the PIN", () => {
    expect(newsOf("account_review_update", { decision: "APPROVED" }).notice.level).toBe("info");
    expect(newsOf("account_review_update", { decision: "REJECTED" }).notice.level).toBe("critical");
    const pin = { display_phone_number: "15550100001", event: "PIN_CHANGED", requester: "9" };
    expect(newsOf("security", pin)).toMatchObject({
      number: "15550100001",
      notice: { what: "pin_changed", level: "warning" },
    });
  });
});

describe("what Meta writes otherwise", () => {
  test("without a time it is as old as its arrival", () => {
    expect(newsOf("account_update", { event: "X" }, { id: "200" }).at).toBe(RECEIVED);
    expect(newsOf("account_update", { event: "X" }, { id: "200", time: `${AT_S}` }).at).toBe(AT);
  });

  test("shapes that nobody knows count as absent", () => {
    const value = { event: 7, ban_info: "gone", restriction_info: {}, alert_info: [] };
    expect(update(value)).toMatchObject({ effect: null, notice: { what: "7" } });
  });

  test.each<[unknown, object]>([
    ["text", { id: "200" }],
    [null, { id: "200" }],
    [{ event: "X" }, {}],
  ])("%j in %j cannot be read, and is kept", (value, entry) => {
    expect(partsOf("account_update", value, entry)[0]?.body.kind).toBe("unreadable");
  });
});
