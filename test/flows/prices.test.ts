import { afterAll, expect, test } from "vitest";
import {
  advance,
  type Body,
  expectNothingDenied,
  factsOf,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { text } from "../support/contents.ts";
import * as meta from "../support/sends.ts";

/** What messages cost: the provider says what is charged, the workspace's card how much. */

afterAll(expectNothingDenied);

/** Figures of nobody, from a day before every story. */
const CARD = {
  currency: "EUR",
  periods: [
    {
      effectiveFrom: "2026-01-01",
      source: "the story",
      rates: [
        { prefix: "+44", category: "utility", amount: "0.02" },
        { prefix: "+44", category: "marketing", amount: "0.05" },
      ],
    },
  ],
};

const priceOf = async ({ agent }: Workspace, { id }: Body, query = "") =>
  (await agent.get(`/conversations/${id}/price${query}`)).body;

/** Meta's status of a message we sent, with this price. */
function statusOf({ meta: { phoneNumberId } }: Workspace, message: Body, pricing: object) {
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "15550100001", phone_number_id: phoneNumberId },
    statuses: [
      {
        id: message.providerId ?? "wamid.none",
        status: "sent",
        timestamp: String(Math.floor(now() / 1_000)),
        recipient_id: "447700900123",
        biz_opaque_callback_data: message.id,
        pricing: { billable: true, pricing_model: "PMP", ...pricing },
      },
    ],
  };
  return {
    object: "whatsapp_business_account",
    entry: [{ id: "1", changes: [{ field: "messages", value }] }],
  };
}

test("there are no figures until somebody writes them, and a card is written whole", async () => {
  const one = await workspace();
  const empty = await one.agent.get("/rateCard");
  expect([empty.status, empty.body]).toEqual([
    200,
    { currency: null, periods: [], updatedAt: null },
  ]);
  expect((await one.agent.put("/rateCard", CARD)).status).toBe(403);
  const written = await one.admin.put("/rateCard", CARD);
  expect([written.status, written.body]).toEqual([200, { ...CARD, updatedAt: expect.any(String) }]);
  expect((await one.agent.get("/rateCard")).body).toEqual(written.body);
  const etag = written.headers.get("etag") ?? "";
  expect((await one.admin.put("/rateCard", CARD, { "if-match": etag })).status).toBe(200);
  expect((await one.admin.put("/rateCard", CARD, { "if-match": etag })).status).toBe(412);
  const [period] = CARD.periods;
  for (const [pointer, given] of [
    ["/currency", { ...CARD, currency: "euro" }],
    ["/periods/1/effectiveFrom", { ...CARD, periods: [period, period] }],
    ["/periods/0/rates/0/amount", withRate({ amount: "-1" })],
    ["/periods/0/rates/0/prefix", withRate({ prefix: "44" })],
    ["/periods/0/rates/0/category", withRate({ category: "spam" })],
  ] as const) {
    const { status, body } = await one.admin.put("/rateCard", given);
    expect([status, body.errors?.[0]?.pointer]).toEqual([422, pointer]);
  }
  expect((await (await workspace()).admin.get("/rateCard")).body.currency).toBeNull();
});

function withRate(given: object): object {
  const rate = { prefix: "+44", category: "utility", amount: "0.02", ...given };
  return { ...CARD, periods: [{ ...CARD.periods[0], rates: [rate] }] };
}

test("a message shows what its provider told, in money by the card of that day", async () => {
  const one = await workspace();
  const { reply } = await meta.talkWith(one);
  const sent = await reply(text("Free"));
  expect(sent.price).toBeNull();
  await settle();
  expect((await meta.messageOf(one, sent)).price).toEqual({
    model: "PMP",
    type: "free_customer_service",
    category: "service",
    amount: "0",
    currency: null,
    estimated: false,
    rateCard: null,
  });
  const unknown = await meta.sendTo(one, "+447700900124");
  await settle();
  const { category } = (await meta.messageOf(one, unknown)).price;
  expect((await meta.messageOf(one, unknown)).price).toMatchObject({
    amount: null,
    estimated: true,
  });
  await one.admin.put("/rateCard", CARD);
  const priced = await meta.sendTo(one, "+447700900125");
  await settle();
  const rates = CARD.periods.flatMap((period) => period.rates);
  const rate = rates.find((each) => each.category === category);
  expect((await meta.messageOf(one, priced)).price).toMatchObject({
    type: "regular",
    category,
    amount: rate?.amount,
    currency: "EUR",
    estimated: true,
    rateCard: "2026-01-01",
  });
  // What was priced before the card keeps its price.
  expect((await meta.messageOf(one, unknown)).price.amount).toBeNull();
  const [told] = await factsOf(one.id, "message.delivered");
  expect(told.data.message.price).toHaveProperty("amount");
});

