import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  type Api,
  advance,
  apiOf,
  type Body,
  expectNothingDenied,
  workspace,
} from "../support/client.ts";

/** Contacts over the API, and what every resource has with them: revisions, repeats, pages. */

afterAll(expectNothingDenied);

const PHONE = { kind: "phone", value: "+447700900123" };
const repeat = (key: string) => ({ "idempotency-key": key });
const isReplay = ({ headers }: Answer) => headers.get("idempotency-replayed") === "true";

function expectRefused({ status, body }: Answer, expected: number, code: string): Body {
  expect({ status, code: body.code }).toEqual({ status: expected, code });
  return body;
}

describe("a contact", () => {
  test("is made with what was given, read back, and empty where nothing was", async () => {
    const { admin, agent } = await workspace();
    const input = {
      name: "Ada Lovelace",
      identities: [
        { kind: "phone", value: " +44 7700 900-123 " },
        { kind: "email", value: "Ada@Example.COM" },
        { kind: "external", value: "crm:42" },
      ],
      attributes: { first_name: "Ada", visits: 3, vip: true },
    };
    const made = await agent.post("/contacts", input);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: input.name,
      attributes: input.attributes,
      identities: [
        PHONE,
        { kind: "email", value: "ada@example.com" },
        { kind: "external", value: "crm:42" },
      ],
      tagIds: [],
      consents: {},
      blocked: false,
    });
    expect((await admin.get(`/contacts/${made.body.id}`)).body).toEqual(made.body);
    expect(await admin.all("/contacts")).toEqual([made.body]);
    const bare = await admin.post("/contacts");
    expect(bare.status).toBe(201);
    expect(bare.body).toMatchObject({ name: null, identities: [], attributes: {} });
  });

  test("is changed field by field: what is not named stays, null removes", async () => {
    const { admin } = await workspace();
    const attributes = { a: 1, b: "x", c: false };
    const input = { name: "Ada", identities: [PHONE], attributes };
    const { body: before } = await admin.post("/contacts", input);
    const path = `/contacts/${before.id}`;
    const merged = await admin.patch(path, { attributes: { b: null, c: true, d: "new", e: null } });
    expect(merged.body).toEqual({
      ...before,
      attributes: { a: 1, c: true, d: "new" },
      updatedAt: merged.body.updatedAt,
    });
    expect(merged.body.updatedAt > before.updatedAt).toBe(true);
    const renamed = (await admin.patch(path, { name: null, blocked: true })).body;
    expect(renamed).toMatchObject({ name: null, blocked: true, identities: [PHONE] });
    const email = [{ kind: "email", value: "ada@example.com" }];
    expect((await admin.patch(path, { identities: email })).body.identities).toEqual(email);
    expect((await admin.get(path)).body).toMatchObject({ blocked: true, identities: email });
    const next = await admin.post("/contacts", { identities: [PHONE] });
    expect(next.status).toBe(201);
  });

  test("keeps its identities to itself: 409 names who has them", async () => {
    const { admin } = await workspace();
    const other = await workspace();
    const { body: ada } = await admin.post("/contacts", { identities: [PHONE] });
    for (const identity of [PHONE, { kind: "wa_id", value: PHONE.value.slice(1) }]) {
      const refused = await admin.post("/contacts", { name: "Eve", identities: [identity] });
      expect(expectRefused(refused, 409, "identity_taken").contactId).toBe(ada.id);
    }
    const { body: bob } = await admin.post("/contacts", { name: "Bob" });
    const refused = await admin.patch(`/contacts/${bob.id}`, { identities: [PHONE] });
    expect(expectRefused(refused, 409, "identity_taken").contactId).toBe(ada.id);
    expect((await admin.get(`/contacts/${bob.id}`)).body).toEqual(bob);
    expect(await admin.all("/contacts")).toHaveLength(2);
    expect((await other.admin.post("/contacts", { identities: [PHONE] })).status).toBe(201);
    const claims = Array.from({ length: 5 }, (_, place) =>
      admin.post("/contacts", { name: `${place}`, identities: [{ kind: "external", value: "1" }] }),
    );
    const statuses = (await Promise.all(claims)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(4);
  });

  test.each<[string, unknown, string]>([
    [
      "a phone that cannot be",
      { identities: [PHONE, { kind: "phone", value: "+44" }] },
      "/identities/1/value",
    ],
    [
      "a phone without country",
      { identities: [{ kind: "phone", value: "07700" }] },
      "/identities/0/value",
    ],
    ["no e-mail address", { identities: [{ kind: "email", value: "ada" }] }, "/identities/0/value"],
    ["an unknown kind", { identities: [{ kind: "fax", value: "1" }] }, "/identities/0/kind"],
    ["an unknown field", { nickname: "Ada" }, "/nickname"],
    ["an empty name", { name: " " }, "/name"],
    ["an unknown tag", { tagIds: ["tag_01J00000000000000000000000"] }, "/tagIds/0"],
    ["an attribute that is no value", { attributes: { a: { b: 1 } } }, "/attributes/a"],
    ["a list", [], ""],
  ])("with %s is refused, and the place is named", async (_, input, pointer) => {
    const body = expectRefused(await shared.post("/contacts", input), 422, "invalid_request");
    expect(body.errors[0].pointer).toBe(pointer);
    expect(body.errors[0].detail).toMatch(/./);
  });

  test("that is not JSON is 400", async () => {
    for (const text of ["{", "'ada'", '{"name":}']) {
      expectRefused(await shared.post("/contacts", text), 400, "malformed_json");
    }
    expect(await shared.all("/contacts")).toEqual([]);
  });
});

