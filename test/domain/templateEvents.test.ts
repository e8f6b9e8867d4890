import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEdit, editableAgainAt, withEdit } from "../../shared/domain/templateEdits.ts";
import {
  gone,
  historyOf,
  nextAt,
  read,
  type TemplateEvent,
  type TemplateReport,
  told,
} from "../../shared/domain/templateEvents.ts";
import type { Template, TemplateStatus } from "../../shared/domain/templates.ts";
import { AT, AT_MS, draftWith, moment, templateWith } from "./things.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = moment(100 * DAY);

const eventAt = (after: number, news: TemplateEvent["news"]): TemplateEvent => ({
  providerId: "500000000000001",
  name: "order_ready",
  language: "en_US",
  category: null,
  at: moment(after),
  news,
});
const status = (after: number, to: TemplateStatus | null, reason: string | null = null) =>
  eventAt(after, { kind: "status", status: to, reason, rejection: null, disableAt: null });
const all = (template: Template, events: readonly TemplateEvent[]) =>
  events.reduce((before, event) => told(before, event, NOW), template);

const report = (given: Partial<TemplateReport> = {}): TemplateReport => {
  const { name, language, category, parameterFormat, components } = draftWith();
  return {
    providerId: "500000000000001",
    name,
    language,
    category,
    parameterFormat,
    components,
    messageTtlSeconds: null,
    status: "approved",
    reason: null,
    quality: null,
    correctCategory: null,
    ...given,
  };
};

describe("events", () => {
  const pending = templateWith({
    status: "pending",
    statusHistory: [{ status: "pending", at: AT, reason: null }],
  });

  test("move the status, and make it be read back", () => {
    const after = told(pending, status(HOUR, "approved"), NOW);
    expect(after).toMatchObject({ status: "approved", staleAt: NOW, updatedAt: NOW });
    expect(after.statusHistory).toEqual([
      { status: "pending", at: AT, reason: null },
      { status: "approved", at: moment(HOUR), reason: null },
    ]);
  });

  test("in any order, any number of times, tell the same", () => {
    const events = [
      status(1 * HOUR, "approved"),
      status(2 * HOUR, "paused", "FIRST_PAUSE"),
      status(3 * HOUR, "approved"),
      status(4 * HOUR, "paused", "SECOND_PAUSE"),
      eventAt(2 * HOUR, { kind: "quality", quality: "yellow" }),
      eventAt(4 * HOUR, { kind: "quality", quality: "red" }),
      eventAt(3 * HOUR, { kind: "category", category: "marketing", change: null }),
      eventAt(1 * HOUR, {
        kind: "category",
        category: "utility",
        change: { from: "utility", to: "marketing", at: moment(25 * HOUR) },
      }),
    ];
    const expected = all(pending, events);
    expect(expected).toMatchObject({
      status: "paused",
      quality: "red",
      category: "marketing",
      categoryChange: null,
    });
    const order = fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length });
    const property = fc.property(order, (shuffled) => {
      expect(all(pending, shuffled)).toEqual(expected);
    });
    fc.assert(property);
  });

  test("of the same second end with the review's outcome", () => {
    for (const events of [
      [status(0, "approved"), status(0, "pending")],
      [status(0, "pending"), status(0, "approved")],
    ]) {
      expect(all(pending, events).status).toBe("approved");
    }
  });

  test("without a word of ours only make it be read", () => {
    const after = told(pending, status(HOUR, null), NOW);
    expect(after).toEqual({ ...pending, staleAt: NOW, updatedAt: NOW });
  });

  test("that were read already change nothing: a re-drive is harmless", () => {
    const event = status(HOUR, "approved");
    const fetched = { ...told(pending, event, NOW), staleAt: null, fetchedAt: moment(2 * HOUR) };
    expect(told(fetched, event, NOW)).toBe(fetched);
  });

  test("of another template of that name wait for the reading", () => {
    const other = { ...status(HOUR, "deleted"), providerId: "500000000000002" };
    expect(told(pending, other, NOW)).toMatchObject({ status: "pending", staleAt: NOW });
  });

  test("tell why it was rejected, until it is reviewed again", () => {
    const rejection = { reason: "INVALID_FORMAT", detail: "Adjacent", recommendation: "Words" };
    const event = eventAt(HOUR, {
      kind: "status",
      status: "rejected",
      reason: "INVALID_FORMAT",
      rejection,
      disableAt: null,
    });
    const rejected = told(pending, event, NOW);
    expect(rejected).toMatchObject({ status: "rejected", rejection });
    expect(told(rejected, status(2 * HOUR, "pending"), NOW).rejection).toBeNull();
  });

  test("take a draft that was being submitted for what arrived", () => {
    const draft = templateWith({
      status: "draft",
      statusHistory: [{ status: "draft", at: AT, reason: null }],
      providerId: null,
      submittedAt: null,
      submittingUntil: moment(30_000),
    });
    expect(told(draft, status(2_000, "approved"), NOW)).toMatchObject({
      status: "approved",
      providerId: "500000000000001",
      submittingUntil: null,
      submittedAt: AT,
    });
  });

  test("of a deletion lock the name of what was approved, for 30 days", () => {
    const approved = all(pending, [status(HOUR, "approved"), status(DAY, "deleted")]);
    expect(approved).toMatchObject({ status: "deleted", lockedUntil: moment(31 * DAY) });
    expect(told(pending, status(DAY, "deleted"), NOW).lockedUntil).toBeNull();
  });
});

