import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  givenTime,
  id,
  LIMIT_MAX,
  pageOf,
  pageQuery,
  problem,
  time,
} from "../../shared/contract/shapes.ts";
import { CONVERSATION } from "../domain/things.ts";

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe("a time that we tell", () => {
  test.each(["2026-11-22T10:00:00.000Z", "2024-02-29T23:59:59.999Z", "1970-01-01T00:00:00.000Z"])(
    "is %s",
    (text) => expect(takes(time, text)).toBe(true),
  );

  test.each([
    "2026-11-22T10:00:00Z",
    "2026-11-22T10:00:00.00Z",
    "2026-11-22T10:00:00.0000Z",
    "2026-11-22T11:00:00.000+01:00",
    "2026-11-22 10:00:00.000Z",
    "2026-02-29T10:00:00.000Z",
    "2026-11-22",
    1_767_225_600,
    null,
  ])("is not %j", (text) => expect(takes(time, text)).toBe(false));

  test("is what Date writes", () => {
    const max = Date.parse("9999-12-31T23:59:59.999Z");
    const property = fc.property(fc.integer({ min: 0, max }), (at) => {
      expect(takes(time, new Date(at).toISOString())).toBe(true);
    });
    fc.assert(property);
  });
});

describe("a time that clients give", () => {
  test.each([
    "2026-12-01T09:00:00Z",
    "2026-12-01T09:00:00.123456Z",
    "2026-12-01T09:00:00+01:00",
    "2026-12-01T09:00:00-23:59",
  ])("may be %s, and is one", (text) => {
    expect(takes(givenTime, text)).toBe(true);
    expect(Number.isNaN(Date.parse(text))).toBe(false);
  });

  test.each([
    "2026-12-01T09:00:00",
    "2026-12-01",
    "2026-12-01T24:00:01Z",
    "2026-02-30T09:00:00Z",
    "2026-12-01T09:00:00+24:00",
    "tomorrow",
    "",
    1_767_225_600_000,
  ])("may not be %j", (text) => expect(takes(givenTime, text)).toBe(false));
});

describe("a page", () => {
  const query = z.strictObject(pageQuery);

  test.each([
    [{}, {}],
    [{ limit: "1" }, { limit: 1 }],
    [{ limit: "025" }, { limit: 25 }],
    [
      { limit: String(LIMIT_MAX), cursor: "x" },
      { limit: 100, cursor: "x" },
    ],
    [{ cursor: "x".repeat(2_000) }, { cursor: "x".repeat(2_000) }],
  ])("is asked for with %j", (given, read) => expect(query.parse(given)).toEqual(read));

  test.each([
    [{ limit: "0" }],
    [{ limit: "101" }],
    [{ limit: "1000" }],
    [{ limit: "-1" }],
    [{ limit: "1.5" }],
    [{ limit: "1e1" }],
    [{ limit: " 1" }],
    [{ limit: "" }],
    [{ cursor: "" }],
    [{ cursor: "x".repeat(2_001) }],
    [{ offset: "5" }],
  ])("is not asked for with %j", (given) => expect(takes(query, given)).toBe(false));

  test("is answered with its next cursor, or null", () => {
    const page = pageOf(z.object({ id: z.string() }));
    const data = [{ id: "1" }];
    expect(takes(page, { data, page: { nextCursor: "x", hasMore: true } })).toBe(true);
    expect(takes(page, { data: [], page: { nextCursor: null, hasMore: false } })).toBe(true);
    expect(takes(page, { data, page: { hasMore: false } })).toBe(false);
    expect(takes(page, { data: [{}], page: { nextCursor: null, hasMore: false } })).toBe(false);
  });
});

test("an id is one of its kind", () => {
  expect(takes(id("conversation"), CONVERSATION)).toBe(true);
  expect(takes(id("message"), CONVERSATION)).toBe(false);
});

test("a problem has all of its members, and may have more", () => {
  const whole = {
    type: "urn:parley:problem:identity_taken",
    title: "Another contact has this identity",
    status: 409,
    code: "identity_taken",
    detail: "Merge them.",
    errors: [{ pointer: "/identities/0", code: "taken", detail: "Taken." }],
    requestId: "r",
    retryable: false,
    contactId: "ctc_1",
  };
  expect(problem.parse(whole)).toEqual(whole);
  for (const name of Object.keys(whole).filter((each) => each !== "contactId")) {
    expect(takes(problem, { ...whole, [name]: undefined }), name).toBe(false);
  }
});
