import { describe, expect, it } from "vitest";
import { routeFinder } from "../../local/http/route.ts";
import { routeTo } from "./httpRig.ts";

describe("a route", () => {
  const KEYS = [
    "$default",
    "ANY /v1/{rest+}",
    "GET /v1/{rest+}",
    "GET /v1/pets/{id}",
    "ANY /v1/pets/{id}",
    "GET /v1/pets/dogs",
    "ANY /v1/pets/dogs",
    "GET /v1/{kind}/{id}/toys",
  ];

  it.each([
    ["GET", "/v1/pets/dogs", "GET /v1/pets/dogs"],
    ["POST", "/v1/pets/dogs", "ANY /v1/pets/dogs"],
    ["GET", "/v1/pets/1", "GET /v1/pets/{id}"],
    ["PUT", "/v1/pets/1", "ANY /v1/pets/{id}"],
    ["GET", "/v1/pets/1/toys", "GET /v1/{kind}/{id}/toys"],
    ["GET", "/v1/pets/1/2", "GET /v1/{rest+}"],
    ["HEAD", "/v1/pets/1/2", "ANY /v1/{rest+}"],
    ["GET", "/v1/pets/", "GET /v1/{rest+}"],
    ["GET", "/v1/", "$default"],
    ["GET", "/", "$default"],
  ])("is the most specific one: %s %s is %s", (method, path, routeKey) => {
    const routes = KEYS.map(routeTo);
    for (const order of [routes, routes.toReversed()]) {
      expect(routeFinder(order)(method, path)?.route.routeKey).toBe(routeKey);
    }
  });
});