describe("a reading", () => {
  test("that says what is known changes nothing", () => {
    const template = templateWith();
    expect(read(template, report(), NOW)).toBe(template);
  });

  test("is noted when somebody waited for it", () => {
    const stale = templateWith({ staleAt: moment(HOUR) });
    expect(read(stale, report(), NOW)).toMatchObject({ staleAt: null, fetchedAt: NOW });
  });

  test("overwrites what differs", () => {
    const after = read(templateWith(), report({ status: "paused", category: "marketing" }), NOW);
    expect(after).toMatchObject({ status: "paused", category: "marketing", fetchedAt: NOW });
    expect(after.statusHistory.at(-1)).toEqual({ status: "paused", at: NOW, reason: null });
  });

  test("keeps our examples where Meta gives none, and not where the words changed", () => {
    const text = "Hi {{first_name}}, your order is ready to collect.";
    const bare = report({ components: [{ type: "body", text }] });
    const template = templateWith({ staleAt: NOW });
    expect(read(template, bare, NOW).components).toEqual(template.components);
    const other = { type: "body" as const, text: "Hi {{first_name}}, it changed." };
    expect(read(template, report({ components: [other] }), NOW).components).toEqual([other]);
  });

  test("announces a category that is to come, and forgets it when it came", () => {
    const told = read(templateWith(), report({ correctCategory: "marketing" }), NOW);
    expect(told.categoryChange).toEqual({ from: "utility", to: "marketing", at: null });
    expect(read(told, report({ category: "marketing" }), NOW).categoryChange).toBeNull();
  });

  test("of a word that nobody knows keeps the status", () => {
    expect(read(templateWith(), report({ status: null, quality: "green" }), NOW)).toMatchObject({
      status: "approved",
      quality: "green",
    });
  });

  test("brings back what was made anew under the same name", () => {
    const deleted = gone(templateWith(), moment(DAY));
    const after = read(deleted, report({ providerId: "500000000000009" }), NOW);
    expect(after).toMatchObject({ status: "approved", lockedUntil: null });
    expect(after.providerId).toBe("500000000000009");
  });
});

test("what is no longer there is deleted, whatever the clocks say", () => {
  const template = templateWith({
    statusHistory: [{ status: "approved", at: moment(DAY), reason: null }],
  });
  const after = gone(template, moment(HOUR));
  expect(after).toMatchObject({ status: "deleted", lockedUntil: moment(31 * DAY), staleAt: null });
  expect(gone(after, NOW)).toBe(after);
});

test("a status that is told again and again is one line of history, with the reason", () => {
  const template = templateWith({
    statusHistory: [
      { status: "approved", at: AT, reason: null },
      { status: "paused", at: moment(1), reason: null },
      { status: "paused", at: moment(2), reason: "FIRST_PAUSE" },
      { status: "approved", at: moment(3), reason: null },
    ],
  });
  expect(historyOf(template)).toEqual([
    { status: "approved", at: AT, reason: null },
    { status: "paused", at: moment(1), reason: "FIRST_PAUSE" },
    { status: "approved", at: moment(3), reason: null },
  ]);
});

test("what we do comes after all that is known, in whole seconds where it can", () => {
  expect(nextAt(templateWith({ statusHistory: [] }), AT_MS + 1_700)).toBe(moment(1_000));
  const known = templateWith({
    statusHistory: [{ status: "draft", at: moment(1_500), reason: null }],
  });
  expect(nextAt(known, AT_MS + 1_700)).toBe(moment(1_501));
});

describe("an edit", () => {
  const tried = (template: Template, given = {}, now = AT_MS) => {
    try {
      checkEdit(template, draftWith(given), now);
      return null;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test.each<[TemplateStatus, string | null]>([
    ["approved", null],
    ["rejected", null],
    ["paused", null],
    ["pending", "not_editable"],
    ["in_appeal", "not_editable"],
    ["disabled", "not_editable"],
    ["archived", "not_editable"],
    ["pending_deletion", "not_editable"],
    ["deleted", "not_editable"],
  ])("of what is %s: %s", (is, expected) => {
    expect(tried(templateWith({ status: is }))).toBe(expected);
  });

  test("never changes name, language or the kind of variables", () => {
    for (const given of [
      { name: "other" },
      { language: "fr" },
      { parameterFormat: "positional" as const },
    ]) {
      expect(tried(templateWith(), given)).toBe("invalid_request");
    }
  });

  test("changes the category unless it is approved", () => {
    expect(tried(templateWith(), { category: "marketing" })).toBe("invalid_request");
    expect(tried(templateWith({ status: "rejected" }), { category: "marketing" })).toBeNull();
  });

  test("of what is approved is made once a day", () => {
    const edited = templateWith({ editedAt: withEdit(templateWith(), AT) });
    expect(tried(edited, {}, AT_MS + DAY - 1)).toBe("edit_limit");
    expect(editableAgainAt(edited, AT_MS + 1)).toBe(moment(DAY));
    expect(tried(edited, {}, AT_MS + DAY)).toBeNull();
    expect(tried({ ...edited, status: "rejected" }, {}, AT_MS + 1)).toBeNull();
  });

  test("and ten times in 30 days", () => {
    const editedAt = Array.from({ length: 10 }, (_, day) => moment(day * 2 * DAY));
    const template = templateWith({ editedAt });
    expect(tried(template, {}, AT_MS + 29 * DAY)).toBe("edit_limit");
    expect(editableAgainAt(template, AT_MS + 29 * DAY)).toBe(moment(30 * DAY));
    expect(tried(template, {}, AT_MS + 30 * DAY)).toBeNull();
  });

  test("of what is not approved is not counted", () => {
    expect(withEdit(templateWith({ status: "rejected" }), AT)).toBeNull();
    expect(withEdit(templateWith({ editedAt: [AT] }), moment(DAY))).toEqual([AT, moment(DAY)]);
  });
});