/** For refusals, which leave nothing behind. */
let shared: Api = apiOf(null);
beforeAll(async () => {
  shared = (await workspace()).admin;
});

test("a stale If-Match is 412 and changes nothing; the newest ETag is taken", async () => {
  const { admin } = await workspace();
  const made = await admin.post("/contacts", { name: "First" });
  const path = `/contacts/${made.body.id}`;
  const first = made.headers.get("etag") ?? "";
  expect((await admin.get(path)).headers.get("etag")).toBe(first);
  const second = await admin.patch(path, { name: "Second" }, { "if-match": first });
  expect(second.status).toBe(200);
  const now = second.headers.get("etag") ?? "";
  expect(now).not.toBe(first);
  for (const stale of [first, '"999"', "nonsense"]) {
    const refused = await admin.patch(path, { name: "Lost" }, { "if-match": stale });
    expect(refused.status, stale).toBe(412);
  }
  expect((await admin.get(path)).body.name).toBe("Second");
  expect((await admin.patch(path, { name: "Third" }, { "if-match": now })).status).toBe(200);
  expect((await admin.patch(path, { name: "Any" }, { "if-match": "*" })).status).toBe(200);
  expect((await admin.patch(path, { name: "None" })).status).toBe(200);
});

describe("with an Idempotency-Key", () => {
  test("a repeat answers the stored status, headers and body, and makes nothing", async () => {
    const { admin } = await workspace();
    const first = await admin.post("/contacts", { name: "Ada" }, repeat("order-1"));
    expect(first.status).toBe(201);
    expect(isReplay(first)).toBe(false);
    await admin.patch(`/contacts/${first.body.id}`, { name: "Changed since" });
    const again = await admin.post("/contacts", { name: "Ada" }, repeat("order-1"));
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(isReplay(again)).toBe(true);
    expect(await admin.all("/contacts")).toHaveLength(1);
    const other = await admin.post("/contacts", { name: "Ada" }, repeat("order-2"));
    expect(other.body.id).not.toBe(first.body.id);
  });

  test("another body is refused; another route and another workspace are apart", async () => {
    const [one, other] = [await workspace(), await workspace()];
    const key = repeat("the same");
    const first = await one.admin.post("/contacts", { name: "Ada" }, key);
    const refused = await one.admin.post("/contacts", { name: "Bob" }, key);
    expectRefused(refused, 422, "idempotency_key_reused");
    const foreign = await other.admin.post("/contacts", { name: "Bob" }, key);
    expect(foreign).toMatchObject({ status: 201, body: { name: "Bob" } });
    const route = await one.admin.post("/apiKeys", { name: "Ada", role: "agent" }, key);
    expect(route.status).toBe(201);
    expect(await one.admin.all("/contacts")).toEqual([first.body]);
  });

  test("copies at the same time make one contact and get the same answer", async () => {
    const { admin } = await workspace();
    const input = { name: "Ada", identities: [PHONE] };
    const copies = Array.from({ length: 4 }, () => admin.post("/contacts", input, repeat("2x")));
    const answers = await Promise.all(copies);
    const [contact, ...others] = await admin.all("/contacts");
    expect(others).toEqual([]);
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 201, body: contact });
    expect(answers.filter(isReplay)).toHaveLength(3);
  });

  test("the secret of a new key is answered again", async () => {
    const { admin } = await workspace();
    const input = { name: "Lost answer", role: "agent" };
    const first = await admin.post("/apiKeys", input, repeat("k"));
    const again = await admin.post("/apiKeys", input, repeat("k"));
    expect(again.body).toEqual(first.body);
    expect((await apiOf(again.body.secret).get("/me")).status).toBe(200);
    expect(await admin.all("/apiKeys")).toHaveLength(3);
  });

  test("a refusal is not stored, and a key is 1 to 255 printable characters", async () => {
    const { admin } = await workspace();
    const key = repeat("k".repeat(255));
    expect((await admin.post("/contacts", { nickname: "x" }, key)).status).toBe(422);
    expect((await admin.post("/contacts", { name: "x" }, key)).status).toBe(201);
    for (const wrong of ["k".repeat(256), "é"]) {
      expectRefused(await admin.post("/contacts", {}, repeat(wrong)), 422, "invalid_request");
    }
  });

  test("the answer is kept for 24 hours", async () => {
    const { admin } = await workspace();
    const first = await admin.post("/contacts", { name: "Ada" }, repeat("day"));
    await advance("23h");
    expect(isReplay(await admin.post("/contacts", { name: "Ada" }, repeat("day")))).toBe(true);
    await advance("2h");
    const later = await admin.post("/contacts", { name: "Ada" }, repeat("day"));
    expect(isReplay(later)).toBe(false);
    expect(later.body.id).not.toBe(first.body.id);
  });
});

