import { describe, expect, test } from "vitest";
import { readCallback } from "../../shared/channels/whatsapp/receive.ts";
import { AT } from "../domain/things.ts";

/** Webhooks of templates, as Meta's pages and its traffic have them (section 2.4). */

const TIME = 1_767_225_600;
const AT_TIME = "2026-01-01T00:00:00.000Z";
const named = {
  message_template_id: 500_000_000_000_001,
  message_template_name: "order_ready_v1",
  message_template_language: "en_US",
};

function partsOf(field: string, value: object, entry: object = { time: TIME }) {
  const changes = [{ field, value: { ...named, ...value } }];
  const body = JSON.stringify({ entry: [{ id: "200000000000001", ...entry, changes }] });
  return readCallback({ channelKey: "local", receivedAt: AT, encoding: "utf8", body });
}

function eventOf(field: string, value: object) {
  const [part, ...others] = partsOf(field, value);
  expect(others).toEqual([]);
  if (part?.body.kind !== "template") throw new Error(JSON.stringify(part));
  return part.body.event;
}
const STATUS = "message_template_status_update";
const newsOf = (field: string, value: object) => eventOf(field, value).news;

test("an event names the account, and the template by id, name and language", () => {
  const [part] = partsOf(STATUS, { event: "APPROVED", message_template_category: "UTILITY" });
  expect(part).toMatchObject({ route: "200000000000001", pointer: "/entry/0/changes/0" });
  expect(eventOf(STATUS, { event: "APPROVED", message_template_category: "UTILITY" })).toEqual({
    providerId: "500000000000001",
    name: "order_ready_v1",
    language: "en_US",
    category: "utility",
    at: AT_TIME,
    news: { kind: "status", status: "approved", reason: null, rejection: null, disableAt: null },
  });
});

test.each([
  ["en-US", "en_US"],
  ["en_US", "en_US"],
  ["en", "en"],
  ["xx-YY", "xx_YY"],
])("the language %s is %s", (told, expected) => {
  expect(eventOf(STATUS, { event: "PENDING", message_template_language: told }).language).toBe(
    expected,
  );
});

test("an id is told digit by digit, whatever its size and type (pitfall 34)", () => {
  for (const [written, expected] of [
    ["500000000000001", "500000000000001"],
    ['"500000000000002"', "500000000000002"],
    ["50000000000000000001", "50000000000000000001"],
  ]) {
    const value = JSON.stringify({ ...named, message_template_id: 7, event: "PENDING" });
    const change = `{"field":"${STATUS}","value":${value.replace('":7,', `":${written},`)}}`;
    const body = `{"entry":[{"id":"2","time":${TIME},"changes":[${change}]}]}`;
    const raw = { channelKey: "local", receivedAt: AT, encoding: "utf8", body } as const;
    const [part] = readCallback(raw);
    expect(part?.body).toMatchObject({ kind: "template", event: { providerId: expected } });
  }
});

test.each([
  ["APPROVED", "approved"],
  ["ARCHIVED", "archived"],
  ["DELETED", "deleted"],
  ["DISABLED", "disabled"],
  ["IN_APPEAL", "in_appeal"],
  ["LIMIT_EXCEEDED", "paused"],
  ["LOCKED", "paused"],
  ["PAUSED", "paused"],
  ["PENDING", "pending"],
  ["REINSTATED", "approved"],
  ["PENDING_DELETION", "pending_deletion"],
  ["REJECTED", "rejected"],
  // What it was before, or is still, only Meta knows.
  ["UNARCHIVED", null],
  ["FLAGGED", null],
  ["A_WORD_OF_TOMORROW", null],
])("%s is %s", (event, status) => {
  expect(newsOf(STATUS, { event })).toMatchObject({ kind: "status", status });
});

