import * as contract from "../../shared/contract/rates.ts";
import { estimatePrice, readRateCard, writeRateCard } from "../../shared/operations/rates.ts";
import { etag, route } from "../edge/route.ts";

const tag = "Prices";

export const ratesRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/rateCard",
      operationId: "getRateCard",
      tag,
      summary: "What messages cost in money, by day, number and category",
      description: "Empty until somebody writes one: providers' figures are theirs to publish.",
      access: "rates:read",
      reply: { status: 200, schema: contract.rateCard },
    },
    ({ scope }) => readRateCard(scope),
    (card) => ({
      status: 200,
      body: contract.viewRateCard(card),
      ...(card === null ? {} : { headers: etag(card) }),
    }),
  ),
  route(
    {
      method: "PUT",
      path: "/v1/rateCard",
      operationId: "putRateCard",
      tag,
      summary: "Write the rate card anew; what was priced before keeps its price",
      access: "rates:write",
      body: contract.rateCardInput,
      revised: true,
      reply: { status: 200, schema: contract.rateCard },
    },
    ({ scope, body, expectedRev }) => writeRateCard(scope, body, expectedRev),
    (card) => ({ status: 200, body: contract.viewRateCard(card), headers: etag(card) }),
  ),
  route(
    {
      method: "GET",
      path: "/v1/conversations/{id}/price",
      operationId: "estimatePrice",
      tag,
      summary: "What a message would cost if it were sent now",
      description: "By the window, a free entry point, and the free service messages of the month.",
      access: "messages:read",
      params: { id: "conversation" },
      query: contract.priceQuery,
      reply: { status: 200, schema: contract.estimate },
    },
    ({ scope, params, query }) => estimatePrice(scope, params.id, query),
    ({ price: { type, category, ...price }, cost, allowed, freeUntil }) => ({
      status: 200,
      body: {
        type,
        category,
        ...contract.viewCost({ type, category, ...price }, cost),
        estimated: true,
        allowed,
        freeUntil,
      },
    }),
  ),
];
