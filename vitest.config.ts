import { defineConfig } from "vitest/config";

// Order: house, unit and infra first (cheap), then stories on one laptop cloud, then the proofs,
// which run clouds of their own.
const node = { environment: "node" as const, testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { ...node, name: "house", include: ["test/house.test.ts"] } },
      {
        test: {
          ...node,
          name: "unit",
          include: [
            "test/{domain,contract,operations,store,channels,functions,local}/**/*.test.ts",
          ],
        },
      },
      { test: { ...node, name: "infra", include: ["test/infra/**/*.test.ts"] } },
      {
        test: {
          ...node,
          name: "stories",
          include: ["test/flows/**/*.test.ts"],
          globalSetup: "test/support/cloud.ts",
          // The clock belongs to the whole cloud, so one story is told after the other; and a day
          // that passes is a day for the customers of all stories before.
          maxWorkers: 1,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...node,
          name: "proofs",
          include: ["test/proofs/**/*.test.ts"],
          // Each runs clouds of its own, and two at once would only make each other slow.
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