test("an estimate says what the next message will cost, and whether it may go", async () => {
  const one = await workspace();
  await one.admin.put("/rateCard", CARD);
  const { conversation } = await meta.talkWith(one);
  expect(await priceOf(one, conversation)).toEqual({
    type: "free_customer_service",
    category: "service",
    amount: "0",
    currency: "EUR",
    estimated: true,
    rateCard: null,
    allowed: true,
    freeUntil: null,
  });
  const { templateId } = await meta.welcome(one);
  const template = `?contentType=template&templateId=${templateId}`;
  const before = await priceOf(one, conversation, template);
  expect(before).toMatchObject({ type: "regular", currency: "EUR", allowed: true });
  await advance("25h");
  expect(await priceOf(one, conversation)).toMatchObject({ allowed: false });
  expect(await priceOf(one, conversation, template)).toMatchObject({ allowed: true });
  for (const [query, code] of [
    ["?contentType=template", "invalid_request"],
    ["?contentType=template&templateId=tpl_01KANVQ1G00000000000000009", "invalid_request"],
    ["?contentType=poem", "content_not_supported"],
  ]) {
    const { status, body } = await one.agent.get(`/conversations/${conversation.id}/price${query}`);
    expect([status, body.code]).toEqual([422, code]);
  }
});

test("the first charged service message ends the free ones of its month (pitfall 36)", async () => {
  const one = await workspace();
  await one.admin.put("/rateCard", CARD);
  const { conversation, reply } = await meta.talkWith(one);
  await meta.play({ statuses: "none" });
  const sent = await reply(text("The thousand and first"));
  await settle();
  await meta.play({});
  const stored = await meta.messageOf(one, sent);
  const charged = statusOf(one, stored, { type: "regular", category: "service" });
  for (let count = 0; count < 3; count++) expect(await one.meta.post(charged)).toBe(200);
  await settle();
  expect((await meta.messageOf(one, sent)).price).toMatchObject({
    type: "regular",
    amount: "0.02",
  });
  expect(await priceOf(one, conversation)).toMatchObject({ type: "regular", amount: "0.02" });
  await advance("31d");
  expect(await priceOf(one, conversation)).toMatchObject({ type: "free_customer_service" });
});

test("who came by an advertisement and was answered is free for three days", async () => {
  const one = await workspace();
  const { conversation, customer, reply } = await meta.talkWith(one);
  const referral = { source_type: "ad", source_id: "1", source_url: "https://fb.me/abc" };
  await customer.writes("I saw your advertisement", { referral });
  await settle();
  expect(await priceOf(one, conversation)).toMatchObject({ freeUntil: null });
  await advance("2h");
  await reply(text("Welcome"));
  await settle();
  const { templateId } = await meta.welcome(one);
  const template = `?contentType=template&templateId=${templateId}`;
  const free = { type: "free_entry_point", amount: "0" };
  const { freeUntil } = await priceOf(one, conversation);
  expect(Math.abs(Date.parse(freeUntil) - now() - 72 * 3_600_000)).toBeLessThan(60_000);
  expect(await priceOf(one, conversation, template)).toMatchObject(free);
  await advance("30h");
  // It is a matter of price alone: free words need the window all the same.
  expect(await priceOf(one, conversation)).toMatchObject({ ...free, allowed: false });
  const path = `/conversations/${conversation.id}/messages`;
  expect((await meta.send(one.agent, path, { content: text("Hi") })).status).toBe(409);
  await advance("43h");
  expect(await priceOf(one, conversation, template)).toMatchObject({
    type: "regular",
    freeUntil: null,
  });
});
