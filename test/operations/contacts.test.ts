import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { changeContact, createContact, readContact } from "../../shared/operations/contacts.ts";
import type { Scope } from "../../shared/ports.ts";
import { moment } from "../domain/things.ts";
import { type Rig, tablesInMemory } from "../store/rig.ts";
import { scopeOn } from "./scopes.ts";

let rig: Rig;
let scope: Scope;
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());
beforeEach(() => {
  scope = scopeOn(rig);
});

const email = (value: string) => ({ kind: "email" as const, value });
const refused = (code: string, more: object = {}) => ({ code, ...more });

describe("a contact", () => {
  test("is made of what is given, its identities in their one way", async () => {
    const made = await createContact(scope, {
      name: "Ada",
      identities: [{ kind: "phone", value: "44 7700 900123" }, email("A@x.Example")],
      attributes: { plan: "pro" },
    });
    expect(made).toMatchObject({
      name: "Ada",
      identities: [{ kind: "phone", value: "+447700900123" }, email("a@x.example")],
      attributes: { plan: "pro" },
      rev: 1,
    });
    expect(await readContact(scope, made.id)).toEqual(made);
  });

  test("has an identity once, however it is written", async () => {
    const identities = [email("a@x.example"), email("A@X.example ")];
    expect((await createContact(scope, { identities })).identities).toHaveLength(1);
  });

  test("may not have another's identity, and is told whose it is", async () => {
    const ada = await createContact(scope, { identities: [email("a@x.example")] });
    const bob = await createContact(scope, { identities: [email("b@x.example")] });
    const taken = refused("identity_taken", { more: { contactId: ada.id } });
    const identities = [email("a@x.example")];
    await expect(createContact(scope, { identities })).rejects.toMatchObject(taken);
    await expect(changeContact(scope, bob.id, { identities }, null)).rejects.toMatchObject(taken);
    expect(await readContact(scope, bob.id)).toEqual(bob);
  });

  test.each([
    [{ identities: [email("a@x.example"), email("nonsense")] }, "/identities/1/value"],
    [{ identities: Array.from({ length: 21 }, (_, n) => email(`${n}@x.example`)) }, "/identities"],
    [
      { attributes: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, n])) },
      "/attributes",
    ],
    [{ tagIds: ["tag_1"] }, "/tagIds/0"],
  ])("is refused with a pointer: %#", async (input, pointer) => {
    const violations = [expect.objectContaining({ pointer })];
    await expect(createContact(scope, input)).rejects.toMatchObject(
      refused("invalid_request", { violations }),
    );
  });

  test("of another workspace is none", async () => {
    const { id } = await createContact(scope, {});
    const other = scopeOn(rig);
    await expect(readContact(other, id)).rejects.toMatchObject(refused("not_found"));
    await expect(changeContact(other, id, {}, null)).rejects.toMatchObject(refused("not_found"));
  });
});

describe("a change", () => {
  test("leaves what it does not name, and removes what it names null", async () => {
    const attributes = { plan: "pro", seats: 3 };
    const ada = await createContact(scope, { name: "Ada", attributes });
    rig.clock.at += 1_000;
    const changed = await changeContact(
      scope,
      ada.id,
      { attributes: { seats: null, city: "London" } },
      null,
    );
    expect(changed).toEqual({
      ...ada,
      attributes: { plan: "pro", city: "London" },
      updatedAt: moment(1_000),
      rev: 2,
    });
    expect((await changeContact(scope, ada.id, { name: null, blocked: true }, 2)).name).toBeNull();
  });

  test("on an older revision is stale", async () => {
    const ada = await createContact(scope, {});
    await changeContact(scope, ada.id, { name: "Ada" }, 1);
    const late = changeContact(scope, ada.id, { name: "Bob" }, 1);
    await expect(late).rejects.toMatchObject(refused("stale"));
  });

  test("at the same time as another loses nothing of it", async () => {
    const ada = await createContact(scope, {});
    const names = ["a", "b", "c", "d", "e"];
    await Promise.all(
      names.map((name) => changeContact(scope, ada.id, { attributes: { [name]: 1 } }, null)),
    );
    const after = await readContact(scope, ada.id);
    expect(new Set(Object.keys(after.attributes))).toEqual(new Set(names));
    expect(after.rev).toBe(6);
  });
});
