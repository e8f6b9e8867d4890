import { describe, expect, test } from "vitest";
import { QUIET } from "../../shared/domain/accounts.ts";
import {
  type Channel,
  type ChannelReport,
  capabilitiesOf,
  channelKinds,
  checked,
} from "../../shared/domain/channels.ts";
import { AT, channelWith, moment } from "./things.ts";

const HOUR_MS = 3_600_000;
const channel = channelWith();

const reported = (
  state: ChannelReport["health"]["state"],
  limits: Omit<ChannelReport, "health"> = {},
): ChannelReport => ({ health: { state, quality: "green", detail: null }, ...limits });

describe("a check that tells nothing new", () => {
  test("leaves the very object, so that nothing is written", () => {
    const report = reported("ok", { perSecond: 80, uniqueUsersPerDay: 2_000 });
    expect(checked(channel, report, moment(HOUR_MS - 1))).toBe(channel);
    expect(checked(channel, reported("ok"), moment(1_000))).toBe(channel);
  });

  test("is noted once an hour, so that one sees it was made", () => {
    const after = checked(channel, reported("ok"), moment(HOUR_MS));
    const at = moment(HOUR_MS);
    expect(after).toEqual({
      ...channel,
      account: QUIET,
      health: { ...channel.health, checkedAt: at },
      updatedAt: at,
    });
  });

  test("is noted when it is the first", () => {
    const never = channelWith({ health: { ...channel.health, checkedAt: null } });
    expect(checked(never, reported("ok"), moment(1)).health.checkedAt).toBe(moment(1));
  });
});

describe("a check that tells something new", () => {
  const at = moment(1_000);

  test.each<[string, ChannelReport, Partial<Channel>]>([
    [
      "a higher rate",
      reported("ok", { perSecond: 1_000 }),
      {
        limits: { perSecond: 1_000, uniqueUsersPerDay: 2_000 },
      },
    ],
    [
      "a higher tier",
      reported("ok", { uniqueUsersPerDay: 10_000 }),
      {
        limits: { perSecond: 80, uniqueUsersPerDay: 10_000 },
      },
    ],
    [
      "no limit any more",
      reported("ok", { uniqueUsersPerDay: null }),
      {
        limits: { perSecond: 80, uniqueUsersPerDay: null },
      },
    ],
    [
      "another quality",
      { health: { state: "ok", quality: "red", detail: null } },
      {
        health: { state: "ok", quality: "red", detail: null, checkedAt: at },
      },
    ],
  ])("%s is kept", (_, report, change) => {
    expect(checked(channel, report, at)).toMatchObject({ ...change, updatedAt: at });
  });

  test("keeps what this release does not know", () => {
    const newer = { ...channel, colour: "green" };
    expect(checked(newer, reported("blocked"), at)).toMatchObject({ colour: "green" });
  });
});

describe("what becomes of the status", () => {
  test.each([
    ["connected", "ok", "connected"],
    ["connected", "limited", "connected"],
    ["connected", "unknown", "connected"],
    ["connected", "blocked", "broken"],
    ["broken", "ok", "connected"],
    ["broken", "limited", "connected"],
    ["broken", "unknown", "broken"],
    ["broken", "blocked", "broken"],
    ["pending", "ok", "connected"],
    ["pending", "unknown", "pending"],
    ["pending", "blocked", "pending"],
    ["paused", "ok", "paused"],
    ["paused", "unknown", "paused"],
    ["paused", "blocked", "paused"],
  ] as const)("%s, and the provider says %s: %s", (status, state, after) => {
    expect(checked(channelWith({ status }), reported(state), moment(1)).status).toBe(after);
  });

  test("a broken channel that recovers tells both", () => {
    const broken = checked(channel, reported("blocked"), moment(1));
    const well = checked(broken, reported("ok"), moment(2));
    expect([broken.status, well.status]).toEqual(["broken", "connected"]);
    expect(well).toEqual({
      ...channel,
      account: QUIET,
      health: { ...channel.health, checkedAt: moment(2) },
      updatedAt: moment(2),
    });
    expect(channel.updatedAt).toBe(AT);
  });
});

test("only WhatsApp has a window and templates, only email a subject", () => {
  const can = (kind: (typeof channelKinds)[number]) => {
    const { windowMs, templates, subject } = capabilitiesOf(kind);
    return [kind, windowMs !== null, templates, subject];
  };
  expect(channelKinds.map(can)).toEqual([
    ["whatsapp", true, true, false],
    ["email", false, false, true],
    ["sms", false, false, false],
  ]);
});