describe("a list of 60", () => {
  let admin: Api = apiOf(null);
  let made: string[] = [];
  beforeAll(async () => {
    ({ admin } = await workspace());
    const posts = Array.from({ length: 60 }, (_, place) =>
      admin.post("/contacts", { name: `Contact ${place}` }),
    );
    made = (await Promise.all(posts)).map(({ body }) => body.id);
  });

  test("is answered exactly once, newest first, whatever the limit", async () => {
    for (const limit of [7, 59, 60, 100]) {
      const found = await admin.all("/contacts", limit);
      const ids = found.map(({ id }) => id);
      expect(ids).toHaveLength(60);
      expect(new Set(ids)).toEqual(new Set(made));
      const times = found.map(({ createdAt }) => createdAt);
      expect(times).toEqual(times.toSorted((one, other) => (one < other ? 1 : -1)));
    }
    const { body } = await admin.get("/contacts");
    expect(body.data).toHaveLength(25);
    for (const limit of ["0", "101", "-1", "x", "1.5"]) {
      const refused = expectRefused(
        await admin.get(`/contacts?limit=${limit}`),
        422,
        "invalid_request",
      );
      expect(refused.errors[0].pointer).toBe("/query/limit");
    }
  });

  test("stays whole while somebody adds to it", async () => {
    const first = (await admin.get("/contacts?limit=30")).body;
    await admin.post("/contacts", { name: "Meanwhile" });
    const cursor = encodeURIComponent(first.page.nextCursor);
    const second = (await admin.get(`/contacts?limit=30&cursor=${cursor}`)).body;
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(made));
    expect(second.page).toEqual({ hasMore: false, nextCursor: null });
  });

  test("takes no cursor that is forged, cut, or of another list, filter or workspace", async () => {
    const other = await workspace();
    for (let count = 0; count < 2; count++) await other.admin.post("/contacts", {});
    const cursorOf = async (api: Api, path: string) => (await api.get(path)).body.page.nextCursor;
    const mine = await cursorOf(admin, "/contacts?limit=5");
    const flipped = `${mine.slice(0, 40)}${mine[40] === "A" ? "B" : "A"}${mine.slice(41)}`;
    const wrong = [
      "abc",
      mine.slice(0, -4),
      flipped,
      Buffer.from('{"from":"2026"}').toString("base64url"),
      await cursorOf(other.admin, "/contacts?limit=1"),
      await cursorOf(admin, "/apiKeys?limit=1"),
    ];
    for (const cursor of wrong) {
      const refused = await admin.get(`/contacts?cursor=${encodeURIComponent(cursor)}`);
      expectRefused(refused, 422, "invalid_cursor");
    }
    expectRefused(await admin.get(`/apiKeys?cursor=${mine}`), 422, "invalid_cursor");
    expectRefused(await admin.get(`/conversations?cursor=${mine}`), 422, "invalid_cursor");
    expect((await admin.get(`/contacts?limit=9&cursor=${mine}`)).status).toBe(200);
  });
});
