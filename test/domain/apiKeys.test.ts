import { expect, test } from "vitest";
import { isExpired, isUseWorthNoting } from "../../shared/domain/apiKeys.ts";
import { AT_MS, apiKeyWith, moment } from "./things.ts";

test.each([
  [999, false],
  [1_000, true],
  [1_001, true],
])("a key that ends in a second is expired after %i ms: %s", (after, expired) => {
  expect(isExpired(apiKeyWith({ expiresAt: moment(1_000) }), AT_MS + after)).toBe(expired);
});

test("a key without an end never expires", () => {
  expect(isExpired(apiKeyWith({ expiresAt: null }), Number.MAX_SAFE_INTEGER)).toBe(false);
});

test.each([
  [4 * 60_000 + 59_999, false],
  [5 * 60_000, true],
])("a use is noted again after %i ms: %s", (after, noted) => {
  const key = apiKeyWith({ lastUsedAt: moment(0) });
  expect(isUseWorthNoting(key, AT_MS + after)).toBe(noted);
});

test("the first use is noted", () => {
  expect(isUseWorthNoting(apiKeyWith({ lastUsedAt: null }), AT_MS)).toBe(true);
});
