import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ASSET_BYTES_MAX, coldBytesMax, TIMES_BARE_MAX } from "../../bench/budgets.ts";
import { type Bundles, bundleInto, deployedNamed } from "../../bench/bundles.ts";
import { functions } from "../../shared/grants.ts";
import type { FunctionName } from "../../shared/topology.ts";

/** Whatever a function carries, every cold start of it pays for: in time, and on the bill. */

const folder = mkdtempSync(join(tmpdir(), "parley-weight-"));
let bundles: Bundles;

beforeAll(async () => {
  bundles = await bundleInto(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.keys(functions) as FunctionName[])("%s", (name) => {
  test("loads no more code at a cold start than its budget", () => {
    expect(deployedNamed(bundles, name).coldBytes).toBeLessThanOrEqual(coldBytesMax(name));
  });

  test("is uploaded within the budget of an asset", () => {
    expect(deployedNamed(bundles, name).assetBytes).toBeLessThanOrEqual(ASSET_BYTES_MAX);
  });
});

describe("the webhook door", () => {
  test("loads at most 1.3 times the code of the bare handler", () => {
    const { coldBytes } = deployedNamed(bundles, "webhook");
    expect(coldBytes).toBeLessThanOrEqual(TIMES_BARE_MAX * bundles.bareWebhook.coldBytes);
  });
});

describe("what is weighed", () => {
  test("is the entry with its static chunks; lazy chunks only weigh in the asset", () => {
    const { coldBytes, assetBytes } = deployedNamed(bundles, "webhook");
    expect(coldBytes).toBeLessThan(assetBytes);
    // Bodies too large for SQS are rare, so the client of S3 waits for the first of them.
    const packagesOf = (name: FunctionName) =>
      deployedNamed(bundles, name).packages.map((share) => share.name);
    expect(packagesOf("ingest")).toContain("@aws-sdk/client-s3");
    expect(packagesOf("webhook")).not.toContain("@aws-sdk/client-s3");
  });

  test("is explained by its packages, but for what the bundler adds", () => {
    for (const { coldBytes, packages } of [...bundles.deployed, bundles.bareWebhook]) {
      const explained = packages.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(explained).toBeLessThanOrEqual(coldBytes);
      expect(explained).toBeGreaterThan(0.95 * coldBytes);
    }
  });
});
