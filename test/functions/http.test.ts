import { describe, expect, test } from "vitest";
import * as z from "zod";
import { bodyOf, parsed, problemOf, responseOf } from "../../functions/edge/http.ts";
import { idsOf, revOf } from "../../functions/edge/route.ts";
import { problem } from "../../shared/contract/shapes.ts";
import { DomainError, type ErrorCode, invalid } from "../../shared/domain/errors.ts";
import { CONVERSATION } from "../domain/things.ts";

/** The contract's table (section 1): a code that is missing here does not compile. */
const codes: Record<ErrorCode, [number, boolean]> = {
  malformed_json: [400, false],
  invalid_request: [422, false],
  invalid_cursor: [422, false],
  agent_required: [422, false],
  unauthenticated: [401, false],
  forbidden: [403, false],
  not_found: [404, false],
  too_large: [413, false],
  identity_taken: [409, false],
  contact_merged: [409, false],
  not_mergeable: [409, false],
  stale: [412, false],
  in_progress: [409, true],
  idempotency_key_reused: [422, false],
  number_taken: [409, false],
  channel_key_taken: [409, false],
  channel_disconnected: [409, false],
  content_not_supported: [422, false],
  conversation_moved: [412, false],
  idempotency_key_required: [400, false],
  not_cancellable: [409, false],
  not_retryable: [409, false],
  window_closed: [409, false],
  name_taken: [409, false],
  name_locked: [409, false],
  not_editable: [409, false],
  edit_limit: [409, false],
  provider_refused: [422, false],
  channel_broken: [409, false],
  unavailable: [503, true],
};

describe("a problem", () => {
  test.each(Object.entries(codes))("%s has the status and says what to do", (code, expected) => {
    const [status, retryable] = expected;
    const error = new DomainError(code as ErrorCode, "Do this next.", { more: { contactId: "c" } });
    const response = problemOf(error, "req-1");
    const body = JSON.parse(response.body);
    expect(response.statusCode).toBe(status);
    expect(response.headers["content-type"]).toBe("application/problem+json");
    expect(response.headers["cache-control"]).toBe("no-store");
    expect(response.headers["www-authenticate"]).toBe(status === 401 ? "Bearer" : undefined);
    expect(response.headers["retry-after"]).toBe(status === 503 ? "2" : undefined);
    expect(problem.parse(body)).toEqual(body);
    expect(body).toEqual({
      type: `urn:parley:problem:${code}`,
      title: expect.stringMatching(/^\S.*\S$/),
      status,
      code,
      detail: "Do this next.",
      errors: [],
      requestId: "req-1",
      retryable,
      contactId: "c",
    });
  });

  test.each([
    [new Error("password=hunter2")],
    [new TypeError("x is not a function")],
    ["thrown text"],
    [null],
    [undefined],
    [{ statusCode: 404 }],
  ])("that is ours says nothing about us: %s", (error) => {
    const response = problemOf(error, "req-1");
    expect(response.statusCode).toBe(500);
    expect(JSON.parse(response.body)).toMatchObject({ code: "internal", retryable: true });
    expect(response.body).toContain("req-1");
    expect(response.body).not.toMatch(/hunter2|function|thrown/);
  });

  test("names the place of every violation", () => {
    const { body } = problemOf(invalid("/identities/0/value", "invalid", "Give a number."), "r");
    expect(JSON.parse(body).errors).toEqual([
      { pointer: "/identities/0/value", code: "invalid", detail: "Give a number." },
    ]);
  });
});

test("a reply is JSON that nobody keeps, and 204 has no body", () => {
  expect(responseOf({ status: 200, body: null, headers: { etag: '"1"' } })).toEqual({
    statusCode: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store", etag: '"1"' },
    body: "null",
  });
  expect(responseOf({ status: 204 }).body).toBe("");
});

describe("a body", () => {
  test.each([
    [undefined, false, {}],
    ["", false, {}],
    [" \n", false, {}],
    ["null", false, null],
    ['{"a":[1]}', false, { a: [1] }],
    [Buffer.from('{"a":"é"}').toString("base64"), true, { a: "é" }],
    [undefined, true, {}],
  ])("%j (base64: %s) is %j", (text, encoded, value) => {
    expect(bodyOf(text, encoded)).toEqual(value);
  });

  test.each(["{", "{'a':1}", "undefined", "{}x", "\u0000"])("%j is malformed", (text) => {
    expect(() => bodyOf(text, false)).toThrow(expect.objectContaining({ code: "malformed_json" }));
  });
});

describe("what a person sent", () => {
  const schema = z.strictObject({
    name: z.string().min(1),
    "a/b~c": z.number().optional(),
    list: z.array(z.strictObject({ n: z.number() })).optional(),
  });
  const refusal = (value: unknown, base: "" | "/query" = "") => {
    try {
      return parsed(schema, value, base);
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  };

  test("is parsed", () => expect(parsed(schema, { name: "Ada" }, "")).toEqual({ name: "Ada" }));

  test("or every violation is named by JSON pointer", () => {
    const given = { "a/b~c": "1", list: [{ n: 1 }, { n: "2", more: 1 }], "x/y": 1 };
    expect(refusal(given)).toMatchObject({
      code: "invalid_request",
      violations: [
        { pointer: "/name", code: "invalid_type" },
        { pointer: "/a~1b~0c", code: "invalid_type" },
        { pointer: "/list/1/n", code: "invalid_type" },
        { pointer: "/list/1/more", code: "unknown_field" },
        { pointer: "/x~1y", code: "unknown_field" },
      ],
    });
  });

  test("in the query, by its name there", () => {
    expect(refusal({ name: "" }, "/query")).toMatchObject({
      violations: [{ pointer: "/query/name", code: "too_small" }],
    });
  });

  test.each([[null], [[]], ["text"], [7]])("as a whole: %j", (given) => {
    expect(refusal(given)).toMatchObject({ violations: [{ pointer: "", code: "invalid_type" }] });
  });

  test("and not more than fifty of them", () => {
    const many = Object.fromEntries(Array.from({ length: 999 }, (_, place) => [`x${place}`, 1]));
    expect(refusal(many)).toMatchObject({ violations: { length: 50 } });
  });
});

describe("a path", () => {
  test("names ids of the kinds that its route takes", () => {
    expect(idsOf({ id: "conversation" }, { id: CONVERSATION })).toEqual({ id: CONVERSATION });
    expect(idsOf(undefined, { id: "x" })).toEqual({});
  });

  test.each([[undefined], [{}], [{ id: "x" }], [{ id: CONVERSATION.replace("cnv", "msg") }]])(
    "with %j leads nowhere",
    (given) => {
      expect(() => idsOf({ id: "conversation" }, given)).toThrow(
        expect.objectContaining({ code: "not_found" }),
      );
    },
  );
});

describe("If-Match", () => {
  test.each([
    [undefined, null],
    ["*", null],
    [' "7" ', 7],
    ['"0"', 0],
  ])("%j is %s", (header, rev) => expect(revOf(header)).toBe(rev));

  test.each(["7", 'W/"7"', '"x"', '"7", "8"', "", '"-1"'])("%j is no ETag of ours", (header) => {
    expect(() => revOf(header)).toThrow(expect.objectContaining({ code: "stale" }));
  });
});
