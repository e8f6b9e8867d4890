import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";

/**
 * Tools with a part of its own for each platform: npm writes into the lock only what it saw, and a
 * lock written on one machine has left out the others before (npm/cli issue 4828). `npm ci` would
 * then work there and nowhere else.
 */
const PARTS = {
  "@biomejs/biome": ["@biomejs/cli-", ""],
  esbuild: ["@esbuild/", ""],
  typescript: ["@typescript/typescript-", ""],
  rolldown: ["@rolldown/binding-", "-gnu"],
  lightningcss: ["lightningcss-", "-gnu"],
} as const;

const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        integrity: z.string().optional(),
        optionalDependencies: z.record(z.string(), z.string()).optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8")));

const cases = Object.entries(PARTS).flatMap(([tool, [start, library]]) =>
  PLATFORMS.map((platform) => {
    const windows = library === "" ? "" : "-msvc";
    const suffix = { darwin: "", linux: library, win32: windows }[platform.split("-")[0]!] ?? "";
    return [tool, `${start}${platform}${suffix}`] as const;
  }),
);

test.each(cases)("the lock holds of %s the part %s", (tool, part) => {
  const wanted = lock.packages[`node_modules/${tool}`]?.optionalDependencies?.[part];
  expect(wanted, `${tool} has no part of this name`).toBeDefined();
  const locked = lock.packages[`node_modules/${part}`];
  expect(locked).toMatchObject({ version: wanted, integrity: expect.stringMatching(/^sha512-/) });
});