describe("a status tells why", () => {
  test("it was rejected, and what to do", () => {
    const info = { reason: "Variables are next to each other", recommendation: "Put words there" };
    const value = { event: "REJECTED", reason: "INVALID_FORMAT", rejection_info: info };
    expect(newsOf(STATUS, value)).toMatchObject({
      reason: "INVALID_FORMAT",
      rejection: {
        reason: "INVALID_FORMAT",
        detail: "Variables are next to each other",
        recommendation: "Put words there",
      },
    });
    expect(newsOf(STATUS, { event: "REJECTED", reason: "SCAM" })).toMatchObject({
      rejection: { reason: "SCAM", detail: null, recommendation: null },
    });
  });

  test("it was paused, and that the pause is over", () => {
    const other = (title: string) => ({ other_info: { title, description: "Low quality" } });
    expect(newsOf(STATUS, { event: "PAUSED", ...other("FIRST_PAUSE") })).toMatchObject({
      status: "paused",
      reason: "FIRST_PAUSE",
    });
    expect(newsOf(STATUS, { event: "PAUSED", ...other("UNPAUSE") })).toMatchObject({
      status: "approved",
    });
  });

  test("when it is disabled: now, or at a time to come", () => {
    const disabled = (date: number) =>
      newsOf(STATUS, { event: "DISABLED", disable_info: { disable_date: date } });
    expect(disabled(TIME)).toMatchObject({ status: "disabled", disableAt: AT_TIME });
    expect(disabled(TIME + 1)).toMatchObject({ status: null });
  });

  test("nothing, where Meta says NONE or null", () => {
    for (const reason of ["NONE", null]) {
      expect(newsOf(STATUS, { event: "APPROVED", reason })).toMatchObject({ reason: null });
    }
  });
});

test("a quality is told by its value, even under the name that Meta's page misprints", () => {
  const value = { previous_quality_score: "GREEN", new_quality_score: "YELLOW" };
  for (const field of ["message_template_quality_update", STATUS]) {
    expect(newsOf(field, value)).toEqual({ kind: "quality", quality: "yellow" });
  }
});

describe("a category: the trap of new_category (pitfall 32)", () => {
  const field = "template_category_update";

  test("announced, it is the present one", () => {
    const value = {
      new_category: "UTILITY",
      correct_category: "MARKETING",
      category_update_timestamp: TIME + 86_400,
    };
    expect(newsOf(field, value)).toEqual({
      kind: "category",
      category: "utility",
      change: { from: "utility", to: "marketing", at: "2026-01-02T00:00:00.000Z" },
    });
  });

  test("done, it is the new one", () => {
    const value = { previous_category: "UTILITY", new_category: "MARKETING" };
    expect(newsOf(field, value)).toEqual({
      kind: "category",
      category: "marketing",
      change: null,
    });
  });

  test("of a kind that we do not know waits for the reading", () => {
    expect(newsOf(field, { new_category: "ODD" })).toEqual({ kind: "components" });
  });
});

test("changed words are not taken from the event: the template is read", () => {
  const value = { message_template_element: "Your order {{1}} is ready." };
  expect(newsOf("message_template_components_update", value)).toEqual({ kind: "components" });
});

test.each<[string, object, object]>([
  ["without a name", { message_template_name: undefined }, { time: TIME }],
  ["without an id", { message_template_id: null }, { time: TIME }],
  ["without a time", {}, {}],
  ["with a time that is none", {}, { time: "soon" }],
])("an event %s is kept for people", (_what, value, entry) => {
  const [part] = partsOf(STATUS, { event: "APPROVED", ...value }, entry);
  expect(part?.body.kind).toBe("unreadable");
  expect(part?.route).toBe("200000000000001");
});

test("other fields hide no neighbour", () => {
  const changes = [
    { field: "account_alerts", value: {} },
    { field: STATUS, value: { ...named, event: "APPROVED" } },
  ];
  const body = JSON.stringify({ entry: [{ id: "2", time: TIME, changes }] });
  const parts = readCallback({ channelKey: "local", receivedAt: AT, encoding: "utf8", body });
  expect(parts.map(({ body: { kind } }) => kind)).toEqual(["account", "template"]);
});
