import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pagesOf } from "../../functions/edge/cursors.ts";
import type { Seal } from "../../shared/ports.ts";
import { type SecretsServer, secretsServer } from "./secretsServer.ts";

let secrets: SecretsServer;
let seal: Seal;
beforeAll(async () => {
  secrets = await secretsServer("first-secret");
  seal = secrets.seal({ now: () => 0 });
});
afterAll(() => secrets.close());

const position = { from: "2026-11-22T10:00:00.000Z#cnv_1" };
const filter = { path: { id: "cnv_1" }, filter: { status: "open", unread: "true" } };
const pages = (given: { workspace?: string; list?: string; filter?: object } = {}) =>
  pagesOf(seal, given.workspace ?? "wsp_1", given.list ?? "listMessages", given.filter ?? filter);

async function cursor(): Promise<string> {
  const { body } = await pages().reply({ items: [1, 2], position }, (item) => ({ item }));
  return (body as { page: { nextCursor: string } }).page.nextCursor;
}

test("a page that goes on says where, and one that ends says so", async () => {
  const more = await pages().reply({ items: [1], position }, (item) => ({ item }));
  expect(more).toEqual({
    status: 200,
    body: { data: [{ item: 1 }], page: { nextCursor: expect.any(String), hasMore: true } },
  });
  const last = await pages().reply({ items: [], position: null }, (item) => item);
  expect(last.body).toEqual({ data: [], page: { nextCursor: null, hasMore: false } });
});

test("a cursor leads where its page ended", async () => {
  const given = { limit: 7, cursor: await cursor() };
  expect(await pages().request(given)).toEqual({ limit: 7, position });
  expect(await pages().request({})).toEqual({ limit: 25, position: null });
});

test("a cursor fits into a query, and says nothing", async () => {
  const text = await cursor();
  expect(text).toMatch(/^[\w-]{1,2000}$/);
  expect(Buffer.from(text, "base64url").toString("latin1")).not.toContain("2026");
});

describe("a cursor is of one list", () => {
  const refused = { code: "invalid_cursor", violations: [{ pointer: "/query/cursor" }] };

  test.each([
    ["workspace", { workspace: "wsp_2" }],
    ["route", { list: "listContacts" }],
    ["path", { filter: { ...filter, path: { id: "cnv_2" } } }],
    ["filter", { filter: { ...filter, filter: { status: "open", unread: "false" } } }],
    ["narrower filter", { filter: { ...filter, filter: { ...filter.filter, tag: "tag_1" } } }],
    ["wider filter", { filter: { ...filter, filter: {} } }],
  ])("and of no other %s", async (_, given) => {
    const request = pages(given).request({ cursor: await cursor() });
    await expect(request).rejects.toMatchObject(refused);
  });

  test.each(["x", "AAAA", "eyJmcm9tIjoiIn0", "!", "x".repeat(2_000)])(
    "and not forged as %j",
    async (forged) => {
      await expect(pages().request({ cursor: forged })).rejects.toMatchObject(refused);
    },
  );

  test("whatever the order of the filter in the query", async () => {
    const turned = { filter: { unread: "true", status: "open" }, path: { id: "cnv_1" } };
    const given = { cursor: await cursor() };
    expect((await pages({ filter: turned }).request(given)).position).toEqual(position);
  });
});
