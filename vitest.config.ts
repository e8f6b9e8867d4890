import { defineConfig } from "vitest/config";

// Order: house and unit first (cheap), then stories on one laptop cloud, then the proofs that read
// what the whole run did to that cloud.
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
    ],
  },
});
