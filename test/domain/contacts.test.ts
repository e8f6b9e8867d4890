import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  claimOf,
  claimsOf,
  displayName,
  type Identity,
  type IdentityKind,
  identityKinds,
  listed,
  newContact,
  normalised,
  withIdentities,
} from "../../shared/domain/contacts.ts";
import { metAgain } from "../../shared/domain/identities.ts";
import { AT, contactWith, moment } from "./things.ts";

const x = (length: number) => "x".repeat(length);
const emailOf = (length: number) => `${x(length - "@x.example".length)}@x.example`;

describe("an identity is written in one way", () => {
  test.each<[IdentityKind, string, string]>([
    ["phone", " +44 7700 900123 ", "+447700900123"],
    ["phone", "447700900123", "+447700900123"],
    ["wa_id", "447700900123", "447700900123"],
    ["wa_id", "+447700900123", "447700900123"],
    ["wa_id", "12345", "12345"],
    ["wa_id", "1".repeat(20), "1".repeat(20)],
    ["wa_bsuid", "GB.71000000000000000001", "GB.71000000000000000001"],
    ["wa_bsuid", `GB.${x(128)}`, `GB.${x(128)}`],
    ["wa_bsuid", "GB.ENT.8", "GB.ENT.8"],
    ["wa_parent_bsuid", " GB.ENT.82000000000000000002\n", "GB.ENT.82000000000000000002"],
    ["email", "Ada@X.Example", "ada@x.example"],
    ["email", "ada+tag@mail.x.example", "ada+tag@mail.x.example"],
    ["email", emailOf(254), emailOf(254)],
    ["external", "CRM-17 #a", "CRM-17 #a"],
    ["external", "Case Matters", "Case Matters"],
    ["external", x(255), x(255)],
  ])("%s %j is %j", (kind, typed, value) => {
    expect(normalised(kind, typed)).toEqual({ kind, value });
  });

  test.each<[IdentityKind, string]>([
    ["phone", "+44770"],
    ["phone", "Ada"],
    ["wa_id", "1234"],
    ["wa_id", "1".repeat(21)],
    ["wa_id", "44 7700 900123"],
    ["wa_id", "GB.71000000000000000001"],
    ["wa_bsuid", "gb.71000000000000000001"],
    ["wa_bsuid", "GBR.7"],
    ["wa_bsuid", "GB."],
    ["wa_bsuid", `GB.${x(129)}`],
    ["wa_bsuid", "GB.7_1"],
    ["wa_parent_bsuid", "447700900123"],
    ["email", "ada"],
    ["email", "ada@x"],
    ["email", "ada@x.example, bob@x.example"],
    ["email", "a da@x.example"],
    ["email", emailOf(255)],
    ["external", ""],
    ["external", "  "],
    ["external", x(256)],
  ])("%s %j is none", (kind, typed) => expect(normalised(kind, typed)).toBeNull());

  test("writing it again changes nothing", () => {
    const kinds = fc.constantFrom(...identityKinds);
    const property = fc.property(kinds, fc.string({ maxLength: 60 }), (kind, typed) => {
      const identity = normalised(kind, typed);
      if (identity !== null) expect(normalised(kind, identity.value)).toEqual(identity);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

const phoneLike = (value: string): Identity => ({ kind: "phone", value });

describe("a claim", () => {
  test("is the same for a phone number and the wa_id of its digits", () => {
    expect(claimOf({ kind: "phone", value: "+447700900123" })).toBe(
      claimOf({ kind: "wa_id", value: "447700900123" }),
    );
  });

  test("is another one for every other kind of the same text", () => {
    const kinds = identityKinds.filter((kind) => kind !== "wa_parent_bsuid");
    const identities = kinds.map((kind) => ({ kind, value: "+1" }));
    expect(new Set(identities.map(claimOf)).size).toBe(kinds.length);
  });

  test("of a user id goes by its own mark, whatever field it came in", () => {
    const parent = "GB.ENT.82000000000000000002";
    expect(claimOf({ kind: "wa_bsuid", value: parent })).toBe(`parent#${parent}`);
    expect(claimOf({ kind: "wa_parent_bsuid", value: parent })).toBe(`parent#${parent}`);
    expect(claimOf({ kind: "wa_bsuid", value: "GB.8" })).toBe("bsuid#GB.8");
  });

  test.each([
    ["Brazil, with and without the ninth digit", "+5511987654321", "551187654321"],
    ["Brazil, where the old number began with 9", "+5521998765432", "552198765432"],
    ["Mexico, with and without the 1", "+525512345678", "5215512345678"],
    ["Argentina, with and without the 9", "+541123456789", "5491123456789"],
  ])("is the same for a mobile of %s", (_, dialled, waId) => {
    const [typed, named] = [phoneLike(dialled), { kind: "wa_id" as const, value: waId }];
    expect(claimOf(typed)).toBe(claimOf(named));
    expect(claimOf(phoneLike(`+${waId}`))).toBe(
      claimOf({ kind: "wa_id", value: dialled.slice(1) }),
    );
  });

  test.each([
    ["a landline of Brazil and the mobile with a 9 in front", "+551133334444", "+5511933334444"],
    ["two landlines", "+551133334444", "+551133334445"],
    ["numbers of Brazil of other lengths", "+55119876543", "+551198765432"],
    ["a Mexican number that begins with 1", "+521234567890", "+52234567890"],
    ["a short number of Argentina", "+54112345678", "+549112345678"],
    ["the same digits elsewhere", "+4411987654321", "+441187654321"],
  ])("is not the same for %s", (_, one, other) => {
    expect(claimOf(phoneLike(one))).not.toBe(claimOf(phoneLike(other)));
  });

  test("is claimed once", () => {
    expect(claimsOf(contactWith().identities)).toEqual([
      "bsuid#GB.71000000000000000001",
      "tel#447700900123",
    ]);
  });
});

describe("a set of identities", () => {
  const email = (value: string): Identity => ({ kind: "email", value });

  test("keeps the order of first appearance", () => {
    const known = [email("a@x.example"), email("b@x.example")];
    const more = [email("c@x.example"), email("a@x.example")];
    expect(withIdentities(known, more).map(({ value }) => value[0])).toEqual(["a", "b", "c"]);
  });

  test("tells kinds apart", () => {
    const both: Identity[] = [
      { kind: "phone", value: "1" },
      { kind: "external", value: "1" },
    ];
    expect(withIdentities([], both)).toEqual(both);
  });
});

describe("a contact who writes again", () => {
  const contact = contactWith();
  const [bsuid, waId] = contact.identities as [Identity, Identity, Identity];
  const sender = { identities: [bsuid, waId], address: waId, profileName: "Ada Example" };
  const later = moment(5_000);

  test("with nothing new is the same object", () => {
    expect(metAgain(contact, sender, later)).toBe(contact);
    expect(metAgain(contact, { ...sender, profileName: null }, later)).toBe(contact);
  });

  test("with a new identity gains it, behind the others", () => {
    const rotated: Identity = { kind: "wa_bsuid", value: "GB.71000000000000000003" };
    const met = metAgain(contact, { ...sender, identities: [rotated, waId] }, later);
    expect(met.identities).toEqual([...contact.identities, rotated]);
    expect(met.updatedAt).toBe(later);
    expect(contact.identities).toHaveLength(3);
  });

  test("under a new profile name keeps the name that people gave", () => {
    const named = contactWith({ name: "Ms Example" });
    const met = metAgain(named, { ...sender, profileName: "ada!" }, later);
    expect(met).toMatchObject({ name: "Ms Example", profileName: "ada!", updatedAt: later });
    expect(displayName(met)).toBe("Ms Example");
    expect(displayName({ ...met, name: null })).toBe("ada!");
  });
});

test("a new contact has nothing but what is given", () => {
  expect(newContact("ctc_1", AT, { name: "Ada", id: "ctc_2", rev: 7 })).toEqual({
    id: "ctc_1",
    name: "Ada",
    profileName: null,
    phoneBookName: null,
    phoneBookAt: null,
    identities: [],
    attributes: {},
    tagIds: [],
    blocked: false,
    consents: null,
    conversations: {},
    mergedInto: null,
    past: null,
    createdAt: AT,
    updatedAt: AT,
    rev: 0,
  });
});

describe("the phone book", () => {
  const contact = contactWith();
  const later = moment(5_000);

  test("calls a contact, unless people gave a name, and wins over the profile", () => {
    const known = listed(contact, "Ada from work", later);
    expect(displayName(known)).toBe("Ada from work");
    expect(displayName({ ...known, name: "Mrs Lovelace" })).toBe("Mrs Lovelace");
    expect(displayName(listed(known, null, moment(9_000)))).toBe("Ada Example");
  });

  test("ends the same in any order, and a repeat changes nothing", () => {
    const first = listed(listed(contact, "Ada", AT), null, later);
    expect(listed(listed(contact, null, later), "Ada", AT)).toEqual(first);
    expect(listed(first, null, later)).toBe(first);
    expect(listed(listed(contact, null, AT), "Ada", AT).phoneBookName).toBe("Ada");
    expect(listed(listed(contact, "Ada", AT), null, AT).phoneBookName).toBe("Ada");
  });
});
