import { describe, expect, test } from "vitest";
import type * as z from "zod";
import * as contract from "../../shared/contract/contacts.ts";
import { contactWith } from "../domain/things.ts";

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;
const x = (length: number) => "x".repeat(length);
const emails = (count: number) =>
  Array.from({ length: count }, (_, place) => ({ kind: "email", value: `${place}@x.example` }));

const both = { contactCreate: contract.contactCreate, contactChange: contract.contactChange };

describe.each(Object.entries(both))("%s", (name, schema) => {
  test.each([
    [{}],
    [{ name: null }],
    [{ name: x(200), identities: emails(20), attributes: {}, tagIds: [] }],
    [{ identities: [{ kind: "external", value: x(300) }] }],
    [{ attributes: { a: "", B_1: x(1_000), c: 0, d: -1.5, e: true } }],
    [{ attributes: { a: Number.MAX_SAFE_INTEGER, b: Number.MIN_SAFE_INTEGER, c: 1e-130 } }],
    [{ attributes: { [`a${x(63)}`]: 1, constructor: 1 } }],
    [{ tagIds: Array(100).fill("tag_1") }],
  ])("takes %j", (body) => expect(takes(schema, body)).toBe(true));

  test.each([
    [null],
    [[]],
    [{ name: "" }],
    [{ name: "  " }],
    [{ name: x(201) }],
    [{ name: 1 }],
    [{ identities: emails(21) }],
    [{ identities: null }],
    [{ identities: [{ kind: "pigeon", value: "1" }] }],
    [{ identities: [{ kind: "email", value: "" }] }],
    [{ identities: [{ kind: "email", value: x(301) }] }],
    [{ identities: [{ kind: "email", value: "a@x.example", verified: true }] }],
    [{ attributes: { "first name": 1 } }],
    [{ attributes: { "1st": 1 } }],
    [{ attributes: { "": 1 } }],
    [{ attributes: { [`a${x(64)}`]: 1 } }],
    [{ attributes: { a: x(1_001) } }],
    [{ attributes: { a: [] } }],
    [{ tagIds: Array(101).fill("tag_1") }],
    [{ id: "ctc_1" }],
    [{ consents: {} }],
  ])("refuses %j", (body) => expect(takes(schema, body)).toBe(false));

  test("refuses numbers that the store cannot keep", () => {
    for (const number of [1e16, -1e16, 1e300, 1e-131, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(takes(schema, { attributes: { a: number } }), String(number)).toBe(false);
    }
  });

  test("takes the spaces off a name", () => {
    expect(schema.parse({ name: " Ada " })).toEqual({ name: "Ada" });
  });

  test("a null attribute removes one, so only a change takes it", () => {
    expect(takes(schema, { attributes: { a: null } })).toBe(name === "contactChange");
    expect(takes(schema, { blocked: true })).toBe(name === "contactChange");
  });
});

describe("a contact as it is told", () => {
  test("is what the contract says", () => {
    const view = contract.viewContact(contactWith());
    expect(contract.contact.parse(view)).toEqual(view);
    expect(view).toMatchObject({ name: "Ada Example", consents: {}, tagIds: [], blocked: false });
  });

  test("has null for an empty name", () => {
    expect(contract.viewContact(contactWith({ profileName: null })).name).toBeNull();
  });

  test("says nothing of our rows", () => {
    const row = { ...contactWith(), gsi1pk: "w#1", colour: "green" };
    const view = contract.viewContact(row);
    expect(contract.contact.strict().parse(view)).toEqual(view);
  });
});
